"""What the charts have from the code is what the code says."""

from __future__ import annotations

import re

import pytest

from cli.settings_reference import of_service
from deploy.chart.__main__ import CHARTS, made
from deploy.chart.rights import users
from deploy.chart.variables import common, own, secrets
from shared.contracts.services import SERVICES
from stack.profile import ROOT

MADE = made()


@pytest.mark.parametrize("name", MADE)
def test_each_generated_file_is_as_it_would_be_made_now(name):
    assert (CHARTS / name).read_text() == MADE[name], "python -m deploy.chart"


def test_by_hand_what_kafka_lets_some_do():
    """`hears` and `says` as the table of the README has them."""
    may = {
        one["name"]: {
            (acl["resource"]["type"], acl["resource"]["name"]): set(acl["operations"])
            for acl in one["acls"]
            if "name" in acl["resource"]
        }
        for one in users()
    }
    hears, says = {"Describe", "Read"}, {"Describe", "Read", "Write"}
    assert may["web"] == {
        ("topic", "registration.courses"): hears,
        ("topic", "partners.keys"): hears,
        ("topic", "web.tasks"): says,
        ("topic", "web.dead-letters"): says,
        ("group", "web"): hears,
    }
    assert may["registration"] == {
        ("topic", "partners.keys"): hears,
        ("topic", "partners.inbound"): hears,
        ("topic", "billing.registrations"): hears,
        ("topic", "billing.credits"): hears,
        ("topic", "certificates.certificates"): hears,
        ("topic", "attendance.sessions"): hears,
        ("topic", "registration.courses"): says,
        ("topic", "registration.people"): says,
        ("topic", "registration.registrations"): says,
        ("topic", "registration.tasks"): says,
        ("topic", "registration.dead-letters"): says,
        ("group", "registration"): hears,
    }
    assert may["keda"] == {("topic", "*"): {"Describe"}, ("group", "*"): {"Describe"}}
    assert may["partners"]["topic", "partner."] == {"Describe", "Write"}


def test_nobody_writes_what_another_owns_and_personal_data_is_read_by_who_hears_it():
    readers = set()
    for one in users():
        for acl in one["acls"]:
            name, may = acl["resource"].get("name", ""), set(acl["operations"])
            if one["name"] in SERVICES:
                assert not may & {"All", "Create", "Delete", "Alter", "AlterConfigs"}
                if "Write" in may:
                    assert name.split(".")[0] == one["name"] or name == "partner."
            if name == "registration.people" and "Read" in may:
                readers.add(one["name"])
    hear = {"billing", "attendance", "certificates", "notifications", "partners"}
    assert readers == hear | {"registration"}


def test_a_secret_is_told_by_a_secret_alone():
    found = {name: secrets(name) for name in SERVICES}
    assert found == {
        "registration": [],
        "billing": ["BILLING_GATEWAY_API_KEY", "BILLING_STRIPE_API_KEY",
                    "BILLING_STRIPE_WEBHOOK_SECRET", "BILLING_WEBHOOK_SECRET"],
        "attendance": ["ATTENDANCE_ZOOM_CLIENT_SECRET", "ATTENDANCE_ZOOM_WEBHOOK_SECRETS"],
        "certificates": ["CERTIFICATES_SIGNER_PASSWORD"],
        "notifications": ["NOTIFICATIONS_BOUNCE_SECRETS", "NOTIFICATIONS_IMAP_PASSWORD",
                          "NOTIFICATIONS_SMTP_PASSWORD", "NOTIFICATIONS_TWILIO_TOKENS"],
        "partners": [],
        "web": ["WEB_OIDC_CLIENT_SECRET"],
    }  # fmt: skip
    for service in SERVICES:
        hidden = {name for name, field in of_service(service).items() if not field.repr}
        assert {"PLATFORM_SECRET", f"{service.upper()}_DATABASE_URL"} <= hidden
        assert not hidden & {*own(service), *common()}


def test_the_page_names_every_secret_that_a_service_may_have():
    told = (ROOT / "docs" / "kubernetes.md").read_text()
    hidden = [{name for name, field in of_service(one).items() if not field.repr}
              for one in SERVICES]  # fmt: skip
    # Kafka is got into by certificates.
    of_all = set.intersection(*hidden) - {"KAFKA_SASL_PASSWORD"}
    assert of_all == {"PLATFORM_SECRET", "OTEL_EXPORTER_OTLP_HEADERS"}
    assert "| `holdfast-platform` | `OTEL_EXPORTER_OTLP_HEADERS`" in told
    for service in SERVICES:
        for name in secrets(service):
            assert re.search(rf"`{name}`", told), name
