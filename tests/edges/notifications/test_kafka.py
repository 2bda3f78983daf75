"""On real Kafka and a real mail server: heard in the wrong order, sent once, said once."""

import asyncio
import json
import uuid
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.notifications.app import build
from services.notifications.settings import Settings
from shared.contracts.event import Event
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.contracts.services import SERVICES
from shared.contracts.tasks import TaskClosed, TaskOpened
from shared.runtime.tokens import digest_of
from tests.edges.notifications.conftest import OPERATOR, SECRET, PostOffice, course, of, sessions
from tests.rules.notifications import returned


async def test_what_is_heard_from_kafka_becomes_one_mail_and_one_fact(
    database: Any, kafka_bootstrap: str, post: PostOffice
) -> None:
    mine = uuid.uuid4().hex[:8]
    about = {
        "registration_id": f"r-{mine}",
        "course_id": f"course-{mine}",
        "person_id": f"person-{mine}",
    }
    free = {"hold_expires_at": None, "payment_method": "free"}
    # By the wall clock the sessions of 2020 are over, and nobody is told of a seat in the past.
    ahead = [
        one | {"starts_at": f"2100-01-0{n}T20:00:00Z", "ends_at": f"2100-01-0{n}T22:00:00Z"}
        for n, one in enumerate(sessions(), start=1)
    ]
    events: list[Event] = [
        of(RegistrationRequested, **about, **free),
        of(RegistrationConfirmed, **about, basis="free"),
        course(course_id=about["course_id"], sessions=ahead),
        of(PersonRecorded, person_id=about["person_id"], email=f"{mine}@learners.example"),
    ]
    # Behind them on their partitions is somebody else's seat in the same course: once that is told
    # of, whatever was told twice was looked at twice.
    other = about | {"registration_id": f"marker-{mine}", "person_id": f"marker-{mine}"}
    behind: list[Event] = [
        of(RegistrationRequested, **other, **free),
        of(PersonRecorded, person_id=other["person_id"], email=f"marker-{mine}@learners.example"),
        of(RegistrationConfirmed, **other, basis="free"),
    ]
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    try:
        places = {}
        for event in events:
            record = _record(event)
            await producer.send_and_wait(event.topic, **record)
            # told twice, as after a crash
            places[event.topic] = (await producer.send_and_wait(event.topic, **record)).partition
        for event in behind:
            await producer.send_and_wait(
                event.topic, **_record(event), partition=places[event.topic]
            )
    finally:
        await producer.stop()
    service = build(
        Settings(
            database_url=database("notifications"),
            kafka_bootstrap_servers=kafka_bootstrap,
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            role="all",
            smtp_port=post.port,
        )
    )
    service.hears.consumer = f"notifications-{mine}"  # Kafka is shared with other tests
    async with service.app.router.lifespan_context(service.app):
        said = await _said(kafka_bootstrap, about["registration_id"], "registration_confirmed")
        theirs = await _said(kafka_bootstrap, other["registration_id"], "registration_confirmed")
        # Both came back, the first of them twice.
        back = [returned.about(returned.POSTFIX, one["message_id"]) for one in (said, theirs)]
        asgi = httpx.ASGITransport(service.app)
        key = {"Authorization": f"Bearer {OPERATOR}"}
        async with httpx.AsyncClient(transport=asgi, base_url="http://n.test", headers=key) as http:
            found = [
                (await http.post("/notifications/v1/bounces", content=mail)).json()["outcome"]
                for mail in (back[0], back[0], back[1])
            ]
        assert found == ["hard", "duplicate", "hard"]
        failed = await _failed(kafka_bootstrap, said["message_id"], theirs["message_id"])
    assert [(one["message_id"], one["reason"]) for one in failed] == [
        (said["message_id"], "bounced"),
        (theirs["message_id"], "bounced"),
    ]
    assert said["person_id"] == about["person_id"]
    mails = [to for to in post.recipients if to == f"{mine}@learners.example"]
    assert len(mails) == 1  # the reminders are planned for later


async def test_what_needs_a_human_is_heard_from_every_service_once_whatever_comes_first(
    database: Any, kafka_bootstrap: str, post: PostOffice
) -> None:
    mine = uuid.uuid4().hex[:8]
    open_ones = [
        of(TaskOpened, task_id=f"{name}-{mine}", service=name, kind=f"k-{mine}")
        for name in SERVICES
    ]
    done = of(TaskOpened, task_id=f"done-{mine}", service="billing", kind=f"k-{mine}")
    closed = of(TaskClosed, task_id=f"done-{mine}", service="billing", kind=f"k-{mine}")
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    try:
        # closed before it is opened, and opened twice over, as after a crash
        for event in (closed, done, *open_ones, done, *open_ones):
            await producer.send_and_wait(event.topic_of(), **_record(event))
    finally:
        await producer.stop()
    service = build(
        Settings(
            database_url=database("notifications"),
            kafka_bootstrap_servers=kafka_bootstrap,
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            role="all",
            smtp_port=post.port,
            staff_addresses="desk@praxis.example",
        )
    )
    service.hears.consumer = f"notifications-{mine}"
    stands = "SELECT task_id FROM staff_tasks WHERE kind = $1 AND closed_at IS NULL ORDER BY 1"
    seen = "SELECT count(*) FROM staff_tasks WHERE kind = $1"
    async with (
        service.app.router.lifespan_context(service.app),
        asyncio.timeout(60),
        service.api_db.acquire() as con,
    ):
        while await con.fetchval(seen, f"k-{mine}") < len(SERVICES) + 1:
            await asyncio.sleep(0.2)
        found = [row["task_id"] for row in await con.fetch(stands, f"k-{mine}")]
        planned = "SELECT count(*) FROM due WHERE kind = 'staff_digest'"
        while await con.fetchval(planned) != 1:
            await asyncio.sleep(0.2)
    assert found == sorted(f"{name}-{mine}" for name in SERVICES)


def _record(event: Event) -> dict[str, Any]:
    named = [("ce_id", str(uuid.uuid4()).encode()), ("ce_type", event.type.encode())]
    return {"value": event.payload(), "key": event.key_of().encode(), "headers": named}


async def _failed(bootstrap: str, first: str, last: str) -> list[dict[str, Any]]:
    """What was said to have failed of these two, until something was of both."""
    consumer = AIOKafkaConsumer(
        "notifications.messages", bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    found: dict[str, list[dict[str, Any]]] = {first: [], last: []}
    try:
        async with asyncio.timeout(60):
            while not all(found.values()):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for record in records:
                        event = json.loads(record.value)
                        if "reason" in event and event["message_id"] in found:
                            found[event["message_id"]].append(event)
    finally:
        await consumer.stop()
    return found[first] + found[last]


async def _said(bootstrap: str, registration_id: str, template: str) -> dict[str, Any]:
    consumer = AIOKafkaConsumer(
        "notifications.messages", bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(60):
            async for record in consumer:
                event: dict[str, Any] = json.loads(record.value)
                if (event["registration_id"], event["template"]) == (registration_id, template):
                    return event
    finally:
        await consumer.stop()
    raise AssertionError(template)
