"""The generated documents: AsyncAPI, and the README's table."""

import hashlib
import importlib
import json
import re
from datetime import timedelta
from pathlib import Path

import jsonschema_rs
import pytest

from services.partners.domain.streams import KEPT_DAYS
from shared.contracts.asyncapi import VERSION, WHERE, asyncapi
from shared.contracts.catalogue import EVENTS
from shared.contracts.hears import differences, heard_by, hearers_of
from shared.contracts.released import released
from shared.contracts.services import SERVICES
from shared.contracts.table import table

# Two services need something to hear with: how codes are computed, how long a report is waited for.
MADE_WITH = {"registration": (str,), "attendance": (timedelta(0),)}


VENDOR = Path(__file__).with_name("vendor")
OFFICIAL = VENDOR / "asyncapi-3.0.0.json"
CHECK = jsonschema_rs.validator_for(json.loads(OFFICIAL.read_text()))


def references(document):
    if isinstance(document, list):
        return [found for each in document for found in references(each)]
    if not isinstance(document, dict):
        return []
    own = [document["$ref"]] if isinstance(document.get("$ref"), str) else []
    return own + [found for each in document.values() for found in references(each)]


def resolve(document, reference):
    assert reference.startswith("#/")
    for name in reference[2:].split("/"):
        document = document[name]
    return document


@pytest.mark.parametrize("service", [None, *SERVICES])
def test_a_document_is_asyncapi_3_and_every_reference_in_it_leads_somewhere(service):
    document = asyncapi(service)
    assert document["asyncapi"] == "3.0.0"
    assert set(document["info"]) >= {"title", "version"}
    for reference in references(document):
        assert isinstance(resolve(document, reference), dict)
    for name, operation in document["operations"].items():
        assert re.fullmatch(r"[\w.\-]+", name)
        assert operation["action"] in {"send", "receive"}
        channel = operation["channel"]["$ref"]
        assert all(
            each["$ref"].startswith(f"{channel}/messages/") for each in operation["messages"]
        )
    for channel in document["channels"].values():
        assert channel["messages"]


def test_the_official_schema_is_the_one_that_was_vendored():
    digest = hashlib.sha256(OFFICIAL.read_bytes()).hexdigest()
    assert f"| `{OFFICIAL.name}` | `{digest}` |" in (VENDOR / "VENDORED.md").read_text()


@pytest.mark.parametrize("service", [None, *SERVICES])
def test_a_document_is_valid_by_the_official_schema(service):
    document = json.loads(json.dumps(asyncapi(service)))
    assert [error.message for error in CHECK.iter_errors(document)] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.pop("info"),
        lambda document: next(iter(document["operations"].values())).update(action="says"),
        lambda document: next(iter(document["channels"].values())).update(address=7),
        lambda document: next(iter(document["operations"].values())).update(messages="all"),
    ],
    ids=["no-info", "no-such-action", "no-address", "no-messages"],
)
def test_the_official_schema_finds_what_is_wrong(spoil):
    document = json.loads(json.dumps(asyncapi("billing")))
    spoil(document)
    assert not CHECK.is_valid(document)


def test_its_version_is_none_that_is_out():
    assert VERSION.partition("-")[0] not in released()


def test_each_message_says_what_it_means_when_it_is_said_and_what_it_is_never():
    message = asyncapi()["components"]["messages"]["registration.confirmed.v1"]
    assert message["summary"] == "The seat is taken for good, and by what"
    assert message["x-when"].startswith("When the seat is paid, free of charge, on an employer's")
    assert message["x-never"] == "Proof that money came: `invoice.paid` is that."


def test_the_whole_document_has_every_event_with_its_example():
    messages = asyncapi()["components"]["messages"]
    assert set(messages) == {*EVENTS, "person.erased.v1"}
    assert messages["invoice.paid.v1"]["examples"][0]["payload"]["number"] == "2020-000001"


def test_a_services_document_has_what_it_says_and_hears_and_no_more():
    document = asyncapi("attendance")
    said = {o["x-event"] for o in document["operations"].values() if o["action"] == "send"}
    heard = {o["x-event"] for o in document["operations"].values() if o["action"] == "receive"}
    assert said == {
        "session.opened.v1",
        "meeting.swapped.v1",
        "session.completed.v1",
        "attendance.settled.v1",
        "task.opened.v1",
        "task.closed.v1",
    }
    assert "registration.confirmed.v1" in heard
    assert "invoice.paid.v1" not in document["components"]["messages"]


@pytest.mark.parametrize("service", [None, "partners"])
def test_a_partners_topic_is_one_channel_with_what_it_may_come_to_see_and_nothing_else(service):
    document = asyncapi(service)
    [channel] = [one for one in document["channels"].values() if "parameters" in one]
    assert channel["address"] == "partner.{partner_id}.events"
    assert list(channel["parameters"]) == ["partner_id"]
    shown = set(channel["messages"])
    assert {"course.published.v1", "person.recorded.v1", "person.erased.v1"} <= shown
    assert (
        not {
            "key.issued.v1",
            "task.opened.v1",
            "partner.registration.submitted.v1",
            "endpoint.tested.v1",
        }
        & shown
    )
    writes = [o for name, o in document["operations"].items() if ".shows." in name]
    assert {(o["action"], o["x-event"]) for o in writes} == {("send", kind) for kind in shown}
    days = channel["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] / 86_400_000
    assert (days, channel["bindings"]["kafka"]["partitions"]) == (KEPT_DAYS, 3)


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "partners"])
def test_no_other_service_writes_it(service):
    assert all("parameters" not in one for one in asyncapi(service)["channels"].values())


def test_the_committed_document_is_the_generated_one():
    assert json.loads(WHERE.read_text()) == json.loads(json.dumps(asyncapi()))


def test_the_table_has_a_row_for_every_event():
    rows = table().splitlines()
    assert len(rows) == 2 + len(EVENTS)
    assert all(row.count("|") == 5 for row in rows)
    [paid] = [row for row in rows if "`invoice.paid.v1`" in row]
    assert "registration" in paid


def test_every_service_hears_of_keys():
    assert hearers_of("key.revoked.v1") == list(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_the_literal_says_what_each_service_hears(service):
    events = importlib.import_module(f"services.{service}.events")
    made = getattr(events, "hears_of", None)
    hears = made(*MADE_WITH.get(service, ())) if made else events.hears
    assert differences(service, hears.handlers) == []


def test_a_difference_between_the_literal_and_a_service_is_named():
    heard = heard_by("attendance")
    assert differences("attendance", heard) == []
    assert differences("attendance", [*heard[1:], "invoice.paid.v1"]) == [
        "attendance handles invoice.paid.v1, which the table does not say",
        f"attendance has no handler for {heard[0]}",
    ]
