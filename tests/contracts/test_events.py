"""Every event: its name, its topic, its key, its example."""

import json
import re

import pytest
from pydantic import ValidationError

from shared.contracts import topics
from shared.contracts.catalogue import EVENTS, OWNERS, said_by
from shared.contracts.event import REGISTRY, Event, slug_of
from shared.contracts.registration import (
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.contracts.tasks import TaskOpened
from shared.contracts.to_partners import ALL, TO_PARTNERS
from shared.money import Money

# The catalogue of events.md, written by hand: topic, key, types.
CATALOGUE = {
    "registration.courses": ("course_id", "course.published course.cancelled"),
    "registration.people": ("person_id", "person.recorded"),
    "partners.keys": ("key_id", "key.issued key.revoked"),
    "registration.registrations": (
        "registration_id",
        (
            "registration.requested registration.waitlisted registration.offered registration.lapsed "
            "registration.expired registration.completed registration.share_due "
            "registration.acknowledged registration.accommodation_answered "
            "registration.complained registration.complaint_answered "
            "registration.link_requested registration.confirmed "
            "registration.unseated registration.substituted registration.transferred "
            "registration.cancelled registration.refused"
        ),
    ),
    "billing.registrations": (
        "registration_id",
        (
            "invoice.issued invoice.paid invoice.voided invoice.reminded payment.failed "
            "cancellation.settled "
            "refund.requested refund.settled refund.failed dispute.opened dispute.closed"
        ),
    ),
    "billing.credits": (
        "credit_id",
        "credit.issued credit.redeemed credit.restored credit.expired credit.voided",
    ),
    "attendance.sessions": (
        ("course_id", "session_id"),
        "session.opened session.completed meeting.swapped",
    ),
    "attendance.records": ("registration_id", "attendance.settled"),
    "certificates.certificates": (
        "registration_id",
        (
            "evaluation.submitted award.granted award.withheld certificate.issued "
            "certificate.superseded certificate.revoked"
        ),
    ),
    "notifications.messages": ("registration_id", "message.sent message.failed"),
    "<service>.tasks": ("task_id", "task.opened task.closed"),
    "partners.inbound": (
        ("partner_id", "item_id"),
        "partner.registration.submitted partner.attendance.reported",
    ),
}
EACH = pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
EACH_OF_ALL = pytest.mark.parametrize("event", ALL.values(), ids=ALL.keys())
PERSONAL = re.compile(
    r"(^|_)(name|first_name|last_name|e?mail|email|phone|address|attendee|licen[cs]es?|birth)($|_)"
)
SLUG = "^[a-z0-9-]{1,60}$"


def field_names(schema):
    """Every property name in a JSON schema, at any depth."""
    if isinstance(schema, list):
        return {name for each in schema for name in field_names(each)}
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())) | {
        name for each in schema.values() for name in field_names(each)
    }


def file_of(event):
    """The owner's file, or its package."""
    return ".".join(event.__module__.split(".")[:3])


def test_the_catalogue_is_the_one_of_the_documents():
    said = {(event.topic, event.key, kind.removesuffix(".v1")) for kind, event in EVENTS.items()}
    assert said == {
        (topic, key, kind) for topic, (key, kinds) in CATALOGUE.items() for kind in kinds.split()
    }


def test_what_partners_alone_are_told_is_said_on_no_topic():
    assert set(TO_PARTNERS) == {"endpoint.tested.v1", "person.erased.v1"}
    assert set(TO_PARTNERS) & set(EVENTS) == set()
    assert {event.topic for event in TO_PARTNERS.values()} & set(topics.BY_NAME) == set()


def test_the_registry_holds_nothing_that_no_owner_says():
    owners = {owner.__name__ for owner in OWNERS}
    assert {file_of(event) for event in EVENTS.values()} <= owners
    assert {kind for kind, event in REGISTRY.items() if file_of(event) in owners} == set(EVENTS)


@EACH_OF_ALL
def test_an_event_is_named_noun_participle_version_like_its_class(event):
    assert re.fullmatch(r"(partner\.)?[a-z]+\.[a-z_]+\.v[1-9]", event.type)
    noun_and_participle = event.type.rsplit(".", 1)[0].replace(".", "_")
    assert noun_and_participle.replace("_", "") == event.__name__.lower()


@EACH
def test_an_event_is_said_on_topics_that_exist_and_of_one_owner(event):
    owner = file_of(event).rsplit(".", 1)[1]
    for topic in event.topics():
        assert topic in topics.BY_NAME
        assert owner in {"tasks", topics.BY_NAME[topic].owner}


@EACH
def test_an_example_holds_only_known_fields_and_survives_the_wire(event):
    assert set(event.example) <= set(event.model_fields)
    read = event.read(json.dumps(event.example))
    assert event.read(read.payload()) == read
    assert (
        json.loads(read.payload()).items()
        >= {name: value for name, value in event.example.items() if isinstance(value, str)}.items()
    )
    assert read.topic_of() in event.topics()
    assert read.key_of()


@EACH_OF_ALL
def test_an_event_is_frozen_and_ignores_what_it_does_not_know(event):
    read = event.read(json.dumps(event.example | {"added_in_2031": {"x": 1}}))
    assert not hasattr(read, "added_in_2031")
    with pytest.raises(ValidationError):
        setattr(read, next(iter(event.model_fields)), "other")


@EACH_OF_ALL
def test_an_event_explains_itself_and_says_when_it_is_said_and_what_it_is_never(event):
    for name in ("__doc__", "when", "never"):  # its own, not those of a class above it
        words = (vars(event).get(name) or "").strip()
        assert len(words) > 10, name
        assert words.endswith("."), name
    assert event.when.startswith("When")


@EACH_OF_ALL
def test_what_an_event_says_of_others_is_there(event):
    """Words in backticks are events, their fields, or values of one."""
    said = f"{event.__doc__} {event.when} {event.never}"
    for word in re.findall(r"`([a-z_]+\.[a-z_.]+)`", said):
        assert f"{word}.v1" in ALL, (event.type, word)
    for word in re.findall(r"`([a-z]+_[a-z_]+)`", said):
        assert word in field_names(event.model_json_schema()), (event.type, word)


FACTS = {
    kind: event
    for kind, event in EVENTS.items()
    if event.topics()[0] not in {"registration.people", "partners.inbound", "registration.courses"}
}


@pytest.mark.parametrize("event", FACTS.values(), ids=FACTS.keys())
def test_no_fact_has_a_field_for_personal_data(event):
    personal = {name for name in field_names(event.model_json_schema()) if PERSONAL.search(name)}
    assert personal == set()


def test_the_check_for_personal_data_finds_it_where_it_may_be():
    fields = field_names(EVENTS["person.recorded.v1"].model_json_schema())
    assert {name for name in fields if PERSONAL.search(name)} >= {"name", "email", "licenses"}


def test_no_fact_says_why_in_the_words_of_a_person_or_a_gateway():
    for kind, event in FACTS.items():
        schema = event.model_json_schema()
        for part in [schema, *schema.get("$defs", {}).values()]:
            if "reason" in part.get("properties", {}):
                assert part["properties"]["reason"].get("pattern") == SLUG, kind


def test_no_fact_carries_the_secret_of_a_certificate_or_a_credit():
    secrets = re.compile(r"(^|_)(code|token|secret|url)($|_)")
    names = {name for event in FACTS.values() for name in field_names(event.model_json_schema())}
    assert {name for name in names if secrets.search(name)} == {"token_version"}  # counts only


@pytest.mark.parametrize("words", ["I am on call.", "Ada", "", "a" * 61, "naïve", "a\n"])
def test_words_are_no_slug(words):
    with pytest.raises(ValidationError):
        RegistrationCancelled.read(json.dumps(RegistrationCancelled.example | {"reason": words}))


def test_a_gateways_code_becomes_a_slug_and_its_sentence_does_not():
    assert slug_of("card_declined", "gateway-refused") == "card-declined"
    assert slug_of("The card of Ada was declined.", "gateway-refused") == "gateway-refused"
    assert slug_of("", "gateway-refused") == "gateway-refused"


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (RegistrationConfirmed, "basis"),
        (RegistrationCancelled, "by"),
        (EVENTS["cancellation.settled.v1"], "by"),
    ],
)
def test_a_word_of_a_later_release_is_read(event, field):
    read = event.read(json.dumps(event.example | {field: "sponsor"}))
    assert getattr(read, field) == "sponsor"


def test_a_boards_rule_of_a_later_release_is_read():
    published = EVENTS["course.published.v1"]
    board = published.example["boards"][0] | {"mode": "BY_LOT"}
    assert published.read(json.dumps(published.example | {"boards": [board]})).boards[0].mode


def test_a_message_about_no_registration_is_keyed_by_its_own_id():
    sent = EVENTS["message.sent.v1"]
    assert sent.read(json.dumps(sent.example)).key_of() == sent.example["registration_id"]
    alone = sent.read(json.dumps(sent.example | {"registration_id": None}))
    assert alone.key_of() == sent.example["message_id"]


def test_the_key_of_a_session_names_course_and_session():
    completed = EVENTS["session.completed.v1"]
    read = completed.read(json.dumps(completed.example))
    assert read.key_of() == "attachment-effectiveness-2020/s1"


def test_a_task_is_said_on_its_services_topic_and_heard_on_all():
    task = TaskOpened.read(json.dumps(TaskOpened.example))
    assert task.topic_of() == "billing.tasks"
    assert "web.tasks" in TaskOpened.topics()
    assert len(TaskOpened.topics()) == 7


def test_each_service_says_its_own_events_and_tasks():
    assert [event.type for event in said_by("attendance")] == [
        "attendance.settled.v1",
        "meeting.swapped.v1",
        "session.completed.v1",
        "session.opened.v1",
        "task.closed.v1",
        "task.opened.v1",
    ]


def test_instants_are_written_in_utc_with_a_z_whatever_their_offset_was():
    confirmed = RegistrationConfirmed.read(
        json.dumps(RegistrationConfirmed.example | {"confirmed_at": "2020-09-14T11:07:30-04:00"})
    )
    assert json.loads(confirmed.payload())["confirmed_at"] == "2020-09-14T15:07:30Z"


def test_money_is_read_as_money():
    requested = RegistrationRequested.read(json.dumps(RegistrationRequested.example))
    assert requested.price == Money(19900, "USD")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("registration_id", ""),
        ("registration_id", "x" * 201),
        ("registration_id", None),
        ("registration_id", 7),
        ("course_id", "a\x00b"),
        ("organisation", "a\x00b"),
        ("price", 19900),
        ("price", {"amount": 199.5, "currency": "USD"}),
        ("price", {"amount": 19900, "currency": "XXX"}),
        ("price", {"amount": 2**63, "currency": "USD"}),
        ("requested_at", "2020-09-14T15:04:05"),
        ("requested_at", "yesterday"),
        ("schedule", "none"),
        ("policy", []),
    ],
)
def test_what_does_not_fit_is_refused(field, value):
    with pytest.raises(ValidationError):
        RegistrationRequested.read(json.dumps(RegistrationRequested.example | {field: value}))


def test_a_lone_surrogate_is_refused_on_the_wire_and_in_the_code():
    with pytest.raises(ValidationError):
        RegistrationRequested.read(
            json.dumps(RegistrationRequested.example).replace('"card"', '"\\ud800"')
        )
    with pytest.raises(ValidationError):
        RegistrationRequested.model_validate(
            RegistrationRequested.example | {"payment_method": "\ud800"}
        )


def test_two_events_cannot_have_one_type():
    with pytest.raises(TypeError, match=r"registration\.confirmed\.v1"):

        class Twin(Event):
            topic = "registration.registrations"
            type = "registration.confirmed.v1"
            key = "registration_id"

            registration_id: str
