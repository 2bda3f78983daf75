"""What happens around every request: trace id, size limit, metrics, one log line."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime import metrics, traced, tracing
from shared.runtime.bodies import LARGEST, Room
from shared.runtime.envelope import TRACEPARENT
from shared.runtime.ids import NewId, uuid7
from shared.runtime.logs import ABOUT
from shared.runtime.problems import problem
from shared.runtime.turns import Turns

log = structlog.get_logger(__name__)
_GUARDS = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))
# Of a page that says nothing of its own: it shows itself, runs nothing, is in nobody's frame.
_POLICY = b"content-security-policy"
_STRICTEST = (
    b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
WATCHED = ("/quiet", "/ready", "/live", "/metrics")  # answered however busy it is, and not logged


class Requests:
    """ASGI middleware; the route's template is the label, never the path."""

    def __init__(self, app: ASGIApp, new_id: NewId = uuid7) -> None:
        self._app = app
        self._new_id = new_id
        self._turns = Turns()
        self._room = Room()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = monotonic(), 500
        await self._turns.mine()
        headers = dict(scope["headers"])
        trace = headers.get(b"traceparent", b"").decode("latin-1")
        watched = scope["path"].endswith(WATCHED)
        span = (
            None if watched else traced.asked(scope["method"], scope.get("scheme", "http"), trace)
        )
        trace = self._trace(trace) if span is None else tracing.traceparent_of(span)
        ABOUT.set({"trace_id": trace[3:35], "traceparent": trace})

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": _guarded(message["headers"])}
            await send(message)

        try:
            length = headers.get(b"content-length", b"0")
            if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
                await _unreadable(scope, receive, sending)
            elif not length.isdigit() or int(length) > LARGEST:
                await _too_large(scope, receive, sending)
            elif self._room.full(int(length)) and not watched:
                await _busy(scope, receive, sending)
            else:
                with self._room.taken() as body:
                    await self._app(scope, body.limited(receive), sending)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            labels = (route, scope["method"])
            metrics.http_requests.labels(*labels, str(status)).inc()
            metrics.http_seconds.labels(*labels).observe(monotonic() - started)
            if status >= 500 or not route.endswith(WATCHED):
                log.debug("http.answered", route=route, method=scope["method"], status=status)
            if span is not None:
                known = None if route == "unknown" else route
                traced.answered(span, scope["method"], known, status)

    def _trace(self, given: str) -> str:
        """The caller's trace, or a new one; the end of an id is what differs most."""
        if TRACEPARENT.fullmatch(given):
            return given
        trace, span = self._new_id(), self._new_id()
        return f"00-{trace.replace('-', '')}-{span.replace('-', '')[16:]}-01"


def _guarded(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """No browser guesses what an answer is, no cache keeps what does not say that it may, and a
    page that has no policy of its own has the strictest."""
    told = list(headers)
    names = {name.lower(): value for name, value in told}
    told += [each for each in _GUARDS if each[0] not in names]
    if names.get(b"content-type", b"").startswith(b"text/html") and _POLICY not in names:
        told.append((_POLICY, _STRICTEST))
    return told


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem(
        413,
        "body-too-large",
        f"At most {LARGEST} bytes a request; a list can be sent in parts.",
    )
    await answer(scope, receive, send)


async def _unreadable(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem(400, "malformed", "The address holds a NUL character.")
    await answer(scope, receive, send)


async def _busy(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem(503, "busy", "Too many ask at this moment; try again soon.")
    await answer(scope, receive, send)
