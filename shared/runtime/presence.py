"""Which workers a service has, what release each runs, and what it hears: kept in its database.

Who answers over HTTP may know no Kafka, and knows nothing of other processes. So each worker says
now and then that it is there, by the wall clock: where the consumer group stands in all partitions,
and which of them are its own. One that ends takes its row along; one that was killed is silent
(`process_list.py`).
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from shared.runtime.clock import wall
from shared.runtime.database import Database
from shared.runtime.ids import uuid7

log = structlog.get_logger(__name__)
EVERY = 15.0  # seconds
KEPT = timedelta(hours=1)
Places = Mapping[tuple[str, int], tuple[int, int]]  # (topic, partition) → committed, end
_SAY = """
INSERT INTO workers (worker_id, release, revision, host, pid, started_at, seen_at, partitions)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (worker_id) DO UPDATE SET seen_at = $7, partitions = $8
"""
_FORGET = "DELETE FROM workers WHERE seen_at < $1"
_LEAVE = "DELETE FROM workers WHERE worker_id = $1"


@dataclass(frozen=True)
class Release:
    """What runs: the version and the commit it was made of; empty where nobody said."""

    release: str
    revision: str


UNTOLD = Release("", "")


class Presence:
    """Says that this worker is there. `places` is where its group stands, None while that is not
    known; `held` are the partitions that are its own."""

    def __init__(
        self,
        db: Database,
        runs: Release,
        places: Callable[[], Awaitable[Places | None]],
        held: Callable[[], Iterable[tuple[str, int]]],
    ) -> None:
        self._db, self._runs = db, runs
        self._places, self._held = places, held
        self._started = wall()
        self.worker_id = uuid7()

    async def run(self) -> None:
        """For as long as the worker works."""
        while True:
            knows = False
            try:
                knows = await self.say()
            except Exception as why:  # the next time, then
                log.warning("presence.waits", error=type(why).__name__)
            await asyncio.sleep(EVERY if knows else EVERY / 5)

    async def say(self) -> bool:
        """Once, and whether it knows where it stands; whoever has not been there for an hour is
        forgotten."""
        places, held = await self._places(), set(self._held())
        told = None if places is None else [
            [topic, partition, *places[topic, partition], (topic, partition) in held]
            for topic, partition in sorted(places)
        ]  # fmt: skip
        now, runs = wall(), self._runs
        who = (self.worker_id, runs.release, runs.revision, socket.gethostname(), os.getpid())
        async with self._db.acquire() as con:
            await con.execute(_SAY, *who, self._started, now, told)
            await con.execute(_FORGET, now - KEPT)
        return told is not None

    async def leave(self) -> None:
        """It ends, and is not silent."""
        async with self._db.acquire() as con:
            await con.execute(_LEAVE, self.worker_id)
