"""Which workers a service has, what release each runs, and what it hears: kept in its database.

Who answers over HTTP may know no Kafka, and knows nothing of other processes. So each worker says
now and then that it is there, by the wall clock: where the consumer group stands in all partitions,
and which of them are its own. One that ends takes its row along; one that was killed is silent.

GET /<service>/v1/processes   operator
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from fastapi import APIRouter

from shared.runtime.asking import OperatorDep
from shared.runtime.clock import wall
from shared.runtime.database import Database
from shared.runtime.direct import Direct
from shared.runtime.edge import ReaderDep
from shared.runtime.envelope import instant
from shared.runtime.ids import uuid7
from shared.runtime.problems import problems

log = structlog.get_logger(__name__)
EVERY = 15.0  # seconds
SILENT = timedelta(seconds=60)  # after which one is not there any more, or stands still
KEPT = timedelta(hours=1)
Places = Mapping[tuple[str, int], tuple[int, int]]  # (topic, partition) → committed, end
_SAY = """
INSERT INTO workers (worker_id, release, revision, host, pid, started_at, seen_at, partitions)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (worker_id) DO UPDATE SET seen_at = $7, partitions = $8
"""
_FORGET = "DELETE FROM workers WHERE seen_at < $1"
_LEAVE = "DELETE FROM workers WHERE worker_id = $1"
_ALL = "SELECT * FROM workers ORDER BY started_at, worker_id"


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


def router(service: str, runs: Release, role: str) -> APIRouter:
    """The route of every service about its processes."""
    made = APIRouter(prefix=f"/{service}/v1/processes", tags=["health"], route_class=Direct)
    started = wall()

    @made.get("", responses=problems(401, 403))
    async def processes(_caller: OperatorDep, reader: ReaderDep) -> Any:
        """The process that answers, the workers there are, and where their group stands: `holder`
        is the worker whose partition it is. None of that is known while no worker has said it."""
        rows = await reader.fetch(_ALL)
        partitions, looked_at = standing(rows, wall())
        return {
            "service": service,
            "answers": {
                "role": role,
                "release": runs.release or None,
                "revision": runs.revision or None,
                "started_at": instant(started),
            },
            "workers": [_shown(row, wall()) for row in rows],
            "partitions": partitions,
            "looked_at": instant(looked_at) if looked_at else None,
        }

    return made


def standing(
    rows: Sequence[Mapping[str, Any]], now: datetime
) -> tuple[list[dict[str, Any]], datetime | None]:
    """Each partition with how far the group is, as whoever looked last saw it, and by whom it is
    held: by one that is there. Nothing, where nobody who is there has seen it."""
    here = [row for row in rows if not _is_silent(row, now) and row["partitions"] is not None]
    if not here:
        return [], None
    last = max(here, key=lambda row: (row["seen_at"], row["worker_id"]))
    holder = {
        (topic, partition): row["worker_id"]
        for row in sorted(here, key=lambda row: row["seen_at"])
        for topic, partition, _, _, held in row["partitions"]
        if held
    }
    partitions = [
        {
            "topic": topic,
            "partition": partition,
            "committed": committed,
            "end": end,
            "lag": max(0, end - committed),
            "holder": holder.get((topic, partition)),
        }
        for topic, partition, committed, end, _ in last["partitions"]
    ]
    return partitions, last["seen_at"]


def _is_silent(row: Mapping[str, Any], now: datetime) -> bool:
    return bool(now - row["seen_at"] > SILENT)


def _shown(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "worker_id": row["worker_id"],
        "release": row["release"] or None,
        "revision": row["revision"] or None,
        "host": row["host"],
        "pid": row["pid"],
        "started_at": instant(row["started_at"]),
        "seen_at": instant(row["seen_at"]),
        "silent": _is_silent(row, now),
    }
