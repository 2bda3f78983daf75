"""One request of a micro-batch: its plan, its command, its answer or refusal, and its key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import Response
from opentelemetry.trace import SpanKind
from pydantic_core import to_json

from shared.errors import Refusal
from shared.runtime import idempotency
from shared.runtime.clock import wall
from shared.runtime.failures import is_unstorable
from shared.runtime.gathered import Origin
from shared.runtime.idempotency import REPLAYED, Once
from shared.runtime.ids import NewId
from shared.runtime.logs import ABOUT, about
from shared.runtime.plans import Plan, is_alone, plan_of
from shared.runtime.problems import of_refusal, problem
from shared.runtime.tables import IdempotencyKey
from shared.runtime.traced import Shown
from shared.runtime.work import Work

log = structlog.get_logger(__name__)
Command = Callable[[Work, Any], Awaitable[Any]]
Answer = Callable[[Any], tuple[int, Any]]
_KEPT_STATUSES = frozenset({200, 201, 202, 204, 409, 422})


class RequestUnit:
    """One request."""

    def __init__(
        self, command: Command, argument: Any, once: Once | None, answer: Answer, new_id: NewId
    ) -> None:
        self.command = command
        self.argument = argument
        self.once = once
        self.answer = answer
        self.new_id = new_id
        self.alone = is_alone(command)
        self.done: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.early: Refusal | None = None  # what the plan came to
        self.about = ABOUT.get()
        self.trace = self.about.get("traceparent")
        self.correlation = self.about.get("trace_id")  # all that one request says belongs together
        self.by = self.about.get("caller", "nobody")

    def plan(self) -> Plan:
        inner = plan_of(self.command, self.argument)
        if self.once is None:
            return inner
        return self._with_key(inner, self.once)

    def _with_key(self, inner: Plan, once: Once) -> Plan:
        try:
            wanted = yield from inner
        except Refusal as why:  # the first answer to this key comes before any refusal
            self.early, wanted = why, ()
        return [*wanted, (IdempotencyKey, once.scope)]

    def origin(self) -> Origin:
        return Origin(
            new_id=lambda _name: self.new_id(),
            correlation=self.correlation,
            trace=self.trace,
            by=self.by,
            scope=self.once.scope if self.once is not None else "",
        )

    def shown(self) -> Shown:
        name = self.command.__name__
        return Shown(
            f"run {name}",
            SpanKind.INTERNAL,
            {"code.function.name": f"{self.command.__module__}.{name}"},
        )

    async def call(self, work: Work) -> Response:
        if self.once is not None:
            first = work.get(IdempotencyKey, self.once.scope)
            if first is not None:
                idempotency.check_same(self.once, first)
                return _as_response(first.status, first.body, REPLAYED)
        if self.early is not None:
            raise self.early
        before = ABOUT.set(self.about)  # as `about`, at a third of its price
        try:
            result = await self.command(work, self.argument)
        finally:
            ABOUT.reset(before)
        status, body = self.answer(result)
        return self._kept(work, _as_response(status, body))

    def refused(self, work: Work, why: Refusal) -> Response:
        with about(self.about):
            response = of_refusal(why)
        return response if why.slug == "idempotency-key-reused" else self._kept(work, response)

    async def failed(self, why: Exception) -> Response:
        with about(self.about):
            return self._failed(why)

    def _failed(self, why: Exception) -> Response:
        if is_unstorable(why):
            return problem(422, "invalid", "The request holds a value that cannot be stored.")
        log.error("http.failed", command=self.command.__name__, exc_info=why)
        return problem(500, "internal-error", "Something went wrong on our side; it was noted.")

    def _kept(self, work: Work, response: Response) -> Response:
        if self.once is not None and response.status_code in _KEPT_STATUSES:
            body = bytes(response.body).decode()
            work.put(
                IdempotencyKey(
                    scope=self.once.scope,
                    fingerprint=self.once.fingerprint,
                    status=response.status_code,
                    body=body,
                    created_at=wall(),
                )
            )
        return response


def _as_response(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """`body` is JSON text where it was kept, a value where it is new."""
    if isinstance(body, str) and headers is REPLAYED:
        kind = "application/problem+json" if status >= 400 else "application/json"
        return Response(body, status, headers, media_type=kind)
    if status == 204:
        return Response(None, status)
    return Response(to_json(body), status, headers, media_type="application/json")
