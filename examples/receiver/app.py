"""Receives webhooks of Holdfast: verifies, stores once by id, answers, and does nothing else.

`HOLDFAST_WEBHOOK_SECRETS` are the endpoint's secrets, with blanks between: while one is replaced,
the new and the old. `RECEIVER_DATABASE` is the file that it keeps what came in.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool

from holdfast_client import Event, WebhookRefused, Webhooks

from .store import keep, opened

MOST = 2 * 1024 * 1024  # bytes of a request; no event is larger
_LATEST = "SELECT number, id, type, subject, said_at FROM events ORDER BY number DESC LIMIT 50"


def build(secrets: list[str], database: Path) -> FastAPI:
    """The receiver. Raises ValueError where a secret is none."""
    webhooks = Webhooks(*secrets)
    app = FastAPI(title="A receiver of webhooks", openapi_url=None)

    @app.post("/holdfast")
    async def receive(request: Request) -> Response:
        """204 once it is on the disk, known or new. Whatever else is answered, Holdfast asks again:
        400 to what is not from it, 500 where the disk is full."""
        body = await _body_of(request)
        try:
            event = webhooks.event(request.headers, body)
        except WebhookRefused as why:
            raise HTTPException(400, str(why)) from why
        await run_in_threadpool(_store, event)
        return Response(status_code=204)

    @app.get("/events")
    def latest() -> list[dict[str, Any]]:
        """What came last, newest first, without what it holds."""
        with opened(database) as con:
            rows = con.execute(_LATEST).fetchall()
        return [
            dict(zip(("number", "id", "type", "subject", "time"), row, strict=True)) for row in rows
        ]

    def _store(event: Event) -> None:
        with opened(database) as con:
            keep(con, event)

    return app


async def _body_of(request: Request) -> bytes:
    """The bytes as they come, and no more than there can be: anybody may send some."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST:
            raise HTTPException(413, "No event is as large as that.")
    return bytes(body)


def from_environment() -> FastAPI:
    """`uvicorn --factory examples.receiver.app:from_environment`."""
    database = Path(os.environ.get("RECEIVER_DATABASE", "receiver.sqlite"))
    return build(os.environ.get("HOLDFAST_WEBHOOK_SECRETS", "").split(), database)
