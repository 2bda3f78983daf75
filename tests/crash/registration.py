"""Registration: somebody asks for a seat; a hold ends; a course ends for all who were in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from shared.contracts.attendance import SessionCompleted
from shared.contracts.billing import InvoicePaid
from tests.crash.story import Lives
from tests.edges.registration.conftest import Stage, service_on
from tests.stage import StillClock

BEGAN = "2020-09-01T13:00:00Z"
_LEFT = "SELECT count(*) FROM due WHERE ref = $1 AND kind = $2"


class _Registration:
    """A course with room for all, and one process after another."""

    def __init__(self, url: str, clock: StillClock) -> None:
        self.clock = clock
        self.stage = Stage(service_on(url, clock))
        self.lives = Lives(self.stage, lambda: service_on(url, clock))
        self.who = self.id = ""

    async def begin(self, who: str) -> None:
        self.who = who
        self.clock.time = StillClock(BEGAN).time
        self.held = (await self.stage.seats())["held"]

    async def restart(self) -> None:
        self.stage = Stage(await self.lives.next())
        await self.stage.leases_run_out()

    async def registers(self, course_id: str = "attachment") -> str:
        key = f"{self.who} asks"
        answer = await self.stage.stepped(
            self.stage.register(f"{self.who} Example", course_id, key=key)
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["registration_id"])

    async def sweeps(self) -> None:
        while await self.stage.sweep.step():
            pass


class Asked(_Registration):
    """A request; who gets no answer asks again with the same key."""

    async def steps(self) -> None:
        self.id = await self.registers()

    async def came(self) -> dict[str, Any]:
        people = "SELECT count(*) FROM people WHERE email = $1"
        return {
            "people": await self.stage.value(people, f"{self.who.lower()}@learners.example"),
            "said": await self.stage.said_of(self.id),
            "held": (await self.stage.seats())["held"] - self.held,
        }


class HoldEnds(_Registration):
    """A deadline: the seat was not paid for."""

    async def begin(self, who: str) -> None:
        await super().begin(who)
        self.id = await self.registers()
        shown = await self.stage.shown(self.id)
        await self.stage.go_to_without_sweeping(shown["hold_expires_at"])

    async def steps(self) -> None:
        await self.sweeps()

    async def came(self) -> dict[str, Any]:
        return {
            "said": await self.stage.said_of(self.id),
            "held": (await self.stage.seats())["held"] - self.held,
            "due": await self.stage.value(_LEFT, self.id, "expire_hold"),
        }


class CourseEnds(_Registration):
    """A deadline that makes a walk over many rows."""

    async def begin(self, who: str) -> None:
        await super().begin(who)
        self.course = f"of-{who.lower()}"
        await self.stage.publish(self.course)
        self.ids = [await self._confirmed(f"{who}{n}") for n in range(2)]
        for n in range(1, 5):
            about = {"course_id": self.course, "session_id": f"s{n}"}
            about["settled_at"] = "2020-12-31T00:00:00Z"
            await self.stage.hears(
                SessionCompleted.model_validate(SessionCompleted.example | about)
            )

    async def _confirmed(self, who: str) -> str:
        self.who = who
        id_ = await self.registers(self.course)
        about = {"registration_id": id_, "course_id": self.course}
        await self.stage.hears(InvoicePaid.model_validate(InvoicePaid.example | about))
        return id_

    async def steps(self) -> None:
        await self.sweeps()

    async def came(self) -> dict[str, Any]:
        said = [await self.stage.said_of(id_) for id_ in self.ids]
        due = "SELECT count(*) FROM due WHERE ref LIKE $1 AND kind LIKE 'complete%'"
        return {
            "completed": [types.count("completed") for types in said],
            "due": await self.stage.value(due, f"{self.course}%"),
        }


@asynccontextmanager
async def told(kind: type[_Registration], database: Any, _path: Path) -> AsyncIterator[Any]:
    """A story of registration in a database of its own."""
    story = kind(database("registration"), StillClock(BEGAN))
    await story.restart()
    try:
        await story.stage.publish()
        yield story
    finally:
        await story.lives.end()
