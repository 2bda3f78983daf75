"""Walks: every row is done once, a page at a time, whatever crashes, fails or is asked anew."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from shared.errors import Conflict
from shared.runtime import sweep as sweeping
from shared.runtime.database import Database
from shared.runtime.deadlines import overdue
from shared.runtime.due import Due, Dues
from shared.runtime.plans import needs
from shared.runtime.rows import where
from shared.runtime.sweep import Sweep
from shared.runtime.work import Work
from tests.runtime.test_batch import rows
from tests.runtime.test_due import START, SetClock, plan
from tests.runtime.toy import Account, Bank, Feed, feed

BANK = "b"


def walking(size: int = 3, bad: set[str] | None = None) -> Dues:
    """Feeds every account of a bank, then counts in the bank how often the walk came through."""
    made, failing = Dues(), bad if bad is not None else set()

    @needs(lambda due: [(Account, due.payload["id"])])
    async def each(work: Work, due: Due) -> None:
        account = due.payload["id"]
        await feed(work, Feed(account, 666 if account in failing else 1))

    @needs(lambda due: [(Bank, due.ref)])
    async def through(work: Work, due: Due) -> None:
        bank = work.get(Bank, due.ref)
        work.put(Bank(id=due.ref, open_accounts=bank.open_accounts + 1 if bank else 1))

    over = lambda due: where(Account, bank_id=due.ref)  # noqa: E731
    made.walk("feed_all", over=over, each=each, through=through, size=size)
    return made


async def accounts(db: Database, count: int, first: int = 0) -> None:
    """So many accounts of the bank: a0000, a0001, …"""
    async with db.acquire() as con:
        await con.execute(
            "insert into accounts select 'a' || lpad(n::text, 4, '0'), $1, n, 0, '[]', null"
            " from generate_series($2::int, $2 + $3::int - 1) n",
            BANK,
            first,
            count,
        )


async def through(sweep: Sweep) -> int:
    steps = 0
    while await sweep.step():
        steps += 1
    return steps


async def fed(db: Database) -> list[tuple[int, int]]:
    """How many accounts have which balance."""
    found = await rows(db, "select balance, count(*) from accounts group by 1 order by 1")
    return [(balance, count) for balance, count in found]


@pytest.mark.parametrize("count", [0, 1, 3, 7])
async def test_every_row_is_done_once_and_then_the_end(db: Database, count: int) -> None:
    await accounts(db, count)
    await plan(db, ("feed_all", BANK, 0, {"why": "hunger"}))
    await through(Sweep(db, SetClock(), walking()))
    assert await fed(db) == ([(1, count)] if count else [])
    assert await rows(db, "select open_accounts from banks") == [(1,)]
    assert await rows(db, "select * from due") == []


async def test_a_page_is_a_short_transaction_and_what_is_left_is_overdue(db: Database) -> None:
    clock = SetClock()
    await accounts(db, 7)
    await plan(db, ("feed_all", BANK, 0, {}))
    sweep = Sweep(db, clock, walking())
    seen = []
    while True:
        async with db.acquire() as con:
            seen.append((await overdue(con, clock.now()))[0])
        if not await sweep.step():
            break
    # The walk; three rows and the walk, twice; the last row and the end; nothing.
    assert seen == [1, 4, 4, 2, 0]


async def test_what_is_due_at_the_same_time_does_not_wait_for_the_end_of_a_walk(
    db: Database,
) -> None:
    clock, done = SetClock(), []
    await accounts(db, 2000)
    await plan(db, ("feed_all", BANK, 0, {}), ("other", "o", 1, {}))
    clock.at = START + timedelta(minutes=2)
    dues = walking(size=200)

    @dues.inside("other")
    async def other(work: Work, due: Due) -> None:
        assert due.ref == "o"
        done.append(work.now)

    await Sweep(db, clock, dues).step()
    assert len(done) == 1


async def test_a_crash_between_any_two_steps_resumes_and_doubles_nothing(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each transaction of the walk is lost once before it comes through."""
    await accounts(db, 7)
    await plan(db, ("feed_all", BANK, 0, {}))
    take, lost = sweeping.take, [False]

    async def crash(work: Work, units: Any) -> list[bool]:
        taken = await take(work, units)
        lost[0] = not lost[0]
        if lost[0]:
            raise asyncpg.ConnectionDoesNotExistError("the database went away")
        return taken

    monkeypatch.setattr(sweeping, "take", crash)
    crashes = 0
    while True:
        sweep = Sweep(db, SetClock(), walking())  # a new process
        try:
            if not await sweep.step():
                break
        except asyncpg.ConnectionDoesNotExistError:
            crashes += 1
    assert crashes >= 4
    assert await fed(db) == [(1, 7)]
    said = await rows(db, "select count(*), count(distinct key) from outbox")
    assert said == [(7, 7)]
    assert await rows(db, "select open_accounts from banks") == [(1,)]


async def test_several_processes_share_a_walk(db: Database) -> None:
    await accounts(db, 60)
    await plan(db, ("feed_all", BANK, 0, {}))
    sweeps = [Sweep(db, SetClock(), walking(size=7)) for _ in range(3)]

    async def until_done(sweep: Sweep) -> None:
        while await rows(db, "select 1 from due limit 1"):
            await sweep.step()

    await asyncio.gather(*(until_done(sweep) for sweep in sweeps))
    assert await fed(db) == [(1, 60)]
    assert await rows(db, "select open_accounts from banks") == [(1,)]


async def test_a_row_that_fails_is_seen_and_tried_again_while_the_others_go_on(
    db: Database,
) -> None:
    clock, bad = SetClock(), {"a0001"}
    await accounts(db, 7)
    await plan(db, ("feed_all", BANK, 0, {}))
    sweep = Sweep(db, clock, walking(bad=bad))
    while await rows(db, "select 1 from due where attempts = 0"):
        await sweep.step()
    assert await fed(db) == [(0, 1), (1, 6)]
    assert await rows(db, "select open_accounts from banks") == [(1,)], "the end does not wait"
    assert await rows(db, "select kind, ref, attempts from due") == [("feed_all.row", "b/a0001", 1)]
    async with db.acquire() as con:
        assert (await overdue(con, clock.now()))[0] == 1
        await con.execute("update due set lease_until = now() - interval '1 second'")
    bad.clear()
    await through(sweep)
    assert await fed(db) == [(1, 7)]


async def test_a_row_that_is_refused_is_done_with(db: Database) -> None:
    dues = Dues()

    @needs(lambda due: [(Account, due.payload["id"])])
    async def each(work: Work, due: Due) -> None:
        await feed(work, Feed(due.payload["id"], 1))
        if due.payload["id"] == "a0002":
            raise Conflict("full")

    dues.walk("feed_all", over=lambda due: where(Account, bank_id=due.ref), each=each, size=3)
    await accounts(db, 7)
    await plan(db, ("feed_all", BANK, 0, {}))
    await through(Sweep(db, SetClock(), dues))
    assert await fed(db) == [(0, 1), (1, 6)]
    assert await rows(db, "select * from due") == []


async def test_asked_again_under_way_a_walk_goes_on_and_then_round_to_where_it_was(
    db: Database,
) -> None:
    await accounts(db, 9)
    await plan(db, ("feed_all", BANK, 0, {}))
    sweep = Sweep(db, SetClock(), walking())
    await sweep.step()
    await sweep.step()  # two pages are read, the rows of the first are done
    assert await fed(db) == [(0, 6), (1, 3)]
    await accounts(db, 1, first=20)
    async with db.acquire() as con:  # one that comes to be behind the cursor
        await con.execute("insert into accounts select 'a0000b', 'b', 30, 0, '[]', null")
    await plan(db, ("feed_all", BANK, 0, {}))
    await through(sweep)
    found = await rows(db, "select id, balance from accounts order by id")
    assert dict(found) == {
        **dict.fromkeys(["a0000", "a0000b", "a0001", "a0002", "a0003", "a0004", "a0005"], 2),
        **dict.fromkeys(["a0006", "a0007", "a0008", "a0020"], 1),
        "a0000b": 1,
    }
    assert await rows(db, "select open_accounts from banks") == [(1,)]


async def test_a_stream_of_reasons_does_not_keep_a_walk_at_its_beginning(db: Database) -> None:
    await accounts(db, 12)
    await plan(db, ("feed_all", BANK, 0, {}))
    sweep = Sweep(db, SetClock(), walking())
    for _ in range(12):
        await sweep.step()
        await plan(db, ("feed_all", BANK, 0, {}))
    assert (await rows(db, "select min(balance), max(balance) from accounts")) == [(2, 3)]


def test_a_walk_over_what_has_no_place_to_come_back_to_is_a_bug() -> None:
    walk = walking().insides["feed_all"]
    due = Due(1, "feed_all", BANK, START, 0)
    for asked in (where(Account, order=("place",)), where(Account, limit=1)):
        object.__setattr__(walk, "over", lambda _, asked=asked: asked)
        with pytest.raises(TypeError, match="goes over all rows, in the order of their key"):
            next(walk.__plan__(due))  # type: ignore[attr-defined]
