"""What a board's file says of reporting and keeping, and what a person's birth day may be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.registration.domain.attendee import read_attendee
from services.registration.domain.course_file import read_course
from services.registration.domain.reporting import asks_of
from services.registration.domain.versions import carry_over
from shared.contracts.registration import CoursePublished
from shared.errors import Invalid
from tests.rules.registration.course import course

BEFORE = datetime(2020, 9, 1, tzinfo=UTC)
CEBROKER = {
    "format": "cebroker",
    "provider_id": "1234",
    "activity_id": "567890",
    "professions": {"counselor": "MH"},
    "within_days": 30,
}


def read(**board: Any):
    """The course with its first board, NBCC for counselors, changed."""
    boards = course()["boards"]
    boards[0] = boards[0] | board
    return read_course("attachment", course(boards=boards), BEFORE)


def test_how_a_board_is_reported_to_is_said_as_the_contract_has_it():
    document, found = read(reporting=CEBROKER, keep_years=10)
    assert (found.errors, found.warnings) == ([], [])
    nbcc, nysed, _ = CoursePublished(**document, version=1, published_at=BEFORE).boards
    assert nbcc.keep_years == 10
    assert nbcc.reporting is not None
    assert nbcc.reporting.model_dump() == {
        "format": "cebroker",
        "provider_id": "1234",
        "activity_id": "567890",
        "professions": {"counselor": "MH"},
        "subjects": {},
        "within_days": 30,
    }
    assert (nysed.keep_years, nysed.reporting) == (7, None)


def test_what_all_boards_share_may_stand_in_their_defaults():
    defaults = course()["board_defaults"] | {"keep_years": 6, "reporting": {"within_days": 10}}
    document, found = read_course("attachment", course(board_defaults=defaults), BEFORE)
    assert found.errors == []
    assert [board["keep_years"] for board in document["boards"]] == [6, 6, 6]
    assert [board["reporting"]["format"] for board in document["boards"]] == ["csv"] * 3


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        ({"format": "fax"}, ["format"]),
        ({"format": "cebroker"}, ["provider_id"]),
        ({"format": "pars"}, ["activity_id"]),
        ({"format": "pars", "activity_id": " "}, ["activity_id"]),
        ({"professions": {"astronaut": "AS"}}, ["professions/astronaut"]),
        ({"professions": {"counselor": ""}}, ["professions/counselor"]),
        ({"professions": {"counselor": "M\tH"}}, ["professions/counselor"]),
        ({"professions": ["MH"]}, ["professions"]),
        ({"subjects": {"ethics": "ET"}}, ["subjects/ethics"]),
        ({"within_days": -1}, ["within_days"]),
        ({"within_days": "soon"}, ["within_days"]),
        ({"provider_id": 7}, ["provider_id"]),
        ("cebroker", [""]),
    ],
)
def test_what_is_wrong_with_it_is_named_by_its_place(said, pointers):
    _, found = read(reporting=said)
    base = "/boards/0/reporting"
    assert [e["pointer"] for e in found.errors] == [
        f"{base}/{pointer}".rstrip("/") for pointer in pointers
    ]


@pytest.mark.parametrize("years", [0, -7, 101, "7", 7.5, True, []])
def test_evidence_is_kept_for_whole_years_from_one_to_a_hundred(years):
    _, found = read(keep_years=years)
    assert [e["pointer"] for e in found.errors] == ["/boards/0/keep_years"]


def test_a_category_may_have_the_registry_s_code():
    categories = [{"session": "s1", "category": "ethics", "hours": 1}]
    document, found = read(categories=categories, reporting={"subjects": {"ethics": "ET"}})
    assert found.errors == []
    assert document["boards"][0]["reporting"]["subjects"] == {"ethics": "ET"}


def test_a_profession_without_a_code_is_warned_of_for_its_lines_are_held_back():
    _, found = read(reporting=CEBROKER | {"professions": {}})
    assert found.errors == []
    assert found.warnings == [
        "/boards/0/reporting/professions: no code for counselor, so their lines are held back."
    ]


def test_a_birth_day_is_asked_for_only_where_a_registry_tells_people_apart_by_it():
    document, _ = read()
    assert asks_of(document["boards"]) == []
    document, _ = read(reporting=CEBROKER)
    assert asks_of(document["boards"]) == []
    document, _ = read(reporting={"format": "pars", "activity_id": "A1"})
    assert asks_of(document["boards"]) == ["birth_day"]
    assert asks_of([{"board": "of a course that was published before"}]) == []


def test_how_it_is_reported_or_kept_is_no_part_of_the_rule_by_which_it_is_decided():
    before = carry_over(read()[0], None)
    after = carry_over(read(reporting=CEBROKER, keep_years=20)[0], before)
    assert [board["rule_version"] for board in after["boards"]] == [1, 1, 1]
    stricter = carry_over(read(evaluation=False, reporting=CEBROKER)[0], before)
    assert [board["rule_version"] for board in stricter["boards"]] == [2, 1, 1]


def test_a_course_that_was_published_before_these_were_read_keeps_its_rules_versions():
    before = carry_over(read()[0], None)
    older = [
        {name: value for name, value in board.items() if name not in ("keep_years", "reporting")}
        for board in before["boards"]
    ]
    after = carry_over(read()[0], before | {"boards": older})
    assert [board["rule_version"] for board in after["boards"]] == [1, 1, 1]


def person(**said: Any):
    return read_attendee({"name": "Ada", "email": "ada@x.example"} | said, "UTC")


@pytest.mark.parametrize("day", ["01-01", "02-29", "04-30", "12-31"])
def test_a_birth_day_is_a_month_and_a_day_the_one_of_leap_years_too(day):
    assert person(birth_day=day).birth_day == day


@pytest.mark.parametrize("nothing", ["", None])
def test_nobody_must_give_it(nothing):
    assert person(birth_day=nothing).birth_day == ""


@pytest.mark.parametrize(
    "junk",
    [
        "02-30", "04-31", "13-01", "00-10", "10-00", "1-1", "0101", "01/02", "1980-02-29", "02-29-80",
        " 01-01 x", "٠١-٠٢", "01-01\n", 101, True, ["01-01"], "x" * 99, "01-01\x00",
    ],
)  # fmt: skip
def test_anything_else_is_no_birth_day_and_a_year_least_of_all(junk):
    if junk == "01-01\n":  # as a form may send it: the line's end is no part of it
        assert person(birth_day=junk).birth_day == "01-01"
        return
    with pytest.raises(Invalid) as refused:
        person(birth_day=junk)
    assert [error["pointer"] for error in refused.value.errors] == ["/attendee/birth_day"]


def test_an_empty_series_is_no_session():
    _, found = read_course("attachment", course(sessions=[], series=[]), BEFORE)
    assert "/sessions" in [error["pointer"] for error in found.errors]
