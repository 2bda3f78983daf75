"""What runs of a service: the process that answers, and the workers as they said it themselves.

GET /<service>/v1/processes   operator
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter

from shared.runtime.asking import OperatorDep
from shared.runtime.clock import wall
from shared.runtime.direct import Direct
from shared.runtime.edge import ReaderDep
from shared.runtime.envelope import instant
from shared.runtime.presence import Release
from shared.runtime.problems import problems

SILENT = timedelta(seconds=60)  # after which one is not there any more, or stands still
_ALL = "SELECT * FROM workers ORDER BY started_at, worker_id"


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
