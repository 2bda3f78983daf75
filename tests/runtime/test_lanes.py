"""Calls outside in lanes: one that does not answer holds its own lane, and no other's."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from shared.runtime.database import Database
from shared.runtime.due import Due, Dues
from shared.runtime.outside import OutsideCalls
from shared.runtime.sweep import Sweep
from shared.runtime.work import Work
from tests.runtime.test_batch import Ask, put, rows
from tests.runtime.test_due import START, SetClock


class Endpoints:
    """The world: endpoints by name, of which some never answer."""

    def __init__(self, *dead: str) -> None:
        self.dead = dead
        self.called: list[str] = []
        self.ended = asyncio.Event()

    async def __call__(self, due: Due) -> str:
        self.called.append(due.ref)
        if due.lane in self.dead:
            await self.ended.wait()
        return "fine"

    def dues(self, concurrency: int = 8, per_lane: int | None = 2) -> Dues:
        async def prepare(work: Work, due: Due) -> Due:
            return due

        async def record(work: Work, recorded: Any) -> None:
            pass

        dues = Dues()
        limits: dict[str, Any] = {"concurrency": concurrency, "per_lane": per_lane}
        dues.outside("send", prepare=prepare, act=self, record=record, **limits)
        return dues


async def plan(db: Database, lane: str, *refs: str, minutes: int = 0) -> None:
    """Each a minute after the one before."""

    async def planning(work: Work, c: None) -> None:
        for n, ref in enumerate(refs, minutes):
            work.plan_due("send", ref, START + timedelta(minutes=n), lane=lane)

    await put(db, Ask(planning, None))


@asynccontextmanager
async def calling(db: Database, world: Endpoints, **limits: Any) -> AsyncIterator[OutsideCalls]:
    """Calls that go on by themselves, at a time when all that is planned is due."""
    clock = SetClock()
    clock.at = START + timedelta(days=1)
    calls = OutsideCalls(db, clock, world.dues(**limits))
    task = asyncio.create_task(calls.run())
    try:
        yield calls
    finally:
        world.ended.set()
        task.cancel()
        await calls.stop()


async def called(world: Endpoints, number: int) -> list[str]:
    await until(lambda: len(world.called) >= number)
    return world.called


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def nothing_left(db: Database) -> None:
    async with asyncio.timeout(20):
        while await rows(db, "select 1 from due"):
            await asyncio.sleep(0.01)


def _acting(calls: OutsideCalls) -> list[str]:
    return sorted(due.ref for due in calls._running.values())


async def test_a_lane_whose_calls_hang_does_not_keep_the_others_from_going(db: Database) -> None:
    world = Endpoints("dead")
    await plan(db, "dead", *(f"dead{n:02}" for n in range(30)))
    await plan(db, "good", *(f"good{n:02}" for n in range(20)), minutes=60)  # all less urgent
    async with calling(db, world) as calls:
        await called(world, 22)
        assert sorted(world.called) == ["dead00", "dead01", *(f"good{n:02}" for n in range(20))]
        await until(lambda: _acting(calls) == ["dead00", "dead01"])
        world.ended.set()  # it answers after all: the rest of its lane goes too
        assert sorted((await called(world, 50))[22:]) == [f"dead{n:02}" for n in range(2, 30)]


async def test_without_a_limit_of_lanes_the_most_urgent_go_whatever_their_lane(
    db: Database,
) -> None:
    world = Endpoints("dead")
    await plan(db, "dead", *(f"dead{n}" for n in range(9)))
    await plan(db, "good", "good", minutes=60)
    async with calling(db, world, per_lane=None):
        await called(world, 8)
        await asyncio.sleep(0.5)
        assert world.called == [f"dead{n}" for n in range(8)]


async def test_in_a_lane_and_among_lanes_the_most_urgent_goes_first(db: Database) -> None:
    world = Endpoints()
    await plan(db, "b", "b3", minutes=3)
    await plan(db, "b", "b1", minutes=1)
    await plan(db, "a", "a2", "a3", "a4", minutes=2)
    await plan(db, "c", "c0", minutes=0)
    async with calling(db, world, concurrency=3, per_lane=1):
        assert (await called(world, 3))[:3] == ["c0", "b1", "a2"]
        await called(world, 6)
    places = {ref: place for place, ref in enumerate(world.called)}
    assert places["b1"] < places["b3"]
    assert places["a2"] < places["a3"] < places["a4"]


async def test_what_is_not_due_yet_takes_no_place_in_its_lane(db: Database) -> None:
    world = Endpoints()
    await plan(db, "a", "later", minutes=10)
    await plan(db, "a", "now", minutes=0)
    clock = SetClock()
    calls = OutsideCalls(db, clock, world.dues(per_lane=1))
    assert [await calls.step(), await calls.step(), world.called] == [1, 0, ["now"]]
    clock.at = START + timedelta(minutes=10)
    assert [await calls.step(), world.called] == [1, ["now", "later"]]


async def test_two_processes_make_each_call_of_a_lane_once(db: Database) -> None:
    world = Endpoints()
    for lane in "abcde":
        await plan(db, lane, *(f"{lane}{n}" for n in range(6)))
    async with calling(db, world), calling(db, world):
        await called(world, 30)
        await nothing_left(db)
    assert sorted(world.called) == [f"{lane}{n}" for lane in "abcde" for n in range(6)]


async def test_a_call_planned_anew_may_change_its_lane(db: Database) -> None:
    world = Endpoints("a")
    await plan(db, "a", "x")
    await plan(db, "b", "x")
    async with calling(db, world):
        await called(world, 1)
        await nothing_left(db)


async def test_the_sweep_does_what_is_most_urgent_whatever_its_kind(db: Database) -> None:
    done: list[str] = []

    async def note(work: Work, due: Due) -> None:
        done.append(due.ref)

    dues = Dues()
    for kind in ("a", "b"):
        dues.inside(kind)(note)

    async def planning(work: Work, c: None) -> None:
        for kind, ref, minutes in [("a", "3", 3), ("b", "1", 1), ("a", "1", 1), ("b", "2", 2)]:
            work.plan_due(kind, ref + kind, START + timedelta(minutes=minutes))
        work.plan_due("b", "0", START, lane="lanes mean nothing to it")

    await put(db, Ask(planning, None))
    clock = SetClock()
    clock.at = START + timedelta(days=1)
    await Sweep(db, clock, dues).step()
    assert done == ["0", "1a", "1b", "2b", "3a"]


async def tuples_read(db: Database) -> int:
    async with db.acquire() as con:
        await con.execute("SELECT pg_stat_force_next_flush()")
        await con.execute("SELECT pg_stat_clear_snapshot()")
        asked = "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'due'"
        return int(await con.fetchval(asked))


async def test_a_claim_does_not_read_the_backlog_of_a_lane_or_of_another_kind(
    db: Database,
) -> None:
    """100,000 calls wait for one endpoint: the next of the others costs what it costs without."""
    await rows(
        db,
        "INSERT INTO due (kind, ref, lane, due_at, version, payload)"
        " SELECT kind, n::text, 'dead', now() - interval '9 years', 0, '{}'"
        " FROM generate_series(1, 50000) n, unnest(ARRAY['send', 'other']) kind",
    )
    await rows(db, "ANALYZE due")
    world = Endpoints("dead")
    await plan(db, "good", *(f"good{n:02}" for n in range(40)))
    before = await tuples_read(db)
    async with calling(db, world, concurrency=4):
        await until(lambda: "good39" in world.called)
        read = await tuples_read(db) - before
    assert len([ref for ref in world.called if not ref.startswith("good")]) == 2
    assert read < 20_000
