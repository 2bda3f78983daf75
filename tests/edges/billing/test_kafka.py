"""Billing on a real Kafka: what it is told arrives once, and what it says is on its topic."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.billing import app as billing
from services.billing.settings import Settings
from shared.contracts.event import Event
from shared.runtime.service import Service
from tests.edges.billing.conftest import API_KEY, SECRET, WEBHOOK_SECRET, requested


def build(database_url: str, bootstrap: str, group: str) -> Service:
    """Billing as it runs, in a consumer group of its own."""
    made = billing.build(
        Settings(
            database_url=database_url,
            kafka_bootstrap_servers=bootstrap,
            platform_secret=SECRET,
            role="all",
            gateway_url="http://127.0.0.1:1",
            gateway_api_key=API_KEY,
            webhook_secret=WEBHOOK_SECRET,
        )
    )
    made.hears.consumer = group  # Kafka is shared with other tests
    return made


async def publish(bootstrap: str, *events: tuple[Event, str]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        for event, id_ in events:
            await producer.send_and_wait(
                event.topic_of(),
                event.payload(),
                key=event.key_of().encode(),
                headers=[("ce_id", id_.encode()), ("ce_type", event.type.encode())],
            )
    finally:
        await producer.stop()


@asynccontextmanager
async def heard(bootstrap: str, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A listener that began before anything is said."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="latest"
    )
    await consumer.start()
    await consumer.seek_to_end()
    for partition in consumer.assignment():
        await consumer.position(partition)
    try:
        yield consumer
    finally:
        await consumer.stop()


async def of(consumer: AIOKafkaConsumer, keys: set[str], count: int) -> list[tuple[str, Any]]:
    """(type, data) of the first `count` records with these keys, and any that follow at once."""
    found: list[tuple[str, Any]] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            found += _matching(await consumer.getmany(timeout_ms=500), keys)
    found += _matching(await consumer.getmany(timeout_ms=1500), keys)
    return found


def _matching(batches: Any, keys: set[str]) -> list[tuple[str, Any]]:
    return [
        (dict(record.headers)["ce_type"].decode(), json.loads(record.value))
        for records in batches.values()
        for record in records
        if record.key.decode() in keys
    ]


async def test_told_twice_and_stopped_in_between_it_says_each_invoice_once(
    database: Any, kafka_bootstrap: str
) -> None:
    url, group = database("billing"), f"billing-{uuid.uuid4().hex[:12]}"
    ada, ben = (f"{name}-{uuid.uuid4().hex}" for name in ("ada", "ben"))
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    async with heard(kafka_bootstrap, "billing.registrations") as listener:
        service = build(url, kafka_bootstrap, group)
        async with service.app.router.lifespan_context(service.app):
            await publish(kafka_bootstrap, (requested(ada), first), (requested(ada), first))
            said = await of(listener, {ada}, 1)
        assert [(kind, data["registration_id"]) for kind, data in said] == [
            ("invoice.issued.v1", ada)
        ]
        await publish(kafka_bootstrap, (requested(ada), first), (requested(ben), second))
        service = build(url, kafka_bootstrap, group)
        async with service.app.router.lifespan_context(service.app):
            said = await of(listener, {ada, ben}, 1)
        assert [(kind, data["registration_id"]) for kind, data in said] == [
            ("invoice.issued.v1", ben)
        ]


async def test_junk_becomes_a_dead_letter_and_what_follows_is_handled(
    database: Any, kafka_bootstrap: str
) -> None:
    group = f"billing-{uuid.uuid4().hex[:12]}"
    ada = f"ada-{uuid.uuid4().hex}"
    service = build(database("billing"), kafka_bootstrap, group)
    async with (
        heard(kafka_bootstrap, "billing.dead-letters") as dead,
        heard(kafka_bootstrap, "billing.registrations") as listener,
        service.app.router.lifespan_context(service.app),
    ):
        producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all")
        await producer.start()
        headers = [
            ("ce_id", str(uuid.uuid4()).encode()),
            ("ce_type", b"registration.requested.v1"),
            ("junk", b"\xff\xfe"),
        ]
        await producer.send_and_wait(
            "registration.registrations", b"\xff not json", key=ada.encode(), headers=headers
        )
        await producer.stop()
        await publish(kafka_bootstrap, (requested(ada), str(uuid.uuid4())))
        assert [kind for kind, _ in await of(listener, {ada}, 1)] == ["invoice.issued.v1"]
        async with asyncio.timeout(30):
            record = await dead.getone()
            while record.key != ada.encode():
                record = await dead.getone()
        assert record.value == b"\xff not json"
        assert ("junk", b"\xff\xfe") in record.headers
