"""Answers for everybody: less than a second old, read once for a thousand, never too many."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from shared.errors import NotFound
from shared.runtime import problems
from shared.runtime.fresh import Fresh


class World:
    """What is read, how often it was, and what time it is by either clock."""

    def __init__(self, **bounds: int) -> None:
        self.ticks = 100.0
        self.now = datetime(2020, 9, 1, tzinfo=UTC)
        self.truth: Any = "first"
        self.reads = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.fresh = Fresh(lambda: self.now, lambda: self.ticks, **bounds)

    async def make(self) -> Any:
        self.reads += 1
        seen = self.truth
        await self.go_on.wait()
        if isinstance(seen, Exception):
            raise seen
        return seen

    async def get(self, asked: Any = "page") -> bytes:
        return (await self.fresh.get(asked, self.make)).body


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_was_read_less_than_a_second_ago_is_not_read_again():
    world = World()
    assert await world.get() == b'"first"'
    world.truth = "second"
    world.ticks += 0.89
    assert await world.get() == b'"first"'
    world.ticks += 0.02
    assert await world.get() == b'"second"'
    assert world.reads == 2


async def test_it_is_as_old_as_the_beginning_of_its_reading():
    world = World()
    world.go_on.clear()
    first = asyncio.create_task(world.get())
    await settle()
    world.truth = "second"
    world.ticks += 2  # the database is slow: who comes now does not wait for what was so then
    late = asyncio.create_task(world.get())
    await settle()
    world.go_on.set()
    assert (await first, await late) == (b'"first"', b'"second"')
    assert await world.get() == b'"second"'
    assert world.reads == 2


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(seconds=0.9), timedelta(days=-1)])
async def test_a_jump_of_business_time_makes_all_of_it_old(jump: timedelta):
    world = World()
    await world.get()
    world.truth = "second"
    world.now += jump
    assert await world.get() == b'"second"'


async def test_a_thousand_readers_at_once_are_one_reading():
    world = World()
    world.go_on.clear()
    readers = [asyncio.create_task(world.get()) for _ in range(1_000)]
    await settle()
    world.go_on.set()
    assert set(await asyncio.gather(*readers)) == {b'"first"'}
    assert world.reads == 1


async def test_who_hangs_up_ends_the_reading_for_nobody_else():
    world = World()
    world.go_on.clear()
    first, second = (asyncio.create_task(world.get()) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    world.go_on.set()
    assert await second == b'"first"'
    assert world.reads == 1


async def test_an_error_is_told_to_all_who_wait_and_kept_for_nobody():
    world = World()
    world.truth = NotFound("page-unknown", "There is no such page.")
    world.go_on.clear()
    readers = [asyncio.create_task(world.get()) for _ in range(3)]
    await settle()
    world.go_on.set()
    told = await asyncio.gather(*readers, return_exceptions=True)
    assert [type(each) for each in told] == [NotFound] * 3
    assert (world.reads, len(world.fresh)) == (1, 0)
    world.truth = "there is now"
    assert await world.get() == b'"there is now"'


async def test_what_is_forgotten_while_it_is_read_is_not_kept_and_nobody_new_waits_for_it():
    world = World()
    world.go_on.clear()
    before = asyncio.create_task(world.get())
    await settle()
    world.truth = "committed"
    world.fresh.forget()
    after = asyncio.create_task(world.get())
    await settle()
    world.go_on.set()
    assert (await before, await after) == (b'"first"', b'"committed"')
    assert await world.get() == b'"committed"'
    assert world.reads == 2


async def test_no_more_are_kept_than_is_said_and_the_one_used_longest_ago_goes_first():
    world = World(most=3)
    for junk in range(50):
        await world.get("page")
        await world.get(("page", junk))
    assert len(world.fresh) == 3
    assert world.reads == 51  # each of the junk, and `page` but once


async def test_nor_more_bytes_however_few_they_are():
    world = World(most_bytes=1_000)
    world.truth = "x" * 298  # with its quotation marks 300
    for number in range(10):
        await world.get(number)
    assert len(world.fresh) == 3
    world.truth = "x" * 2_000
    assert len(await world.get("large")) == 2_002
    assert len(world.fresh) == 0
    world.truth = "small"
    for number in range(10):
        await world.get(number)
    assert len(world.fresh) == 10


async def test_over_http_who_has_it_already_is_told_so_and_caches_on_the_way_ask_each_time():
    world = World()
    app = FastAPI()
    problems.install(app)

    @app.get("/page")
    async def page(request: Request) -> Response:
        return await world.fresh.answer(request, "page", world.make)

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://toy.test") as client:
        first = await client.get("/page")
        assert (first.status_code, first.json()) == (200, "first")
        assert first.headers["content-type"] == "application/json"
        assert first.headers["cache-control"] == "public, no-cache"
        etag = first.headers["etag"]
        for named in (etag, f'"other", W/{etag}', "*"):
            known = await client.get("/page", headers={"If-None-Match": named})
            assert (known.status_code, known.content) == (304, b"")
            assert known.headers["etag"] == etag
        world.truth = "second"
        world.ticks += 1
        changed = await client.get("/page", headers={"If-None-Match": etag})
        assert (changed.status_code, changed.json()) == (200, "second")
        assert changed.headers["etag"] != etag
