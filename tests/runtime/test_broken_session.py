"""A session that the server has ended, of which the client has not heard all: it is away, and that is
no defect of whoever asks next."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from shared.runtime.failures import is_infrastructure


@asynccontextmanager
async def without_ends(host: str, port: int) -> AsyncIterator[tuple[int, asyncio.Event]]:
    """The port of a way to the server on which what it says arrives, and its hanging up does not;
    and an event: its last words have arrived."""
    open_ones: list[asyncio.Task[None]] = []
    writers: list[asyncio.StreamWriter] = []
    last_words = asyncio.Event()

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        writers.append(target)
        while data := await source.read(65_536):
            target.write(data)
            if b"57P01" in data:  # admin_shutdown
                last_words.set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, port)
        open_ones.extend(
            asyncio.create_task(pump(*way)) for way in ((reader, back), (there, writer))
        )

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], last_words
    server.close()
    for task in open_ones:
        task.cancel()
    await asyncio.gather(*open_ones, return_exceptions=True)
    for writer in writers:
        writer.close()


async def test_who_asks_on_a_session_that_was_just_ended_meets_an_outage(postgres_url: str) -> None:
    url = urlsplit(postgres_url)
    admin = await asyncpg.connect(postgres_url)
    async with without_ends(str(url.hostname), url.port or 5432) as way:
        port, last_words = way
        led = url._replace(netloc=f"{url.netloc.rpartition(':')[0]}:{port}")
        con = await asyncpg.connect(urlunsplit(led))
        pid = con.get_server_pid()
        assert await admin.fetchval("SELECT pg_terminate_backend($1)", pid)
        await last_words.wait()
        await asyncio.sleep(0.1)  # turns of this very loop: the client reads them
        with pytest.raises(asyncpg.InternalClientError, match="cannot switch to state") as caught:
            await con.execute("BEGIN")
        assert is_infrastructure(caught.value)
        con.terminate()
    await admin.close()


def test_what_the_client_cannot_do_is_a_defect() -> None:
    assert not is_infrastructure(asyncpg.InternalClientError("no such codec"))
