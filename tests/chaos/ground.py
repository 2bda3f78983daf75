"""The stack under chaos: a home and ports of its own, three proxies, a supervisor that may die."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from stack import ports
from stack.profile import ROOT, Ports
from tests.chaos import processes
from tests.runtime.proxy import Proxy

READY_SECONDS = 240.0
NOT_RUNNING = 3  # what the command line ends with where something does not answer
CANNOT_WRITE = b"452 4.3.1 "  # what the mailbox answers where it cannot keep a mail
_FOREIGN = ("HOLDFAST_URL", "HOLDFAST_OPERATOR_KEY", "PUBLIC_URL", "SANDBOX_CLOCK_URL")


class NotLedError(Exception):
    """The supervisor is gone by itself: what a run would say after that is nothing."""


@dataclass
class Ground:
    """One stack. `kafka`, `postgres` and `mail` are the ways of all services to these."""

    home: Path
    env: dict[str, str]
    ports: Ports
    kafka: Proxy
    postgres: Proxy
    mail: Proxy
    say: Callable[[str], None] = print
    led_by: str = "tests.chaos.supervised"
    boss: subprocess.Popen[bytes] | None = None
    segments: set[Path] = field(default_factory=set)  # of shared memory, that Postgres has made
    seen: dict[int, float] = field(default_factory=dict)  # every pid that was ever of this stack

    @property
    def secrets(self) -> dict[str, str]:
        whole: dict[str, str] = json.loads((self.home / "data" / "secrets.json").read_text())
        return whole

    @property
    def door(self) -> str:
        return f"http://127.0.0.1:{self.ports.of('front door')}"

    @property
    def bootstrap(self) -> str:
        """Kafka, past the proxy."""
        elsewhere = self.env.get("KAFKA_BOOTSTRAP_SERVERS")
        return elsewhere or f"127.0.0.1:{self.ports.of('kafka')}"

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports.of(name)}"

    def database(self, name: str) -> str:
        """The administrator's address of a database, past the proxy."""
        password, port = self.secrets["POSTGRES_PASSWORD"], self.ports.of("postgres")
        return f"postgresql://postgres:{password}@127.0.0.1:{port}/{name}"

    def watched(self) -> dict[str, str]:
        """Process → address, of all that tell how they are: services, and workers more."""
        listed = processes.known(self.home)["processes"].values()
        return {one["name"]: one["url"] for one in listed if one["role"]}

    def remember(self) -> None:
        """Take down the pids of now, so that the end of the run can tell what is left."""
        with suppress(psutil.Error):
            for one in processes.running(self.home).values():
                self.segments |= processes.segments(one) if one.name == "postgres" else set()
                self.seen[one.pid] = psutil.Process(one.pid).create_time()
                for child in psutil.Process(one.pid).children(recursive=True):
                    self.seen[child.pid] = child.create_time()

    def supervise(self) -> None:
        """Start a supervisor; one that is gone leaves its processes, which the next one ends."""
        with (self.home / "supervisor.log").open("ab") as out:
            self.boss = subprocess.Popen(
                [sys.executable, "-m", self.led_by],
                env=self.env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.seen[self.boss.pid] = psutil.Process(self.boss.pid).create_time()

    async def ready(self) -> None:
        """Until the supervisor and each of its services say so."""
        until = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            while True:
                assert self.boss is not None
                if self.is_led():
                    answers = [await answer(client, f"{one}/health/ready")
                               for one in self.watched().values()]  # fmt: skip
                    wanted = 7 + len([n for n in self.env["CHAOS_WORKERS"].split(",") if n])
                    if len(answers) == wanted and all(answers):
                        self.remember()
                        return
                if self.boss.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"the stack is not ready: {self.log()}")
                await asyncio.sleep(0.2)

    def is_led(self) -> bool:
        """Whether its supervisor has brought everything up, and is there."""
        told = processes.known(self.home)
        mine = self.boss is not None and (told["supervisor"] or {}).get("pid") == self.boss.pid
        return mine and told["phase"] == "ready"

    async def led(self) -> None:
        """Until it is. Raises `NotLedError` where its supervisor has ended, or stays at its
        start."""
        until = time.monotonic() + READY_SECONDS
        while not self.is_led():
            if self.boss is None or self.boss.poll() is not None or time.monotonic() > until:
                raise NotLedError(f"nobody leads the stack any more: {self.log()}")
            await asyncio.sleep(0.2)

    def log(self) -> str:
        return (self.home / "supervisor.log").read_text(errors="replace")[-2000:]

    async def holdfast(self, *words: str, seconds: float = 900) -> tuple[int, str]:
        """What the command line says: its exit code, and its output."""
        process = await asyncio.create_subprocess_exec(
            str(ROOT / "bin" / "holdfast"),
            *words,
            env=self.env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            out, _ = await asyncio.wait_for(process.communicate(), seconds)
        except TimeoutError:
            process.kill()
            return 124, f"no answer in {seconds:.0f} seconds"
        return process.returncode or 0, out.decode()

    async def invariants(self) -> tuple[int, str]:
        """What `holdfast invariants` ends with and says. Asked again where somebody took too long
        to answer: that says nothing of what holds."""
        for _ in range(5):
            code, told = await self.holdfast("invariants")
            if code not in (NOT_RUNNING, 124):
                break
            await asyncio.sleep(10)
        return code, told

    async def down(self) -> list[str]:
        """Stop it in order; then whatever is left, which is named."""
        self.remember()
        await self.holdfast("down", seconds=180)
        if self.boss is not None:
            with suppress(subprocess.TimeoutExpired):
                self.boss.wait(30)
        left = processes.kill_all(self.seen)
        for segment in self.segments:  # one that finds its disk full cannot take its own away
            segment.unlink(missing_ok=True)
        return left


async def answer(client: httpx.AsyncClient, url: str) -> dict[str, Any] | None:
    """The JSON of a good answer; None where there is none."""
    try:
        got = await client.get(url)
        return dict(got.json()) if got.is_success else None
    except (httpx.HTTPError, ValueError):
        return None


def free_offset(chance: random.Random) -> int:
    """An offset at which no port of a stack is taken."""
    while True:
        offset = chance.randrange(4_000, 20_000, 50)
        if not any(ports.taken(port) for port in Ports(offset).all().values()):
            return offset


@asynccontextmanager
async def ground(
    home: Path,
    say: Callable[[str], None],
    workers: Sequence[str] = (),
    previous: str = "",
    more: Mapping[str, str] | None = None,
    led_by: str = Ground.led_by,
) -> AsyncIterator[Ground]:
    """A stack that is ready, with `more` in its environment; what it left is gone when the block
    ends. Raises `SystemExit` where something had to be killed at the end."""
    own = Ports(free_offset(random.Random(os.getpid())))
    cache = ROOT / ".holdfast" / "cache"
    cache.resolve().mkdir(parents=True, exist_ok=True)
    (home / "cache").symlink_to(cache.resolve())
    async with AsyncExitStack() as opened:
        kafka, postgres, mail = [
            await opened.enter_async_context(Proxy("127.0.0.1", own.of(name)))
            for name in ("kafka", "postgres", "smtp")
        ]
        mail.words[CANNOT_WRITE] = 0
        env = {k: v for k, v in os.environ.items() if not k.startswith(("TEST_", "KAFKA_"))} | {
            "HOLDFAST_HOME": str(home),
            "HOLDFAST_PORT_OFFSET": str(own.offset),
            "CHAOS_KAFKA_PORT": str(kafka.port),
            "CHAOS_POSTGRES_PORT": str(postgres.port),
            "CHAOS_SMTP_PORT": str(mail.port),
            "CHAOS_WORKERS": ",".join(workers),
            "CHAOS_PREVIOUS": previous,
            "PYTHONPATH": str(ROOT),
            "NO_COLOR": "1",
            **(more or {}),
        }
        for name in _FOREIGN:
            env.pop(name, None)
        made = Ground(home, env, own, kafka, postgres, mail, say, led_by)
        try:
            made.supervise()
            await made.ready()
            yield made
        finally:
            for proxy in (kafka, postgres, mail):
                proxy.heal()
            left = await made.down()
        if left:
            raise SystemExit(f"left behind, and killed: {', '.join(left)}")
