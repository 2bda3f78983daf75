"""aiokafka on uvloop: what is sent on a connection that was just lost (aiokafka's issue 1038).

For two rounds of the loop a connection is lost and aiokafka has not heard of it. asyncio's
transport takes what is written to it then, in silence; uvloop's raises RuntimeError, where aiokafka
is ready for OSError. So whichever task sends in that moment dies. Where it is the one that keeps
the picture of the cluster nobody is told, and everything that needs a picture waits for ever: chaos
found both workers of a service so after Kafka had come and gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import KafkaConnectionError


def _telling(send: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(send)
    def sends(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return send(self, *args, **kwargs)
        except RuntimeError as why:
            if type(why) is not RuntimeError:  # aiokafka's own errors are kinds of it
                raise
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            where = f"{self.host}:{self.port}"
            raise KafkaConnectionError(f"Connection at {where} broken: {why}") from why

    return sends


def _ending(fetch: Callable[..., Any]) -> Callable[..., Any]:
    """While Kafka refuses connections a fetch pauses, and one that is cancelled there takes whoever
    stops the consumer with it: `Fetcher.close` waits for it, and hands its cancellation on."""

    @wraps(fetch)
    async def fetches(self: Any, *args: Any) -> Any:
        try:
            return await fetch(self, *args)
        except asyncio.CancelledError:
            if not self._closed:
                raise
            return False

    return fetches


def are_told() -> None:
    """From now on aiokafka is told of a lost connection in words that it knows, and whoever stops a
    consumer is not stopped with it; once a process."""
    if not hasattr(Fetcher._proc_fetch_request, "__wrapped__"):
        Fetcher._proc_fetch_request = _ending(Fetcher._proc_fetch_request)
    for name in ("send", "_send_sasl_token"):
        send = getattr(AIOKafkaConnection, name)
        if not hasattr(send, "__wrapped__"):
            setattr(AIOKafkaConnection, name, _telling(send))


def ended(client: Any) -> bool:
    """Whether an aiokafka client's picture of the cluster is kept no more, whatever ended that."""
    task = client._sync_task
    return task is not None and bool(task.done())
