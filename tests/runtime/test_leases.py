"""Claims of calls outside, when the process that made them stands still, or others change their mind."""

import asyncio
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import asyncpg
import pytest

from shared.errors import Conflict
from shared.runtime import deadlines
from shared.runtime.claims import Recorded
from shared.runtime.database import Database
from shared.runtime.deadlines import pause_after
from shared.runtime.due import Due, Dues
from shared.runtime.outside import OutsideCalls
from shared.runtime.plans import needs
from shared.runtime.sweep import Sweep
from shared.runtime.work import Work
from tests.runtime.test_batch import Ask, put, rows
from tests.runtime.test_due import START, SetClock, notes, plan
from tests.runtime.toy import Account, Feed, feed, make_dues


async def lease_runs_out(db: Database) -> None:
    await rows(db, "update due set lease_until = now() - interval '1 second' returning id")


class Gate:
    """A world that waits until it is opened, and counts its calls."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.open = asyncio.Event()

    async def __call__(self, request: Any) -> str:
        self.calls.append(request["attempt"])
        await self.open.wait()
        return f"attempt {request['attempt']}"


async def finish(calls: OutsideCalls) -> None:
    while calls._running:
        await asyncio.sleep(0.01)


async def test_a_claim_that_ran_out_before_it_was_prepared_is_not_acted_on(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database was away between the claim and `prepare` for longer than the lease."""
    world = Gate()
    world.open.set()
    await put(db, Ask(feed, Feed("a", 1)))
    await plan(db, ("call", "a", 0, {}))
    dues = make_dues(world)
    late, prompt = (OutsideCalls(db, SetClock(), dues) for _ in range(2))
    through = late._through

    async def after_an_outage(*args: Any) -> None:
        await lease_runs_out(db)
        assert await prompt.step() == 1
        await through(*args)

    monkeypatch.setattr(late, "_through", after_an_outage)
    await late._begin(dues.outsides["call"])
    monkeypatch.setattr(late, "_through", through)
    await finish(late)
    assert world.calls == [2]
    assert await notes(db, "a") == [[1, 0], "attempt 2"]


async def test_a_lease_renewed_after_a_wait_for_locks_is_ours_for_as_long_as_we_think(
    db: Database,
) -> None:
    await put(db, Ask(feed, Feed("a", 1)))
    await plan(db, ("call", "a", 0, {}))
    dues, made = make_dues(Gate()), list[Any]()
    calls = OutsideCalls(db, SetClock(), dues)
    async with db.acquire() as other, other.transaction():
        await other.execute("select 1 from accounts where id = 'a' for update")
        claiming = asyncio.create_task(calls._begin(dues.outsides["call"], made.append))
        await other.execute("select pg_sleep(3)")
        assert not claiming.done(), "it waits for the row"
    await claiming
    [call] = made
    left = "select extract(epoch from lease_until - clock_timestamp())::float8 from due"
    [(by_the_database,)] = await rows(db, left)
    assert by_the_database >= call.sure - monotonic()


async def test_a_process_that_stood_still_after_preparing_does_not_act_any_more(
    db: Database,
) -> None:
    world = Gate()
    world.open.set()
    await put(db, Ask(feed, Feed("a", 1)))
    await plan(db, ("call", "a", 0, {}))
    dues = make_dues(world)
    calls = OutsideCalls(db, SetClock(), dues)
    set_out = calls._set_out

    def too_late(call: Any) -> None:
        call.sure -= 60
        set_out(call)

    calls._set_out = too_late  # type: ignore[method-assign]
    await calls._begin(dues.outsides["call"])
    await finish(calls)
    assert world.calls == []
    assert await rows(db, "select attempts from due") == [(1,)], "its successor takes it over"


async def test_what_was_done_is_recorded_also_if_the_deadline_was_dropped_meanwhile(
    db: Database,
) -> None:
    world = Gate()
    await put(db, Ask(feed, Feed("a", 1)))
    await plan(db, ("call", "a", 0, {}))
    dues = make_dues(world)
    calls = OutsideCalls(db, SetClock(), dues)
    await calls._begin(dues.outsides["call"])

    async def drop(work: Work, ref: str) -> None:
        work.drop_due("call", ref)

    await put(db, Ask(drop, "a"))
    assert await calls._begin(dues.outsides["call"]) == 0, "nobody calls a second time"
    async with db.acquire() as con:
        assert await deadlines.overdue(con, START + timedelta(days=9)) == (0, None)
    world.open.set()
    await finish(calls)
    assert await notes(db, "a") == [[1, 0], "attempt 1"]
    assert await rows(db, "select 1 from due") == []


async def test_a_dropped_deadline_whose_caller_died_is_forgotten(db: Database) -> None:
    world = Gate()
    await put(db, Ask(feed, Feed("a", 1)))
    await plan(db, ("call", "a", 0, {}))
    dues = make_dues(world)
    calls = OutsideCalls(db, SetClock(), dues)
    await calls._begin(dues.outsides["call"])

    async def drop(work: Work, ref: str) -> None:
        work.drop_due("call", ref)

    await put(db, Ask(drop, "a"))
    for task in calls._running:
        task.cancel()
    await lease_runs_out(db)
    assert await OutsideCalls(db, SetClock(), dues).step() == 0
    async with db.acquire() as con:
        await deadlines.forget(con)
    assert await rows(db, "select 1 from due") == []


async def test_a_claim_is_released_if_an_earlier_one_of_its_batch_moved_it(db: Database) -> None:
    """Of two deadlines that come together, preparing the first moves or drops the second."""
    called: list[str] = []

    @needs(lambda due: [(Account, due.ref)])
    async def prepare(work: Work, due: Any) -> str:
        if due.ref == "a":
            work.plan_due("call", "b", START + timedelta(hours=1), version=1)
            work.drop_due("call", "c")
            work.plan_due("call", "d", due.due_at)  # as it was: it goes on
        return str(due.ref)

    async def act(request: str) -> None:
        called.append(request)

    async def record(work: Work, recorded: Any) -> None:
        """Nothing to note."""

    dues = Dues()
    dues.outside("call", prepare=prepare, act=act, record=record)
    await plan(db, *(("call", ref, 0, {}) for ref in "abcd"))
    await OutsideCalls(db, SetClock(), dues).step()
    assert called == ["a", "d"]
    assert await rows(db, "select ref, lease_until, attempts, version from due") == [
        ("b", None, 0, 1)
    ]


async def test_a_deadline_moved_by_an_earlier_one_of_its_batch_waits_for_its_new_time(
    db: Database,
) -> None:
    done: list[str] = []
    dues = Dues()

    @dues.inside("grow")
    async def grow(work: Work, due: Any) -> None:
        done.append(due.ref)
        if due.ref == "a":
            work.plan_due("grow", "b", START + timedelta(hours=1))
            work.drop_due("grow", "c")

    await plan(db, *(("grow", ref, 0, {}) for ref in "abc"))
    clock = SetClock()
    sweep = Sweep(db, clock, dues)
    while await sweep.step():
        pass
    assert done == ["a"]
    clock.at = START + timedelta(hours=1)
    await sweep.step()
    assert done == ["a", "b"]


async def test_a_late_failure_does_not_touch_the_lease_of_another(db: Database) -> None:
    world = Gate()
    await put(db, Ask(feed, Feed("a", 1)))
    await plan(db, ("call", "a", 0, {}))
    dues = make_dues(world)
    first, second = (OutsideCalls(db, SetClock(), dues) for _ in range(2))
    await first._begin(dues.outsides["call"])
    await lease_runs_out(db)
    await second._begin(dues.outsides["call"])
    [(lease,)] = await rows(db, "select lease_until from due")
    from shared.runtime.claims import CallUnit
    from shared.runtime.due import due_of

    async with db.acquire() as con:
        stale = dict(await con.fetchrow("select * from due"))
    late = CallUnit(db, due_of({**stale, "attempts": 1}), dues.outsides["call"].record, None)
    await late.failed(ZeroDivisionError())
    assert await rows(db, "select lease_until from due") == [(lease,)]
    world.open.set()
    await finish(first)
    await finish(second)
    assert await notes(db, "a") == [[1, 0], "attempt 2"]


async def test_stopping_leaves_no_claim_behind_that_nobody_acts_on(db: Database) -> None:
    world = Gate()
    await put(db, Ask(feed, Feed("a", 1)))
    await plan(db, ("call", "a", 0, {}))
    calls = OutsideCalls(db, SetClock(), make_dues(world))
    running = asyncio.create_task(calls.run())
    while not world.calls:
        await asyncio.sleep(0.01)
    await plan(db, ("call", "b", 0, {}))
    world.open.set()
    await calls.stop()
    running.cancel()
    assert await notes(db, "a") == [[1, 0], "attempt 1"]
    assert await rows(db, "select count(*) from due where lease_until is not null") == [(0,)]


async def test_a_deadline_that_has_failed_for_months_still_waits_an_hour_at_most() -> None:
    assert [pause_after(n) for n in (1, 2, 11, 12, 5_000)] == [2, 4, 2048, 3600, 3600]


async def test_leases_are_told_by_the_databases_clock_not_by_each_process(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process whose clock is an hour ahead takes no claim away: no statement gets its time."""
    world = Gate()
    dues = make_dues(world)
    await put(db, Ask(feed, Feed("a", 1)))
    await plan(db, ("call", "a", 0, {}), ("grow", "a", 0, {"amount": 666}))
    first, other = (OutsideCalls(db, SetClock(), dues) for _ in range(2))
    sweeps = [Sweep(db, SetClock(), dues) for _ in range(2)]
    given: list[Any] = []

    def noting(name: str) -> Any:
        original = getattr(asyncpg.Connection, name)

        async def noted(self: Any, query: str, *args: Any, **kwargs: Any) -> Any:
            given.extend(each for arg in args for each in (arg if isinstance(arg, list) else [arg]))
            return await original(self, query, *args, **kwargs)

        return noted

    for name in ("execute", "fetch", "fetchrow", "fetchval"):
        monkeypatch.setattr(asyncpg.Connection, name, noting(name))
    stepping = asyncio.create_task(first.step())
    while not world.calls:
        await asyncio.sleep(0.01)
    assert await sweeps[0].step() == 0, "it fails, and waits"
    assert await sweeps[1].step() == 0
    assert await other.step() == 0
    world.open.set()
    await stepping
    await lease_runs_out(db)
    assert await rows(db, "select kind, attempts from due") == [("grow", 1)]
    moments = {each for each in given if isinstance(each, datetime)}
    assert moments == {START}, "business time, and no other"
    assert not [each for each in given if isinstance(each, float) and each > 1_000_000_000]


@pytest.mark.parametrize("planned", [False, True])
async def test_what_was_done_out_there_is_not_forgotten_where_recording_it_is_refused(
    db: Database, planned: bool
) -> None:
    """As after a crash: the lease runs out, and the next attempt knows that it is not the first."""
    refusing, prepared, acted, recorded = True, [], [], []

    async def prepare(work: Work, due: Due) -> int:
        prepared.append(due.attempts)
        return due.attempts

    async def act(attempt: int) -> str:
        acted.append(attempt)
        return f"done at {attempt}"

    def refuse(came: Recorded) -> list[Any]:
        if refusing:
            raise Conflict("moved-on")
        return []

    @needs(refuse if planned else lambda _: [])
    async def record(work: Work, came: Recorded) -> None:
        refuse(came)
        recorded.append(came.result)

    dues = Dues()
    dues.outside("pay", prepare=prepare, act=act, record=record)
    await plan(db, ("pay", "a", 0, {}))
    calls = OutsideCalls(db, SetClock(), dues)
    assert await calls.step() == 1
    assert await rows(db, "select kind, attempts, lease_until > now() from due") == [
        ("pay", 1, True)
    ]
    refusing = False
    await lease_runs_out(db)
    assert await calls.step() == 1
    assert (prepared, acted, recorded) == ([1, 2], [1, 2], ["done at 2"])
    assert await rows(db, "select 1 from due") == []
