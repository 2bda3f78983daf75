"""Batches on real Postgres: what is shared, what is taken back, what is done one by one."""

import asyncio
import gc
import json
import time
import uuid
import weakref
from datetime import UTC, datetime
from typing import Any
from unittest.mock import ANY

import asyncpg
import pytest

from shared.errors import Refusal
from shared.runtime.batch import run_batch
from shared.runtime.database import Database
from shared.runtime.events import named
from shared.runtime.gathered import Origin, UnplannedError
from shared.runtime.plans import Plan, is_alone, needs, plan_of
from shared.runtime.rows import replace, where
from shared.runtime.work import Work
from tests.runtime.toy import (
    Account,
    AccountGrown,
    Bank,
    Feed,
    Open,
    count_accounts,
    feed,
    open_account,
    take_first,
)

NOW = datetime(2020, 9, 1, 12, tzinfo=UTC)


class Ask:
    """A unit as HTTP has them, without HTTP."""

    def __init__(self, command: Any, argument: Any) -> None:
        self.command, self.argument, self.alone = command, argument, is_alone(command)

    def plan(self) -> Plan:
        return plan_of(self.command, self.argument)

    def origin(self) -> Origin:
        return Origin(lambda _: "00000000-0000-0000-0000-000000000000")

    async def call(self, work: Work) -> Any:
        return await self.command(work, self.argument)

    def refused(self, work: Work, why: Refusal) -> str:
        return f"refused {why.slug}"

    async def failed(self, why: Exception) -> str:
        return f"failed {type(why).__name__}"


async def put(db: Database, *asks: Ask) -> list[Any]:
    return await run_batch(db, NOW, asks, [])


async def rows(db: Database, statement: str) -> list[tuple[Any, ...]]:
    async with db.acquire() as con:
        return [tuple(r) for r in await con.fetch(statement)]


async def test_later_units_of_a_batch_see_what_earlier_ones_did(db: Database) -> None:
    got = await put(db, *(Ask(open_account, Open(f"a{n}")) for n in range(4)))
    assert [account.place for account in got] == [0, 1, 2, 3]
    assert await rows(db, "select open_accounts from banks") == [(4,)]
    assert (
        await rows(db, "select xmin::text::bigint - min(xmin::text::bigint) over () from accounts")
        == [(0,)] * 4
    )


async def test_a_refusal_takes_back_its_own_unit_and_no_other(db: Database) -> None:
    got = await put(db, Ask(feed, Feed("a", 5)), Ask(feed, Feed("a", 13)), Ask(feed, Feed("b", 7)))
    assert [g if isinstance(g, str) else g.balance for g in got] == [5, "refused unlucky", 7]
    assert await rows(db, "select id, balance from accounts order by id") == [("a", 5), ("b", 7)]
    said = await rows(db, "select convert_from(payload, 'utf8') from outbox order by id")
    assert [json.loads(text)["balance"] for (text,) in said] == [5, 7]


async def test_a_refused_unit_leaves_no_trace_even_where_it_was_first(db: Database) -> None:
    got = await put(db, Ask(feed, Feed("a", 13)), Ask(feed, Feed("a", 5)))
    assert got[0] == "refused unlucky"
    assert await rows(db, "select id, balance from accounts") == [("a", 5)]


async def test_what_a_batch_gathered_is_gone_with_it_without_a_collector(db: Database) -> None:
    """Else the collector of cycles walks all rows of all batches, which costs more than a tenth."""
    held: list[weakref.ref[Work]] = []

    def looking(c: int) -> Plan:
        [account] = yield [(Account, "a")]
        if c == 0:
            raise Refusal("by-plan", str(account))
        return [(Account, f"c{c}")]

    @needs(looking)
    async def all_of_it(work: Work, c: int) -> str:
        held.append(weakref.ref(work))
        work.put(Account(id=f"c{c}", bank_id="none"))
        work.emit(AccountGrown(account_id=f"c{c}", balance=c))
        work.plan_due("wake", f"c{c}", NOW)
        work.audit("account.opened", f"c{c}")
        if c == 13:
            raise Refusal("unlucky")
        return "done"

    asks = [Ask(all_of_it, c) for c in (0, 1, 13, 2)]
    await put(db, Ask(feed, Feed("x", 5)))  # connects
    gc.disable()
    try:
        got = await put(db, *asks)
        assert [one() for one in held] == [None, None, None]
    finally:
        gc.enable()
    assert got == ["refused by-plan", "done", "refused unlucky", "done"]
    assert await rows(db, "select ref from due order by 1") == [("c1",), ("c2",)]
    assert await rows(db, "select about from audit order by id") == [("c1",), ("c2",)]


async def test_a_connection_that_is_given_back_costs_no_statement(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(db, Ask(feed, Feed("a", 5)))
    told: list[str] = []
    execute = asyncpg.Connection.execute

    async def listening(con: Any, query: str, *args: Any, **more: Any) -> str:
        told.append(query.strip()[:6])
        return str(await execute(con, query, *args, **more))

    monkeypatch.setattr(asyncpg.Connection, "execute", listening)
    await put(db, Ask(feed, Feed("a", 5)))
    assert told == ["BEGIN;", "UPDATE", "COMMIT"]


async def test_a_connection_that_is_given_back_in_a_transaction_is_out_of_it(db: Database) -> None:
    db.size = 1
    async with db.acquire() as con:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # it is said, too
        await con.execute("BEGIN")
        await con.execute("SET LOCAL lock_timeout = '1ms'")
        await con.execute("INSERT INTO banks (id, open_accounts) VALUES ('lost', 1)")
    async with db.acquire() as con:
        assert not con.is_in_transaction()
        assert await con.fetchval("SHOW lock_timeout") == "10s"
    assert await rows(db, "select id from banks") == []


async def test_a_defect_of_one_unit_spoils_no_other(db: Database) -> None:
    got = await put(db, Ask(feed, Feed("a", 5)), Ask(feed, Feed("b", 666)), Ask(feed, Feed("c", 7)))
    assert got[1] == "failed ZeroDivisionError"
    assert await rows(db, "select id, balance from accounts order by id") == [("a", 5), ("c", 7)]


async def test_what_the_database_refuses_is_done_one_by_one_in_order(db: Database) -> None:
    @needs(lambda c: [(Bank, str(abs(c)))])
    async def break_the_bank(work: Work, c: int) -> str:
        work.put(Bank(id=str(abs(c)), open_accounts=c))
        return "done"

    got = await put(db, Ask(break_the_bank, 1), Ask(break_the_bank, -2), Ask(break_the_bank, 3))
    assert got == ["done", "failed CheckViolationError", "done"]
    assert await rows(db, "select open_accounts from banks order by 1") == [(1,), (3,)]


async def test_an_unplanned_key_is_a_bug_also_when_another_unit_planned_it(db: Database) -> None:
    async def peek(work: Work, c: str) -> Any:
        return work.get(Account, c)

    got = await put(db, Ask(feed, Feed("a", 5)), Ask(peek, "a"))
    assert got[1] == "failed UnplannedError"
    assert await rows(db, "select balance from accounts") == [(5,)]


async def test_a_row_that_was_only_read_cannot_be_written(db: Database) -> None:
    await put(db, Ask(feed, Feed("a", 5)))

    def only_reads(c: str) -> Plan:
        yield [(Account, c)]
        return []

    @needs(only_reads)
    async def sneak(work: Work, c: str) -> None:
        account = work.get(Account, c)
        assert account is not None
        work.put(replace(account, balance=1_000_000))

    assert await put(db, Ask(sneak, "a")) == ["failed UnplannedError"]


@pytest.mark.parametrize("asked", ["by key", "by query"])
async def test_what_is_only_read_is_as_new_as_the_locks(db: Database, asked: str) -> None:
    """Whoever changes a bank and then settles its accounts is seen by who waited for an account."""
    await put(db, Ask(open_account, Open("a")))
    wanted: Any = (Bank, "b") if asked == "by key" else where(Bank, open_accounts=1)

    def plan(_: str) -> Plan:
        yield [wanted]
        return [(Account, "a")]

    @needs(plan)
    async def look(work: Work, _: str) -> Any:
        return work.get(Bank, "b") if asked == "by key" else work.find(wanted)

    async with db.acquire() as other:
        change = other.transaction()
        await change.start()
        await other.execute("select from accounts where id = 'a' for no key update")
        waiting = asyncio.create_task(put(db, Ask(look, "")))
        async with asyncio.timeout(10):
            while not await rows(db, "select from pg_locks where not granted"):
                await asyncio.sleep(0.01)
        await other.execute("update banks set open_accounts = 7")
        await change.commit()
        [found] = await waiting
    assert (found.open_accounts if asked == "by key" else found) == (7 if asked == "by key" else [])


async def test_units_of_one_batch_take_from_a_queue_one_after_the_other(db: Database) -> None:
    await put(db, *(Ask(open_account, Open(f"a{n}")) for n in range(3)))
    got = await put(db, *(Ask(take_first, "b") for _ in range(4)))
    assert got == ["a0", "a1", "a2", "refused bank-empty"]


async def test_concurrent_batches_never_take_the_same_first(db: Database) -> None:
    await put(db, *(Ask(open_account, Open(f"a{n:02}")) for n in range(20)))
    got = await asyncio.gather(
        *(put(db, Ask(take_first, "b"), Ask(take_first, "b")) for _ in range(11))
    )
    taken = sorted(g for pair in got for g in pair)
    assert taken == [f"a{n:02}" for n in range(20)] + ["refused bank-empty"] * 2


async def test_more_than_was_planned_from_a_query_is_noticed(db: Database) -> None:
    await put(db, *(Ask(open_account, Open(f"a{n}")) for n in range(3)))
    one = where(Account, bank_id="b", order=("place",), limit=1)

    @needs(lambda _: [(Bank, "b"), one])
    async def greedy(work: Work, c: None) -> None:
        for _ in range(2):
            first = work.first(one)
            assert first is not None
            work.put(replace(first, bank_id="taken", place=None))

    assert await put(db, Ask(greedy, None)) == ["failed UnplannedError"]


async def test_a_plan_made_stale_by_its_own_batch_is_made_again(db: Database) -> None:
    """The second unit's plan reads what the first writes: the batch is cut there, not failed."""

    def of_owner(c: str) -> Plan:
        [account] = yield [(Account, c)]
        return [(Account, c), (Bank, account.bank_id)] if account else []

    @needs(of_owner)
    async def close(work: Work, c: str) -> int:
        account = work.get(Account, c)
        assert account is not None
        bank = work.get(Bank, account.bank_id)
        assert bank is not None
        work.put(replace(bank, open_accounts=bank.open_accounts - 1))
        work.delete(account)
        return bank.open_accounts

    got = await put(db, Ask(open_account, Open("a")), Ask(open_account, Open("z")), Ask(close, "a"))
    assert got[2] == 2
    assert await rows(db, "select open_accounts from banks") == [(1,)]
    assert await rows(db, "select id from accounts") == [("z",)]


@pytest.mark.parametrize("there", [False, True])
async def test_a_row_put_without_looking_does_not_overwrite_that_of_another_unit(
    db: Database, there: bool
) -> None:
    """Alone the database would say that it is there; nor must it be lost in a batch."""

    @needs(lambda _: [(Account, "same")])
    async def look(work: Work, c: int) -> None:
        work.get(Account, "same")

    async def blind(work: Work, balance: int) -> str:
        work.put(Account(id="same", bank_id="b", balance=balance))
        return "put"

    async def blind_end(work: Work, c: int) -> str:
        work.delete(Account(id="same", bank_id="b"))
        return "deleted"

    if there:
        await put(db, Ask(blind, 1))
        got = await put(db, Ask(look, 0), Ask(blind, 2), Ask(blind, 3))
        assert got == [None, "failed UniqueViolationError", "failed UniqueViolationError"]
    else:
        got = await put(db, Ask(blind, 1), Ask(blind, 2), Ask(blind_end, 0))
        assert got[:2] == ["put", "failed UniqueViolationError"]
    assert await rows(db, "select id, balance from accounts") == [("same", 1)]


async def test_a_unit_may_change_its_own_new_row_as_often_as_it_likes(db: Database) -> None:
    async def twice(work: Work, c: int) -> None:
        work.put(Account(id="own", bank_id="b", balance=1))
        work.put(Account(id="own", bank_id="b", balance=c))

    assert await put(db, Ask(twice, 2), Ask(feed, Feed("other", 5))) == [None, ANY]
    assert await rows(db, "select balance from accounts order by id desc") == [(2,), (5,)]


async def test_true_and_one_are_two_things_in_a_json_column_and_equal_rows_are_not_written(
    db: Database,
) -> None:
    @needs(lambda _: [(Account, "j")])
    async def note(work: Work, notes: Any) -> None:
        account = work.get(Account, "j") or Account(id="j", bank_id="b")
        work.put(replace(account, notes=notes))

    written = "select notes::text, xmin::text from accounts"
    await put(db, Ask(note, [1, {"b": [0], "aa": "x"}]))
    before = await rows(db, written)
    await put(db, Ask(note, [1, {"aa": "x", "b": [0]}]))
    assert await rows(db, written) == before
    for notes in ([True, {"b": [0], "aa": "x"}], [True, {"b": [False], "aa": "x"}]):
        await put(db, Ask(note, notes))
        [(stored, _)] = await rows(db, written)
        assert json.loads(stored) == notes
        assert [type(value) for value in json.loads(stored)] == [bool, dict]
    assert "[false]" in stored


async def test_a_unit_marked_alone_has_a_transaction_of_its_own(db: Database) -> None:
    got = await put(db, Ask(feed, Feed("a", 1)), Ask(count_accounts, None), Ask(feed, Feed("b", 1)))
    assert got[1] == 1


async def test_two_processes_inserting_the_same_row_both_come_right(db: Database) -> None:
    got = await asyncio.gather(*(put(db, Ask(feed, Feed("a", 1, n))) for n in range(12)))
    assert sorted(g[0].balance for g in got) == list(range(1, 13))


async def test_many_batches_over_the_same_rows_do_not_deadlock(db: Database) -> None:
    async def one(n: int) -> None:
        names = ["a", "b", "c", "d"] if n % 2 else ["d", "c", "b", "a"]
        await put(db, *(Ask(feed, Feed(name, 1, n)) for name in names))

    await put(db, *(Ask(feed, Feed(name, 0)) for name in "abcd"))
    await asyncio.gather(*(one(n) for n in range(40)))
    assert await rows(db, "select balance from accounts") == [(40,)] * 4


async def test_infrastructure_failures_reach_the_caller_with_what_was_done(db: Database) -> None:
    calls = 0

    @needs(lambda _: [])
    async def cut(work: Work, c: None) -> None:
        nonlocal calls
        calls += 1
        await work.con.execute("select pg_terminate_backend(pg_backend_pid())")

    cut.__alone__ = True  # type: ignore[attr-defined]
    outcomes: list[Any] = []
    with pytest.raises((asyncpg.PostgresError, OSError, asyncpg.InterfaceError)):
        await run_batch(
            db, NOW, [Ask(feed, Feed("a", 5)), Ask(cut, None), Ask(feed, Feed("b", 5))], outcomes
        )
    assert len(outcomes) == 1
    assert calls == 1
    assert await rows(db, "select id from accounts") == [("a",)]


async def test_rows_come_back_as_they_were_written(db: Database) -> None:
    at = datetime(2020, 11, 1, 6, 30, tzinfo=UTC)
    row = Account(
        id="ü/'\"",
        bank_id="b",
        place=None,
        balance=-(2**60),
        notes=[{"a": [1, "x"]}, None, [2]],
        at=at,
    )

    @needs(lambda _: [(Account, row.id)])
    async def write(work: Work, c: None) -> Any:
        work.put(row)

    await put(db, Ask(write, None))

    @needs(lambda _: [(Account, row.id)])
    async def look(work: Work, c: None) -> Any:
        return work.get(Account, row.id)

    [back] = await put(db, Ask(look, None))
    assert back == row
    assert back.at == at


def test_a_key_error_is_what_an_unplanned_key_is() -> None:
    assert issubclass(UnplannedError, KeyError)


def test_the_quick_way_to_an_id_is_the_id_of_the_standard() -> None:
    space = uuid.UUID("7d1f5f0e-6f0b-5a53-9c5c-1f2f6f1d8a10")
    for name in ("", "toy/invoice", "ü", "x" * 300):
        assert named(space.bytes, name.encode()) == str(uuid.uuid5(space, name))


async def test_a_long_unit_that_breathes_outlives_the_time_out_that_ends_an_idle_one(toy_url):
    settings = {"idle_in_transaction_session_timeout": "400"}
    db = Database("toy", toy_url, settings=settings)

    async def unhurried(work: Work, _: None) -> int:
        async for _part in work.unhurried(range(100)):
            time.sleep(0.01)  # computes; twice the time-out in all
        return 100

    async def in_one_breath(work: Work, _: None) -> None:
        time.sleep(0.8)

    try:
        assert await put(db, Ask(unhurried, None)) == [100]
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await put(db, Ask(in_one_breath, None))
    finally:
        await db.close()


async def test_many_units_that_compute_outlive_the_time_out_together(toy_url):
    """Five hundred cancellations of one batch may take longer than what ends an idle transaction."""
    db = Database("toy", toy_url, settings={"idle_in_transaction_session_timeout": "600"})

    async def computes(work: Work, _: None) -> int:
        time.sleep(0.05)
        return 1

    try:
        assert await put(db, *[Ask(computes, None) for _ in range(30)]) == [1] * 30
    finally:
        await db.close()
