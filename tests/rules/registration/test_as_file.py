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
from services.registration.domain.schedule import closing
from services.registration.domain.versions import carry_over
from shared.contracts import policy
from shared.dates import rfc3339
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


def given_back(said: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What publishing the course's own file again comes to, and its faults."""
    document, faults = read_course(said["course_id"], as_file(said), NOW, said)
    whole = document | {"policy": policy.document(document["policy"], "USD"), "code_prices": []}
    return whole_of(carry_over(whole, said)), faults.errors


def whole_of(said: dict[str, Any]) -> dict[str, Any]:
    """With what follows from the sessions, as `commands.publishing` has it."""
    closes = closing(said["sessions"], said["closes_asked"])
    return said | {"registration_closes_at": rfc3339(closes)}


def with_moved(said: dict[str, Any], session_id: str, **when: Any) -> dict[str, Any]:
    """A session at another time, as `commands.sessions` has it."""
    return with_other(said, session_id, lambda old: moved(old, read(when, old)))


def read(when: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    place, faults = read_move(when, old)
    assert faults.errors == []
    return place


def with_gone(said: dict[str, Any], session_id: str) -> dict[str, Any]:
    """A session cancelled, as `commands.session_withdrawing` has it."""
    gone = {"status": "cancelled", "cancelled_reason": "snow"}
    return with_other(said, session_id, lambda old: old | gone)


def with_other(said: dict[str, Any], session_id: str, how: Any) -> dict[str, Any]:
    sessions = [how(s) if s["session_id"] == session_id else s for s in said["sessions"]]
    sessions.sort(key=lambda each: each["starts_at"])
    return whole_of(said | {"sessions": sessions})


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


TO = {"date": "2020-10-28", "from": "17:00", "to": "19:00"}


@pytest.mark.parametrize(
    "since",
    [
        lambda said: with_moved(said, "s2", **TO),
        lambda said: with_gone(said, "s2"),
        lambda said: with_gone(with_moved(said, "s2", **TO), "s2"),
        lambda said: with_moved(with_gone(said, "s2"), "s2", **TO),
        lambda said: with_moved(with_moved(said, "s2", **TO), "s2", date="2020-10-26",
                                **{"from": "16:00", "to": "18:00"}),
        # The first one, and so the closing that was asked for is later than the start by now.
        lambda said: with_moved(said, "s1", date="2020-10-12", **{"from": "16:00", "to": "18:00"}),
        lambda said: with_gone(with_moved(said, "s1", date="2020-10-12",
                                          **{"from": "16:00", "to": "18:00"}), "s1"),
        # Into the place of one that was cancelled.
        lambda said: with_moved(with_gone(said, "s2"), "s3", date="2020-10-26",
                                **{"from": "17:00", "to": "19:00"}),
        # So late that its break comes after midnight, or over it.
        lambda said: with_moved(said, "s4", date="2020-11-09", to_date="2020-11-10",
                                **{"from": "23:15", "to": "01:15"}),
        lambda said: with_moved(said, "s4", date="2020-11-09", to_date="2020-11-10",
                                **{"from": "22:55", "to": "00:55"}),
    ],
    ids=["moved", "cancelled", "moved-cancelled", "make-up", "moved-back", "ahead",
         "ahead-cancelled", "into-its-place", "break-after-midnight", "break-over-midnight"],
)  # fmt: skip
def test_the_file_of_a_course_whose_sessions_moved_says_the_same_again(since: Any) -> None:
    file = course(registration={"closes_at": "2020-10-19T12:00:00Z"}, boards=None)
    file["sessions"][3]["breaks"] = [{"from": "17:00", "to": "17:15"}]
    said = whole_of(since(published(file)))
    again, faults = given_back(said)
    assert faults == []
    assert again == said
    assert given_back(again) == (said, [])


def test_after_the_course_s_own_file_the_provider_s_old_one_moves_nothing_back() -> None:
    said = with_gone(with_moved(published(course()), "s2", **TO), "s2")
    for before in (said, with_moved(published(course()), "s2", **TO)):
        again, _ = given_back(before)
        old, _ = read_course("attachment", course(), NOW)
        now = carry_over(old, again)["sessions"]
        assert [(s["session_id"], s["starts_at"], s["status"]) for s in now] == [
            (s["session_id"], s["starts_at"], s["status"]) for s in before["sessions"]
        ]


def test_another_time_than_both_is_followed_and_other_breaks_are_too() -> None:
    said = with_moved(published(course()), "s2", **TO)
    file = as_file(said)
    [second] = [one for one in file["sessions"] if one["id"] == "s2"]
    second["breaks"] = [{"from": "18:00", "to": "18:15"}]
    document, _ = read_course("attachment", file, NOW, said)
    [now] = [s for s in carry_over(document, said)["sessions"] if s["session_id"] == "s2"]
    assert (now["date"], now["instruction_minutes"]) == ("2020-10-28", 105)
    assert now["filed"]["date"] == "2020-10-26", "the provider's old file is older still"
    second["date"] = "2020-10-30"
    document, _ = read_course("attachment", file, NOW, said)
    [now] = [s for s in carry_over(document, said)["sessions"] if s["session_id"] == "s2"]
    assert (now["date"], now["schedule_version"], "filed" in now) == ("2020-10-30", 3, False)


def test_a_copy_of_a_course_plans_both_at_one_time_and_is_told_so() -> None:
    said = with_moved(with_gone(published(course()), "s2"), "s3", date="2020-10-26",
                      **{"from": "17:00", "to": "19:00"})  # fmt: skip
    _, faults = read_course("another", as_file(said) | {"id": "another"}, NOW)
    assert faults.errors == [
        {"pointer": "/sessions", "detail": "s3 begins before s2 has ended."},
    ]


def test_a_break_past_midnight_is_on_the_day_after_and_one_outside_is_none() -> None:
    night = {"id": "n", "date": "2020-10-19", "from": "21:00", "to_date": "2020-10-20",
             "to": "02:00", "meeting": {"id": "1", "url": "https://meet.example/1"}}  # fmt: skip
    breaks = [{"from": "22:00", "to": "22:10"}, {"from": "23:50", "to": "00:05"},
              {"from": "01:00", "to": "01:10"}]  # fmt: skip

    def read_it(breaks: list[dict[str, str]]) -> tuple[dict[str, Any], list[dict[str, str]]]:
        sessions = [night | {"breaks": breaks}]
        document, faults = read_course("attachment", course(sessions=sessions, boards=None), NOW)
        return document["sessions"][0], faults.errors

    session, errors = read_it(breaks)
    assert errors == []
    assert session["breaks"] == [
        {"starts_at": "2020-10-20T02:00:00Z", "ends_at": "2020-10-20T02:10:00Z"},
        {"starts_at": "2020-10-20T03:50:00Z", "ends_at": "2020-10-20T04:05:00Z"},
        {"starts_at": "2020-10-20T05:00:00Z", "ends_at": "2020-10-20T05:10:00Z"},
    ]
    assert session["instruction_minutes"] == 300 - 35
    for outside in ({"from": "20:00", "to": "21:10"}, {"from": "01:50", "to": "02:10"},
                    {"from": "01:10", "to": "01:00"}):  # fmt: skip
        _, errors = read_it([outside])
        assert [one["detail"] for one in errors] == ["A break lies within its session."]
