"""A Zoom that misbehaves as the real one is known to, over real HTTP on loopback.

What it tells is `runs`: by uuid its meeting, its start, and rows as of Zoom's report. What goes wrong
is `troubles`: answers that are given instead, in order, each to the first call whose path has the
part that it names. Tokens of pages run out when `forget_pages` is called, of the API when
`forget_tokens` is; a run that is in `not_ready` has no report. The pages of a run that is in
`faulty` go wrong: the `same` token and page for ever, the same page under `new` tokens, `empty` pages
for ever after the last, or an end too `early`.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

ACCOUNT, CLIENT, PASSWORD = "acc-1", "client-1", "secret-1"
NOT_FOUND = {"code": 3001, "message": "Meeting ID is invalid or has not ended."}


@dataclass
class Run:
    """One run of a meeting."""

    meeting_id: str
    start_time: str
    rows: list[dict[str, Any]]


@dataclass
class FakeZoom:
    """The account, and what was asked of it (`asked`: paths as they came over the wire)."""

    runs: dict[str, Run] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    not_ready: set[str] = field(default_factory=set)
    faulty: dict[str, str] = field(default_factory=dict)
    troubles: list[tuple[str, int, dict[str, str], Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    page_size: int = 2  # Zoom's own is what is asked for; few make many pages
    url: str = ""
    _tokens: set[str] = field(default_factory=set)
    _pages: dict[str, tuple[str, int]] = field(default_factory=dict)
    _count: int = 0

    def trouble(self, path: str, status: int, body: Any = None, **headers: str) -> None:
        """Answer the next call of a path like this so."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.troubles.append((path, status, named, body))

    def forget_pages(self) -> None:
        """A quarter of an hour has passed."""
        self._pages.clear()

    def forget_tokens(self) -> None:
        """The app's tokens are good no more."""
        self._tokens.clear()

    def calls(self, part: str) -> int:
        return sum(part in path for path in self.asked)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            answer = await self._answer(Request(scope, receive))
            await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode()
        query = str(request.url.query)
        self.asked.append(f"{path}?{query}" if query else path)
        for place, (part, status, headers, body) in enumerate(self.troubles):
            if part in path:
                del self.troubles[place]
                if status == 0:  # it hangs up, or never answers
                    await asyncio.sleep(3600)
                text = isinstance(body, str)
                made = PlainTextResponse if text else JSONResponse
                return made(body if text else body or {}, status, headers)
        if path == "/oauth/token":
            return await self._token(request)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer not in self._tokens:
            return JSONResponse({"code": 124, "message": "Access token is expired."}, 401)
        if path.startswith("/v2/past_meetings/"):
            return self._instances(unquote(path.split("/")[3]))
        if path.startswith("/v2/report/meetings/"):
            parts = path.split("/")
            return self._participants(parts[4] if len(parts) == 6 else "", request)
        return JSONResponse({"code": 2300, "message": "not recognized"}, 404)

    async def _token(self, request: Request) -> Response:
        form = (await request.body()).decode().split("&")
        basic = base64.b64encode(f"{CLIENT}:{PASSWORD}".encode()).decode()
        good = {f"account_id={ACCOUNT}", "grant_type=account_credentials"} <= set(form)
        if not good or request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"reason": "Invalid client_id or client_secret"}, 400)
        self._count += 1
        token = f"token-{self._count}"
        self._tokens.add(token)
        return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": 3599})

    def _instances(self, meeting_id: str) -> Response:
        found = [
            {"uuid": uuid, "start_time": run.start_time}
            for uuid, run in self.runs.items()
            if run.meeting_id == meeting_id and uuid not in self.unlisted
        ]
        return JSONResponse({"meetings": found}) if found else JSONResponse(NOT_FOUND, 404)

    def _participants(self, encoded: str, request: Request) -> Response:
        # Decoded twice, as a slash that is decoded once would be one of the path's own.
        uuid = unquote(unquote(encoded))
        if "/" in uuid and "%25" not in encoded:
            return JSONResponse(NOT_FOUND, 404)
        run = self.runs.get(uuid)
        if run is None or uuid in self.not_ready:
            return JSONResponse(NOT_FOUND, 404)
        start, token = 0, request.query_params.get("next_page_token")
        if token:
            if self._pages.get(token, ("", 0))[0] != uuid:
                gone = "Can not access webinar info. or the next page token is either invalid"
                return JSONResponse({"code": 300, "message": gone}, 400)
            start = self._pages[token][1]
        shown = request.query_params.get("include_fields") == "registrant_id"
        rows = [
            row if shown else {k: v for k, v in row.items() if k != "registrant_id"}
            for row in run.rows[start : start + self.page_size]
        ]
        following, after, fault = "", start + self.page_size, self.faulty.get(uuid)
        if fault in ("same", "new"):
            after = start
        if (after < len(run.rows) or fault == "empty") and fault != "early":
            self._count += 1
            following = "page-for-ever" if fault == "same" else f"page-{self._count}"
            self._pages[following] = (uuid, after)
        body = {
            "page_count": -(-len(run.rows) // self.page_size),
            "page_size": self.page_size,
            "total_records": len({str(row) for row in run.rows}),  # a line told twice is one
            "next_page_token": following,
            "participants": rows,
        }
        return JSONResponse(body)


def row(join: str, leave: str, **more: Any) -> dict[str, Any]:
    """A row as of Zoom's report, of 2020-11-02; guests have neither id nor address."""
    return {
        "id": "",
        "user_id": "16778240",
        "participant_user_id": "",
        "name": "Ada Example",
        "user_email": "",
        "registrant_id": "",
        "customer_key": "",
        "join_time": f"2020-11-02T{join}Z",
        "leave_time": f"2020-11-02T{leave}Z",
        "duration": 61,  # whole minutes here, seconds there: nothing may count by it
        "failover": False,
        "status": "in_meeting",
        **more,
    }


@asynccontextmanager
async def zoom_on_loopback() -> AsyncIterator[FakeZoom]:
    """One that listens for as long as the block lasts."""
    fake = FakeZoom()
    config = uvicorn.Config(fake, port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    fake.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.should_exit = True
        server.force_exit = True
        await serving
