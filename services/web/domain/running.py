"""What runs, from what each service says of its processes: releases, workers, partitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.web.domain.board import Queue

Said = Mapping[str, Any]


@dataclass(frozen=True)
class Process:
    """One of a service: the one that answered us, or a worker. `holds` counts partitions, None
    where it is not known; `silent`: it has not been heard of for a minute."""

    name: str
    release: str
    started: str
    seen: str
    holds: int | None
    silent: bool = False


@dataclass(frozen=True)
class Running:
    """A service as it runs. `releases` are those of its processes that are there: more than one
    while it is upgraded."""

    service: str
    queue: Queue
    releases: tuple[str, ...]
    processes: tuple[Process, ...]
    known: bool

    @property
    def workers(self) -> int:
        """How many hear and keep deadlines at the moment."""
        return sum(1 for one in self.processes if one.seen and not one.silent)


def running_of(service: str, queue: Queue, said: Said | None) -> Running:
    """From `/<service>/v1/processes`; None where it gave no answer."""
    if said is None:
        return Running(service, queue, (), (), known=False)
    held: dict[str, int] = {}
    for one in said.get("partitions") or ():
        held[str(one.get("holder"))] = held.get(str(one.get("holder")), 0) + 1
    workers = [
        Process(
            name_of(worker),
            release_of(worker),
            _minute(worker["started_at"]),
            _second(worker["seen_at"]),
            held.get(worker["worker_id"], 0) if said.get("looked_at") else None,
            silent=bool(worker.get("silent")),
        )
        for worker in said.get("workers") or ()
    ]
    processes = workers
    answers = said["answers"]
    if answers["role"] == "api":  # one that does both is among the workers
        who = Process("answers requests", release_of(answers), _minute(answers["started_at"]),
                      "", None)  # fmt: skip
        processes = [who, *workers]
    told = [release_of(answers), *(one.release for one in workers if not one.silent)]
    return Running(service, queue, tuple(dict.fromkeys(told)), tuple(processes), known=True)


def places_of(service: str, said: Said) -> list[dict[str, Any]]:
    """Its partitions as rows of a table."""
    names = {one["worker_id"]: name_of(one) for one in said.get("workers") or ()}
    return [
        {
            "service": service,
            "topic": one["topic"],
            "partition": one["partition"],
            "committed": one["committed"],
            "end": one["end"],
            "lag": one["lag"],
            "holder": names.get(one.get("holder"), ""),
            "looked": _second(said.get("looked_at")),
        }
        for one in said.get("partitions") or ()
    ]


def name_of(worker: Said) -> str:
    """Where it is: its machine, or container, and its process there."""
    return f"{worker['host']} ({worker['pid']})"


def release_of(said: Said) -> str:
    """`0.4.0 (a1b2c3d)`: the version and the beginning of the commit; empty where nobody said."""
    release, revision = said.get("release") or "", str(said.get("revision") or "")
    revision = "" if revision == "unknown" else revision
    commit, _, changed = revision.partition("-")
    short = f"{commit[:9]}{', changed since' if changed else ''}" if commit else ""
    return f"{release} ({short})" if release and short else release or short


def _minute(instant: Any) -> str:
    return str(instant or "")[:16].replace("T", " ")


def _second(instant: Any) -> str:
    return str(instant or "")[:19].replace("T", " ")
