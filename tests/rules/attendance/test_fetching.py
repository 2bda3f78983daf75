"""When a report is asked for again, and which runs of a meeting are a session's."""

from datetime import UTC, datetime, timedelta

import pytest

from services.attendance.domain.fetching import (
    Instance,
    is_meeting_of_zoom,
    is_of,
    pause,
)
from services.attendance.domain.meetings import Placed, stood
from services.attendance.zoom import in_path

START = datetime(2020, 11, 2, 21, 0, tzinfo=UTC)
HERE = Placed("c", "s3", START, START + timedelta(hours=2))
NEXT = Placed("c", "s4", START + timedelta(hours=4), START + timedelta(hours=6))
STUB = Placed("c", "s9", None, None)


def test_pauses_grow_to_an_hour() -> None:
    minutes = [pause(tries) // timedelta(minutes=1) for tries in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pause(10**9) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours", "ours"),
    [(-25, False), (-24, True), (-0.2, True), (0, True), (1.9, True), (2, False), (4, False)],
)
def test_a_run_is_of_the_session_that_was_not_over_when_it_began(hours: float, ours: bool) -> None:
    run = Instance("u", "m", START + timedelta(hours=hours))
    assert is_of(run, HERE, [HERE, NEXT, STUB]) is ours


@pytest.mark.parametrize(
    ("hours", "ours"),
    [(-8.1, False), (-7.9, True), (2.9, True), (3.1, True), (5, True), (6, False)],
)
def test_a_run_that_was_left_running_is_of_the_next_session_of_the_day_too(
    hours: float, ours: bool
) -> None:
    run = Instance("u", "m", START + timedelta(hours=hours))
    assert is_of(run, NEXT, [HERE, NEXT]) is ours


def test_two_sessions_with_a_short_break_share_the_run_that_went_on_and_no_other() -> None:
    first = Placed("c", "s1", START, START + timedelta(hours=2))
    break_ends = START + timedelta(minutes=135)
    second = Placed("c", "s2", break_ends, break_ends + timedelta(hours=2))
    both = [first, second]
    for minutes, of in ((-5, ["s1", "s2"]), (125, ["s2"]), (255, [])):
        run = Instance("B", "88000000003", START + timedelta(minutes=minutes))
        assert [each.session_id for each in both if is_of(run, each, both)] == of


def test_what_is_not_told_speaks_against_nothing() -> None:
    assert is_of(Instance("u", "m"), HERE, [HERE])
    assert is_of(Instance("u", "m", START), STUB, [])


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("8800000003", True), ("123456789", True), ("12345678901", True), ("12345678", False),
        ("123456789012", False), ("880 0000 003", False), ("room-4", False), ("", False),
        ("١٢٣٤٥٦٧٨٩", False),
    ],
)  # fmt: skip
def test_a_meeting_of_zoom_has_a_number(text: str, is_one: bool) -> None:
    assert is_meeting_of_zoom(text) is is_one


@pytest.mark.parametrize(
    ("uuid", "path"),
    [
        ("4444AAAiAAAAAiAiAiiAii==", "4444AAAiAAAAAiAiAiiAii%3D%3D"),
        ("Bb2Q7+e==", "Bb2Q7%2Be%3D%3D"),
        ("/abc==", "%252Fabc%253D%253D"),
        ("a//b==", "a%252F%252Fb%253D%253D"),
        ("a/b==", "a%252Fb%253D%253D"),
    ],
)
def test_a_uuid_with_a_slash_is_encoded_twice(uuid: str, path: str) -> None:
    assert in_path(uuid) == path


@pytest.mark.parametrize(
    ("since", "stands", "expected"),
    [
        ({}, None, ""),
        ({"a": -9}, "a", "a"),
        ({"a": -9, "b": 1}, "b", "ab"),  # swapped while it was taught
        ({"a": -9, "b": -1}, "b", "b"),  # replaced before
        ({"a": -9, "b": 0}, "b", "b"),
        ({"a": -9, "b": 1, "c": 1.5}, "c", "abc"),
        ({"a": 1.5, "b": 1}, "a", "ab"),  # there and back
        ({"a": -9, "b": -5, "c": 3}, "c", "bc"),  # named after the end
        ({"b": -1, "a": -1}, "a", "a"),  # of two at one instant the one that stands came last
        ({"b": -1, "a": -1}, "b", "b"),
    ],
)
def test_which_meetings_stood_for_a_session(
    since: dict[str, float], stands: str | None, expected: str
) -> None:
    times = {meeting: START + timedelta(hours=hours) for meeting, hours in since.items()}
    assert stood(times, START, stands) == frozenset(expected)
