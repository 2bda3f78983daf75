"""Zoom: its webhooks, and fetching its report by hand.

A webhook is kept, and nothing else, within the three seconds there are.

Zoom sends what it got no 2xx for again after 5, 20 and 60 minutes, and then never. So whatever is
signed is answered 200, also what nothing is kept of (other meetings of the account, other events);
only what we could not store in time is not.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from services.attendance.api.words import fetch_body
from services.attendance.commands import observing
from services.attendance.commands.fetching import Fetch, fetch
from services.attendance.commands.observing import Receipt
from services.attendance.domain.keeping import ZOOM
from services.attendance.domain.signature import sealed, signer_of
from services.attendance.domain.zoom import VALIDATION, line_of
from services.attendance.metrics import count, webhooks
from shared.errors import Conflict, Malformed, Unavailable
from shared.runtime.asking import OperatorDep, PathId, PlatformSecretDep
from shared.runtime.clock import wall
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.problems import problems

log = structlog.get_logger(__name__)
router = APIRouter(tags=["evidence"], route_class=Direct)
_LONGEST = 500  # characters of a token that is to be sealed


class NotConnected(Unavailable):
    """Nobody told this service what Zoom signs with."""

    slug = "zoom-not-connected"


async def secrets_of(request: Request) -> tuple[str, ...]:
    """FastAPI dependency: what Zoom's webhooks may be signed with."""
    secrets: tuple[str, ...] = request.app.state.zoom_secrets
    if not secrets:
        raise NotConnected(
            "Zoom is not connected: set ATTENDANCE_ZOOM_WEBHOOK_SECRETS to the secret token of"
            " your app's event subscription (docs/zoom.md).",
            retry_after=3600,
        )
    return secrets


SecretsDep = Annotated[tuple[str, ...], Depends(secrets_of)]


@router.post("/attendance/v1/webhooks/zoom", responses=problems(400, 401))
async def webhook(
    request: Request, secrets: SecretsDep, edge: EdgeDep, platform_secret: PlatformSecretDep
) -> Response:
    """Signed by Zoom: keep what it says of a meeting, and prove that this address is ours."""
    body = await request.body()
    timestamp, signature = (
        request.headers.get(name, "") for name in ("x-zm-request-timestamp", "x-zm-signature")
    )
    secret = signer_of(secrets, timestamp, signature, body, wall())
    event = _read(body)
    if event.get("event") == VALIDATION:
        return _validated(secret, event)
    line = line_of(event)
    if line is None:
        return _answered("ignored")
    asked = observing.reading(ZOOM, [line], platform_secret)
    if asked.refused:  # never said with its words: they may be a person's
        log.warning("zoom.unreadable", name=event["event"])
        return _answered("unreadable")
    told: list[Receipt] = []

    def kept(receipt: Receipt) -> tuple[int, Any]:
        told.append(receipt)
        return 200, {"received": True}

    answer = await edge.run(observing.observe, asked, answer=kept)
    _count(told[-1])
    return answer


@router.post(
    "/attendance/v1/sessions/{course_id}/{session_id}/fetch-report",
    status_code=202,
    responses=problems(401, 403, 404, 409),
)
async def fetch_report(
    course_id: PathId,
    session_id: PathId,
    request: Request,
    _caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Fetch the session's report from Zoom now, once more from its start."""
    if request.app.state.platform is None:
        raise Conflict(
            NotConnected.slug,
            "Zoom is not connected: set ATTENDANCE_ZOOM_ACCOUNT_ID, ATTENDANCE_ZOOM_CLIENT_ID and"
            " ATTENDANCE_ZOOM_CLIENT_SECRET (docs/zoom.md), or upload the report as CSV.",
        )
    asked = Fetch(course_id, session_id)
    return await edge.run(fetch, asked, once=once, answer=lambda r: (202, fetch_body(r)))


def _read(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("malformed", "The body is not JSON.") from None
    return event if isinstance(event, dict) else {}


def _validated(secret: str, event: dict[str, Any]) -> Response:
    payload = event.get("payload")
    token = payload.get("plainToken") if isinstance(payload, dict) else None
    if not isinstance(token, str) or not token.isascii() or len(token) > _LONGEST:
        raise Malformed("malformed", "payload.plainToken is missing, or no token.")
    webhooks.labels("validation").inc()
    return JSONResponse({"plainToken": token, "encryptedToken": sealed(secret, token)})


def _count(receipt: Receipt) -> None:
    outcome = "kept" if receipt.accepted else "duplicate" if receipt.duplicates else "foreign"
    webhooks.labels(outcome).inc()
    count(receipt)


def _answered(outcome: str) -> Response:
    webhooks.labels(outcome).inc()
    return JSONResponse({"received": True})
