"""Doubtful evidence that may have cost people their presence: one task a session, for a human."""

from typing import Any

import pytest

from tests.edges.attendance.conftest import COURSE, World, saw
from tests.edges.attendance.test_corrections import corrected, interval


async def doubtful(world: World) -> list[dict[str, Any]]:
    return [task for task in await world.asked() if task["kind"] == "attendance-doubtful"]


async def answered(world: World) -> list[str]:
    told = [task for task in await world.answered() if task["kind"] == "attendance-doubtful"]
    return [task["outcome"] for task in told]


async def doubts(world: World) -> dict[str, list[str]]:
    return {r["registration_id"]: r["doubts"] for r in (await world.view("s3"))["records"]}


@pytest.fixture
async def misread(enrolled: World) -> World:
    """Ben's lines lie hours away from the session; the report has less of ada than was seen."""
    world = enrolled
    await world.at("2020-11-02T23:01:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "left", "2020-11-02T23:00:00Z", registration_id="ada"),
    )
    await world.report("s3", interval("ada", "21:00", "21:30"), interval("ben", "16:00", "18:00"))
    await world.at("2020-11-02T23:02:00Z")
    return world


async def test_one_task_says_of_how_many_why_and_where_to_look(misread: World) -> None:
    settled = await misread.settled()
    assert (settled["ada", "s3"], settled["ben", "s3"]) == ((1800, False, 1), (0, False, 1))
    [task] = await doubtful(misread)
    assert task["about"] == {"course_id": COURSE, "session_id": "s3"}
    assert "2 people; of 1 the report tells less than was seen" in task["what"]
    assert "; of 1 lines lie outside the session" in task["what"]
    assert "session watch" in task["what"]
    assert await doubts(misread) == {"ada": ["report"], "ben": ["outside"]}


async def test_a_word_of_staff_settles_each_and_the_last_one_ends_the_task(misread: World) -> None:
    await corrected(misread, "ada", seconds=7200)
    assert await doubts(misread) == {"ada": [], "ben": ["outside"]}
    assert await answered(misread) == ["superseded"]
    assert "1 people; of 1 lines lie outside" in (await doubtful(misread))[-1]["what"]
    # Also where it says that they were not there.
    await corrected(misread, "ben", seconds=0)
    assert await answered(misread) == ["superseded", "done"]
    assert await doubts(misread) == {"ada": [], "ben": []}


async def test_the_right_file_ends_it(misread: World) -> None:
    await misread.report("s3", interval("ada", "21:30", "23:00"), interval("ben", "21:00", "23:00"))
    await misread.at("2020-11-02T23:04:00Z")
    assert (await misread.settled())["ben", "s3"] == (7200, True, 2)
    assert await answered(misread) == ["done"]


async def test_late_lines_that_count_for_nothing_raise_it_too(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T23:01:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    await world.at("2020-11-02T23:16:00Z")
    assert await doubtful(world) == []
    await world.report("s3", interval("ben", "16:00", "18:00"))
    await world.at("2020-11-02T23:17:00Z")
    assert (await world.settled())["ben", "s3"] == (0, False, 1)
    assert len(await doubtful(world)) == 1


async def test_where_the_platform_ended_too_soon_that_alone_is_asked(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:01:00Z")
    await enrolled.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "meeting_ended", "2020-11-02T22:30:00Z"),
    )
    await enrolled.at("2020-11-02T23:16:00Z")
    assert [task["kind"] for task in await enrolled.asked()] == ["meeting-ended-early"]
    assert (await doubts(enrolled))["ada"] == ["open"]
