"""On real Kafka: junk among the records, everything told twice; the certificate is said once."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.runtime.tokens import PERSONAL, mint
from tests.edges.certificates.conftest import SECRET, World, service_on
from tests.edges.certificates.facts import (
    about,
    all_completed,
    attended,
    course,
    person,
    registered,
)


async def read(
    bootstrap: str, topic: str, key: bytes, enough: Callable[[list[Any]], bool]
) -> list[Any]:
    """The records of a key, until there are enough."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    found: list[Any] = []
    try:
        async with asyncio.timeout(60):
            while not enough(found):
                records = await consumer.getmany(timeout_ms=500)
                found += [r for part in records.values() for r in part if r.key == key]
    finally:
        await consumer.stop()
    return found


def types(records: list[Any]) -> list[str]:
    return [dict(record.headers)["ce_type"].decode() for record in records]


async def test_from_facts_with_junk_among_them_to_one_certificate(
    database: Any, kafka_bootstrap: str, monkeypatch: Any
) -> None:
    # The topics are shared: what other tests left there would stop us before our turn comes.
    monkeypatch.setattr("shared.runtime.intake.DEAD_IN_A_ROW", 10_000)
    mine = uuid.uuid4().hex[:8]
    who, course_id = f"Gus {mine}", f"course-{mine}"
    ours = {"course_id": course_id}
    events = [
        *(event.model_copy(update=ours) for event in all_completed()),
        *(event.model_copy(update=ours) for event in attended(who)),
        person(who, "social_worker", ("social_worker", "NY", "1")),
        *(event.model_copy(update=ours) for event in registered(who)),
        course(course_id=course_id),
    ]
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    try:
        for event in events:
            headers = [("ce_id", str(uuid.uuid4()).encode()), ("ce_type", event.type.encode())]
            for _ in range(2):
                await producer.send_and_wait(
                    event.topic_of(), event.payload(), key=event.key_of().encode(), headers=headers
                )
        for headers, value in (
            ([("ce_type", b"course.published.v1")], b"{not json"),
            ([("ce_type", b"session.completed.v9")], b"{}"),
            ([("ce_type", b"attendance.settled.v1"), ("x", b"\xff")], b'{"seconds": "many"}'),
        ):
            named = [*headers, ("ce_id", str(uuid.uuid4()).encode())]
            await producer.send_and_wait(
                "registration.courses", value, key=f"junk-{mine}".encode(), headers=named
            )
    finally:
        await producer.stop()

    service = service_on(
        database("certificates"), role="all", kafka_bootstrap_servers=kafka_bootstrap
    )
    service.hears.consumer = f"certificates-{mine}"
    registration_id = about(who)["registration_id"]
    async with service.app.router.lifespan_context(service.app):
        said = await read(
            kafka_bootstrap,
            "certificates.certificates",
            registration_id.encode(),
            lambda found: "certificate.issued.v1" in types(found),
        )
        dead = await read(
            kafka_bootstrap,
            "certificates.dead-letters",
            f"junk-{mine}".encode(),
            lambda found: len(found) >= 3,
        )
        issued = json.loads(said[-1].value)
        http = World(service).client(mint(SECRET, PERSONAL, registration_id, 1))
        path = f"/certificates/v1/certificates/{issued['certificate_id']}.pdf"
        pdf = await http.get(path)
    # What topics come first decides what is withheld on the way, not what comes of it.
    given = [type_ for type_ in types(said) if type_ != "award.withheld.v1"]
    assert given == ["award.granted.v1", "certificate.issued.v1"]
    assert (issued["board"], issued["credits"]) == ("NYSED-SW", "8.0")
    assert pdf.content.startswith(b"%PDF-")
    assert len(dead) == 3
