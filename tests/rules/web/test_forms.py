"""Forms: what was typed becomes a request, or faults beside the fields; nothing is lost."""

from datetime import UTC, datetime

import pytest

from services.web.domain import post_test
from services.web.domain.boards import Serves, serving
from services.web.domain.evaluation_form import Asked, answers_of, stands
from services.web.domain.refusals import faults_in
from services.web.domain.register_form import (
    Fault,
    birthday_of,
    faults_of,
    licenses_of,
    request_of,
    values_of,
)

GOOD = {"name": "Ada", "email": "ada@x.example", "profession": "nurse", "disclosure": "accepted"}


def test_an_empty_form_names_what_is_missing_in_the_order_of_its_fields():
    assert [fault.field for fault in faults_of({}, disclosure=True)] == [
        "name",
        "email",
        "profession",
        "disclosure",
    ]
    assert faults_of(GOOD, disclosure=True) == []


def test_addresses_are_checked_for_shape_only():
    for address in ("ada", "ada@", "@x.example", "ada@x", "a da@x.example", "ada@x."):
        assert faults_of(GOOD | {"email": address}, disclosure=True) == [
            Fault("email", "no-address")
        ], address
    for address in ("ada@x.example", "ada+ce@mail.x.example", "ädä@exämple.example"):
        assert faults_of(GOOD | {"email": address}, disclosure=True) == []


def test_a_licence_number_needs_its_state_and_an_empty_row_is_no_licence():
    values = GOOD | {"number_0": "RN1", "state_1": "NY", "license_profession_1": "counselor"}
    assert faults_of(values, disclosure=True) == [Fault("state_0", "missing")]
    assert licenses_of(values) == [
        {"profession": "nurse", "state": "", "number": "RN1"},
        {"profession": "counselor", "state": "NY", "number": ""},
    ]


def test_several_credit_codes_may_be_given_and_what_is_free_is_asked_for_as_free():
    values = GOOD | {"credit_code": "AAAA-1, BBBB-2"}
    shown = {"zone": "UTC", "locale": "en-US", "disclosure_version": "1"}
    assert request_of(values, free=False, **shown)["payment"] == {
        "method": "card",
        "credit_codes": ["AAAA-1", "BBBB-2"],
    }
    assert request_of(values, free=True, **shown)["payment"] == {"method": "free"}


def test_the_owners_pointers_become_fields():
    pointers = ["/attendee/name", "/attendee/licenses/1/number", "/payment/credit_codes/0", "/x"]
    errors = [{"pointer": pointer, "detail": "No."} for pointer in pointers]
    found = faults_in("invalid", {"errors": errors}, {}, [])
    assert [fault.field for fault in found] == ["name", "number_1", "credit_code", ""]


def test_a_refusal_that_makes_no_sense_is_about_the_whole():
    for junk in (None, "no", [None, 7, "x"], {"pointer": "/x"}):
        assert faults_in("invalid", {"errors": junk}, {}, []) == []
    for junk in (None, "basics", [], ["another"], [{"id": 1}]):
        assert faults_in("prerequisite-missing", {"missing": junk}, {}, ["basics"]) == []


def test_what_no_field_can_hold_is_left_out():
    assert values_of({"name": " A\x00da ", "email": "x" * 1000}) == {
        "name": "Ada",
        "email": "x" * 300,
    }


def test_boards_serve_by_profession_or_by_a_licence_in_their_states():
    boards = [
        Serves("NBCC", ("counselor",), None),
        Serves("NYSED", ("counselor",), {"in": ("NY",)}),
        Serves("STATE", ("counselor", "mft"), {"not": ("NY",)}),
        Serves("ALL", (), None),
    ]
    assert serving(boards, "counselor", []) == ["NBCC", "ALL"]
    assert serving(boards, "counselor", [("", "ny")]) == ["NBCC", "NYSED", "ALL"]
    assert serving(boards, "mft", [("", "NJ")]) == ["STATE", "ALL"]
    assert serving(boards[:3], "mft", [("", "NY")]) == []
    assert serving(boards[:3], "other", [("mft", "CA")]) == ["STATE"]


def test_answers_fit_their_questions_or_count_as_not_given():
    rating = Asked("r", "R?", "rating", 5, (), True)
    choice = Asked("c", "C?", "choice", 5, ("Yes", "No"), True)
    text = Asked("t", "T?", "text", 5, (), False)
    form = {"q-r": "5", "q-c": "No", "q-t": " Fine. "}
    assert answers_of(form, [rating, choice, text]) == ({"r": 5, "c": "No", "t": "Fine."}, {})
    for bad in ("0", "6", "-1", "1.5", "５", "", "9" * 5000):
        assert answers_of({"q-r": bad}, [rating]) == ({}, {"r": "missing"})
    assert answers_of({"q-c": "Perhaps"}, [choice]) == ({}, {"c": "missing"})


@pytest.mark.parametrize(
    ("month", "day", "birthday", "fault"),
    [
        ("", "", "", None),
        ("2", "29", "02-29", None),
        ("12", "1", "12-01", None),
        ("2", "30", "", ("birth_day", "no-day")),
        ("4", "31", "", ("birth_day", "no-day")),
        ("13", "1", "", ("birth_day", "no-day")),
        ("1", "0", "", ("birth_day", "no-day")),
        ("1", "１", "", ("birth_day", "no-day")),
        ("1", "1970", "", ("birth_day", "no-day")),
        ("1", "", "", ("birth_day", "missing")),
        ("", "7", "", ("birth_month", "missing")),
    ],
)
def test_a_birthday_is_a_month_and_a_day_that_there_is_in_some_year(month, day, birthday, fault):
    values = GOOD | {"birth_month": month, "birth_day": day}
    assert birthday_of(values) == birthday
    assert faults_of(values, disclosure=True) == ([Fault(*fault)] if fault else [])
    sent = request_of(values, zone="UTC", locale="en-US", disclosure_version="1", free=True)
    assert sent["attendee"].get("birth_day", "") == birthday


BEFORE, AT, AFTER = (datetime(2020, 12, 9, 12, minute, tzinfo=UTC) for minute in (0, 1, 2))


@pytest.mark.parametrize(
    ("takes", "submitted_at", "closes_at", "said"),
    [
        (True, None, AFTER, "open"),
        (True, None, None, "open"),
        (True, BEFORE, AFTER, "done"),
        (False, BEFORE, BEFORE, "done"),
        (False, None, AFTER, "coming"),
        (False, None, None, "coming"),
        (False, None, AT, "closed"),
        # Certificates says whether it takes one: its clock and rules count, not the page's.
        (True, None, BEFORE, "open"),
    ],
)
def test_an_evaluation_is_in_open_over_or_to_come(takes, submitted_at, closes_at, said):
    assert stands(takes, submitted_at, closes_at, AT) == said


@pytest.mark.parametrize(
    ("said", "stands_so"),
    [
        (None, ""),
        ({"needed": True}, "open"),
        ({"needed": True, "open": False}, ""),
        ({"needed": True, "open": False, "opens_at": "2020-11-09T23:00:00Z"}, "coming"),
        ({"needed": True, "attempts_left": 0}, "used"),
        ({"needed": True, "attempts_left": 1}, "open"),
        ({"needed": False}, ""),
        ({"needed": False, "passed": True}, "passed"),
        ({"needed": True, "passed": True, "attempts_left": 0}, "passed"),
    ],
)
def test_a_post_test_is_open_passed_used_up_or_not_to_be_seen(said, stands_so):
    assert post_test.stands(said) == stands_so


def test_a_test_of_a_registration_that_has_ended_is_open_only_where_certificates_says_so():
    assert post_test.stands({"needed": True}, going=False) == ""
    assert post_test.stands({"needed": True, "open": True}, going=False) == "open"
