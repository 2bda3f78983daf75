"""The whole stack as its operators run it, on the sandbox's clock: a supervisor, seven services,
the front door, Postgres, Kafka and the simulator; mail goes to a server that takes everything.

Its directory, ports and secrets are its own; all of it ends with the block.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import asyncpg

from bench.catching import sink
from bench.ground import ROOT
from cli.jump import Addresses
from shared.contracts.services import SERVICES
from stack import ports
from stack.profile import Ports

READY = 240.0  # seconds
ENDING = 120.0
# What this shell may be set up for: no setting of it is any of a benchmark's.
_OTHERS = (
    *("TEST_", "KAFKA_", "HOLDFAST_", "PAYSIM_", "MAILBOX_", "SANDBOX", "PUBLIC_URL"),
    *(f"{name.upper()}_" for name in SERVICES),
)


@dataclass(frozen=True)
class Town:
    """One stack. `mail` is the port of the mail server."""

    home: Path
    ports: Ports
    key: str
    mail: int
    pids: Mapping[str, int]  # of all processes, the supervisor among them; of Postgres the eldest

    @property
    def door(self) -> int:
        return self.ports.of("front door")

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.ports.of('kafka')}"

    @property
    def addresses(self) -> Addresses:
        """For whoever moves the clock."""
        at = {name: f"http://127.0.0.1:{self.ports.of(name)}" for name in ("clock", "paysim")}
        services = {name: f"http://127.0.0.1:{self.ports.of(name)}/{name}" for name in SERVICES}
        return Addresses(at["clock"], at["paysim"], services)

    async def look(self, service: str) -> asyncpg.Connection:
        """A connection of the administrator to the database of a service."""
        secrets = json.loads((self.home / "data" / "secrets.json").read_text())
        return await asyncpg.connect(
            host="127.0.0.1",
            port=self.ports.of("postgres"),
            user="postgres",
            password=secrets["POSTGRES_PASSWORD"],
            database=service,
        )

    async def bytes_on_disk(self) -> dict[str, int]:
        """Of the database of each service, and of Kafka's logs."""
        con = await self.look("postgres")
        try:
            rows = await con.fetch(
                "SELECT datname, pg_database_size(datname) AS size FROM pg_database"
                " WHERE datname = ANY($1)",
                list(SERVICES),
            )
        finally:
            await con.close()
        logs = await asyncio.to_thread(_bytes_of, self.home / "data" / "kafka")
        return {row["datname"]: row["size"] for row in rows} | {"kafka": logs}


@asynccontextmanager
async def town(settings: Mapping[str, str] | None = None) -> AsyncIterator[Town]:
    """A stack that is ready. `settings`: of its services, beside what a bare one has."""
    with TemporaryDirectory(prefix="holdfast-bench-", ignore_cleanup_errors=True) as directory:
        home, mine = _prepared(directory), Ports(_free())
        async with sink(0) as mail:
            env = {k: v for k, v in os.environ.items() if not k.startswith(_OTHERS)} | {
                "HOLDFAST_HOME": str(home),
                "HOLDFAST_PORT_OFFSET": str(mine.offset),
                "NOTIFICATIONS_SMTP_HOST": "127.0.0.1",
                "NOTIFICATIONS_SMTP_PORT": str(mail),
                "LOG_LEVEL": "WARNING",
                **(settings or {}),
            }
            boss = await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", 'exec "$0" -m stack.supervisor --sandbox >>"$1" 2>&1'),
                *(sys.executable, str(home / "supervisor.log")),
                cwd=ROOT,
                env=env,
                stdin=asyncio.subprocess.DEVNULL,
            )
            try:
                pids = await _ready(home, boss)
                secrets = json.loads((home / "data" / "secrets.json").read_text())
                yield Town(home, mine, secrets["OPERATOR_KEY"], mail, pids)
            finally:
                await _end(home, boss)


def again(made: Town) -> None:
    """Raises SystemExit where a process was started again: what was measured is of none."""
    state = _state(made.home)
    now = {name: one["pid"] for name, one in state["processes"].items()}
    changed = sorted(name for name in now if made.pids.get(name) != now[name])
    if changed:
        raise SystemExit(f"started again meanwhile: {', '.join(changed)}")


def _prepared(directory: str) -> Path:
    home, cache = Path(directory), (ROOT / ".holdfast" / "cache").resolve()
    home.chmod(0o711)  # Postgres has a user of its own
    cache.mkdir(parents=True, exist_ok=True)
    (home / "cache").symlink_to(cache)
    return home


async def _ready(home: Path, boss: asyncio.subprocess.Process) -> dict[str, int]:
    until = monotonic() + READY
    while monotonic() < until and boss.returncode is None:
        state = _state(home)
        if state.get("phase") == "ready":
            found = {name: one["pid"] for name, one in state["processes"].items()}
            return found | {"supervisor": boss.pid}
        await asyncio.sleep(0.2)
    log = await asyncio.to_thread((home / "supervisor.log").read_text)
    raise SystemExit(f"the stack is not ready: {log[-2000:]}")


def _state(home: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):  # not there yet
        return dict(json.loads((home / "data" / "state.json").read_text()))
    return {}


async def _end(home: Path, boss: asyncio.subprocess.Process) -> None:
    """In order; where the supervisor hangs, by force, and then what it leaves behind."""
    with suppress(ProcessLookupError):
        boss.terminate()
    try:
        async with asyncio.timeout(ENDING):
            await boss.wait()
    except TimeoutError:
        boss.kill()
        await boss.wait()
        for one in _state(home).get("processes", {}).values():
            with suppress(ProcessLookupError):
                os.kill(one["pid"], one["stop_signal"])


def _free() -> int:
    """An offset at which no port of a stack is taken."""
    chance = random.Random(os.getpid())
    while True:
        offset = chance.randrange(4_000, 20_000, 50)
        if not any(ports.taken(port) for port in Ports(offset).all().values()):
            return offset


def _bytes_of(directory: Path) -> int:
    """As much as its files take up: Kafka's indexes are larger than that by their names."""
    taken = 0
    for one in directory.rglob("*"):
        with suppress(OSError):
            found = one.stat()
            taken += found.st_blocks * 512 if one.is_file() else 0
    return taken
