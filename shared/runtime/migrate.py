"""Migrations: one Alembic tree and one head a service, run as a step of its own.

python -m shared.runtime.migrate upgrade billing [URL]      (or `all`)
python -m shared.runtime.migrate revision billing "what changes"
python -m shared.runtime.migrate check billing
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.runtime.database import plain_url

ROOT = Path(__file__).resolve().parents[2]
TAKE_TURN = "SELECT pg_try_advisory_lock(252706820)"
SERVICES = sorted(p.parent.name for p in (ROOT / "services").glob("*/migrations") if p.is_dir())


def config(service: str, url: str | None = None) -> Config:
    """Alembic's configuration of a service; the URL from `<SERVICE>_DATABASE_URL` by default."""
    made = Config()
    made.set_main_option("script_location", str(ROOT / "services" / service / "migrations"))
    given = plain_url(url or os.environ.get(f"{service.upper()}_DATABASE_URL", ""))
    if not given:
        raise SystemExit(f"{service.upper()}_DATABASE_URL is not set")
    made.set_main_option("sqlalchemy.url", given.replace("%", "%%"))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return made


def upgrade(service: str, url: str | None = None) -> None:
    """Bring a service's database to its head."""
    command.upgrade(config(service, url), "head")


def run_env(context: Any, metadata: MetaData) -> None:
    """What every `migrations/env.py` does: run on asyncpg, alone, with a bounded wait for locks.

    Each migration commits by itself: what is built beside the running services (`index_beside`)
    is built outside any transaction.
    """

    def migrate(con: Connection) -> None:
        con.exec_driver_sql("SET lock_timeout = '10s'")
        con.commit()
        context.configure(
            connection=con,
            target_metadata=metadata,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()

    async def connect() -> None:
        # The driver reads the URL as it does everywhere else: SQLAlchemy knows no sslmode.
        url = context.config.get_main_option("sqlalchemy.url")
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: asyncpg.connect(url),
            poolclass=pool.NullPool,
        )
        async with engine.connect() as con:

            async def free() -> bool:
                got = await con.scalar(text(TAKE_TURN))
                await con.rollback()
                return bool(got)

            # Two that migrate at once: the second waits, and finds nothing left to do.
            await turn(free)
            await con.run_sync(migrate)
            await con.commit()
        await engine.dispose()

    asyncio.run(connect())


async def turn(free: Callable[[], Awaitable[bool]]) -> None:
    """Wait until nobody else migrates this database; it is ours until the connection ends.

    By asking again and again: whoever waited within a statement would hold up an index that the
    other builds beside the running services, which waits for all statements, and so for ever.
    """
    while not await free():  # noqa: ASYNC110 (what is waited for is in another process)
        await asyncio.sleep(0.2)


def metadata_of(service: str) -> MetaData:
    """The tables of a service, its copy of the runtime's included."""
    models = importlib.import_module(f"services.{service}.models")
    return models.Base.metadata  # type: ignore[no-any-return]


def main(arguments: list[str]) -> int:
    """The command line."""
    if len(arguments) < 2 or arguments[0] not in ("upgrade", "revision", "check"):
        sys.stderr.write(__doc__ or "")
        return 2
    verb, named, *rest = arguments
    try:
        for service in SERVICES if named == "all" else [named]:
            if verb == "upgrade":
                upgrade(service, rest[0] if rest else None)
            elif verb == "check":
                command.check(config(service, rest[0] if rest else None))
            else:
                made = config(service)
                numbers = [p.name[:4] for p in _versions(service) if p.name[:4].isdigit()]
                number = f"{max((int(n) for n in numbers), default=0) + 1:04d}"
                command.revision(made, rest[0], autogenerate=True, rev_id=number)
    except CommandError as why:
        sys.stderr.write(f"{why}\n")
        return 1
    return 0


def _versions(service: str) -> list[Path]:
    folder = ROOT / "services" / service / "migrations" / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    return list(folder.glob("*.py"))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
