"""Three brokers for a test: which of them leads what, who is in sync; kill one, start it again."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from stack import ports
from stack.brokers import begin, bootstrap_of, brokers
from stack.kafka import Kafka
from stack.profile import ROOT

PATIENCE = 240.0  # seconds, on a machine that has much else to do


class Three:
    """A cluster, by node."""

    def __init__(self, directory: Path, **more: int) -> None:
        cache = ROOT / ".holdfast" / "cache"
        listen, control = ([ports.free_port() for _ in range(3)] for _ in range(2))
        made = brokers(directory, listen, control, cache, **more)
        self.by_node: dict[int, Kafka] = {one.node: one for one in made}
        self.bootstrap = bootstrap_of(made)
        self.directory = directory
        self.running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, node: int) -> None:
        """Begin a broker, in what it left."""
        self.running[node] = begin(self.by_node[node], self.directory / f"{node}.log")

    def kill(self, node: int) -> None:
        """As when a machine loses its power."""
        self.running[node].kill()
        self.running[node].wait()

    async def described(self, topics: list[str]) -> list[dict[str, Any]]:
        """Partitions of these topics, as a broker that is there says: leader, isr, replicas."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            await admin.start()
            told = await admin.describe_topics(topics)
        finally:
            await admin.close()
        return [{**part, "topic": one["topic"]} for one in told for part in one["partitions"]]

    async def in_sync(self, topics: list[str]) -> None:
        """Until each partition of them has all three."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    parts = await self.described(topics)
                except (KafkaError, OSError):
                    parts = []
                if parts and all(len(part["isr"]) == 3 for part in parts):
                    return
                await asyncio.sleep(0.3)


@asynccontextmanager
async def three(directory: Path, **more: int) -> AsyncIterator[Three]:
    """All three, ready; ended when the block does."""
    made = Three(directory, **more)
    try:
        for node, one in made.by_node.items():
            await asyncio.to_thread(one.prepare, lambda _: None)
            made.start(node)
        for node, one in made.by_node.items():
            process = made.running[node]
            ready = await asyncio.to_thread(
                one.wait_ready, PATIENCE, lambda process=process: process.poll() is None
            )
            assert ready, (directory / f"{node}.log").read_text()[-2000:]
        yield made
    finally:
        for process in made.running.values():
            process.kill()
            process.wait()
