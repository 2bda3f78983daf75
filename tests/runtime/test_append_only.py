"""What is only ever added to: read without a lock, changed by nobody, forbidden by the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from shared.runtime import migrate
from shared.runtime.database import Database
from shared.runtime.gathered import AppendOnlyError
from shared.runtime.plans import needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work
from tests.conftest import Database as Databases
from tests.conftest import _name
from tests.runtime.test_batch import Ask, put
from tests.runtime.toy import Bank, Entry

_PROTECTED = """
SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'stays'::regproc ORDER BY 1
"""
_ROLE = """
SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication,
  (SELECT datdba = r.oid FROM pg_database WHERE datname = current_database()) AS owner
FROM pg_roles r WHERE rolname = current_user
"""
_INSERTS = {
    "audit": "INSERT INTO audit (at, by, act, about, why, hash) VALUES (now(), 'a', 'x', 'y', '', '')",
    "history": "INSERT INTO history VALUES ('r', 1, now(), 'ada', 'x', NULL, 'x', '', '{}')",
    "course_versions": "INSERT INTO course_versions VALUES ('c', 1, '{}', now(), 'ada')",
    "ledger_transactions": (
        "INSERT INTO ledger_transactions VALUES ('t', 'r', 'x', 'y', now(), now(), NULL)"
    ),
    "ledger_entries": "INSERT INTO ledger_entries VALUES ('t', 1, 'r', 'fees', 0, 'USD')",
    "invoices": "INSERT INTO invoices VALUES ('i', 'n', 'USD', 'card', now(), NULL)",
    "invoice_lines": ("INSERT INTO invoice_lines VALUES ('i', 'r', 1, 'course', '', 100, now())"),
    "credit_entries": (
        "INSERT INTO credit_entries VALUES ('e', 'c', 'r', 'issued', 1, 'USD', now(), NULL)"
    ),
    "closed_months": "INSERT INTO closed_months VALUES ('2020-10', 'UTC', now(), now(), 'ada', 'x')",
    "month_closings": (
        "INSERT INTO month_closings VALUES ('2020-10', 'USD', 'fees', '', 'opening', 0)"
    ),
    "credit_notes": (
        "INSERT INTO credit_notes VALUES ('n', 'i', 'r', 'x', 'USD', 1, 0, '{}', now())"
    ),
    "document_files": "INSERT INTO document_files VALUES ('note/n', 'x', 'pdf', 'x', now())",
    "sellers": "INSERT INTO sellers VALUES ('c', 1, '{}')",
    "gateway_movements": (
        "INSERT INTO gateway_movements"
        " VALUES ('sim', 'm', 'payment', 'o', 'p', 1, 'USD', now(), now())"
    ),
    "override_versions": (
        "INSERT INTO override_versions VALUES ('offer', '', 1, 'x', 'x', 'ada', 'y', now())"
    ),
    "observations": (
        "INSERT INTO observations"
        " (source, observation_id, course_id, session_id, kind, at, body, sha256, received_at)"
        " VALUES ('sim', '1', 'c', 's', 'joined', now(), '{}', 'x', now())"
    ),
    "report_lines": (
        "INSERT INTO report_lines (course_id, session_id, sha256, upload, origin, participant_id,"
        " joined_at, waiting, body, received_at)"
        " VALUES ('c', 's', 'x', 1, 'report', 'p', now(), false, '{}', now())"
    ),
    "uploads": (
        "INSERT INTO uploads (course_id, session_id, number, origin, fingerprint, by, received_at)"
        " VALUES ('c', 's', 1, 'report', 'x', 'ada', now())"
    ),
    "withdrawals": (
        "INSERT INTO withdrawals (course_id, session_id, number, reason, by, at)"
        " VALUES ('c', 's', 1, 'the wrong file', 'ada', now())"
    ),
    "corrections": (
        "INSERT INTO corrections VALUES ('c', 's', 'r', 1, 'ruling', 60, '[]', 'ada', now())"
    ),
    "matches": "INSERT INTO matches VALUES ('c', 's', 'u', 1, 'p', 'r', NULL, 'ada', now())",
    "settlements": (
        "INSERT INTO settlements VALUES ('c', 's', 'r', 1, 'p', 60, false, 7200, false, 1, 900,"
        " 'evidence', '[]', '[]', '[]', 'x', NULL, now())"
    ),
    "attempts": (
        "INSERT INTO attempts VALUES ('a', 'r', 'c', 'p', 1, 8, 10, 80, '[\"NBCC\"]', now())"
    ),
    "reports": (
        "INSERT INTO reports VALUES ('c', 1, 'NBCC', 'csv', 'new', now(), 'ada', 1, 0, 'x', 9,"
        " '{}')"
    ),
    "report_files": "INSERT INTO report_files VALUES ('c', 1, 'x')",
    "report_outcomes": (
        "INSERT INTO report_outcomes VALUES ('c', 1, 1, 'accepted', '[]', now(), 'ada')"
    ),
}
TABLES = [
    *[(service, "audit") for service in migrate.SERVICES],
    ("registration", "history"),
    ("registration", "course_versions"),
    ("notifications", "override_versions"),
    ("billing", "invoices"),
    ("billing", "invoice_lines"),
    ("billing", "ledger_transactions"),
    ("billing", "ledger_entries"),
    ("billing", "credit_entries"),
    ("billing", "credit_notes"),
    ("billing", "document_files"),
    ("billing", "sellers"),
    ("billing", "closed_months"),
    ("billing", "month_closings"),
    ("billing", "gateway_movements"),
    ("attendance", "observations"),
    ("attendance", "report_lines"),
    ("attendance", "uploads"),
    ("attendance", "withdrawals"),
    ("attendance", "corrections"),
    ("attendance", "matches"),
    ("attendance", "settlements"),
    ("certificates", "attempts"),
    ("certificates", "reports"),
    ("certificates", "report_files"),
    ("certificates", "report_outcomes"),
]


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    con = await asyncpg.connect(url)
    try:
        yield con
    finally:
        await con.close()


@pytest.mark.parametrize(("service", "name"), TABLES)
async def test_the_database_refuses_its_own_service_to_change_what_it_has_added(
    database: Databases, service: str, name: str
) -> None:
    async with connected(database(service)) as con:
        assert dict(await con.fetchrow(_ROLE)) == {
            "rolsuper": False,
            "rolcreaterole": False,
            "rolcreatedb": False,
            "rolbypassrls": False,
            "rolreplication": False,
            "owner": True,
        }, "an ordinary role that owns its database, as in production"
        await con.execute(_INSERTS[name])
        before = await con.fetch(f"SELECT * FROM {name}")
        column = list(before[0].keys())[1]
        changes = (
            f"UPDATE {name} SET {column} = {column}",
            f"DELETE FROM {name}",
            f"TRUNCATE {name}",
        )
        for statement in (*changes, f"SELECT 1 FROM {name} FOR NO KEY UPDATE"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await con.execute(statement)
        # Whoever gives himself the permission is refused all the same.
        await con.execute(f"GRANT ALL ON {name} TO CURRENT_USER")
        for statement in changes:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match=f"{name} is append-only"):
                await con.execute(statement)
        assert await con.fetch(f"SELECT * FROM {name}") == before


@pytest.mark.parametrize("service", migrate.SERVICES)
async def test_the_tables_that_are_declared_append_only_are_those_that_are_protected(
    database: Databases, service: str
) -> None:
    declared = [
        name
        for name, made in migrate.metadata_of(service).tables.items()
        if made.info.get("append_only")
    ]
    async with connected(database(service)) as con:
        protected = [row[0] for row in await con.fetch(_PROTECTED)]
    assert protected == sorted(declared)
    assert {(service, name) for name in protected} <= set(TABLES)


async def test_evidence_ends_with_its_retention_and_only_where_that_is_said(
    database: Databases,
) -> None:
    ended = "SET LOCAL holdfast.retention = 'on'"
    async with connected(database("attendance")) as con:
        kept = ("observations", "report_lines", "corrections", "matches", "settlements")
        for name in (*kept, "audit"):
            await con.execute(_INSERTS[name])
        for name in kept:
            async with con.transaction():
                await con.execute(ended)
                assert await con.execute(f"DELETE FROM {name}") == "DELETE 1"
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await con.execute(f"DELETE FROM {name}")
        # It is an exit for deleting evidence, not for changing it, and not for anything else.
        await con.execute("GRANT ALL ON observations, audit TO CURRENT_USER")
        for statement in ("UPDATE observations SET kind = ''", "DELETE FROM audit"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await con.execute(f"BEGIN; {ended}; {statement}; COMMIT")
            await con.execute("ROLLBACK")


# --- the runtime ------------------------------------------------------------------------------


@pytest.fixture
async def entries(db: Database) -> AsyncIterator[Database]:
    """The toy's database, as a role that may not lock its entries."""
    role = _name("adder")
    async with db.acquire() as con:
        await con.execute(f"CREATE ROLE {role}")
        await con.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
        await con.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON entries FROM {role}")
    adder = Database("toy", db.url, size=3, settings={"role": role})
    yield adder
    await adder.close()
    async with db.acquire() as con:
        await con.execute(f"DROP OWNED BY {role}")
        await con.execute(f"DROP ROLE {role}")


@needs(lambda e: [(Bank, e.bank_id), where(Entry, bank_id=e.bank_id), (Entry, e.id)])
async def pay_in(work: Work, e: Entry) -> int:
    """The sum of the entries, this one included; the bank is the guard."""
    work.put(replace(work.get(Bank, e.bank_id) or Bank(id=e.bank_id)))
    if work.get(Entry, e.id) is None:
        work.put(e)
    return sum(each.amount for each in work.find(where(Entry, bank_id=e.bank_id)))


async def test_rows_that_cannot_change_are_read_without_a_lock(entries: Database) -> None:
    """A role without UPDATE may not even lock them: what a plan returns of them is only read."""
    assert await put(entries, Ask(pay_in, Entry(id="1", bank_id="b", amount=3))) == [3]
    again = [Ask(pay_in, Entry(id=n, bank_id="b", amount=4)) for n in ("1", "2", "3")]
    assert await put(entries, *again) == [3, 7, 11]


async def test_what_others_add_under_the_guard_is_seen(entries: Database) -> None:
    await put(entries, Ask(pay_in, Entry(id="0", bank_id="b", amount=1)))
    adding = [Ask(pay_in, Entry(id=f"{n}", bank_id="b", amount=1)) for n in range(1, 9)]
    sums = await asyncio.gather(*(put(entries, each) for each in adding))
    assert sorted(sums) == [[2], [3], [4], [5], [6], [7], [8], [9]], "each saw all before it"


async def _change(work: Work, e: Entry) -> None:
    work.put(replace(e, amount=0))


async def _remove(work: Work, e: Entry) -> None:
    work.delete(e)


async def _twice(work: Work, e: Entry) -> None:
    work.put(replace(e, id="new"))
    work.put(replace(e, id="new", amount=2))


@pytest.mark.parametrize("bug", [_change, _remove, _twice])
async def test_to_change_or_delete_what_was_added_is_a_bug(entries: Database, bug: Any) -> None:
    entry = Entry(id="1", bank_id="b", amount=3)
    await put(entries, Ask(pay_in, entry))
    seen: list[Exception] = []

    @needs(lambda e: [(Bank, e.bank_id), (Entry, e.id), (Entry, "new")])
    async def command(work: Work, e: Entry) -> None:
        try:
            await bug(work, e)
        except AppendOnlyError as why:
            seen.append(why)
            raise

    assert await put(entries, Ask(command, entry)) == ["failed AppendOnlyError"]
    assert "append-only" in str(seen[0])
    async with entries.acquire() as con:
        assert [tuple(row) for row in await con.fetch("SELECT * FROM entries")] == [("1", "b", 3)]
