"""What a partner may see: its courses, the types and fields it is given, and who was erased."""

from datetime import UTC, datetime

import pytest

from services.partners.commands.visible import VISIBLE
from services.partners.domain.cloudevents import cloud_event
from services.partners.domain.visibility import (
    ListsInvalid,
    check_lists,
    unknown_fields,
    unknown_types,
    view_of,
)

CONFIRMED, PAID, PERSON = "registration.confirmed.v1", "invoice.paid.v1", "person.recorded.v1"
ERASED = "person.erased.v1"
PAYMENT = {
    "registration_id": "r1",
    "course_id": "a",
    "person_id": "p1",
    "invoice_id": "i1",
    "number": "2020-000001",
    "total": {"amount": 19900, "currency": "USD"},
    "organisation": "Example Clinic",
}
IDS = {"registration_id": "r1", "course_id": "a", "person_id": "p1", "invoice_id": "i1"}


def test_of_a_course_that_it_had_before_it_is_told_who_was_erased_and_nothing_else() -> None:
    view = view_of(["a"], ["*"], ["*"], ["b"])
    assert (view.sees(ERASED, "b"), view.sees(CONFIRMED, "b")) == (True, False)
    assert not view.sees(ERASED, "c")
    assert view.only([], ["b"]).sees(ERASED, "b")
    assert not view.only([], ["a"]).sees(ERASED, "b")
    assert not view.only([CONFIRMED], []).sees(ERASED, "b")
    assert view_of(["b"], ["*"], [], ["b"]).sees(CONFIRMED, "b"), "it was given it again"


def test_what_is_said_among_us_only_is_never_visible():
    never = ("key.", "task.", "partner.")
    assert [kind for kind in VISIBLE if kind.startswith(never)] == []
    assert {"course.published.v1", PERSON, CONFIRMED, PAID, "credit.issued.v1"} < set(VISIBLE)
    assert {"session.completed.v1", "attendance.settled.v1"} < set(VISIBLE)
    assert {"certificate.issued.v1", "message.failed.v1", ERASED} < set(VISIBLE)


def test_a_partner_sees_its_own_courses_and_no_other():
    view = view_of(["a", "b"], [CONFIRMED], [])
    assert view.sees(CONFIRMED, "a")
    assert view.sees(CONFIRMED, "b")
    assert not view.sees(CONFIRMED, "ab")
    assert not view.sees(CONFIRMED, "A")
    assert not view_of([], ["*"], []).sees(CONFIRMED, "a")


@pytest.mark.parametrize("named", [CONFIRMED, "registration.confirmed", "*"])
def test_a_type_is_named_with_its_version_or_without_or_all_are(named):
    assert view_of(["a"], [named], []).sees(CONFIRMED, "a")


@pytest.mark.parametrize(
    "named", ["registration", "registration.*", "confirmed", "registration.confirmed.v2", ""]
)
def test_what_only_resembles_a_type_names_none(named):
    assert not view_of(["a"], [named], []).sees(CONFIRMED, "a")
    assert unknown_types([named], VISIBLE) == [0]


def test_every_partner_hears_who_of_its_courses_was_erased():
    assert view_of(["a"], [], []).sees(ERASED, "a")
    assert not view_of(["a"], [], []).sees(ERASED, "b")
    assert not view_of(["a"], [], []).sees(CONFIRMED, "a")


def test_of_the_data_a_partner_sees_the_ids_and_what_is_named():
    assert view_of(["a"], [PAID], []).seen_of(PAID, PAYMENT) == IDS
    by_name = view_of(["a"], [PAID], ["total"]).seen_of(PAID, PAYMENT)
    assert by_name == IDS | {"total": {"amount": 19900, "currency": "USD"}}


def test_versions_sessions_items_and_certificates_are_ids_too():
    data = {"version": 2, "session_id": "s1", "item_id": "7", "certificate_id": "c1", "name": "Ada"}
    seen = view_of(["a"], [PERSON], []).seen_of(PERSON, data)
    assert seen == {"version": 2, "session_id": "s1", "item_id": "7", "certificate_id": "c1"}


@pytest.mark.parametrize("named", [f"{PAID}/number", "invoice.paid/number"])
def test_a_field_may_be_named_for_one_type_only(named):
    view = view_of(["a"], [PAID, "invoice.issued"], [named])
    assert view.seen_of(PAID, PAYMENT) == IDS | {"number": "2020-000001"}
    assert view.seen_of("invoice.issued.v1", PAYMENT) == IDS


@pytest.mark.parametrize("named", [f"{PAID}/*", "invoice.paid/*"])
def test_all_fields_of_one_type_may_be_named_and_never_of_all_types(named):
    view = view_of(["a"], [PAID, PERSON], [named])
    assert view.seen_of(PAID, PAYMENT) == PAYMENT
    assert view.seen_of(PERSON, {"person_id": "p1", "email": "a@b.example"}) == {"person_id": "p1"}
    everything = view_of(["a"], ["*"], ["*", "*/*"])
    assert everything.seen_of(PAID, PAYMENT) == IDS
    names = ["total", "*", "*/*", "", "invoice.paid/", "invoice.payd/total"]
    assert unknown_fields(names, VISIBLE) == [1, 2, 3, 4, 5]


def test_lists_that_name_what_there_is_not_are_refused_at_each_place():
    check_lists(["*", PAID, "invoice.paid"], ["total", f"{PAID}/*", "invoice.paid/total"], VISIBLE)
    with pytest.raises(ListsInvalid) as refused:
        check_lists([PAID, "invoice.payd"], ["total", "invoice.payd/total", "*"], VISIBLE)
    told = [error["pointer"] for error in refused.value.errors]
    assert told == ["/types/1", "/fields/1", "/fields/2"]


def test_who_wants_less_gets_less_and_never_more():
    view = view_of(["a", "b"], [CONFIRMED, PAID], ["total"])
    less = view.only(["invoice.paid", PERSON], ["b", "c"])
    assert less.sees(PAID, "b")
    assert not less.sees(PAID, "a")
    assert not less.sees(PAID, "c")
    assert not less.sees(CONFIRMED, "b")
    assert not less.sees(PERSON, "b")
    assert not less.sees(ERASED, "b")
    assert less.seen_of(PAID, PAYMENT) == view.seen_of(PAID, PAYMENT)
    assert view.only([], []) == view


def test_an_event_goes_out_as_a_cloud_event_with_what_is_seen_of_it():
    said = datetime(2020, 9, 14, 15, 7, 30, tzinfo=UTC)
    view = view_of(["a"], [PAID], ["number"])
    assert cloud_event(view, "e1", PAID, "/billing", "r1", said, PAYMENT) == {
        "specversion": "1.0",
        "id": "e1",
        "source": "/billing",
        "type": PAID,
        "subject": "r1",
        "time": "2020-09-14T15:07:30Z",
        "datacontenttype": "application/json",
        "data": IDS | {"number": "2020-000001"},
    }
