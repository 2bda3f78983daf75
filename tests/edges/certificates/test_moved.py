"""A session that attendance completed before it heard that the course had moved it (decision 118)."""

from typing import Any

import pytest

from shared.contracts import reference
from shared.contracts.event import Event
from tests.edges.certificates.facts import (
    COURSE,
    about,
    attended,
    completed,
    course,
    person,
    registered,
    settled,
)

ADA = "Ada Quill"
NJ = ("counselor", "NJ", "37PC00000000")
# The last session, 2020-11-09 22:00–00:00 or so, is moved to two days later.
FORMER = next(s for s in reference.SESSIONS if s["session_id"] == "s4")
LATER = {
    "starts_at": "2020-11-11T21:00:00Z",
    "ends_at": "2020-11-11T23:00:00Z",
    "date": "2020-11-11",
    "schedule_version": 2,
}
SAID = {name: LATER[name] for name in ("starts_at", "ends_at")}
OVER = {"completed_at": "2020-11-11T23:15:00Z", "settled_at": "2020-11-11T23:15:00Z"}


def moved(version: int = 2) -> Event:
    sessions = [s | LATER if s["session_id"] == "s4" else s for s in reference.SESSIONS]
    return course(version=version, sessions=sessions)


async def three_evenings(world: Any) -> None:
    await world.hears(course(), person(ADA, "counselor", NJ), *registered(ADA))
    await world.hears(*attended(ADA)[:3], *(completed(f"s{n}") for n in (1, 2, 3)))
    await world.evaluates(ADA)


async def awards(world: Any) -> list[tuple[str, str]]:
    """(board, credits) of what was granted, in order."""
    return [(e["board"], e["credits"]) for e in await world.said("award.granted")]


@pytest.mark.usefixtures("blank_pages")
@pytest.mark.parametrize("first", ["the move", "the completion"])
async def test_completed_by_former_times_it_gives_nothing_and_then_all(
    world: Any, first: str
) -> None:
    await three_evenings(world)
    former = completed("s4", settled_at=FORMER["ends_at"])
    heard = [settled(ADA, "s4", 0), former]
    heard = [moved(), *heard] if first == "the move" else [*heard, moved()]
    await world.hears(*heard)
    if first == "the move":
        await world.rests()
        assert await world.said("award.granted", "award.withheld") == []
    await world.rests()
    # Before the new time is over nothing that hangs on it is decided.
    assert await awards(world) == []
    # Completion and attendance come by two topics: each alone changes nothing.
    await world.hears(completed("s4", **SAID, **OVER))
    await world.rests()
    assert await awards(world) == []
    await world.hears(settled(ADA, "s4", 7200, 2, **SAID))
    await world.rests()
    assert sorted(await awards(world)) == [("NBCC", "8.0"), ("STATE", "8.0")]
    issued = await world.said("certificate.issued")
    assert sorted((e["board"], e["credits"]) for e in issued) == [("NBCC", "8.0"), ("STATE", "8.0")]
    # Heard once more, whatever the order, nothing is said twice and nothing goes back.
    await world.hears(former, settled(ADA, "s4", 0), completed("s4", **SAID, **OVER))
    await world.rests()
    assert await world.said("certificate.issued") == issued
    assert await world.said("certificate.revoked", "certificate.superseded") == []


@pytest.mark.usefixtures("blank_pages")
async def test_staff_left_it_as_it_was_and_its_new_end_ends_the_wait(world: Any) -> None:
    """Nobody opened it again: it is said once more, by its former times, when the new are over."""
    await three_evenings(world)
    await world.hears(moved(), settled(ADA, "s4"), completed("s4"))
    await world.rests()
    assert await awards(world) == []
    await world.hears(completed("s4", settled_at=OVER["settled_at"]))
    await world.rests()
    assert sorted(await awards(world)) == [("NBCC", "8.0"), ("STATE", "8.0")]


async def test_what_an_earlier_release_kept_counts_as_it_did(world: Any) -> None:
    await three_evenings(world)
    await world.hears(settled(ADA, "s4"), completed("s4"))
    await world.rows(
        "UPDATE courses SET taught = taught #- '{s4,ends_at}' WHERE course_id = $1 RETURNING 1",
        COURSE,
    )
    await world.rows(
        "UPDATE registrations SET attended = attended #- '{s4,ends_at}'"
        " WHERE registration_id = $1 RETURNING 1",
        about(ADA)["registration_id"],
    )
    await world.hears(moved())
    await world.swept()
    assert sorted(await awards(world)) == [("NBCC", "8.0"), ("STATE", "8.0")]


@pytest.mark.usefixtures("blank_pages")
async def test_what_is_said_late_of_a_former_completion_does_not_undo_the_new_one(
    world: Any,
) -> None:
    """As a database that was restored from a backup might: completed earlier, said later."""
    await three_evenings(world)
    await world.hears(moved(), settled(ADA, "s4", 7200, 2, **SAID), completed("s4", **SAID, **OVER))
    await world.rests()
    granted = await awards(world)
    assert sorted(granted) == [("NBCC", "8.0"), ("STATE", "8.0")]
    late = "2020-11-13T09:00:00Z"
    await world.hears(completed("s4", settled_at=late))
    await world.rests()
    [kept] = await world.rows("SELECT taught -> 's4' AS s4 FROM courses")
    assert kept["s4"]["ends_at"] == SAID["ends_at"]
    assert await awards(world) == granted
    assert "certificate-in-question" not in {
        task["kind"] for task in await world.said("task.opened")
    }
    # Of the same completion, what is said later counts.
    told = {**OVER, "settled_at": late}
    await world.hears(completed("s4", instruction_minutes=90, **SAID, **told))
    [kept] = await world.rows("SELECT taught -> 's4' AS s4 FROM courses")
    assert kept["s4"]["minutes"] == 90
