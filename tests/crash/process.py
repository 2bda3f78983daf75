"""Billing as a process of its own, on a real Kafka, that dies of SIGKILL at a point.

Forked from one that has imported everything: to import takes seconds.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Mapping
from contextlib import nullcontext
from multiprocessing.process import BaseProcess
from pathlib import Path

from services.billing.app import build
from services.billing.settings import Settings
from shared.runtime.failpoint import Point, armed
from shared.runtime.service import Service
from shared.runtime.serving import run

nursery = multiprocessing.get_context("forkserver")
nursery.set_forkserver_preload(["tests.crash.process"])


def start(env: Mapping[str, str], group: str, log: Path, point: Point | None) -> BaseProcess:
    """A process with that group and topic of its own; it dies when it first comes to the point."""
    process = nursery.Process(target=_live, args=(dict(env), group, str(log), point))
    process.start()
    return process


def _live(env: Mapping[str, str], group: str, log: str, point: Point | None) -> None:
    os.environ.update(env)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(out, stream)
    service = build(Settings())
    service.hears.consumer = group  # Kafka is shared with other tests
    service.hears.topics = {group}

    def die() -> None:
        # A deadline may be on its way too: what is looked at here are events and what is said.
        if point is not None and (not point.startswith("batch.") or _hears_something(service)):
            os.kill(os.getpid(), signal.SIGKILL)

    with armed(point, die) if point else nullcontext():
        run(service)


def _hears_something(service: Service) -> bool:
    consumer = service.worker.consumer
    return consumer is not None and not consumer.idle.is_set()
