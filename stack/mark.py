"""The mark of a database: which clock its data is made with, so that the two never mix.

A comment on Alembic's own table, written before the first migration: whoever may migrate may write
it, a dump takes it along, and no schema changes for it. A database without one lives on the wall
clock.
"""

import asyncpg

from shared.runtime.database import plain_url
from shared.runtime.migrate import TAKE_TURN, turn
from stack.trouble import REFUSED, Trouble

_SANDBOX, _WALL = "made on a sandbox clock", "made on the wall clock"
# As Alembic makes it, which takes one that is there.
_TABLE = """
create table if not exists alembic_version (
  version_num varchar(32) not null constraint alembic_version_pkc primary key
)
"""
_KNOWN = "select obj_description('alembic_version'::regclass, 'pg_class')"


async def mark(service: str, url: str, sandbox: bool) -> None:
    """Mark a fresh database. Raises `Trouble` where it bears the mark of the other clock."""
    wanted = _SANDBOX if sandbox else _WALL
    con = await asyncpg.connect(plain_url(url))
    try:
        # A migration that runs at this moment is waited for.
        await turn(lambda: con.fetchval(TAKE_TURN))
        async with con.transaction():
            await con.execute(_TABLE)
            known = await con.fetchval(_KNOWN)
            if known is None and await con.fetchval("select exists(select from alembic_version)"):
                known = _WALL
            if known is None:
                await con.execute(f"comment on table alembic_version is '{wanted}'")
            elif known != wanted:
                raise Trouble(
                    f"The database of {service} was {known}, and this stack lives on "
                    f"{'a sandbox' if sandbox else 'the wall'} clock.",
                    f"Start it {'without' if sandbox else 'with'} --sandbox (SANDBOX=1 in "
                    f"Compose), or name another database: {service.upper()}_DATABASE_URL",
                    REFUSED,
                )
    finally:
        await con.close()
