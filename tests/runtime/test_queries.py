"""Queries in a batch: memory and database give the same answer, or the batch is cut."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import Conflict, NotFound
from shared.runtime import prefetch, sql
from shared.runtime.batch import run_batch
from shared.runtime.database import Database, Reader
from shared.runtime.plans import Plan, alone, needs, together
from shared.runtime.rows import is_behind, place_of, replace, where
from shared.runtime.work import Work
from tests.conftest import run
from tests.runtime.test_batch import NOW, Ask, put, rows
from tests.runtime.toy import Account, Bank, Feed, Link, Open, empty, feed, open_account

FIRST = where(Account, bank_id="b", order=("place",), limit=1)


async def test_a_row_moved_to_the_end_is_not_mistaken_for_the_first(db: Database) -> None:
    await put(db, *(Ask(open_account, Open(f"a{n}")) for n in range(3)))

    @needs(lambda c: [(Account, c)])
    async def to_the_end(work: Work, c: str) -> None:
        account = work.get(Account, c)
        assert account is not None
        work.put(replace(account, place=99))

    @needs(lambda _: [(Bank, "b"), FIRST])
    async def who_is_first(work: Work, _: None) -> str:
        first = work.first(FIRST)
        assert first is not None
        return first.id

    assert await put(db, Ask(to_the_end, "a0"), Ask(who_is_first, None)) == [None, "a1"]


async def test_text_is_ordered_alike_by_the_database_and_in_memory(db: Database) -> None:
    names = ["a", "B", "ä", "Z", "_", "z", "10", "9"]

    @needs(lambda c: [(Account, c)])
    async def insert(work: Work, c: str) -> None:
        work.put(Account(id=c, bank_id="b"))

    await put(db, *(Ask(insert, name) for name in names))
    everyone = where(Account, bank_id="b")

    @needs(lambda _: [everyone])
    async def all_names(work: Work, _: None) -> list[str]:
        return [account.id for account in work.find(everyone)]

    [got] = await put(db, Ask(all_names, None))
    async with db.acquire() as con:
        [[*read]] = await sql.by_queries(con, Account, [(everyone, None)], keys_only=False)
    assert got == [account.id for account in read] == sorted(names)


TEXTS = st.sampled_from(["a", "B", "ä", "Z", "_", "zz", "z", "10", "9"])
ORDERS = st.lists(
    st.sampled_from(["place", "balance", "bank_id", "at", "id"]), unique=True, max_size=4
).flatmap(lambda names: st.tuples(*(st.sampled_from([name, f"-{name}"]) for name in names)))


def some_account(drawn: tuple[Any, ...]) -> Account:
    id_, bank, place, balance, minutes = drawn
    at = None if minutes is None else NOW + timedelta(minutes=minutes)
    return Account(id=id_, bank_id=bank, place=place, balance=balance, at=at)


ACCOUNTS = st.lists(
    st.tuples(
        st.text("abAB_ä9", min_size=1, max_size=3),
        TEXTS,
        st.none() | st.integers(0, 3),
        st.integers(-1, 1),
        st.none() | st.integers(0, 2),
    ).map(some_account),
    unique_by=(lambda a: a.id, lambda a: (a.bank_id, a.place) if a.place is not None else a.id),
    max_size=12,
)


@given(accounts=ACCOUNTS, order=ORDERS, size=st.integers(1, 4), new=ACCOUNTS, data=st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_pages_are_alike_in_memory_and_in_the_database_and_leave_nothing_out(
    toy_url: str,
    accounts: list[Account],
    order: tuple[str, ...],
    size: int,
    new: list[Account],
    data: st.DataObject,
) -> None:
    """Whatever the order, with NULLs and backwards: pages joined are the whole, and what memory
    knows of a page after some rows were changed is what the database says once they are written."""
    picked = data.draw(st.sampled_from(accounts)) if accounts else None
    run(pages_are_alike(toy_url, accounts, order, size, new, picked))


async def pages_are_alike(
    url: str,
    accounts: list[Account],
    order: tuple[str, ...],
    size: int,
    new: list[Account],
    picked: Account | None,
) -> None:
    await empty(url)
    db = Database("toy", url, size=1)
    await put(db, *(Ask(insert_account, account) for account in accounts))
    whole = await Reader(db).find(where(Account, order=order))
    pages, last = [], None
    while True:
        after = None if last is None else place_of(last, whole_order(order))
        page, last = await Reader(db).page(where(Account, order=order, limit=size, after=after))
        pages += page
        if last is None:
            break
    assert [a.id for a in pages] == [a.id for a in whole]
    if picked is not None:
        place = place_of(picked, whole_order(order))
        behind = where(Account, order=order, after=place)
        at = [a.id for a in whole].index(picked.id)
        assert [a.id for a in whole[at + 1 :]] == [
            a.id for a in whole if is_behind(a, whole_order(order), place)
        ]

        @needs(lambda _: [behind, *((Account, account.id) for account in new)])
        async def write_and_look(work: Work, _: None) -> list[str]:
            taken = {(a.bank_id, a.place) for a in accounts if a.place is not None}
            for account in new:
                free = account.place is None or (account.bank_id, account.place) not in taken
                work.put(account if free else replace(account, place=None))
            return [account.id for account in work.find(behind)]

        [in_memory] = await put(db, Ask(write_and_look, None))
        assert in_memory == [a.id for a in await Reader(db).find(behind)]
    await db.close()


async def insert_account(work: Work, account: Account) -> None:
    work.put(account)


def whole_order(order: tuple[str, ...]) -> tuple[str, ...]:
    return order if {"id", "-id"} & {*order} else (*order, "id")


def test_a_place_that_no_order_has_is_refused() -> None:
    with pytest.raises(TypeError, match="is ordered by place, id"):
        where(Account, order=("place",), after="a")
    with pytest.raises(TypeError, match="no place in the order of notes, JSONB"):
        where(Account, order=("notes",), after=([1], "a"))
    with pytest.raises(TypeError, match="'1' is no place in the order of place, BIGINT"):
        where(Account, order=("-place",), after=("1", "a"))


async def test_a_page_in_a_batch_locks_and_finds_what_comes_behind_and_no_more(
    db: Database,
) -> None:
    await put(db, *(Ask(open_account, Open(f"a{n}")) for n in range(6)))
    page = where(Account, bank_id="b", order=("-place",), limit=2, after=(4, "a4"))

    @needs(lambda _: [where(Account, bank_id="b", order=("-place",)), page])
    async def both(work: Work, _: None) -> tuple[list[str], int]:
        return [account.id for account in work.find(page)], len(work.held.locked)

    @needs(lambda _: [page])
    async def one(work: Work, _: None) -> tuple[list[str], int]:
        return [account.id for account in work.find(page)], len(work.held.locked)

    assert await put(db, Ask(both, None)) == [(["a3", "a2"], 6)]
    assert await put(db, Ask(one, None)) == [(["a3", "a2"], 2)]


async def test_a_row_read_in_an_earlier_round_and_gone_since_is_not_found_any_more(
    db: Database, toy_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(db, *(Ask(open_account, Open(f"a{n}")) for n in range(2)))
    everyone = where(Account, bank_id="b", order=("place",))
    other = await asyncpg.connect(toy_url)

    def reads_then_locks(_: None) -> Plan:
        yield [everyone]  # after this another process takes the first one away
        return [everyone]

    @needs(reads_then_locks)
    async def names(work: Work, _: None) -> list[str]:
        return [account.id for account in work.find(everyone)]

    async def taking() -> None:
        await other.execute("update accounts set bank_id = 'taken', place = null where id = 'a0'")

    original, calls = prefetch._read, 0

    async def read(work: Work, rounds: Any) -> None:
        nonlocal calls
        await original(work, rounds)
        calls += 1
        if calls == 1:
            await taking()

    monkeypatch.setattr(prefetch, "_read", read)
    assert await put(db, Ask(names, None)) == [["a1"]]
    await other.close()


async def test_what_one_row_gives_up_another_can_take_in_the_same_unit(db: Database) -> None:
    @needs(lambda _: [(Link, "old"), (Link, "new")])
    async def renew(work: Work, c: None) -> None:
        assert c is None
        old = work.get(Link, "old")
        assert old is not None
        work.put(Link(id="new", account_id="a"))
        work.put(replace(old, active=False))

    @needs(lambda c: [(Link, c)])
    async def issue(work: Work, c: str) -> None:
        work.put(Link(id=c, account_id="a"))

    await put(db, Ask(issue, "old"))
    assert await put(db, Ask(renew, None)) == [None]
    assert await rows(db, "select id, active from links order by id") == [
        ("new", True),
        ("old", False),
    ]


async def test_a_refusal_in_a_plan_is_a_refusal_of_that_unit_alone(db: Database) -> None:
    def knows_better(c: str) -> Plan:
        [account] = yield [(Account, c)]
        if account is None:
            raise NotFound("account-unknown")
        return [(Account, c)]

    @needs(knows_better)
    async def look(work: Work, c: str) -> int:
        account = work.get(Account, c)
        assert account is not None
        return account.balance

    got = await put(db, Ask(look, "nobody"), Ask(feed, Feed("a", 1)), Ask(look, "nobody"))
    assert [got[0], got[2]] == ["refused account-unknown"] * 2
    assert await rows(db, "select balance from accounts") == [(1,)]


async def test_a_refusal_takes_back_what_a_unit_wrote_with_sql_of_its_own(db: Database) -> None:
    @alone
    async def writes_then_refuses(work: Work, c: None) -> None:
        assert c is None
        await work.con.execute("insert into banks (id, open_accounts) values ('x', 1)")
        raise Conflict("unlucky")

    assert await put(db, Ask(writes_then_refuses, None)) == ["refused unlucky"]
    assert await rows(db, "select count(*) from banks") == [(0,)]


async def test_a_database_that_is_not_ready_is_waited_for_not_blamed_on_the_unit(
    db: Database, toy_url: str
) -> None:
    """No such database, or its migrations are late: whoever calls gets the failure, to wait."""
    nowhere = Database("toy", toy_url.rsplit("/", 1)[0] + "/nowhere")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await run_batch(nowhere, NOW, [Ask(feed, Feed("a", 1))], [])

    async def looks(work: Work, c: None) -> None:
        assert c is None
        await work.con.execute("select 1 from table_of_tomorrow")

    with pytest.raises(asyncpg.UndefinedTableError):
        await run_batch(db, NOW, [Ask(looks, None)], [])


def test_plans_that_go_together_ask_in_common_rounds_and_come_to_their_own_ends():
    def plan(name: str, rounds: int):
        seen = []
        for number in range(rounds):
            seen += yield [f"{name}{number}", f"{name}{number}'"]
        return seen

    driven = together([plan("a", 2), plan("b", 0), plan("c", 1)])
    first = next(driven)
    assert first == ["a0", "a0'", "c0", "c0'"]
    second = driven.send(first)
    assert second == ["a1", "a1'"]
    with pytest.raises(StopIteration) as end:
        driven.send(second)
    assert end.value.value == [["a0", "a0'", "a1", "a1'"], [], ["c0", "c0'"]]
