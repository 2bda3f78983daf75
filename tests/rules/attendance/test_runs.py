"""Runs of a meeting: several in a session, each with an end of its own (domain.md §5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, permutations

import pytest

from services.attendance.domain.evidence import Matching, Sighting, in_room
from services.attendance.domain.minutes import Window
from services.attendance.domain.tally import tally

START = datetime(2020, 11, 2, 21, 0, tzinfo=UTC)
END = datetime(2020, 11, 2, 23, 0, tzinfo=UTC)
WINDOW = Window(START, END)
_hashes = count()


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def seen(line: str) -> Sighting:
    """`5 joined ada A` or `40 meeting_ended - A`; the run `-` is not told, `n/A` is meeting n's."""
    minute, kind, who, run = line.split()
    meeting, _, instance = run.rpartition("/")
    participant = None if who == "-" else f"p-{who}"
    registration = None if who == "-" else who
    return Sighting(
        at(float(minute)),
        kind,
        f"h{next(_hashes)}",
        meeting or "m",
        participant,
        registration,
        None if instance == "-" else instance,
    )


CASES = {
    "one run, and a left that never came: its end is the meeting's": (
        ["0 meeting_started - A", "5 joined ada A", "65 meeting_ended - A"],
        60,
    ),
    "the first run ends, the second goes on: who came back stays": (
        [
            "0 meeting_started - A", "0 joined ada A", "30 meeting_ended - A",
            "40 meeting_started - B", "41 joined ada B", "120 meeting_ended - B",
        ],
        30 + 79,
    ),
    "the end of the first is heard after all of the second": (
        [
            "40 meeting_started - B", "41 joined ada B", "120 left ada B",
            "0 meeting_started - A", "0 joined ada A", "30 meeting_ended - A",
        ],
        30 + 79,
    ),
    "who did not come back is not in the second run": (
        ["0 joined ada A", "30 meeting_ended - A", "40 meeting_started - B"],
        30,
    ),
    "the end of the first is lost: the start of the second is it": (
        ["0 meeting_started - A", "0 joined ada A", "50 meeting_started - B", "51 joined ada B"],
        50 + 69,
    ),
    "the end of the second says nothing of the first": (
        ["0 joined ada A", "20 left ada A", "40 joined ada B", "60 meeting_ended - B"],
        20 + 20,
    ),
    "a late left of the first run does not end the second": (
        ["0 joined ada A", "30 meeting_ended - A", "31 joined ada B", "32 left ada A"],
        30 + 89,
    ),
    "in two runs at once is counted once": (
        ["0 joined ada A", "60 left ada A", "50 joined ada B", "70 left ada B"],
        70,
    ),
    "a sighting that names no run belongs to the only one": (
        ["0 joined ada -", "10 left ada A", "90 meeting_ended - A"],
        10,
    ),
    "an end that names no run ends all of its meeting": (
        ["0 joined ada A", "20 joined ada B", "45 meeting_ended - -"],
        45,
    ),
    "of several runs, one that is not told is closed by any end": (
        ["0 joined ada -", "30 meeting_ended - A", "40 meeting_started - B"],
        30,
    ),
    "the run of another meeting is another's": (
        ["0 joined ada 1/A", "30 meeting_ended - 2/A", "60 left ada 1/A"],
        60,
    ),
    "a swapped meeting: both count, each with its own end": (
        ["0 joined ada 1/A", "30 meeting_ended - 1/A", "35 joined ada 2/X", "95 left ada 2/X"],
        30 + 60,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_run_ends_by_itself(case: str) -> None:
    lines, minutes = CASES[case]
    found = tally(WINDOW, [seen(line) for line in lines], [], Matching({"ada"}, {}), END)
    assert found["ada"].seconds == minutes * 60


@pytest.mark.parametrize("case", CASES)
def test_the_order_of_arrival_changes_nothing(case: str) -> None:
    lines, minutes = CASES[case]
    for order in list(permutations(lines))[::7]:
        found = tally(WINDOW, [seen(line) for line in order], [], Matching({"ada"}, {}), END)
        assert found["ada"].seconds == minutes * 60


ROOMS = {
    "from the meeting into a room and back: all of it counts": (
        [
            "0 joined ada A", "20 left ada A", "20 joined ada A", "20 breakout_joined ada A",
            "50 left ada A", "50 joined ada A", "50 breakout_left ada A", "90 left ada A",
        ],
        90,
    ),
    "the room's own moments are a second late": (
        [
            "0 joined ada A", "20 left ada A", "20 joined ada A", "20.5 breakout_joined ada A",
            "50 left ada A", "50 joined ada A", "50.5 breakout_left ada A", "90 left ada A",
        ],
        90,
    ),
    "the host closes the rooms and nothing is said of it": (
        [
            "0 joined ada A", "20 left ada A", "20 joined ada A", "20 breakout_joined ada A",
            "90 left ada A",
        ],
        90,
    ),
    "only the room says that they are still there": (
        ["0 joined ada A", "20 left ada A", "20 breakout_joined ada A", "50 breakout_left ada A"],
        50,
    ),
    "left altogether, from within a room": (
        [
            "0 joined ada A", "20 left ada A", "20 joined ada A", "20 breakout_joined ada A",
            "40 left ada A", "40 breakout_left ada A",
        ],
        40,
    ),
    "the connection breaks in a room, and the room never says so": (
        ["0 joined ada A", "20 left ada A", "20 breakout_joined ada A", "45 left ada A"],
        45,
    ),
    "the meeting ends while they are in a room": (
        ["0 joined ada A", "20 left ada A", "20 breakout_joined ada A", "80 meeting_ended - A"],
        80,
    ),
    "put into the lobby from a room": (
        ["0 joined ada A", "20 left ada A", "20 breakout_joined ada A", "30 waiting ada A"],
        30,
    ),
    "left a room that nobody saw them enter": (["0 breakout_left ada A", "9 left ada A"], 0),
    "one room after another": (
        [
            "0 joined ada A", "20 left ada A", "20 breakout_joined ada A", "30 breakout_left ada A",
            "30 breakout_joined ada A", "60 breakout_left ada A", "60 joined ada A", "70 left ada A",
        ],
        70,
    ),
    "admitted from the waiting room, which is no attendance": (
        [
            "0 waiting ada A", "10 waiting_left ada A", "10 admitted ada A", "11 joined ada A",
            "40 left ada A",
        ],
        30,
    ),
    "waits and is never let in": (["0 waiting ada A", "30 waiting_left ada A"], 0),
    "the same, and the meeting says that they left and joined": (
        [
            "0 joined ada A", "30 waiting ada A", "30 left ada A", "40 admitted ada A",
            "41 joined ada A", "60 left ada A",
        ],
        50,
    ),
    "put back into the waiting room, and let in again": (
        ["0 joined ada A", "30 waiting ada A", "40 admitted ada A", "60 left ada A"],
        50,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ROOMS)
def test_who_is_in_a_breakout_room_has_not_left(case: str) -> None:
    lines, minutes = ROOMS[case]
    for order in list(permutations(lines))[::101]:
        found = tally(WINDOW, [seen(line) for line in order], [], Matching({"ada"}, {}), END)
        assert found["ada"].seconds == minutes * 60


def test_who_is_in_a_breakout_room_is_in() -> None:
    lines = ["0 joined ada A", "20 left ada A", "20 breakout_joined ada A"]
    found = tally(WINDOW, [seen(line) for line in lines], [], Matching({"ada"}, {}), at(30))
    assert in_room(found["ada"], at(30))


# --- whose lines are read changes nothing -----------------------------------------------------------

M1_STOOD = {"1": at(-60)}
ALIKE = {
    "what names no meeting ends with the one that was seen to end": (
        ["0 joined ada ?/-", "60 meeting_ended - 1/-"],
        60,
    ),
    "it pairs with what names the one that stands": (
        ["0 joined ada 1/-", "30 left ada ?/-", "60 meeting_ended - 1/-"],
        30,
    ),
    "who is seen in a meeting that nobody knows is there": (
        ["0 joined ada 9/-", "60 meeting_ended - 1/-", "90 left ada 9/-"],
        90,
    ),
    "an end that names no meeting is of the one that stands": (
        ["0 joined ada 1/-", "45 meeting_ended - ?/-"],
        45,
    ),
}


def unnamed(line: str) -> Sighting:
    """As `seen`; the meeting `?` is not told."""
    found = seen(line)
    return replace(found, meeting_id=None) if found.meeting_id == "?" else found


@pytest.mark.parametrize("case", ALIKE)
def test_that_somebody_else_is_seen_in_another_meeting_changes_nothing(case: str) -> None:
    lines, minutes = ALIKE[case]
    matching = Matching({"ada", "ben"}, {})
    hers = [unnamed(line) for line in lines]
    for others in ([], ["65 joined ben 999/-"], ["1 joined ben 1/-", "9 left ben 999/-"]):
        everybodys = [*hers, *(seen(line) for line in others)]
        found = tally(WINDOW, everybodys, [], matching, END, M1_STOOD)
        assert found["ada"].seconds == minutes * 60
