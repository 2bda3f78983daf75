"""Who is not present, although what is known of them may say more (decision 63)."""

from datetime import UTC, datetime, timedelta

import pytest

from services.attendance.domain.doubts import doubts_of
from services.attendance.domain.evidence import Attended
from services.attendance.domain.minutes import Window
from services.attendance.domain.pairing import Stay
from services.attendance.domain.presence import PresenceRule

START = datetime(2020, 11, 2, 21, 0, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=2))
HOUR = Window(START, START + timedelta(hours=1))  # what was taught of one cut short


def stay(joined: float, left: float, *, inferred: bool = False) -> Stay:
    return Stay(START + timedelta(minutes=joined), START + timedelta(minutes=left), inferred)


def doubts(attended: Attended, taught: Window = WINDOW) -> list[str]:
    return [*doubts_of(attended, WINDOW, taught, taught.seconds, PresenceRule())]


@pytest.mark.parametrize(
    ("told", "seen", "found"),
    [
        (1800, 7200, ["report"]),
        (6239, 6300, ["report"]),  # more than a minute, and 15 missed minutes are presence
        (6240, 6300, []),
        (1800, 6299, []),  # by what was seen they were not there either
        (7200, 1800, []),
        (None, 1800, []),
    ],
)
def test_a_report_that_tells_less_than_was_seen(
    told: int | None, seen: int, found: list[str]
) -> None:
    attended = Attended(seconds=told or seen, told_seconds=told, live_seconds=seen)
    assert doubts(attended) == found


@pytest.mark.parametrize(
    ("outside", "found"),
    [
        ([stay(300, 420)], ["outside"]),  # read in a zone five hours away
        ([stay(-180, -120), stay(-120, -75)], ["outside"]),  # 105 minutes together
        ([stay(-180, -120), stay(-170, -76)], []),  # their union is 104
        ([stay(-20, -5)], []),  # tried the microphone
        ([], []),
    ],
)
def test_lines_of_a_time_that_would_do_outside_the_session(
    outside: list[Stay], found: list[str]
) -> None:
    assert doubts(Attended(outside=tuple(outside))) == found


def test_who_stayed_on_in_the_room_after_it_was_cut_short_was_within_the_session() -> None:
    assert doubts(Attended(outside=(stay(60, 120),)), HOUR) == []


def test_who_was_not_seen_to_leave_before_the_end() -> None:
    assert doubts(Attended(live=(stay(0, 60, inferred=True),))) == ["open"]
    assert doubts(Attended(live=(stay(0, 60),))) == []
    assert doubts(Attended(live=(stay(60, 120, inferred=True),))) == []
    assert doubts(Attended(live=(stay(0, 60, inferred=True),)), HOUR) == []
    told = Attended(live=(stay(0, 60, inferred=True),), reported=(stay(0, 50),), told_seconds=3000)
    assert doubts(told) == []
