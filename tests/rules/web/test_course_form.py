"""A form for a course and the course as its file has it: neither loses what the other says."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registration.domain.as_file import as_file
from services.registration.domain.course_file import read_course
from services.web.course_file import read_part, written
from services.web.domain.course_form import added, begun, boxes, compose, dropped, numbers
from services.web.domain.spread import spread
from tests.rules.registration.course import course
from tests.rules.registration.test_as_file import EVERYTHING, NOW, published
from tests.rules.registration.test_course_junk import JUNK, broken

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))


def through_the_form(file: dict[str, Any]) -> dict[str, Any]:
    """What a form says that was filled with a course, sent as browsers send it."""
    typed, told = spread(file)
    typed |= {name: written(value) for name, value in told.items()}
    sent = {name: text.replace("\n", "\r\n") for name, text in typed.items()}
    read = {name: read_part(sent[name])[0] for name in boxes(sent)}
    composed = compose(sent, read)
    assert composed.twice == []
    return composed.course


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_course_from_the_form_is_the_same_course(path: Path) -> None:
    said = published(yaml.safe_load(path.read_text()))
    assert published(through_the_form(as_file(said))) == said | {"code_prices": []}


def test_what_has_no_field_of_its_own_is_in_a_box_and_comes_back() -> None:
    said = published(EVERYTHING)
    typed, told = spread(as_file(said))
    assert published(through_the_form(as_file(said))) == said | {"code_prices": []}
    assert {"tax", "layout", "registration", "hold_minutes"} <= set(told["+"])
    assert told["sessions/0/+"] == {
        "homework": "Read.", "opens_minutes_before": 0, "max_missed_seconds": 600,
        "breaks": [{"from": "12:00", "to": "13:00"}],
    }  # fmt: skip
    assert told["boards/0/+"]["states"] == {"not": ["NY"]}, (
        "a list of states is all the field takes"
    )
    assert typed["price/amount"] == "199.00"
    assert typed["boards/0/professions"] == "counselor"


def test_a_field_says_what_it_is_for_and_else_what_was_typed() -> None:
    typed = {
        "id": " a-1 ", "title": "", "capacity": "500", "price/amount": "199", "ce_hours": "7.5",
        "invoice_allowed": "yes", "objectives": "One\r\n\r\n Two ", "prices/3/when/at_least": "many",
        "sessions/2/date": "2027-02-30", "sessions/9/id": "  ", "boards/0/states": "NY,, NJ",
        "refund_policy": "x", "+": "y",
    }  # fmt: skip
    read = {"refund_policy": {"version": 1}, "+": {"tax": {}, "price": {"currency": "USD"}}}
    composed = compose(typed, read)
    assert composed.course == {
        "id": "a-1", "capacity": 500, "price": {"amount": "199", "currency": "USD"},
        "ce_hours": "7.5", "invoice_allowed": True, "objectives": ["One", "Two"],
        "refund_policy": {"version": 1}, "tax": {},
        "prices": [{"when": {"at_least": "many"}}], "sessions": [{"date": "2027-02-30"}],
        "boards": [{"states": ["NY", "NJ"]}],
    }  # fmt: skip
    assert composed.rows == {"prices": [3], "sessions": [2], "boards": [0]}
    assert composed.twice == []


@pytest.mark.parametrize("odd", [["in_person"], [], {"in_person": 1}, 7, True, None, "nowhere"])
def test_what_is_none_of_a_few_words_stays_in_its_box(odd: Any) -> None:
    file = {"title": "A", "delivery": odd, "boards": [{"board": "NBCC", "mode": odd}]}
    typed, told = spread(file)
    assert (typed.get("delivery"), typed.get("boards/0/mode")) == (None, None)
    assert (told["+"], told["boards/0/+"]) == ({"delivery": odd}, {"mode": odd})
    assert through_the_form(file) == file


def test_what_a_field_and_a_box_both_say_is_told() -> None:
    typed = {"title": "A", "price/amount": "1", "sessions/0/date": "2027-01-01"}
    read = {
        "+": {"title": "B", "price": {"amount": 1}, "sessions": []},
        "sessions/0/+": {"date": "x"},
    }
    composed = compose(typed, read)
    assert composed.twice == [
        ("sessions/0/+", "date"), ("+", "title"), ("+", "price/amount"), ("+", "sessions"),
    ]  # fmt: skip
    assert composed.course["title"] == "A"


def test_a_session_more_comes_a_week_later_at_the_same_time() -> None:
    typed = begun() | {
        "sessions/0/date": "2027-03-25", "sessions/0/from": "09:00", "sessions/0/to": "11:00",
        "sessions/0/meeting/url": "https://meet.example/1", "sessions/0/location": "Hall",
    }  # fmt: skip
    more = added(added(typed, "sessions"), "sessions")
    assert numbers(more, "sessions") == [0, 1, 2]
    assert {name: value for name, value in more.items() if name.startswith("sessions/2/")} == {
        "sessions/2/id": "s3", "sessions/2/date": "2027-04-08", "sessions/2/from": "09:00",
        "sessions/2/to": "11:00", "sessions/2/location": "Hall",
    }  # fmt: skip
    fewer = dropped(more, "sessions/1")
    assert numbers(fewer, "sessions") == [0, 2]
    for odd in ("", "sessions", "sessions/", "/", "sessions/1/id"):
        assert dropped(more, odd) == more
    assert added(fewer, "sessions")["sessions/3/id"] == "s4"
    assert added({}, "sessions")["sessions/0/id"] == "s1"
    assert added(typed | {"sessions/0/date": "soon"}, "sessions")["sessions/1/date"] == ""
    assert numbers(added(typed, "boards"), "boards") == [0]
    assert added(typed, "nothing") == typed
    full = {f"sessions/{number}/id": "x" for number in range(400)}
    assert added(full, "sessions") == full


@settings(deadline=None)
@given(broken())
def test_whatever_a_course_has_the_form_gives_it_back(file: dict[str, Any]) -> None:
    again = through_the_form(file)
    before, first = read_course("attachment", file | {"id": "attachment"}, NOW)
    after, second = read_course("attachment", again | {"id": "attachment"}, NOW)
    if not first.errors:
        assert (after, second.errors) == (before, [])


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), JUNK), JUNK)
def test_junk_goes_through_a_form_as_it_is(file: dict[str, Any], listed: Any) -> None:
    through_the_form(file | {"sessions": listed, "price": listed, "boards": [listed]})


def test_the_reference_course_is_all_in_fields_but_what_is_rare() -> None:
    _, told = spread(as_file(published(course())))
    assert set(told) == {"+", "refund_policy", "boards/0/+", "boards/1/+", "boards/2/+"}
    assert set(told["+"]) == {"hold_minutes", "offer_hours", "evaluation"}
