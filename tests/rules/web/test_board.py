"""The board of the day: which sessions, how each stands, and how the curve is drawn."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.web.domain.board import Sitting, following, line_of, of_the_day, queue_of
from services.web.domain.room_curve import drawn

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sitting(session: str, starts: datetime, hours: float = 2, **more: Any) -> Sitting:
    zone = more.pop("zone", "America/New_York")
    return Sitting(
        "c1", session, "A course", "", 1, 4, zone,
        starts - HOUR / 4, starts, starts + HOUR * hours, **more,
    )  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_day_is_that_of_the_sessions_own_zone():
    late = sitting("late", at("2026-03-03T04:30:00Z"))  # 23:30 on March 2 in New York
    early = sitting("early", at("2026-03-02T04:30:00Z"), hours=0.25)  # 23:30 on March 1
    tokyo = sitting("tokyo", at("2026-03-02T16:00:00Z"), zone="Asia/Tokyo")  # on March 3 there
    found = of_the_day([late, tokyo, early], NOON)
    assert [one.session_id for one in found] == ["late"]


def test_a_recording_is_of_the_day_on_its_first_and_last_only():
    months = sitting("rec", at("2026-01-05T15:00:00Z"), hours=24 * 90)
    assert of_the_day([months], NOON) == []
    assert of_the_day([months], at("2026-01-05T12:00:00Z")) == [months]


def test_the_next_session_is_one_that_is_held():
    off = sitting("off", NOON + HOUR, cancelled=True)
    on = sitting("on", NOON + HOUR * 30)
    assert following([on, off, sitting("before", NOON - HOUR)], NOON) == on
    assert following([off], NOON) is None


@pytest.mark.parametrize(
    ("minutes", "said", "state"),
    [
        (20, "planned", "upcoming"),
        (15, "open", "open"),
        (0, "open", "running"),
        (-119, "open", "running"),
        (-120, "open", "over"),
        (-121, "completed", "completed"),
        (-60, "completed", "completed"),
        (-60, "", "running"),
    ],
)
def test_how_a_session_stands(minutes: int, said: str, state: str):
    one = sitting("s1", NOON + timedelta(minutes=minutes))
    assert line_of(one, None, {"state": said}, NOON).state == state


def test_a_line_says_what_the_owners_said_and_nothing_else():
    seen = {
        "state": "open", "expected": 40, "in_room": 31, "in_waiting_room": 2, "unmatched": 1,
        "present": 0, "last_observed_at": "2026-03-02T11:59:00Z",
        "completes_at": "2026-03-02T13:45:00Z",
        "reports": {"sheet": {"lines": 3, "last_received_at": "2026-03-02T11:30:00Z"}},
        "curve": [{"at": "2026-03-02T11:15:00Z", "in_room": 0}, {"at": "no time", "in_room": 9}],
    }  # fmt: skip
    line = line_of(sitting("s1", NOON - HOUR / 2), {"seats": {"left": 7}}, seen, NOON)
    counts = (line.registered, line.in_room, line.lobby, line.unmatched, line.present)
    assert (counts, line.seats_left) == ((40, 31, 2, 1, 0), 7)
    assert line.last_word == at("2026-03-02T11:59:00Z")
    assert line.completes_at == at("2026-03-02T13:45:00Z")
    assert line.points == ((at("2026-03-02T11:15:00Z"), 0),)
    assert not line.silent
    away = line_of(sitting("s1", NOON), None, None, NOON)
    assert (away.registered, away.in_room, away.seats_left, away.silent) == (None,) * 3 + (False,)


def test_two_minutes_without_a_word_while_it_is_on_are_silence():
    def silent(word: str | None, **more: Any) -> bool:
        seen = {"state": "open", "last_observed_at": word}
        return line_of(sitting("s1", NOON - HOUR / 2, **more), None, seen, NOON).silent

    assert not silent("2026-03-02T11:58:00Z")
    assert silent("2026-03-02T11:57:59Z")
    assert silent(None)
    assert not silent(None, in_person=True)


def test_a_queue_is_behind_by_what_it_has_still_to_do():
    said = {"lag": 3, "outbox": 0, "works": True, "due": {"overdue": 0, "next": None}}
    assert queue_of("billing", said, NOON).behind
    calm = queue_of("billing", said | {"lag": 0, "due": {"next": "2026-03-02T13:00:00Z"}}, None)
    assert (calm.behind, calm.next_due) == (False, NOON + HOUR)
    api = queue_of("billing", said | {"works": False, "lag": 0}, None)
    assert (api.lag, api.behind) == (None, False)
    assert queue_of("billing", None, None).away


def test_the_curve_is_steps_in_a_box_against_those_registered():
    points = [(NOON + timedelta(minutes=n), count) for n, count in enumerate([0, 0, 0, 50, 50])]
    shape = drawn(points, 100, NOON, NOON + timedelta(minutes=10))
    assert shape is not None
    assert shape.line == "M0 96L120 96L180 50L240 50"
    assert shape.area == shape.line + "L240 96L0 96Z"
    assert (shape.expected, shape.starts, shape.now, shape.most) == (4.0, 0.0, 240.0, 100)


def test_a_curve_of_one_moment_is_none_and_of_nobody_expected_has_no_line():
    assert drawn([(NOON, 3)], 10, NOON, NOON + HOUR) is None
    shape = drawn([(NOON, 0), (NOON + HOUR / 2, 0)], 0, NOON, NOON + HOUR)
    assert shape is not None
    assert (shape.expected, shape.most) == (None, 1)
