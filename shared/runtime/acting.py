"""One call to the world outside, from when it is prepared until somebody knows what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import structlog

from shared.runtime import metrics, traced
from shared.runtime.claims import Recorded, UnknownError
from shared.runtime.due import Due, Outside
from shared.runtime.failpoint import failpoint

log = structlog.get_logger(__name__)
_SPARE = 0.2  # of a lease: what is left for recording, and for clocks that run apart


class LostError(Exception):
    """Another has claimed it since: it must not be done any more."""


class Call:
    """What is to be asked of the world. `sure`: monotonic time until which the claim is ours;
    `begun`: from here on it may have been done."""

    def __init__(self, kind: Outside, due: Due, request: Any, sure: float) -> None:
        self.kind = kind
        self.due = due
        self.request = request
        self.sure = sure
        self.begun = not kind.begun_seconds

    async def act(self, begin: Callable[[Call], Awaitable[None]]) -> Recorded | None:
        """What came of it; None where it was too late to ask. `begin` commits that it may be done
        from here on, and says so in `begun`, where the claim is ours still."""
        if self._left() <= 0:  # this process stood still: another may act by now
            log.warning("outside.too_late", kind=self.due.kind, ref=self.due.ref)
            return None
        limit = asyncio.timeout(self._left())

        async def begins() -> None:
            await begin(self)
            if not self.begun:
                raise LostError("another has claimed it")
            failpoint("outside.begun")
            limit.reschedule(asyncio.get_running_loop().time() + self._left())

        span = traced.calling(self.kind.kind, self.due.attempts, self.due.trace)
        arguments = (self.request, begins) if self.kind.begun_seconds else (self.request,)
        result: Any = None
        error: Exception | None = None
        try:
            async with limit:
                result = await self.kind.act(*arguments)
        except TimeoutError as why:
            error = self._unanswered(why) if self.begun else why
        except Exception as why:
            error = why
        failpoint("outside.acted")
        outcome = "succeeded" if error is None else type(error).__name__
        metrics.outside_calls.labels(self.kind.kind, outcome).inc()
        if span is not None:
            traced.came(span, error)
        if error is not None:
            metrics.outside_failed.labels(self.kind.kind).inc()
        return Recorded(self.due, self.request, result, error, self.begun)

    def _left(self) -> float:
        whole = self.kind.begun_seconds if self.begun else 0
        return self.sure - monotonic() - (whole or self.kind.lease_seconds) * _SPARE

    def _unanswered(self, why: TimeoutError) -> UnknownError:
        unknown = UnknownError("no answer within the lease")
        unknown.__cause__ = why
        return unknown
