"""A course as its file would say it: read again, it is the same course, whatever its shape."""

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.registration.domain.as_file import as_file, left_out
from services.registration.domain.boards import KNOWN as BOARD
from services.registration.domain.course_file import KNOWN as COURSE
from services.registration.domain.course_file import read_course
from services.registration.domain.moving import moved, read_move
from services.registration.domain.prices import without_codes
from services.registration.domain.versions import carry_over
from shared.contracts import policy
from tests.rules.registration.course import course

NOW = datetime(2020, 9, 1, tzinfo=UTC)
EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))


def published(body: dict[str, Any]) -> dict[str, Any]:
    """The document that is kept of it, by the steps of `commands.courses`."""
    document, faults = read_course(body["id"], body, NOW)
    assert faults.errors == []
    given, currency = document["policy"], document["price"]["currency"]
    whole = document | {
        "policy": policy.document(given, currency) if given else {},
        "code_prices": without_codes(document["code_prices"]),
    }
    return carry_over(whole, None)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_comes_back_as_the_same_course(path: Path) -> None:
    said = published(yaml.safe_load(path.read_text()))
    file = as_file(said)
    again = published(file)
    assert again == said | {"code_prices": []}
    assert as_file(again) == file


EVERYTHING = course(
    delivery="mixed",
    location="The Hall, 2 Main Street",
    subtitle="A subtitle",
    approved_title="The title as approved",
    audience="Counselors",
    level="intermediate",
    description="First.\n\nSecond.",
    activity_number="A-17",
    language="de",
    invoice_allowed=True,
    hold_minutes=45,
    offer_hours=12,
    prerequisites=["before-it"],
    not_authorised="It does not authorise to train.",
    signatory={"name": "Sam Sample", "title": "Administrator"},
    registration={"opens_at": "2020-09-15T09:00:00Z", "closes_at": "2020-10-19T12:00:00Z"},
    joint_sponsor={
        "name": "IBH", "partner_id": "ibh", "apa_approved": True,
        "share": {"per_attendee": "5.00", "percent": "12.5", "of": "collected"},
    },
    prices=[
        {"id": "early", "amount": "169.00", "when": {"until": "2020-09-30"}},
        {"id": "noon", "amount": "159.00", "when": {"until": "2020-09-20T16:00:00Z"}},
        {"id": "member", "label": "members", "percent_off": 15,
         "when": {"statement": "Your number"}},
        {"id": "team", "percent_off": 10, "when": {"at_least": 5}},
        {"id": "spring", "amount": 14900, "when": {"code": "SPRING-2020", "most": 50}},
    ],
    tax={"place": "US-NY", "rates": [{"place": "US-NY", "percent": "8.875", "label": "Sales tax"},
                                     {"percent": 0}], "fee_percent": 4},
    layout={"paper": "letter", "show_times": False, "accent": "#0f6660",
            "signatory": {"name": "Another"}},
    sessions=[
        {"id": "hall", "date": "2020-10-19", "from": "09:00", "to": "17:00",
         "location": "The Annexe", "breaks": [{"from": "12:00", "to": "13:00"}],
         "homework": "Read.", "opens_minutes_before": 0, "max_missed_seconds": 600},
        {"id": "night", "date": "2020-10-31", "from": "20:00", "to_date": "2020-11-01",
         "to": "01:30", "fold": 1, "zone": "America/New_York", "title": "A long night"},
        {"id": "abroad", "date": "2020-11-05", "from": "16:00", "to": "18:00",
         "zone": "Europe/Berlin", "meeting": {"id": "42", "url": "https://meet.example/42"},
         "location": "Beside the meeting"},
        {"id": "watched", "date": "2020-11-10", "to_date": "2020-12-31", "minutes": 120,
         "delivery": "recorded"},
    ],
    boards=[
        {"board": "NBCC", "unit": "clock hours", "mode": "CLAIMED", "evaluation": True,
         "professions": ["counselor"], "states": {"not": ["NY"]}, "approved_hours": 2,
         "post_test": {"version": 2, "pass_percent": 70, "formats": ["recorded"]},
         "categories": [{"session": "abroad", "category": "ethics", "hours": 1}],
         "formats": ["in_person", "live_online", "recorded"], "keep_years": 6,
         "reporting": {"format": "cebroker", "provider_id": "50-1", "subjects": {"ethics": "E"},
                       "professions": {"counselor": "C"}, "within_days": 30},
         "layout": {"heading": "Certificate of Completion", "mark_duplicates": True}},
    ],
    evaluation={"version": 3, "closes_after_days": 14, "questions": [
        {"id": "free", "kind": "text", "text": "What else?", "required": False},
        {"id": "which", "kind": "choice", "text": "Which?", "choices": ["this", "that"]},
        {"id": "first", "text": "How well was the first met?", "objective": 1, "scale": 7},
    ]},
    refund_policy=course()["refund_policy"] | {"text": "Our own words.", "holidays": ["2020-10-12"]},
)  # fmt: skip


def test_nothing_that_a_file_can_say_is_lost_but_codes_which_nobody_keeps() -> None:
    said = published(EVERYTHING)
    assert published(as_file(said)) == said | {"code_prices": []}
    assert left_out(said) == ["spring"]
    assert "SPRING" not in str(as_file(said))


def test_whatever_a_file_may_have_is_written() -> None:
    """A name that is read and not written would be lost by whoever copies a course."""
    written = set(as_file(published(EVERYTHING))) | {"recording_of"}
    assert written | {"series", "board_defaults"} == set(COURSE)
    [board] = as_file(published(EVERYTHING))["boards"]
    lacking = {"holder", "number", "statement", "sponsorship_statement", "audience", "approved"}
    assert set(board) | lacking | {"max_missed_seconds"} == set(BOARD)


def test_it_says_what_its_learners_know_it_by_and_no_more_than_a_file_needs() -> None:
    said = published(course())
    file = as_file(said, said["policy"]["text"])
    assert file["id"] == "attachment"
    assert file["price"] == {"amount": 19900, "currency": "USD"}
    assert file["sessions"][2] == {
        "id": "s3", "date": "2020-11-02", "from": "16:00", "to": "18:00",
        "hours": ["First hour", "Second hour"],
        "meeting": {"id": "8800000003", "url": "https://meet.example/3"},
    }  # fmt: skip
    assert "text" not in file["refund_policy"], "with other windows the words would be others"
    # The ratings follow from the objectives, so that others follow from others.
    assert file["evaluation"] == {"version": 1, "closes_after_days": 30}
    assert {"location", "tax", "layout", "prices", "signatory"}.isdisjoint(file)


def test_what_was_moved_since_is_where_it_is_now_and_what_was_cancelled_is_a_session() -> None:
    said = published(course())
    first = said["sessions"][0]
    when, faults = read_move({"date": "2020-10-20", "from": "10:00", "to": "12:00"}, first)
    assert faults.errors == []
    gone = said["sessions"][1] | {"status": "cancelled", "cancelled_reason": "snow"}
    now = deepcopy(said) | {"sessions": [moved(first, when), gone, *said["sessions"][2:]]}
    file = as_file(now)
    assert [(s["id"], s["date"], s["from"], s["to"]) for s in file["sessions"][:2]] == [
        ("s1", "2020-10-20", "10:00", "12:00"),
        ("s2", "2020-10-26", "16:00", "18:00"),
    ]
