"""The relay's benchmark on real Kafka and Postgres, small: what it counts is there."""

import asyncio
from typing import Any

import asyncpg
import pytest

from bench import delay, outbox, relaying
from cli.crowd.pace import moments
from shared.contracts.billing import InvoiceIssued
from shared.runtime.relay import ROWS

RATE, SECONDS = 40.0, 1.0


@pytest.mark.parametrize("kind", ["relay", "bare"])
async def test_every_row_arrives_once_and_none_is_left(
    kind: str, database: Any, kafka_server: str
) -> None:
    count = ROWS + ROWS // 2
    assert await relaying.rows_a_second(kind, database("billing"), kafka_server, count) > 0


def test_too_few_rows_to_measure_are_said() -> None:
    meter = relaying.Meter(10)
    meter(10)
    with pytest.raises(AssertionError, match="10 rows are too few"):
        assert meter.rate


@pytest.mark.parametrize("kind", delay.KINDS)
async def test_each_that_arrives_is_committed_and_on_the_clock(
    kind: str, database: Any, kafka_server: str
) -> None:
    urls = {name: database(name) for name in ("billing", "registration")}
    took = await delay.delays(kind, urls, kafka_server, RATE, SECONDS, 5)
    assert len(took) == len(moments(RATE, 40, 5)) == 40
    assert all(one > 0 for one in took), "nothing is committed before it was said"


async def test_what_was_filled_is_what_is_read_back(database: Any, kafka_server: str) -> None:
    """The headers are the text that a service writes, and a record lies under the row's key."""
    url = database("billing")
    async with outbox.topic(kafka_server, "read") as name:
        said = outbox.entries(InvoiceIssued, "billing", name, 3)
        await outbox.fill(url, said)
        con = await asyncpg.connect(url)
        rows = await con.fetch("SELECT event_id::text, shard, topic, key FROM outbox ORDER BY id")
        await con.close()
        assert [tuple(row) for row in rows] == [
            (one.event_id, one.shard, name, one.key) for one in said
        ]
        assert len({one.key for one in said}) == 3
        meter = relaying.Meter(3)
        async with asyncio.timeout(60):
            await relaying.relay(url, kafka_server, meter)
        assert await outbox.arrived(kafka_server, name) == {one.event_id: 1 for one in said}
