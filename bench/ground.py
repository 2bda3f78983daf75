"""What a benchmark stands on: servers that run, or embedded ones; a fresh, migrated database."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from stack import ports
from stack.kafka import Kafka
from stack.postgres import Postgres
from stack.server_user import identity

ROOT = Path(__file__).parent.parent
pids: dict[str, int] = {}  # of the embedded servers, by the name of their program


def servers(stack: ExitStack, directory: Path) -> tuple[str, str]:
    """An administrator's URL of a Postgres, and the address of a Kafka."""
    given = os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS")
    return postgres(stack, directory), given or kafka(stack, directory)


def postgres(stack: ExitStack, directory: Path) -> str:
    """An administrator's URL of a Postgres."""
    return os.environ.get("TEST_POSTGRES_URL") or _postgres(stack, directory)


@asynccontextmanager
async def database(admin: str, service: str) -> AsyncIterator[str]:
    """The URL of a database of a service, migrated, dropped afterwards."""
    name = f"bench_{service}_{uuid.uuid4().hex[:12]}"
    url = urlunsplit(urlsplit(admin)._replace(path=f"/{name}"))
    await _execute(admin, f"create database {name}")
    try:
        migrated = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shared.runtime.migrate", "upgrade", service, url), cwd=ROOT
        )
        if await migrated.wait():
            raise SystemExit(f"the migrations of {service} failed")
        yield url
    finally:
        await _execute(admin, f"drop database if exists {name} with (force)")


@asynccontextmanager
async def databases(admin: str, services: Iterable[str]) -> AsyncIterator[dict[str, str]]:
    """Service → the URL of such a database."""
    async with AsyncExitStack() as open_:
        yield {name: await open_.enter_async_context(database(admin, name)) for name in services}


async def _execute(url: str, statement: str) -> None:
    con = await asyncpg.connect(url)
    try:
        await con.execute(statement)
    finally:
        await con.close()


def _postgres(stack: ExitStack, directory: Path) -> str:
    (directory / "postgres").mkdir()
    directory.chmod(0o755)  # the server runs as a user of its own
    server = Postgres(directory / "postgres" / "data", ports.free_port(), "bench")
    server.prepare()
    process = _start(
        stack, server.command(), directory, cwd=server.data, env=server.environment(), **identity()
    )
    if not server.wait_ready(60, lambda: process.poll() is None):
        raise SystemExit((directory / "log").read_text())
    return server.url


def kafka(stack: ExitStack, directory: Path) -> str:
    """The address of a Kafka of its own."""
    cache = ROOT / ".holdfast" / "cache"
    server = Kafka(directory / "kafka", ports.free_port(), ports.free_port(), cache)
    server.prepare()
    process = _start(stack, server.command(), directory, env=server.environment())
    if not server.wait_ready(90, lambda: process.poll() is None):
        raise SystemExit((directory / "log").read_text())
    return server.bootstrap


def _start(
    stack: ExitStack, command: list[str], directory: Path, **options: object
) -> subprocess.Popen[bytes]:
    out = stack.enter_context((directory / "log").open("ab"))
    process: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]
        command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, **options
    )

    def end() -> None:
        process.terminate()
        process.wait(30)

    stack.callback(end)
    pids[Path(command[0]).name] = process.pid
    return process
