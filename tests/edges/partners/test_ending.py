"""A process that is told to stop: what waits or goes out is waited for, and for no longer."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from services.partners import tail
from services.partners.courier import Courier
from services.partners.domain.rounds import Parcel
from services.partners.domain.trips import Round, moved
from services.partners.secrets import WebhookSecrets
from services.partners.tail import Tail
from shared.runtime.outward import Said
from shared.runtime.service import Service
from shared.runtime.serving import Server
from shared.runtime.settings import ServiceSettings
from tests.runtime import toy


class Head:
    """The end of a log."""

    def __init__(self) -> None:
        self.position, self.looks = 7, 0

    async def look(self) -> int:
        self.looks += 1
        return self.position


async def test_who_waits_for_the_log_is_answered_at_once_when_the_process_ends() -> None:
    ending, head = asyncio.Event(), Head()
    waits = Tail(ending)
    waiting = [asyncio.create_task(waits.beyond("ibh", 7, 30, head.look)) for _ in range(3)]
    await asyncio.sleep(0.1)
    assert not any(one.done() for one in waiting)
    ending.set()
    async with asyncio.timeout(2):
        assert await asyncio.gather(*waiting) == [False] * 3
        assert await waits.beyond("ibh", 7, 30, head.look) is False


async def test_who_waits_is_told_as_soon_as_the_log_has_moved_by_one_look_for_all() -> None:
    head = Head()
    waits = Tail(asyncio.Event())
    waiting = [asyncio.create_task(waits.beyond(f"p{n}", 7, 30, head.look)) for n in range(9)]
    await asyncio.sleep(0.1)
    head.position = 8
    async with asyncio.timeout(5):
        assert await asyncio.gather(*waiting) == [True] * 9
    assert head.looks <= 3
    assert await waits.beyond("p1", 8, 0.01, head.look) is False


async def test_one_partner_does_not_take_the_places_of_the_others() -> None:
    head = Head()
    waits = Tail(asyncio.Event())
    greedy = [
        asyncio.create_task(waits.beyond("greedy", 7, 30, head.look)) for _ in range(tail.MOST)
    ]
    await asyncio.sleep(0)
    other = asyncio.create_task(waits.beyond("other", 7, 30, head.look))
    await asyncio.sleep(0.1)
    assert sum(one.done() for one in greedy) == tail.MOST - tail.OF_ONE
    assert not other.done()
    head.position = 8
    async with asyncio.timeout(5):
        assert await other
    assert sum(one.result() for one in await _all(greedy)) == tail.OF_ONE


async def _all(tasks: list[asyncio.Task[bool]]) -> list[asyncio.Task[bool]]:
    await asyncio.wait(tasks)
    return tasks


class Way:
    """The way out, on which somebody says after the second request that the process ends."""

    def __init__(self, ending: asyncio.Event) -> None:
        self.sent: list[str] = []
        self._ending = ending

    async def post(self, _url: str, _body: bytes, headers: Any, **_: Any) -> Said:
        self.sent.append(headers["webhook-id"])
        if len(self.sent) == 2:
            self._ending.set()
        await asyncio.sleep(0)
        return Said(204, b"")


@pytest.mark.parametrize("ordered", [False, True])
async def test_a_round_ends_with_what_it_has_sent_and_leaves_the_rest(ordered: bool) -> None:
    ending = asyncio.Event()
    way: Any = Way(ending)
    new = [Parcel(n, f"e{n}", "t", "c", "s", b"{}") for n in range(1, 6)]
    strands = [tuple(new)] if ordered else [(one,) for one in new]
    round_ = Round("e", "https://a.example", (1,), 1, 0, strands, new, 9, frozenset(), {}, True)
    trip = await Courier(way, WebhookSecrets("s"), ending).deliver(round_)
    assert way.sent == ["e1", "e2"]
    assert [one.outcome.taken for one in trip.tried] == [True, True], "what was sent is recorded"
    assert moved(0, round_, trip, ordered=ordered) == (2, [])


async def test_a_request_that_waits_holds_up_no_stop() -> None:
    """Through the very server: it says that the end has come before it waits for requests."""
    router = APIRouter()
    settings = ServiceSettings(
        database_url="postgresql://nobody@127.0.0.1:1/none",
        platform_secret="a-secret-of-the-platform",
        role="api",
    )
    service = Service("toy", settings, base=toy.Base, routers=[router])
    begun = asyncio.Event()

    @service.app.get("/waits")
    async def waits() -> dict[str, bool]:
        begun.set()
        async with asyncio.timeout(60):
            await service.ending.wait()
        return {"ended": True}

    server = Server(
        service, host="127.0.0.1", port=0, timeout_graceful_shutdown=20, log_config=None
    )
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(30):
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            asked = asyncio.create_task(client.get("/waits", timeout=60))
            await begun.wait()
            server.should_exit = True
            answer = await asked
    assert answer.json() == {"ended": True}
    async with asyncio.timeout(30):
        await serving
