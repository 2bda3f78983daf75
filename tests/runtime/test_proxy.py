"""The proxy of the tests: what it did to connections is what it counts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from stack import ports
from tests.runtime.proxy import Proxy


@asynccontextmanager
async def echoing() -> AsyncIterator[Proxy]:
    """A proxy before a server that says everything twice."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1000):
                writer.write(data * 2)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with Proxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()


async def opened(proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def asked(proxy: Proxy) -> bytes:
    reader, _ = await opened(proxy)
    return await reader.readexactly(1)


async def test_words_are_counted_both_ways_and_slow_bytes_arrive() -> None:
    async with echoing() as proxy:
        proxy.words[b"ab"] = 0
        reader, writer = await opened(proxy)
        writer.write(b"ab.")
        assert await reader.readexactly(6) == b"ab.ab."
        assert (proxy.words[b"ab"], proxy.slowed, proxy.held, proxy.cuts) == (3, 0, 0, 0)
        proxy.slow(0.01)
        writer.write(b"cd")
        assert await reader.readexactly(4) == b"cdcd"
        assert proxy.slowed == 6
        writer.close()


async def test_what_is_swallowed_is_counted_and_comes_when_it_is_healed() -> None:
    async with echoing() as proxy:
        reader, writer = await opened(proxy)
        writer.write(b"one")
        assert await reader.readexactly(6) == b"oneone"
        proxy.swallow()
        writer.write(b"two!")
        while not proxy.held:
            await asyncio.sleep(0.01)
        assert proxy.held == 4
        proxy.heal()
        assert await reader.readexactly(8) == b"two!two!"
        writer.close()


async def test_cut_connections_are_reset_and_refused_ones_are_not_taken_until_it_is_healed() -> (
    None
):
    async with echoing() as proxy:
        reader, writer = await opened(proxy)
        writer.write(b"x")
        await reader.readexactly(2)
        proxy.cut()
        assert proxy.cuts == 2, "both ends of one"
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        proxy.refuse()
        with pytest.raises(ConnectionResetError):
            await asked(proxy)
        assert proxy.refused == 1
        proxy.heal()
        reader, writer = await opened(proxy)
        writer.write(b"y")
        assert await reader.readexactly(2) == b"yy"
        writer.close()


async def test_where_nobody_listens_behind_it_a_connection_ends_at_once() -> None:
    async with Proxy("127.0.0.1", ports.free_port()) as proxy:
        with pytest.raises(ConnectionResetError):
            await asked(proxy)
