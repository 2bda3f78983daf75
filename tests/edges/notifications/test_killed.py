"""A worker process that is killed in mid-burst, on real Kafka, and another that takes over."""

import asyncio
from collections import Counter
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer
from pydantic_core import from_json

from bench import audience, crew
from services.notifications.domain.header_ids import header_id
from shared.contracts.notifications import MessageFailed, MessageSent
from tests.edges.notifications.rough import rough
from tests.edges.notifications.test_rough import BEGUN
from tests.stage import SECRET

MANY = 60
_STATES = "SELECT state, count(*)::int AS n FROM messages WHERE message_id = ANY($1) GROUP BY 1"


async def test_what_a_killed_worker_left_is_sent_once_or_asked_about(
    database: Any, kafka_bootstrap: str
) -> None:
    url = database("notifications")
    ids = await audience.waiting(url, MANY)
    con = await asyncpg.connect(url)
    async with rough(1, troubles=("none",), most=100) as office:
        told = {
            "NOTIFICATIONS_SMTP_PORT": str(office.port),
            "NOTIFICATIONS_SMTP_RATE": "0",
            "PLATFORM_SECRET": SECRET,
        }
        member = ("notifications", "worker", url, kafka_bootstrap, told)
        async with crew.member(*member) as first:
            await audience.release(con, ids)
            while sum(office.kept.values()) < 10:
                await asyncio.sleep(0.005)
            first.process.kill()
            await first.process.wait()
        left = {row["state"]: row["n"] for row in await con.fetch(_STATES, ids)}
        doubtful = await con.fetchval(BEGUN)
        await con.execute("UPDATE due SET lease_until = now() - interval '1 second'")
        async with crew.member(*member):
            while {row["state"] for row in await con.fetch(_STATES, ids)} & {"planned", "sending"}:
                await asyncio.sleep(0.05)
            while await con.fetchval("SELECT count(*) FROM outbox"):
                await asyncio.sleep(0.05)
    await con.close()
    said = await _told(kafka_bootstrap, set(ids))
    # Of those whose message itself had begun nobody knows; all others went out. Each is said once.
    assert Counter(outcome for _, outcome in said) == Counter(
        {"sent": MANY - doubtful, "unknown": doubtful}
    )
    assert doubtful < left["sending"], "some were only prepared"
    assert len({id_ for id_, _ in said}) == len(said) == MANY
    assert max(office.kept.values()) == 1
    assert {
        header_id(id_, SECRET, "holdfast.example") for id_, how in said if how == "sent"
    } <= set(office.kept)


async def _told(bootstrap: str, mine: set[str]) -> list[tuple[str, str]]:
    """(message, sent or why not) of all that Kafka holds of them."""
    found: list[tuple[str, str]] = []
    consumer = AIOKafkaConsumer(
        MessageSent.topic,
        bootstrap_servers=bootstrap,
        group_id=None,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        for tp, end in (await consumer.end_offsets(consumer.assignment())).items():
            while await consumer.position(tp) < end:
                for record in (await consumer.getmany(tp, timeout_ms=200)).get(tp, []):
                    told = from_json(record.value) if record.value else {}
                    if told.get("message_id") in mine:
                        type_ = dict(record.headers)["ce_type"].decode()
                        assert type_ in (MessageSent.type, MessageFailed.type)
                        how = "sent" if type_ == MessageSent.type else told["reason"]
                        found.append((told["message_id"], how))
    finally:
        await consumer.stop()
    return found
