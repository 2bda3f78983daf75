"""Certificates: one is rendered, signed, stored and said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.crash.story import Lives
from tests.edges.certificates.conftest import World, service_on
from tests.edges.certificates.facts import (
    about,
    all_completed,
    attended,
    course,
    person,
    registered,
)
from tests.stage import StillClock


class Render:
    """A nurse has done all that the board asks for."""

    def __init__(self, url: str) -> None:
        self.url, self.clock = url, StillClock("2020-11-09T23:20:00Z")
        self.world = World(self._build())
        self.lives = Lives(self.world, self._build)
        self.who = ""

    def _build(self) -> Any:
        return service_on(self.url, seams={"clock": self.clock})

    async def begin(self, who: str) -> None:
        self.who = who
        await self.world.hears(person(who, "nurse"), *registered(who), *attended(who))
        await self.world.swept()
        await self.world.evaluates(who)

    async def steps(self) -> None:
        await self.world.rendered()

    async def restart(self) -> None:
        self.world = World(await self.lives.next())
        await self.world.leases_run_out()

    async def came(self) -> dict[str, Any]:
        registration_id = about(self.who)["registration_id"]
        issued = [
            one
            for one in await self.world.said("certificate.issued")
            if one["registration_id"] == registration_id
        ]
        rows = await self.world.rows(
            "SELECT number, status FROM certificates WHERE registration_id = $1", registration_id
        )
        files = await self.world.value(
            "SELECT count(*) FROM document_files WHERE certificate_id IN"
            " (SELECT certificate_id FROM certificates WHERE registration_id = $1)",
            registration_id,
        )
        return {
            "issued": len(issued),
            "kept": [row["status"] for row in rows],
            "as numbered": [one["number"] for one in issued] == [row["number"] for row in rows],
            "files": files,
            "due": await self.world.value("SELECT count(*) FROM due WHERE kind = 'render'"),
        }


@asynccontextmanager
async def told(database: Any, _path: Path) -> AsyncIterator[Render]:
    """The story, after the course is over."""
    story = Render(database("certificates"))
    try:
        await story.restart()
        await story.world.hears(course(), *all_completed())
        await story.world.swept()
        yield story
    finally:
        await story.lives.end()
