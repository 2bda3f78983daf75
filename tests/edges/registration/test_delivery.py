"""On real Kafka: what is said arrives, in order, and what is heard is done, once."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.registration.app import build
from services.registration.settings import Settings
from shared.runtime.service import Service
from shared.runtime.tokens import digest_of
from tests.edges.registration.conftest import OPERATOR, SECRET, application
from tests.edges.registration.happenings import paid
from tests.rules.registration.course import course


@pytest.fixture
async def whole(database, kafka_bootstrap: str) -> AsyncIterator[Service]:
    service = build(
        Settings(
            database_url=database("registration"),
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            kafka_bootstrap_servers=kafka_bootstrap,
            role="all",
        )
    )
    service.hears.consumer = f"registration-{uuid.uuid4()}"
    async with service.app.router.lifespan_context(service.app):
        yield service


async def test_a_registration_is_said_on_kafka_and_confirmed_by_what_billing_says_there(
    whole: Service, kafka_bootstrap: str
):
    course_id = f"course-{uuid.uuid4()}"
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(whole.app),
        base_url="http://registration.test/registration/v1",
    )
    next_year = [
        session | {"date": session["date"].replace("2020", "2099")}
        for session in course()["sessions"]
    ]
    file = course(id=course_id, sessions=next_year, board_defaults=None, boards=None)
    await http.put(
        f"/courses/{course_id}", json=file, headers={"Authorization": f"Bearer {OPERATOR}"}
    )
    answer = await http.post(
        f"/courses/{course_id}/registrations",
        json=application(),
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert answer.status_code == 201, answer.text
    body = answer.json()
    registration_id = body["registration_id"]
    await tell(kafka_bootstrap, paid(registration_id, str(uuid.uuid4())), times=2)

    token = {"Authorization": f"Bearer {body['token']}"}
    async with asyncio.timeout(60):
        while True:
            shown = await http.get(f"/registrations/{registration_id}", headers=token)
            if shown.json()["status"] == "confirmed":
                break
            await asyncio.sleep(0.1)

    records = await heard(kafka_bootstrap, "registration.registrations", registration_id, 2)
    assert [type_ for type_, _ in records] == [
        "registration.requested.v1",
        "registration.confirmed.v1",
    ]
    assert all(data["course_id"] == course_id for _, data in records)
    [(type_, said)] = await heard(kafka_bootstrap, "registration.courses", course_id, 1)
    assert (type_, said["version"]) == ("course.published.v1", 1)
    await http.aclose()


async def tell(bootstrap: str, event: Any, *, times: int) -> None:
    """Publish a neighbour's event, with the same id each time."""
    event_id = str(uuid.uuid4())
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        for _ in range(times):
            await producer.send_and_wait(
                event.topic_of(),
                event.payload(),
                event.key_of().encode(),
                headers=[("ce_id", event_id.encode()), ("ce_type", event.type.encode())],
            )
    finally:
        await producer.stop()


async def heard(bootstrap: str, topic: str, key: str, count: int) -> list[tuple[str, Any]]:
    """The records of one key on a topic, once there are so many."""
    found: list[tuple[str, Any]] = []
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            while len(found) < count:
                record = await consumer.getone()
                if record.key == key.encode():
                    headers = dict(record.headers)
                    assert headers["ce_source"] == b"/registration"
                    assert headers["ce_subject"] == key.encode()
                    found.append((headers["ce_type"].decode(), json.loads(record.value)))
    finally:
        await consumer.stop()
    return found
