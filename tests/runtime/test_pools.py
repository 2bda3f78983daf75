"""Connections are kept apart by whom they lead to, and not longer than they are of use."""

import importlib.util

import httpx

from shared.runtime import pools
from shared.runtime.pools import Pools


class Made:
    """Clients that tell whether they are closed."""

    def __init__(self) -> None:
        self.clients: list[httpx.AsyncClient] = []
        self.now = 100.0
        self.pools = Pools(self.make, lambda: self.now)

    def make(self) -> httpx.AsyncClient:
        client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(204)))
        self.clients.append(client)
        return client

    async def asks(self, name: str) -> httpx.AsyncClient:
        async with self.pools.of(name) as client:
            return client

    def closed(self) -> list[bool]:
        return [client.is_closed for client in self.clients]


async def test_each_name_has_its_own_and_keeps_it() -> None:
    made = Made()
    a, b = await made.asks("a"), await made.asks("b")
    assert a is not b
    assert await made.asks("a") is a
    async with made.pools.of("a") as one, made.pools.of("a") as other:
        assert one is other is a
    assert len(made.clients) == 2


async def test_one_that_was_idle_for_long_is_closed_by_the_next_request_whosoever() -> None:
    made = Made()
    a = await made.asks("a")
    made.now += pools.KEPT - 1
    await made.asks("b")
    assert made.closed() == [False, False]
    made.now += 1
    await made.asks("b")
    assert made.closed() == [True, False]
    assert await made.asks("a") is not a


async def test_one_that_is_used_is_not_closed_however_long_it_takes() -> None:
    made = Made()
    async with made.pools.of("slow"):
        async with made.pools.of("slow"):
            pass
        made.now += 10 * pools.KEPT
        await made.asks("b")
        assert made.closed() == [False, False]
    made.now += pools.KEPT
    await made.asks("b")
    assert made.closed() == [True, False]


async def test_of_more_than_are_kept_the_idlest_go(monkeypatch) -> None:
    monkeypatch.setattr(pools, "MOST", 2)
    made = Made()
    for name in ("a", "b", "a", "c", "d"):
        await made.asks(name)
    assert made.closed() == [False, True, False, False]


async def test_one_that_was_given_up_in_the_middle_is_idle_again() -> None:
    made = Made()
    try:
        async with made.pools.of("a"):
            raise TimeoutError
    except TimeoutError:
        pass
    made.now += pools.KEPT
    await made.asks("b")
    assert made.closed() == [True, False]


async def test_the_end_closes_all() -> None:
    made = Made()
    async with made.pools.of("used"):
        await made.asks("idle")
        await made.pools.aclose()
        assert made.closed() == [True, True]


def test_httpcore_finds_the_library_that_it_looks_for_at_each_request() -> None:
    """Without it each request walks through all of `sys.path`, several times, and finds nothing: a
    fifth of what a delivery took."""
    assert importlib.util.find_spec("sniffio") is not None
