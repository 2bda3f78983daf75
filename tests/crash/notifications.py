"""Notifications: one mail. What may have gone out already is sent again by a human alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import UnthreadedController

from services.notifications.app import build
from services.notifications.settings import Settings
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.runtime.service import Service
from shared.runtime.tokens import digest_of
from tests.crash.story import Lives
from tests.edges.notifications.conftest import PostOffice, World, course, of
from tests.stage import OPERATOR, SECRET, StillClock

TEMPLATE = "registration_confirmed"


class Mail:
    """A free seat is confirmed; the mail that says so is due."""

    def __init__(self, url: str, post: PostOffice) -> None:
        self.clock, self.post = StillClock("2020-09-14T15:10:00Z"), post
        self.settings = Settings(
            database_url=url,
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            public_url="http://holdfast.test",
            role="api",
            smtp_port=post.port,
            smtp_timeout=1.0,
            smtp_answer=1.0,
        )
        self.world = World(self._build(), post)
        self.lives = Lives(self.world, self._build)
        self.who = ""

    def _build(self) -> Service:
        return build(self.settings, clock=self.clock)

    async def begin(self, who: str) -> None:
        self.who = who
        about = {"registration_id": f"r-{who}", "person_id": f"p-{who}"}
        await self.world.hears(
            of(PersonRecorded, person_id=f"p-{who}", email=f"{who}@learners.example"),
            of(RegistrationRequested, **about, hold_expires_at=None, payment_method="free"),
            of(RegistrationConfirmed, **about, basis="free"),
        )
        await self.world.swept()

    async def steps(self) -> None:
        while await self.world.outside.step():
            pass

    async def restart(self) -> None:
        self.world = World(await self.lives.next(), self.post)
        await self.world.leases_run_out()

    async def came(self) -> dict[str, Any]:
        [message] = [
            one for one in await self.world.messages(f"r-{self.who}") if one["template"] == TEMPLATE
        ]
        about = [
            (type_, data)
            for type_, _, data in await self.world.told()
            if self.who in str(data) or message["message_id"] in str(data)
        ]
        return {
            "mails": self.post.recipients.count(f"{self.who}@learners.example"),
            "message": (message["status"], message["reason"]),
            "said": [type_.removesuffix(".v1") for type_, _ in about],
        }


@asynccontextmanager
async def told(database: Any, _path: Path) -> AsyncIterator[Mail]:
    """The story, with a mail server of its own."""
    office = PostOffice()
    controller = UnthreadedController(office, "127.0.0.1", 0, loop=asyncio.get_running_loop())
    server: Any = await controller._create_server()
    office.port = server.sockets[0].getsockname()[1]
    story = Mail(database("notifications"), office)
    try:
        await story.restart()
        await story.world.hears(course())
        yield story
    finally:
        await story.lives.end()
        server.close()
