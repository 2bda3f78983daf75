"""What was signed before keys were rotated goes on as it is, and the newest key goes on signing."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import asyncpg
from alembic import command

from shared.runtime import migrate
from tests.conftest import Database, run

_KEY = "INSERT INTO signing_keys (key_id, created_at, public, sealed) VALUES ($1, $2, '{}', '')"
_COLUMNS = """
SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = $1 AND is_nullable = 'NO'
"""
_EMPTY = {
    "text": "''",
    "jsonb": "'{}'",
    "boolean": "false",
    "bigint": "0",
    "timestamp with time zone": "now()",
}


async def _insert(con: asyncpg.Connection, table: str, **said: str) -> None:
    """A row of which only this matters; the other columns that may not be empty are nearly so."""
    columns = {row["column_name"]: row["data_type"] for row in await con.fetch(_COLUMNS, table)}
    values = {name: _EMPTY[kind] for name, kind in columns.items()} | said
    names, given = ", ".join(values), ", ".join(values.values())
    await con.execute(f"INSERT INTO {table} ({names}) VALUES ({given})")


def test_the_newest_key_stays_active_and_tokens_are_known_by_their_hash(database: Database) -> None:
    url = database("certificates")
    command.downgrade(migrate.config("certificates", url), "0004")

    async def before() -> None:
        con = await asyncpg.connect(url)
        try:
            for number, day in ((1, 9), (3, 11), (2, 10)):
                await con.execute(_KEY, f"did:web:x#{number}", datetime(2020, 11, day, tzinfo=UTC))
            await _insert(con, "certificates", certificate_id="'c1'", status="'valid'")
            await _insert(con, "documents", certificate_id="'c1'", jwt="'a.b.c'")
        finally:
            await con.close()

    async def after() -> tuple[list[tuple[str, str]], str]:
        con = await asyncpg.connect(url)
        try:
            keys = await con.fetch("SELECT key_id, state FROM signing_keys ORDER BY key_id")
            known = await con.fetchval("SELECT jwt_sha256 FROM certificates")
        finally:
            await con.close()
        return [(row["key_id"], row["state"]) for row in keys], known

    run(before())
    assert migrate.main(["upgrade", "certificates", url]) == 0
    assert run(after()) == (
        [("did:web:x#1", "retired"), ("did:web:x#2", "retired"), ("did:web:x#3", "active")],
        hashlib.sha256(b"a.b.c").hexdigest(),
    )


def test_files_that_were_made_stand_apart_and_their_certificates_have_one_draft(
    database: Database,
) -> None:
    url = database("certificates")
    command.downgrade(migrate.config("certificates", url), "0009")

    async def before() -> None:
        con = await asyncpg.connect(url)
        try:
            for name in ("out", "preparing", "erased"):
                place = {"number": f"'{name}'", "code": f"'{name}'", "registration_id": f"'{name}'"}
                status = "'preparing'" if name == "preparing" else "'valid'"
                index = str(len(name))
                place |= {"certificate_id": f"'{name}'", "status_index": index, "status": status}
                await _insert(con, "certificates", **place)
            await _insert(con, "documents", certificate_id="'out'", pdf="'%PDF'", jwt="'a.b.c'")
            await _insert(con, "documents", certificate_id="'preparing'")
        finally:
            await con.close()

    async def after() -> tuple[dict[str, int], list[tuple[str, bytes, str]]]:
        con = await asyncpg.connect(url)
        try:
            drafts = await con.fetch("SELECT certificate_id, draft FROM certificates")
            files = await con.fetch("SELECT certificate_id, pdf, jwt FROM document_files")
        finally:
            await con.close()
        return {row["certificate_id"]: row["draft"] for row in drafts}, [tuple(r) for r in files]

    run(before())
    assert migrate.main(["upgrade", "certificates", url]) == 0
    expected = {"out": 1, "preparing": 1, "erased": 0}, [("out", b"%PDF", "a.b.c")]
    assert run(after()) == expected
    command.downgrade(migrate.config("certificates", url), "0009")
    assert migrate.main(["upgrade", "certificates", url]) == 0
    assert run(after()) == expected
