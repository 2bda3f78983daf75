"""Attendance: Zoom tells that somebody joined; Zoom is asked for its report."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from services.attendance.app import build
from services.attendance.settings import Settings
from shared.runtime.tokens import digest_of
from tests.crash.story import Lives
from tests.edges.attendance.conftest import ZOOM_SECRET, World, confirmed, course, requested
from tests.edges.attendance.test_zoom import WEBHOOK, headers_of, said
from tests.stage import OPERATOR, SECRET, StillClock


class Joined:
    """Zoom's webhook; it comes again until it is taken."""

    def __init__(self, url: str) -> None:
        self.clock = StillClock("2020-11-02T22:30:00Z")
        self.settings = Settings(
            database_url=url,
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            role="api",
            zoom_webhook_secrets=ZOOM_SECRET,
        )
        self.world = World(self._build())
        self.lives = Lives(self.world, self._build)
        self.who, self.body = "", b""

    def _build(self) -> Any:
        return build(self.settings, clock=self.clock)

    async def begin(self, who: str) -> None:
        named = uuid5(NAMESPACE_URL, who)
        self.who = str(named)
        await self.world.hears(requested(self.who), confirmed(self.who))
        person = {"participant_uuid": who, "customer_key": named.hex, "user_id": "1"}
        event = said("participant_joined", "2020-11-02T21:10:00Z", **person)
        self.body = json.dumps(event).encode()

    async def steps(self) -> None:
        async with self.world.client() as zoom:
            posting = zoom.post(WEBHOOK, content=self.body, headers=headers_of(self.body))
            answer = await self.world.stepped(posting)
        assert answer.status_code == 200, answer.text

    async def restart(self) -> None:
        self.world = World(await self.lives.next())

    async def came(self) -> dict[str, Any]:
        kept = "SELECT kind FROM observations WHERE registration_id = $1"
        return {"kept": [row["kind"] for row in await self.world.rows(kept, self.who)]}


@asynccontextmanager
async def told(database: Any, _path: Path) -> AsyncIterator[Joined]:
    """The story, in the middle of the third session."""
    story = Joined(database("attendance"))
    try:
        await story.restart()
        await story.world.hears(course())
        yield story
    finally:
        await story.lives.end()
