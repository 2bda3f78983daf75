"""Partners on a stage, with the institute's endpoint beside it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx

from services.partners.app import build
from services.partners.commands.pumps import plan_pumps, pumps_needs
from services.partners.courier import Courier
from services.partners.models import Head, Occurrence
from services.partners.settings import Settings
from shared.runtime.batch import run_batch
from shared.runtime.outward import Outward
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.tokens import digest_of
from shared.runtime.work import Work
from tests.edges.partners.receiver import Receiver
from tests.runtime.test_batch import Ask
from tests.stage import OPERATOR, SECRET, Ids, Stage, StillClock

NOON = "2020-10-19T12:00:00+00:00"
COURSE, OTHER = "course-a", "course-z"
TYPE = "registration.confirmed.v1"


@asynccontextmanager
async def staged(url: str, way: Outward | None = None) -> AsyncIterator[Hooks]:
    """A process of partners on that database; its loops are stepped by hand."""
    settings = Settings(
        database_url=url,
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        sandbox=True,
        sandbox_clock_url="http://clock.test",
        sandbox_targets=True,
    )
    seams: Any = {"clock": StillClock(NOON), "new_id": Ids(uuid.uuid4().hex)}
    service = build(settings, way, **seams)
    stage = Hooks(service)
    try:
        yield stage
    finally:
        await stage.http.aclose()
        await service.app.state.way.aclose()
        for each in (service.api_db, service.worker_db):
            await each.close()


class Hooks(Stage):
    """The service, and what an institute does with it."""

    @property
    def courier(self) -> Courier:
        act: Any = self.service.dues.outsides["deliver"].act
        found: Courier = act.__self__
        return found

    async def describes(self, partner_id: str = "ibh", **allowed: Any) -> None:
        body = {"name": "Institute", "courses": [COURSE], "types": ["*"], "fields": ["state"]}
        answer = await self.asks("PUT", f"/partners/v1/partners/{partner_id}", json=body | allowed)
        assert answer.status_code in (200, 201), answer.text

    async def opens(self, receiver: Receiver | str, partner_id: str = "ibh", **more: Any) -> dict:
        """An endpoint of the partner, as it is answered."""
        url = receiver if isinstance(receiver, str) else receiver.url
        answer = await self.asks(
            "POST", f"/partners/v1/partners/{partner_id}/endpoints", json={"url": url} | more
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        await self.rests()
        return made

    async def does(self, what: str, endpoint: dict[str, Any], **more: Any) -> httpx.Response:
        """POST to something of the endpoint."""
        return await self.asks("POST", f"{path_of(endpoint)}/{what}", **more)

    async def endpoint(self, endpoint: dict[str, Any]) -> dict[str, Any]:
        """It as it is now."""
        found: dict[str, Any] = (await self.asks("GET", path_of(endpoint))).json()
        return found

    async def replays(self, endpoint: dict[str, Any], **what: Any) -> httpx.Response:
        body = {"endpoint_id": endpoint["endpoint_id"], "partner_id": endpoint["partner_id"]}
        return await self.asks(
            "POST",
            "/partners/v1/deliveries:replay",
            json=body | what,
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )

    async def counts(self, endpoint: dict[str, Any], **which: Any) -> httpx.Response:
        """What a replay would send now."""
        named = {"endpoint_id": endpoint["endpoint_id"], "partner_id": endpoint["partner_id"]}
        return await self.asks("GET", "/partners/v1/deliveries:replay", params=named | which)

    async def deliveries(self, **asked: Any) -> list[dict[str, Any]]:
        """All of the institute's, the oldest first."""
        answer = await self.asks(
            "GET", "/partners/v1/deliveries", params={"partner_id": "ibh", "limit": 200} | asked
        )
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items[::-1]

    async def happens(
        self, *names: str, course: str = COURSE, type_: str = TYPE, subject: str | None = None
    ) -> None:
        """Something that partners may hear of, one event a name, and all pumps are planned."""
        await run_batch(
            self.db,
            self.clock.now(),
            [Ask(_add, (names, course, type_, subject))],
            [],
        )

    async def later(self, seconds: float) -> None:
        """So much later, with all done on the way that is due, each at its own time."""
        await self.at((self.clock.now() + timedelta(seconds=seconds)).isoformat())

    async def jumps(self, hours: float) -> None:
        """So much later at once, and then what is due is done: as if nobody had worked meanwhile,
        which is quicker than all probes of days."""
        self.clock.time += timedelta(hours=hours)
        await self.rests()


def path_of(endpoint: dict[str, Any]) -> str:
    return f"/partners/v1/partners/{endpoint['partner_id']}/endpoints/{endpoint['endpoint_id']}"


Happens = tuple[Sequence[str], str, str, str | None]


def _add_needs(c: Happens) -> Plan:
    yield from pumps_needs()
    return [(Head, "occurrences")]


@needs(_add_needs)
async def _add(work: Work, c: Happens) -> None:
    names, course, type_, subject = c
    head = work.get(Head, "occurrences") or Head(log="occurrences")
    new = []
    for place, name in enumerate(names, head.position + 1):
        new.append(
            Occurrence(
                position=place,
                event_id=name,
                type=type_,
                course_id=course,
                subject=subject or f"of-{name}",
                source="/registration",
                said_at=work.now,
                data={"registration_id": f"of-{name}", "state": "confirmed", "price": 16900},
            )
        )
        work.put(new[-1])
    work.put(replace(head, position=head.position + len(new)))
    plan_pumps(work, new)
