"""Migrations come to what the models say, in every service, and can be taken back."""

from typing import Any

import asyncpg
import pytest
from alembic import command
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.runtime import migrate
from tests.conftest import Database, run

_DIALECT = postgresql.dialect()
_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
  pg_get_expr(d.adbin, d.adrelid)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND a.attnum > 0
  AND NOT a.attisdropped AND c.relname <> 'alembic_version' ORDER BY 1, 2
"""
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = $1::regnamespace AND contype IN ('p', 'u', 'c', 'f')
  AND conname NOT LIKE 'alembic%' ORDER BY 2
"""
_INDEXES = """
SELECT indexname, replace(indexdef, $1 || '.', '') FROM pg_indexes
WHERE schemaname = $1 AND indexname NOT LIKE 'alembic%' ORDER BY 1
"""
_LEFT = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
  AND relname NOT LIKE 'alembic%'
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


async def described(con: asyncpg.Connection, schema: str) -> list[Any]:
    """Columns, constraints and indexes of a schema, without its name."""
    await con.execute(f"SET search_path = {schema}")
    found = [await con.fetch(asked, schema) for asked in (_COLUMNS, _CONSTRAINTS, _INDEXES)]
    return [[tuple(row) for row in rows] for rows in found]


async def modelled(con: asyncpg.Connection, service: str) -> None:
    """The tables as the models have them, in a schema of their own."""
    await con.execute("CREATE SCHEMA modelled")
    await con.execute("SET search_path = modelled")
    for made in migrate.metadata_of(service).sorted_tables:
        await con.execute(str(CreateTable(made).compile(dialect=_DIALECT)))
        for index in made.indexes:
            await con.execute(str(CreateIndex(index).compile(dialect=_DIALECT)))


@pytest.mark.parametrize("service", migrate.SERVICES)
async def test_what_is_migrated_is_what_the_models_say(database: Database, service: str) -> None:
    """More than Alembic's own check looks at: CHECKs and defaults too."""
    con = await asyncpg.connect(database(service))
    try:
        await modelled(con, service)
        migrated, models = await described(con, "public"), await described(con, "modelled")
    finally:
        await con.close()
    assert migrated == models
    assert len(migrated[0]) > 50, "the runtime's tables alone have more columns"


@pytest.mark.parametrize("service", migrate.SERVICES)
def test_migrations_can_be_taken_back_and_run_again(database: Database, service: str) -> None:
    url = database(service)
    command.downgrade(migrate.config(service, url), "base")

    async def left() -> list[Any]:
        con = await asyncpg.connect(url)
        try:
            return [row[0] for row in await con.fetch(_LEFT)]
        finally:
            await con.close()

    assert run(left()) == []
    assert migrate.main(["upgrade", service, url]) == 0
    assert migrate.main(["check", service, url]) == 0
