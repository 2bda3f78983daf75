"""Attendance, back on a backup from before a session was opened again for its move, hears its own words of
the session's new time (decisions 103 and 118)."""

from typing import Any

import pytest

from shared.contracts.attendance import AttendanceSettled, SessionCompleted
from shared.contracts.event import Event
from tests.edges.attendance.conftest import COURSE, World, person_of, saw
from tests.edges.attendance.test_recalled import recalls
from tests.edges.attendance.test_reopened import (
    PLANNED,
    asked,
    completions,
    late,
    moved,
    of_third,
    stands,
)

MONDAY = "2020-11-02T21:00:00Z", "2020-11-02T23:00:00Z"
TUESDAY = "2020-11-03T21:00:00Z", "2020-11-03T23:00:00Z"


def settled(who: str, seconds: int, version: int, at: str, times: Any = TUESDAY) -> Event:
    about = {
        "course_id": COURSE,
        "session_id": "s3",
        "registration_id": who,
        "person_id": person_of(who),
        "seconds": seconds,
        "present": seconds > 0,
        "evidence_version": version,
        "session_starts_at": times[0],
        "session_ends_at": times[1],
        "settled_at": at,
    }
    return AttendanceSettled.model_validate(AttendanceSettled.example | about)


def completed(minutes: int = 120, at: str = "2020-11-03T23:15:00Z", times: Any = TUESDAY) -> Event:
    about = {
        "course_id": COURSE,
        "session_id": "s3",
        "starts_at": times[0],
        "ends_at": times[1],
        "instruction_minutes": minutes,
        "completed_at": at,
        "settled_at": at,
    }
    return SessionCompleted.model_validate(SessionCompleted.example | about)


LOST = [
    settled("ada", 7200, 2, "2020-11-03T23:15:00Z"),
    settled("ben", 0, 2, "2020-11-03T23:15:00Z"),
    completed(),
]


@pytest.fixture
async def backup(enrolled: World) -> World:
    """Completed by Monday's times, and the move has not been heard."""
    await late(enrolled)
    await enrolled.swept()
    assert (await stands(enrolled))[0] == "completed"
    return enrolled


async def restored(world: World, *lost: Event) -> None:
    """Two days later; it hears itself, then others, and then what is due."""
    await world.at("2020-11-05T09:00:00Z", sweep=False)
    await recalls(world, *lost)  # type: ignore[arg-type]
    await world.hears(moved())
    await world.swept()


async def records(world: World) -> dict[str, tuple[int, bool, int]]:
    rows = await world.rows(
        "SELECT registration_id AS who, seconds, present, evidence_version AS version"
        " FROM records WHERE session_id = 's3'"
    )
    return {row["who"]: (row["seconds"], row["present"], row["version"]) for row in rows}


@pytest.mark.parametrize("order", ["as said", "completion first"])
async def test_it_is_completed_by_its_new_time_and_nothing_is_taken_back(
    backup: World, order: str
) -> None:
    before = len(await of_third(backup))
    await restored(backup, *(LOST if order == "as said" else reversed(LOST)))
    assert await asked(backup) == [], "the course's move is no news"
    assert [c[0] for c in await completions(backup)] == [MONDAY[0], TUESDAY[0]]
    assert await records(backup) == {"ada": (7200, True, 2), "ben": (0, False, 2)}
    assert len(await of_third(backup)) == before, "what stands is not said again"
    # The evidence is lost, and says less: a human looks.
    worse = [t for t in await backup.said("task.opened.v1") if t["kind"] == "attendance-worse"]
    assert [task["about"]["registration_id"] for task in worse] == ["ada"]


async def test_of_a_walk_that_was_half_done_the_rest_is_settled_by_the_new_time(
    backup: World,
) -> None:
    await restored(backup, LOST[0])
    assert await records(backup) == {"ada": (7200, True, 2), "ben": (0, False, 2)}
    assert [c[0] for c in await completions(backup)] == [MONDAY[0], TUESDAY[0]]


async def test_what_an_operator_cut_short_at_the_new_time_stays_so(backup: World) -> None:
    await restored(backup, *LOST[:2], completed(90))
    told = [c for c in await backup.said("session.completed.v1") if c["session_id"] == "s3"]
    assert [c["instruction_minutes"] for c in told] == [120, 90]


async def test_twice_is_once(backup: World) -> None:
    await restored(backup, *LOST, *LOST)
    assert await records(backup) == {"ada": (7200, True, 2), "ben": (0, False, 2)}
    assert [c[0] for c in await completions(backup)] == [MONDAY[0], TUESDAY[0]]


async def test_where_staff_opened_it_again_after_the_backup_their_question_is_answered(
    enrolled: World,
) -> None:
    world = enrolled
    await world.at("2020-11-02T22:00:00Z")
    await world.observe(saw("1", "joined", MONDAY[0], registration_id="ada"))
    await late(world)
    await world.swept()
    await world.hears(moved())  # the backup is of now
    assert len(await asked(world)) == 1
    await world.at("2020-11-05T09:00:00Z", sweep=False)
    await recalls(world, settled("ada", 0, 2, "2020-11-03T23:15:00Z"), *LOST[1:])  # type: ignore[arg-type]
    await world.swept()
    told = [t for t in await world.said("task.closed.v1") if t["kind"] == "moved-after-completed"]
    assert [task["outcome"] for task in told] == ["reopened"]
    assert (await records(world))["ada"] == (0, False, 2), "Monday's two hours count no more"
    assert [c[0] for c in await completions(world)] == [MONDAY[0], TUESDAY[0]]


async def test_its_words_of_the_former_time_change_nothing_that_came_later(backup: World) -> None:
    former = [
        settled("ada", 0, 1, "2020-11-03T01:00:00Z", MONDAY),
        completed(120, "2020-11-03T01:00:00Z", MONDAY),
    ]
    await recalls(backup, *former)  # type: ignore[arg-type]
    assert (await stands(backup))[:2] == ("completed", MONDAY[0])
    await backup.hears(moved())
    assert await stands(backup) == PLANNED
    await recalls(backup, *former)  # type: ignore[arg-type]
    assert await stands(backup) == PLANNED
    await backup.at("2020-11-04T00:15:00Z")
    assert [c[:2] for c in await completions(backup)][-1] == (TUESDAY[0], "2020-11-04T00:00:00Z")
