"""When a report is asked for again, and which runs of a meeting are a session's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.attendance.domain.fetching import (
    Instance,
    is_meeting_of_zoom,
    is_of,
    next_of,
    pause,
    with_runs,
)
from services.attendance.domain.meetings import Placed
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


def run(uuid: str, **more: Any) -> dict[str, Any]:
    return {"uuid": uuid, "state": "open", "page": None, "late": 0, **more}


@pytest.mark.parametrize(
    ("runs", "first"),
    [
        ([], None),
        ([run("a", state="done")], None),
        ([run("a"), run("b")], "a"),
        ([run("a", late=1), run("b")], "b"),
        ([run("a"), run("b", page="p")], "b"),
        ([run("a", late=1), run("b", late=1)], "a"),
    ],
)
def test_which_run_is_asked_for_next(runs: list[dict[str, Any]], first: str | None) -> None:
    found = next_of(runs)
    assert (found["uuid"] if found else None) == first


def test_runs_are_added_once_and_what_is_done_stays_done() -> None:
    known = [run("a", state="done")]
    runs = with_runs(known, [Instance("a", "m"), Instance("b", "m"), Instance("b", "m")])
    assert [(each["uuid"], each["state"]) for each in runs] == [("a", "done"), ("b", "open")]
    assert known == [run("a", state="done")]


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
