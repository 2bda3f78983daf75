"""Billing: a refund is asked of the gateway; the gateway says that somebody paid."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from services.billing.app import build
from tests.crash.story import Lives
from tests.edges.billing.conftest import World, cancelled, confirmed, course, requested, world_of

BEGAN = "2020-09-14T15:05:00Z"
LATER = "2020-09-15T15:05:00Z"


class _Billing:
    """One gateway, whose books go on however many processes die."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lives = Lives(
            world,
            lambda: build(
                world.service.settings,
                http=httpx.AsyncClient(transport=world.line),
                clock=world.clock,
            ),
        )
        self.who = ""

    async def begin(self, who: str) -> None:
        """Who has registered for 199.00."""
        self.who = who
        self.captured, self.refunded = self.world.totals()
        await self.world.hears(requested(who))

    async def restart(self) -> None:
        world, service = self.world, await self.lives.next()
        World.__init__(world, service, world.store, world.line, world.shop)
        await world.leases_run_out()

    async def came(self) -> dict[str, Any]:
        captured, refunded = self.world.totals()
        view = await self.world.view(self.who)
        return {
            "said": await self.world.types(self.who),
            "balances": await self.world.balances(self.who),
            "captured": captured - self.captured,
            "refunded": refunded - self.refunded,
            "payments": [one["status"] for one in view["payments"]],
            "refunds": [one["status"] for one in view["refunds"]],
        }


class Refund(_Billing):
    """Cancelled in time, paid by card: 169.00 goes back."""

    async def begin(self, who: str) -> None:
        await super().begin(who)
        await self.world.pays(who)
        await self.world.hears(confirmed(who), cancelled(who, BEGAN))
        await self.world.swept()

    async def steps(self) -> None:
        while await self.world.outside.step():
            pass

    async def came(self) -> dict[str, Any]:
        await self.world.at(LATER)
        self.world.clock.time = type(self.world.clock)(BEGAN).time
        return await super().came()


class Paid(_Billing):
    """The gateway's webhook; it comes again until it is taken."""

    async def begin(self, who: str) -> None:
        await super().begin(who)
        await self.world.pays(who, deliver=False)

    async def steps(self) -> None:
        for body in self.world.pending_webhooks():
            assert await self.world.stepped(self.world.webhook(body)) == 200
        while await self.world.outside.step():
            pass

    async def came(self) -> dict[str, Any]:
        await self.world.deliver()
        return await super().came()


@asynccontextmanager
async def told(kind: type[_Billing], database: Any, path: Path) -> AsyncIterator[Any]:
    """A story of billing, in a database of its own, with a gateway of its own."""
    async with world_of(database("billing"), path) as world:
        story = kind(world)
        try:
            await world.hears(course())
            yield story
            assert await world.broken_invariants() == []
        finally:
            await story.lives.end()
