"""Who did what is a chain: whatever is done to a row later is found, and appends never fork it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import asyncpg
import pytest
from alembic import command

from shared.errors import Conflict
from shared.runtime import audits, migrate
from shared.runtime.audits import ROWS, Break, Head, link, walk
from shared.runtime.database import Database
from shared.runtime.gathered import Audit
from shared.runtime.plans import needs
from shared.runtime.work import Work
from tests.conftest import Database as Databases
from tests.conftest import run
from tests.runtime.test_batch import NOW, Ask, put

FIRST = {
    "at": datetime(2020, 9, 1, 12, tzinfo=UTC),
    "by": "operator",
    "act": "refund.goodwill",
    "about": "r1",
    "why": "Grüße",
    "trace": None,
}
# By sha256sum, of: ["","2020-09-01T12:00:00.000000+00:00","operator","refund.goodwill","r1",
# "Gr\u00fc\u00dfe",null] (one line, without the blank).
EXPECTED = "095783fa9f5289bbe1bcb147078ce1e07b45097f3761eebeda7b544bc46d5f07"


@needs(lambda _: [])
async def act(work: Work, n: int) -> None:
    work.audit("toy.acted", f"a{n}", "because")
    if n < 0:
        raise Conflict("no", "Taken back.")


async def _rows(given: Any) -> AsyncIterator[Any]:
    for one in given:
        yield one


async def chain(url: str, noted: Head | None = None) -> tuple[int, Head, list[Break]]:
    con = await asyncpg.connect(url)
    try:
        return await walk(_rows(await con.fetch(ROWS)), noted)
    finally:
        await con.close()


def test_a_digest_is_of_what_is_said_and_of_the_one_before() -> None:
    known = link("", FIRST)
    assert known == EXPECTED
    zone = timezone(timedelta(hours=2))
    assert link("", FIRST | {"at": datetime(2020, 9, 1, 14, tzinfo=zone)}) == known, "one instant"
    others = [
        link("x", FIRST),
        link("", FIRST | {"at": FIRST["at"] + timedelta(microseconds=1)}),
        link("", FIRST | {"by": "key:k"}),
        link("", FIRST | {"trace": ""}),
        link("", FIRST | {"about": "r1refund", "act": ".goodwill"}),
    ]
    assert len({known, *others}) == 6


async def test_a_chain_holds_over_batches_and_what_is_refused_leaves_no_link(
    db: Database,
) -> None:
    await put(db, *(Ask(act, n) for n in (1, 2, -3, 4)))
    await put(db, Ask(act, 5))
    count, head, breaks = await chain(db.url)
    assert (count, breaks) == (4, [])
    async with db.acquire() as con:
        kept = await con.fetch("SELECT about, hash FROM audit ORDER BY id")
    assert [row["about"] for row in kept] == ["a1", "a2", "a4", "a5"]
    assert head.hash == kept[-1]["hash"]


async def test_many_at_once_make_one_chain(db: Database) -> None:
    other = Database("toy", db.url, size=5)
    try:
        await asyncio.gather(*(put(d, Ask(act, n)) for n in range(40) for d in (db, other)))
    finally:
        await other.close()
    count, _, breaks = await chain(db.url)
    assert (count, breaks) == (80, [])


class Heard:
    """A connection that keeps what it was asked."""

    def __init__(self, con: Any) -> None:
        self.con, self.asked = con, []

    async def execute(self, statement: str, *given: Any) -> Any:
        self.asked.append(statement)
        return await self.con.execute(statement, *given)

    async def fetchval(self, statement: str) -> Any:
        self.asked.append(statement)
        return await self.con.fetchval(statement)


async def test_a_batch_of_any_size_is_chained_by_one_statement(db: Database) -> None:
    many = [Audit(NOW, "ada", "toy.acted", f"b{n}", "", None) for n in range(3000)]
    async with db.acquire() as con, con.transaction():
        heard: Any = Heard(con)
        await audits.write(heard, many)
        await audits.write(heard, [])
    assert [each.split()[0] for each in heard.asked] == ["SELECT", "SELECT", "INSERT"]
    assert (await chain(db.url))[0::2] == (3000, [])


_ALL = "at, by, act, about, why, trace, hash"
_BETWEEN = f"""
WITH gone AS (DELETE FROM audit WHERE id = 2 RETURNING *)
INSERT INTO audit (id, {_ALL}) OVERRIDING SYSTEM VALUE
SELECT id, at, by, act, 'other', why, trace, hash FROM gone
"""
TAMPERED: dict[str, tuple[str, int]] = {
    "a word changed": ("UPDATE audit SET why = 'nothing' WHERE id = 3", 3),
    "who it was": ("UPDATE audit SET by = 'operator' WHERE id = 1", 1),
    "when it was": ("UPDATE audit SET at = at - interval '1 microsecond' WHERE id = 2", 2),
    "one removed": ("DELETE FROM audit WHERE id = 2", 3),
    "the first removed": ("DELETE FROM audit WHERE id = 1", 2),
    "two that changed places": (
        f"UPDATE audit SET ({_ALL}) = (SELECT {_ALL} FROM audit o WHERE o.id = 6 - audit.id)",
        1,
    ),
    "one put in between": (_BETWEEN, 2),
    "one added at the end": (
        f"INSERT INTO audit ({_ALL}) SELECT {_ALL} FROM audit WHERE id = 5",
        6,
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_what_is_done_to_a_row_is_found_where_it_was_done(db: Database, what: str) -> None:
    await put(db, *(Ask(act, n) for n in range(1, 6)))
    assert (await chain(db.url))[2] == []
    statement, place = TAMPERED[what]
    async with db.acquire() as con:
        await con.execute(statement)
    assert (await chain(db.url))[2][0].id == place


async def test_a_chain_made_anew_or_cut_off_is_not_the_one_that_was_noted(db: Database) -> None:
    await put(db, *(Ask(act, n) for n in range(1, 6)))
    _, noted, _ = await chain(db.url)
    await put(db, Ask(act, 6))
    assert (await chain(db.url, noted))[2] == [], "it has only grown"

    async with db.acquire() as con:  # whoever knows how makes all digests anew
        await con.execute("UPDATE audit SET why = 'nothing' WHERE id = 2")
        before = ""
        for row in await con.fetch(ROWS):
            before = link(before, row)
            await con.execute("UPDATE audit SET hash = $1 WHERE id = $2", before, row["id"])
    assert (await chain(db.url))[2] == [], "by itself it looks whole"
    assert [b.id for b in (await chain(db.url, noted))[2]] == [5]

    async with db.acquire() as con:
        await con.execute("DELETE FROM audit WHERE id > 3")
    assert (await chain(db.url))[2] == []
    assert [b.id for b in (await chain(db.url, noted))[2]] == [5]


def test_what_was_there_before_is_chained_when_a_service_is_migrated(database: Databases) -> None:
    url = database("partners")
    command.downgrade(migrate.config("partners", url), "0002")

    async def before() -> None:
        con = await asyncpg.connect(url)
        try:
            for n in range(3):
                await con.execute(
                    "INSERT INTO audit (at, by, act, about, why) VALUES ($1, 'a', 'x', $2, '')",
                    NOW,
                    str(n),
                )
        finally:
            await con.close()

    run(before())
    assert migrate.main(["upgrade", "partners", url]) == 0
    count, head, breaks = run(chain(url))
    assert (count, breaks) == (3, [])
    assert len(head.hash) == 64

    async def change() -> None:
        con = await asyncpg.connect(url)
        try:
            await con.execute("UPDATE audit SET why = 'y'")
        finally:
            await con.close()

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        run(change())
