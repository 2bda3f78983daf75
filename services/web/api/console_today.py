"""Today: the day's board as a page, and what changes of it as a stream."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from babel import Locale
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from markupsafe import Markup

from services.web import words
from services.web.api.common import PagesDep
from services.web.api.console_page import ReadsDep, show
from services.web.board import SESSIONS_EVERY, Board, Look
from services.web.domain.feed import Feed, event, seen_of
from services.web.models import ConsoleSession
from services.web.render import HEADERS, PERSONAL, Pages
from shared.errors import Unavailable
from shared.runtime.clock import wall
from shared.runtime.database import Reader
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.failures import is_infrastructure

router = APIRouter(include_in_schema=False)
HEARTBEAT = 15.0  # seconds
MOST = 200  # streams of a process
_STREAM = HEADERS | PERSONAL | {"X-Accel-Buffering": "no"}


class Screen:
    """The board as HTML, in one language: written once for everybody who looks."""

    def __init__(self, pages: Pages, locale: Locale) -> None:
        self._pages, self._locale = pages, locale
        self._written: Look | None = None
        self._parts: dict[str, str] = {}
        self.feed = Feed()

    def write(self, look: Look) -> None:
        """Take a look in; nothing where it is the one that was taken last."""
        if look == self._written:
            return
        made = {}
        for line in look.day.lines:
            name = f"session-{line.sitting.course_id}-{line.sitting.session_id}"
            made[name] = self._part(name, look, line=line)
        names = ("title", "wrong", "services", "mail", "tasks")
        made |= {name: self._part(name, look, line=None) for name in names}
        self._written, self._parts = look, made
        self.feed.take(made, int(wall().timestamp() * 1000))

    def whole(self) -> str:
        """All of it, of parts that templates of ours have written."""
        ours = {name: Markup(html) for name, html in self._parts.items()}  # noqa: S704
        sessions = [name for name in ours if name.startswith("session-")]
        return self._pages.html(
            "console/board.html", locale=self._locale, parts=ours, sessions=sessions
        )

    def _part(self, name: str, look: Look, **shown: object) -> str:
        return self._pages.html(
            "console/part.html",
            locale=self._locale,
            name=name,
            look=look,
            now=look.day.now,
            wall_now=wall(),
            **shown,
        ).strip()


@dataclass
class Screens:
    """The screens of a process, by language, and how many streams look at them."""

    board: Board
    pages: Pages

    def __post_init__(self) -> None:
        self._made: dict[str, Screen] = {}
        self.watching = 0

    async def now(self, locale: Locale) -> Screen:
        """The board as it is."""
        look = await self.board.look()
        screen = self._made.setdefault(str(locale), Screen(self.pages, locale))
        screen.write(look)
        return screen


@router.get("/console")
async def today(request: Request, pages: PagesDep, signed: ReadsDep, edge: EdgeDep) -> Response:
    """The board as it is now."""
    locale = words.english_of(request.headers.get("accept-language"))
    screens: Screens = request.app.state.screens
    screen = await screens.now(locale)
    look = await screens.board.look()
    zones = [line.sitting.zone for line in look.day.lines]
    zone = zones[0] if zones else (look.day.next.zone if look.day.next else "UTC")
    return show(
        request,
        pages,
        signed,
        "today",
        "today.html",
        now=edge.now(),
        zone=zone,
        number=screen.feed.number,
        board=Markup(screen.whole()),  # noqa: S704 - our own templates wrote it
    )


@router.get("/console/live")
async def live(
    request: Request,
    signed: ReadsDep,
    reader: ReaderDep,
    seen: str = "",
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """What changes of the board from now on, as server-sent events."""
    screens: Screens = request.app.state.screens
    if screens.watching >= MOST:
        raise Unavailable("too-many-watch", "Too many consoles are open; try again in a minute.")
    locale = words.english_of(request.headers.get("accept-language"))
    number = seen_of(last_event_id) or seen_of(seen)
    ending: asyncio.Event = request.app.state.service.ending
    told = changes(screens, locale, number, reader, signed.digest, ending)
    return StreamingResponse(told, media_type="text/event-stream", headers=_STREAM)


async def changes(
    screens: Screens,
    locale: Locale,
    seen: int | None,
    reader: Reader,
    digest: str,
    ending: asyncio.Event,
) -> AsyncIterator[str]:
    """The events of one stream, until its session or the process ends."""
    screens.watching += 1
    spoken = looked = asyncio.get_running_loop().time()
    try:
        yield "retry: 3000\n\n"
        while not ending.is_set():
            now = asyncio.get_running_loop().time()
            if now - looked >= HEARTBEAT:
                looked = now
                if not await _stands(reader, digest):
                    yield event("over", "{}")
                    return
            screen = await screens.now(locale)
            number, parts = screen.feed.number, screen.feed.since(seen)
            if parts is None:
                yield event("whole", json.dumps({"html": screen.whole()}), number)
            elif parts:
                yield event("parts", json.dumps({"parts": parts}), number)
            elif now - spoken >= HEARTBEAT:
                yield ":\n\n"
            if parts is None or parts or now - spoken >= HEARTBEAT:
                seen, spoken = number, now
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), SESSIONS_EVERY)
    except Exception as why:
        if not is_infrastructure(why):
            raise  # else it ends, and the browser comes again
    finally:
        screens.watching -= 1


async def _stands(reader: Reader, digest: str) -> bool:
    row = await reader.get(ConsoleSession, digest)
    return row is not None and row.ends_at > wall()
