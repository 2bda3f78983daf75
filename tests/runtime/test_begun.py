"""Calls that say when they begin: what never began is done by the next, what did is in doubt."""

import asyncio
from typing import Any

import asyncpg
import pytest

from shared.runtime.claims import Recorded
from shared.runtime.database import Database
from shared.runtime.due import Due, Dues
from shared.runtime.outside import OutsideCalls
from shared.runtime.work import Work
from tests.runtime.test_batch import rows
from tests.runtime.test_due import SetClock, plan
from tests.runtime.test_leases import lease_runs_out
from tests.stage import killed_at


class World:
    """Acts once it has begun; `before` and `after` are awaited around that."""

    def __init__(self) -> None:
        self.prepared: list[bool] = []  # whether an earlier one had begun
        self.acted: list[str] = []
        self.recorded: list[Recorded] = []
        self.before = self.after = self.nothing
        self.dues = Dues()
        self.dues.outside(
            "call",
            prepare=self.prepare,
            act=self.act,
            record=self.record,
            lease_seconds=1,
            begun_seconds=30,
        )

    async def nothing(self) -> None:
        """Goes on at once."""

    async def prepare(self, _work: Work, due: Due) -> str:
        self.prepared.append(due.begun)
        return due.ref

    async def act(self, request: str, begin: Any) -> None:
        await self.before()
        await begin()
        self.acted.append(request)
        await self.after()

    async def record(self, _work: Work, recorded: Recorded) -> None:
        self.recorded.append(recorded)


@pytest.fixture
async def world(db: Database) -> World:
    await plan(db, ("call", "a", 0, {"told": 1}))
    return World()


def calls(db: Database, world: World) -> OutsideCalls:
    return OutsideCalls(db, SetClock(), world.dues)


async def test_each_that_dies_is_told_apart_by_whether_it_had_begun(
    db: Database, world: World
) -> None:
    for point in ("outside.prepared", "outside.begun", "outside.prepared"):
        with killed_at(point):  # type: ignore[arg-type]
            await calls(db, world).step()
        await lease_runs_out(db)
    await calls(db, world).step()
    # The third had not begun; but the second had, and nobody knows of it yet.
    assert world.prepared == [False, False, True, True]
    assert world.acted == ["a"]
    assert await rows(db, "select 1 from due") == []


async def test_what_the_planner_said_is_all_that_is_seen_of_it(db: Database, world: World) -> None:
    with killed_at("outside.prepared"):
        await calls(db, world).step()
    [(payload,)] = await rows(db, "select payload from due")
    assert payload == {"told": 1, "unbegun": True}
    await lease_runs_out(db)
    await calls(db, world).step()
    [recorded] = world.recorded
    assert recorded.due.payload == {"told": 1}
    assert recorded.begun


async def test_whoever_wakes_up_after_another_has_claimed_it_does_not_act(
    db: Database, world: World
) -> None:
    async def stand_still() -> None:
        world.before = world.nothing
        await lease_runs_out(db)
        assert await calls(db, world).step() == 1

    world.before = stand_still
    await calls(db, world).step()
    assert world.acted == ["a"]
    assert len(world.recorded) == 1


async def test_a_lease_that_ends_before_it_began_says_that_nothing_was_done(
    db: Database, world: World
) -> None:
    world.before = asyncio.Event().wait  # type: ignore[assignment]
    await calls(db, world).step()
    [recorded] = world.recorded
    assert isinstance(recorded.error, TimeoutError)
    assert not recorded.begun
    assert not recorded.unknown
    assert world.acted == []


async def test_once_begun_it_has_time_of_its_own(db: Database, world: World) -> None:
    async def longer_than_the_lease() -> None:
        await asyncio.sleep(1.1)

    world.after = longer_than_the_lease
    await calls(db, world).step()
    [recorded] = world.recorded
    assert recorded.error is None


async def test_a_database_that_is_away_for_a_moment_only_delays_it(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection may break after it was committed: the same again is the same."""
    fetch, broken = asyncpg.Connection.fetch, []

    async def breaks(con: Any, query: str, *args: Any, **more: Any) -> Any:
        found = await fetch(con, query, *args, **more)
        if "- 'unbegun'" in query and not broken:
            broken.append(query)
            raise ConnectionResetError("the answer was lost")
        return found

    monkeypatch.setattr(asyncpg.Connection, "fetch", breaks)
    await calls(db, world).step()
    assert broken
    assert world.acted == ["a"]
    [recorded] = world.recorded
    assert recorded.error is None


async def test_those_that_begin_together_are_committed_together(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plan(db, *(("call", ref, 0, {}) for ref in "abcdef"))
    world, sizes = World(), []
    one = calls(db, world)
    begin_all = one._begin_all

    async def counted(together: Any) -> None:
        sizes.append(len(together))
        await begin_all(together)

    monkeypatch.setattr(one, "_begin_all", counted)
    await one._begin(world.dues.outsides["call"])
    while one._running:
        await asyncio.sleep(0.01)
    assert sorted(world.acted) == list("abcdef")
    assert sum(sizes) == 6
    assert len(sizes) <= 2
