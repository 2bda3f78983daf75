"""The toy as a process of its own, that can be told to die at a chosen point.

python -m tests.runtime.toy_service

`TOY_TOPIC` is what it hears, `TOY_DIE_AT` the point of `failpoint.POINTS` at which it kills itself
(as a machine that loses its power; `in the handler` is one of its own), `TOY_SLOW` the seconds it sleeps inside a transaction for an event with `n == 50`,
`TOY_KAFKA_PROXY` a port through which all connections to Kafka go. Only tests start this.
"""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from aiokafka.conn import AIOKafkaConnection
from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.failpoint import POINTS, armed
from shared.runtime.hears import Hears
from shared.runtime.plans import needs
from shared.runtime.service import Service
from shared.runtime.serving import run
from shared.runtime.settings import ServiceSettings
from shared.runtime.work import Work
from tests.runtime import toy

router = APIRouter()


class ToySettings(ServiceSettings, env_prefix="TOY_"):
    """As every service has them."""


class FeedBody(BaseModel):
    amount: int


def die() -> None:
    """The end: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)


@needs(lambda e: [(toy.Account, e.account_id)])
async def fed(work: Work, event: toy.AccountFed) -> None:
    """An event of the stories."""
    await toy.feed(work, event)
    if event.n == 50:
        if os.environ.get("TOY_DIE_AT") == "in the handler":
            die()
        await asyncio.sleep(float(os.environ.get("TOY_SLOW", "0")))
    if event.n == 99:
        work.plan_due("call", event.account_id, work.now)


@router.post("/toy/v1/accounts/{account_id}/feed", status_code=201)
async def feed(account_id: str, body: FeedBody, edge: EdgeDep, once: RequiredOnce) -> Response:
    """Feed an account."""
    return await edge.run(
        toy.feed,
        toy.Feed(account_id, body.amount),
        once=once,
        answer=lambda account: (201, {"balance": account.balance}),
    )


async def world(request: Any) -> str:
    """The world outside."""
    return "called"


def through_proxy(kafka: int, proxy: int) -> None:
    """As if the broker's advertised listener were the proxy."""
    original = AIOKafkaConnection.__init__

    def init(self: Any, host: str, port: int, **kwargs: Any) -> None:
        original(self, host, proxy if port == kafka else port, **kwargs)

    AIOKafkaConnection.__init__ = init


def forked(env: Mapping[str, str], log: str) -> None:
    """As `main`, in a process that was forked from one that had imported all of this."""
    os.environ.update(env)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(out, stream)
    main()


def main() -> None:
    """Serve until told to stop, or until the point."""
    settings = ToySettings()
    if proxy := os.environ.get("TOY_KAFKA_PROXY"):
        through_proxy(int(settings.kafka_bootstrap_servers.rpartition(":")[2]), int(proxy))
    topic = os.environ["TOY_TOPIC"]
    hears = Hears(topic)
    hears(toy.AccountFed)(fed)
    hears.topics = {topic}
    dues = toy.make_dues(world)
    service = Service("toy", settings, base=toy.Base, routers=[router], hears=hears, dues=dues)
    point = next((p for p in POINTS if p == os.environ.get("TOY_DIE_AT")), None)
    with armed(point, die) if point else nullcontext():
        run(service)


if __name__ == "__main__":
    main()
