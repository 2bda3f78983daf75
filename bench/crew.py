"""Processes of services on a benchmark's ground: started, waited for, ended with the block."""

from __future__ import annotations

import asyncio
import os
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bench import ground
from shared.runtime.tokens import digest_of
from stack import ports

KEY = "hf_live_operator-of-the-benchmark"
READY = 180.0  # seconds that a worker may take until it has its partitions


class Member:
    """A process, and where it listens."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, port: int) -> None:
        self.name = name
        self.process = process
        self.port = port

    @property
    def pid(self) -> int:
        return self.process.pid

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """(status, body) of a request; a POST where there is a body."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{self.name}/{path}",
            body,
            {"authorization": f"Bearer {KEY}", "content-type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as why:
            return why.code, why.read()

    async def ready(self, every: float = 0.2) -> None:
        """Until all of it is well; asks each so many seconds."""
        async with asyncio.timeout(READY):
            while True:
                if self.process.returncode is not None:
                    raise SystemExit(f"{self.name} ended: {self.process.returncode}")
                try:
                    status, _ = await asyncio.to_thread(self.ask, "health/ready")
                except OSError:
                    status = 0
                if status == 200:
                    return
                await asyncio.sleep(every)


@asynccontextmanager
async def member(
    name: str,
    role: str,
    url: str,
    bootstrap: str,
    more: Mapping[str, str] | None = None,
    *,
    every: float = 0.2,
    module: str = "services.{name}.app",
) -> AsyncIterator[Member]:
    """A process of a service, ready (asked each `every` seconds); it ends gracefully with the
    block. `module` runs in place of the service's own."""
    port = ports.free_port()
    told = {
        f"{name.upper()}_DATABASE_URL": url,
        f"{name.upper()}_PORT": str(port),
        "HOLDFAST_ROLE": role,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "PLATFORM_SECRET": "a secret of the benchmark",
        "OPERATOR_KEY_HASH": digest_of(KEY),
        "LOG_LEVEL": "WARNING",
        **(more or {}),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *module.format(name=name).split()),
        cwd=ground.ROOT,
        env=os.environ | told,
    )
    made = Member(name, process, port)
    try:
        await made.ready(every)
        yield made
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(60):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
