"""On uvloop, as services run: whoever sends on a Kafka connection that was just lost is told so."""

import asyncio
import socket
import struct
from typing import Any

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

import shared.runtime.kafka  # whose import is all that it takes

__all__ = ["shared"]


async def _says_nothing_of_versions(_self: Any) -> None:
    return None


async def _sent_while_it_is_lost() -> list[Exception]:
    """What came of sends in every round of the loop, from the loss on."""
    taken: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: taken.append(writer), "127.0.0.1", 0)
    conn = AIOKafkaConnection("127.0.0.1", server.sockets[0].getsockname()[1])
    await conn.connect()
    while not taken:
        await asyncio.sleep(0)
    at_once = struct.pack("ii", 1, 0)
    taken[0].get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    taken[0].transport.abort()
    came: list[Exception] = []

    async with asyncio.timeout(10):
        # Woken in the round in which the reader is: aiokafka has not heard of it yet.
        while conn.connected() and conn._reader.exception() is None:
            await asyncio.sleep(0)
        for _ in range(3):
            try:
                conn.send(ApiVersionRequest()).close()
            except Exception as why:
                came.append(why)
            await asyncio.sleep(0)
    server.close()
    return came


def test_aiokafka_is_told_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AIOKafkaConnection, "_do_version_lookup", _says_nothing_of_versions)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        came = runner.run(_sent_while_it_is_lost())
    assert [type(why) for why in came] == [KafkaConnectionError] * 3
    assert "the handler is closed" in str(came[0])
