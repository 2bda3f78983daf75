"""Deadlines: done once, in order, at their time; calls outside survive a crash at each step."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.deadlines import overdue
from shared.runtime.outside import OutsideCalls, UnknownError
from shared.runtime.sweep import Sweep
from shared.runtime.work import Work
from tests.runtime.test_batch import Ask, put, rows
from tests.runtime.toy import Feed, feed, make_dues

START = datetime(2020, 9, 1, 12, tzinfo=UTC)


class SetClock(Clock):
    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


async def never(request: Any) -> Any:
    raise AssertionError("nobody should have called")


async def plan(db: Database, *dues: tuple[Any, ...]) -> None:
    async def planning(work: Work, c: None) -> None:
        for kind, ref, minutes, payload in dues:
            work.plan_due(kind, ref, START + timedelta(minutes=minutes), payload=payload)

    await put(db, Ask(planning, None))


async def notes(db: Database, account: str) -> Any:
    found = await rows(db, f"select notes from accounts where id = '{account}'")
    return found[0][0] if found else None


async def test_a_deadline_is_done_at_its_time_and_not_before(db: Database) -> None:
    clock = SetClock()
    sweep = Sweep(db, clock, make_dues(never))
    await plan(db, ("grow", "a", 10, {"amount": 4}), ("grow", "b", 20, {"amount": 5}))
    assert await sweep.step() == 0
    clock.at = START + timedelta(minutes=10)
    assert await sweep.step() == 1
    assert await rows(db, "select id, balance from accounts") == [("a", 4)]
    async with db.acquire() as con:
        assert await overdue(con, clock.at) == (0, START + timedelta(minutes=20))


async def test_a_look_at_what_is_due_is_nothing_in_flight_unless_it_finds_something(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is due is counted in the table; a look a few times a second is no work of its own."""
    clock, seen = SetClock(), []
    dues = make_dues(never)
    sweep, calls = Sweep(db, clock, dues), OutsideCalls(db, clock, dues)
    take = db.acquire

    @asynccontextmanager
    async def acquire() -> AsyncIterator[Any]:
        async with take() as con:
            seen.append((sweep.busy, calls.in_flight))
            yield con

    monkeypatch.setattr(db, "acquire", acquire)
    assert (await sweep.step(), await calls.step()) == (0, 0)
    assert set(seen) == {(False, 0)}
    await plan(db, ("grow", "a", 0, {"amount": 4}), ("call", "a", 0, {}))
    seen.clear()
    await sweep.step()
    assert seen[-1] == (True, 0)  # its batch
    seen.clear()
    with suppress(AssertionError):
        await calls.step()
    assert seen[1:]
    assert all(busy == (False, 1) for busy in seen[1:])
    assert (sweep.busy, calls.in_flight) == (False, 0)


async def test_planning_again_moves_a_deadline_and_dropping_ends_it(db: Database) -> None:
    clock = SetClock()
    sweep = Sweep(db, clock, make_dues(never))
    await plan(db, ("grow", "a", 1, {}), ("grow", "b", 1, {}))
    await plan(db, ("grow", "a", 60, {}))

    async def drop(work: Work, c: None) -> None:
        work.drop_due("grow", "b")

    await put(db, Ask(drop, None))
    clock.at = START + timedelta(minutes=30)
    assert await sweep.step() == 0
    clock.at = START + timedelta(minutes=60)
    assert await sweep.step() == 1


async def test_two_sweeps_do_each_deadline_once(db: Database) -> None:
    clock = SetClock()
    await plan(db, *(("grow", f"a{n:03}", 0, {"amount": 1}) for n in range(200)))
    sweeps = [Sweep(db, clock, make_dues(never)) for _ in range(3)]
    await asyncio.gather(*(sweep.step() for sweep in sweeps))
    assert await rows(db, "select count(*), sum(balance) from accounts") == [(200, 200)]
    assert await rows(db, "select count(*) from due") == [(0,)]


async def test_a_deadline_that_fails_waits_and_holds_up_no_other(db: Database) -> None:
    clock = SetClock()
    sweep = Sweep(db, clock, make_dues(never))
    await plan(db, ("grow", "a", 0, {"amount": 666}), ("grow", "b", 1, {"amount": 2}))
    clock.at = START + timedelta(minutes=5)
    await sweep.step()
    assert await rows(db, "select id, balance from accounts") == [("b", 2)]
    assert await rows(db, "select ref, attempts, lease_until is not null from due") == [
        ("a", 1, True)
    ]
    assert await sweep.step() == 0


async def test_a_call_outside_is_made_once_and_its_outcome_recorded(db: Database) -> None:
    called: list[Any] = []

    async def world(request: Any) -> str:
        called.append(request)
        return "fine"

    await put(db, Ask(feed, Feed("a", 1)))
    await plan(db, ("call", "a", 0, {}))
    calls = OutsideCalls(db, SetClock(), make_dues(world))
    assert await calls.step() == 1
    assert await calls.step() == 0
    assert called == [{"account": "a", "attempt": 1}]
    assert await notes(db, "a") == [[1, 0], "fine"]
    assert await rows(db, "select count(*) from due") == [(0,)]


async def test_nothing_left_to_do_ends_the_deadline_without_a_call(db: Database) -> None:
    await plan(db, ("call", "unknown", 0, {}))
    calls = OutsideCalls(db, SetClock(), make_dues(never))
    await calls.step()
    assert await rows(db, "select count(*) from due") == [(0,)]


async def test_errors_and_unknown_outcomes_are_recorded_as_what_they_are(db: Database) -> None:
    errors = iter([UnknownError("who knows"), ConnectionRefusedError("no")])

    async def world(request: Any) -> str:
        raise next(errors)

    await put(db, Ask(feed, Feed("a", 1)))
    for _ in range(2):
        await plan(db, ("call", "a", 0, {}))
        await OutsideCalls(db, SetClock(), make_dues(world)).step()
    assert await notes(db, "a") == [[1, 0], "UnknownError", "ConnectionRefusedError"]


async def test_a_crash_after_the_act_is_seen_by_the_next_attempt(db: Database) -> None:
    seen: list[int] = []
    hang = asyncio.Event()

    async def world(request: Any) -> str:
        seen.append(request["attempt"])
        if request["attempt"] == 1:
            await hang.wait()
        return f"attempt {request['attempt']}"

    await put(db, Ask(feed, Feed("a", 1)))
    await plan(db, ("call", "a", 0, {}))
    dues = make_dues(world)
    first = OutsideCalls(db, SetClock(), dues)
    await first._begin(dues.outsides["call"])
    await asyncio.sleep(0.05)
    second = OutsideCalls(db, SetClock(), dues)
    assert await second.step() == 0, "the lease holds"
    async with db.acquire() as con:  # the first process has died: its lease runs out
        await con.execute("update due set lease_until = now() - interval '1 second'")
    assert await second.step() == 1
    assert seen == [1, 2]
    hang.set()  # it was only asleep: whoever comes back late records nothing
    while first._running:
        await asyncio.sleep(0.02)
    assert await notes(db, "a") == [[1, 0], "attempt 2"]


async def test_a_deadline_moved_while_it_is_acted_on_stays_for_its_new_time(db: Database) -> None:
    go = asyncio.Event()

    async def world(request: Any) -> str:
        await go.wait()
        return "first"

    await put(db, Ask(feed, Feed("a", 1)))
    await plan(db, ("call", "a", 0, {}))
    dues = make_dues(world)
    calls = OutsideCalls(db, SetClock(), dues)
    await calls._begin(dues.outsides["call"])
    await plan(db, ("call", "a", 60, {}))
    go.set()
    while calls._running:
        await asyncio.sleep(0.02)
    assert await notes(db, "a") == [[1, 0], "first"]
    assert await rows(db, "select lease_until, due_at from due") == [
        (None, START + timedelta(minutes=60))
    ]


async def test_planning_and_sweeping_the_same_rows_at_once_does_not_deadlock(db: Database) -> None:
    clock = SetClock()

    async def replan(n: int) -> None:
        from shared.runtime.plans import needs
        from tests.runtime.toy import Account

        @needs(lambda _: [(Account, f"a{n % 10}")])
        async def touch(work: Work, c: None) -> None:
            await feed(work, Feed(f"a{n % 10}", 0))
            work.plan_due("grow", f"a{n % 10}", START)

        await put(db, Ask(touch, None))

    await plan(db, *(("grow", f"a{n}", 0, {}) for n in range(10)))
    sweep = Sweep(db, clock, make_dues(never))
    before = await rows(
        db, "select deadlocks from pg_stat_database where datname = current_database()"
    )
    await asyncio.gather(*(replan(n) for n in range(60)), *(sweep.step() for _ in range(20)))
    after = await rows(
        db, "select deadlocks from pg_stat_database where datname = current_database()"
    )
    assert after == before
