"""Who is settled anew: whom something new can concern, counted, and nobody else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from services.attendance.commands import deadlines
from shared.runtime.walks import row_kind
from tests.edges.attendance.conftest import COURSE, World, confirmed, requested, saw
from tests.edges.attendance.test_nobody import places, said
from tests.edges.attendance.test_registrants import enlist, line

ALL = sorted(["ada", "ben", *(f"r{n:02}" for n in range(28))])
COME, GONE = "2020-11-02T21:00:00Z", "2020-11-02T23:00:00Z"
OVER = "2020-11-02T23:20:00Z"


class Settled:
    """Who was settled since the last look, each time they were."""

    def __init__(self, world: World) -> None:
        self.who: list[str] = []
        kind = row_kind(deadlines.SETTLE)
        self._each: Callable[[Any, Any], Awaitable[None]] = world.service.dues.insides[kind]
        self.__plan__ = self._each.__plan__  # type: ignore[attr-defined]
        world.service.dues.insides[kind] = self

    async def __call__(self, work: Any, due: Any) -> None:
        self.who.append(due.payload["registration_id"])
        await self._each(work, due)

    def take(self) -> list[str]:
        taken, self.who = sorted(self.who), []
        return taken


@pytest.fixture
async def over(enrolled: World) -> AsyncIterator[tuple[World, Settled]]:
    """Session 3 completed: thirty people, of whom one shares a connection with another."""
    world = enrolled
    for who in ALL[2:]:
        await world.hears(requested(who), confirmed(who))
    await world.at("2020-11-02T22:30:00Z")
    await world.observe(
        saw("1", "joined", COME, participant_id="both", registration_id="ada"),
        saw("2", "joined", "2020-11-02T22:00:00Z", participant_id="both", registration_id="ben"),
        saw("3", "joined", COME, participant_id="z9"),
        saw("4", "joined", COME, registration_id="late"),
        saw("5", "joined", COME, participant_id="p-late", registration_id="r07"),
        saw("6", "joined", COME, participant_id="zr", registrant_id="R1"),
        saw("7", "joined", COME, registration_id="r09"),
    )
    await world.at(OVER)
    settled = Settled(world)
    yield world, settled
    # What was looked at of a few is what a look at everybody says.
    before = await world.settled()
    await world.rows(
        "INSERT INTO due (kind, ref, due_at, version, payload) VALUES ($1, $2, $3, 0, $4)",
        deadlines.SETTLE,
        f"{COURSE}/s3",
        world.clock.now(),
        {"course_id": COURSE, "session_id": "s3"},
    )
    settled.take()
    await world.swept()
    assert len(settled.take()) >= len(ALL)
    assert await world.settled() == before


Over = tuple[World, Settled]


async def late(world: World, *lines: dict[str, Any]) -> None:
    await world.observe(*lines)
    await world.swept()


async def test_a_late_line_settles_whom_it_is_about(over: Over) -> None:
    world, settled = over
    await late(world, saw("l1", "left", "2020-11-02T22:15:00Z", registration_id="r09"))
    assert settled.take() == ["r09"]
    told = {"participant_id": "p-r09", "joined_at": COME, "left_at": GONE}
    await world.report("s3", told)
    await world.swept()
    assert settled.take() == ["r09"]
    # Whom no line says settles nobody, and a human is asked.
    await late(world, saw("l2", "joined", COME, participant_id="z8"))
    assert settled.take() == []
    assert (await world.view("s3"))["unmatched"] == 4


async def test_several_people_on_one_connection_are_all_settled(over: Over) -> None:
    world, settled = over
    await late(world, saw("l1", "left", "2020-11-02T22:15:00Z", participant_id="both"))
    assert settled.take() == ["ada", "ben"]


async def test_a_match_settles_who_gains_and_who_loses_by_it(over: Over) -> None:
    world, settled = over
    [place] = [item["id"] for item in await places(world) if item["participant_id"] == "z9"]
    await said(world, place, "r01")
    assert settled.take() == ["r01"]
    await said(world, place, "r02")
    assert settled.take() == ["r01", "r02"]
    await said(world, place, None)
    assert settled.take() == ["r01", "r02"]
    latest = await world.settled()
    assert [latest[who, "s3"][0] for who in ("r01", "r02")] == [7200, 7200]
    opened = [t for t in await world.asked() if t["kind"] == "attendance-worse"]
    assert [t["about"]["registration_id"] for t in opened] == ["r01", "r02"]


async def test_a_list_settles_whom_it_names(over: Over) -> None:
    world, settled = over
    await enlist(world, line("R1", "r03"), line("R2", "r04"))
    await world.swept()
    assert settled.take() == ["r03"]
    assert (await world.settled())["r03", "s3"] == (7200, True, 2)


async def test_who_is_heard_of_late_is_settled_with_whom_they_share_a_connection(
    over: Over,
) -> None:
    world, settled = over
    await world.hears(requested("late"))
    await world.swept()
    assert settled.take() == ["late", "r07"]
    await world.hears(confirmed("late"))
    await world.swept()
    # In each session that is over by now; in this one beside the other.
    assert settled.take() == ["late", "late", "late", "r07"]
    assert (await world.settled())["late", "s3"] == (7200, True, 1)
    await world.hears(requested("alone"), confirmed("alone"))
    await world.swept()
    assert settled.take() == ["alone", "alone", "alone"]


async def test_what_is_about_the_meeting_settles_everybody(over: Over) -> None:
    world, settled = over
    await late(world, saw("l1", "meeting_ended", GONE))
    assert settled.take() == ALL


async def test_many_participants_at_once_are_a_walk_over_everybody(over: Over) -> None:
    world, settled = over
    lines = [
        saw(f"l{n}", "left", GONE, participant_id=f"p-{who}", registration_id=who)
        for n, who in enumerate(ALL[2 : 2 + deadlines.FEW + 1])
    ]
    await late(world, *lines[: deadlines.FEW])
    # And `late`'s connection is not among them: only the twenty, of whom one is a neighbour.
    assert settled.take() == ALL[2 : 2 + deadlines.FEW]
    await late(world, *lines)
    assert settled.take() == [ALL[1 + deadlines.FEW + 1]]
    more = [line | {"id": f"m{n}", "at": "2020-11-02T22:59:00Z"} for n, line in enumerate(lines)]
    await late(world, *more)
    assert settled.take() == ALL


async def test_minutes_that_were_taught_are_everybodys(over: Over) -> None:
    world, settled = over
    kind = row_kind(deadlines.CLOSE)
    each = world.service.dues.insides[kind]
    assert each is not settled
    await world.complete("s3", instruction_minutes=60)
    version = {key: found[2] for key, found in (await world.settled()).items() if key[1] == "s3"}
    await world.swept()
    after = {key: found[2] for key, found in (await world.settled()).items() if key[1] == "s3"}
    assert sorted(key[0] for key in after if after[key] > version[key]) == ALL


async def test_a_line_that_names_a_registration_of_another_course_settles_nobody_of_it(
    over: Over,
) -> None:
    world, settled = over
    await world.hears(requested("dee", course_id="another"), confirmed("dee", course_id="another"))
    await late(world, saw("l1", "joined", COME, participant_id="z7", registration_id="dee"))
    assert settled.take() == []
    assert ("dee", "s3") not in await world.settled()
