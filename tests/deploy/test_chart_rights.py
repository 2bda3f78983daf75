"""The rights that the chart gives, in a Kafka that asks who may do what: each service can do its
work, and nothing of another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from cli.kafka_rights import Rights, settings_of
from deploy.chart.rights import heard, users
from services.web import app as web
from services.web.settings import Settings as WebSettings
from shared.contracts.services import SERVICES
from shared.contracts.topics import TOPICS
from shared.runtime.kafka import Bootstrap, Security, client_of
from stack.topics import create_topics
from tests.conftest import run
from tests.security.guarded import Guarded, guarded_kafka
from tests.stage import SECRET

PASSWORD = "another-password-of-the-tests"
_KINDS = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP, "cluster": ResourceType.BROKER}
_PATTERNS = {"literal": ResourcePatternType.LITERAL, "prefix": ResourcePatternType.PREFIXED}
_MAY = {"Read": AclOperation.READ, "Write": AclOperation.WRITE, "All": AclOperation.ALL,
        "Describe": AclOperation.DESCRIBE}  # fmt: skip


@pytest.fixture(scope="module")
def kafka() -> Iterator[Guarded]:
    """With the topics, and the users of the chart: by passwords, where Strimzi has certificates."""
    with guarded_kafka() as made:
        run(create_topics(made.bootstrap))
        rights = Rights(made.bootstrap)
        admin = AdminClient(settings_of(made.bootstrap))
        for user in users():
            rights.set_password(user["name"], PASSWORD)
            bindings = [
                AclBinding(
                    _KINDS[acl["resource"]["type"]],
                    acl["resource"].get("name", "kafka-cluster"),
                    _PATTERNS[acl["resource"].get("patternType", "literal")],
                    f"User:{user['name']}", "*", _MAY[word], AclPermissionType.ALLOW,
                )
                for acl in user["acls"]
                for word in acl["operations"]
            ]  # fmt: skip
            for done in admin.create_acls(bindings).values():
                done.result()
        for user in users():  # brokers hear of them a moment after their controller
            run(_is_let_in(made, user["name"]))
        yield made


async def _is_let_in(kafka: Guarded, name: str) -> None:
    async with asyncio.timeout(60):
        while True:
            admin = AIOKafkaAdminClient(**client_of(as_user(kafka, name)))
            try:
                await admin.start()
                if await admin.list_topics():
                    return
            except KafkaConnectionError:
                await asyncio.sleep(0.2)
            finally:
                await admin.close()


def as_user(kafka: Guarded, name: str) -> Bootstrap:
    told = Security("SASL_SSL", "SCRAM-SHA-512", name, PASSWORD, ca_file=str(kafka.authority))
    return Bootstrap(kafka.servers, told)


@asynccontextmanager
async def hearing(
    kafka: Guarded, name: str, group: str, topics: list[str]
) -> AsyncIterator[AIOKafkaConsumer]:
    made = AIOKafkaConsumer(
        *topics, **client_of(as_user(kafka, name)), group_id=group,
        enable_auto_commit=False, auto_offset_reset="earliest",
    )  # fmt: skip
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


@asynccontextmanager
async def saying(kafka: Guarded, name: str) -> AsyncIterator[AIOKafkaProducer]:
    made = AIOKafkaProducer(**client_of(as_user(kafka, name)), enable_idempotence=True)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


async def test_a_service_itself_is_ready_with_these_rights(kafka, database):
    """All that its worker asks Kafka: metadata, offsets, its group, its lag, its producer."""
    settings = WebSettings(
        database_url=database("web"), platform_secret=SECRET, role="worker",
        kafka_bootstrap_servers=kafka.servers,
        **kafka.settings | {"kafka_sasl_username": "web", "kafka_sasl_password": PASSWORD},
    )  # fmt: skip
    service = web.build(settings)
    await service.start()
    try:
        async with asyncio.timeout(120):
            while ills := await service.ills():
                assert "Authoriz" not in str(ills), ills
                await asyncio.sleep(0.3)
    finally:
        await service.stop()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_says_what_it_says_and_hears_what_it_hears(kafka, service):
    own = [topic.name for topic in TOPICS if topic.owner == service]
    async with asyncio.timeout(120), saying(kafka, service) as producer:
        for name in own:
            await producer.send_and_wait(name, b"{}", key=b"k")
    hears = sorted({*heard(service), f"{service}.dead-letters"})
    async with asyncio.timeout(120), hearing(kafka, service, service, hears) as consumer:
        found: set[str] = set()
        while f"{service}.dead-letters" not in found:
            batch = await consumer.getmany(timeout_ms=500)
            found |= {part.topic for part in batch}


@pytest.mark.parametrize(
    ("who", "what"),
    [("web", "registration.people"), ("registration", "attendance.records"),
     ("billing", "notifications.messages"), ("certificates", "web.dead-letters")],
)  # fmt: skip
async def test_it_hears_nothing_else(kafka, who, what):
    async with asyncio.timeout(60):
        with pytest.raises(TopicAuthorizationFailedError):
            async with hearing(kafka, who, who, [what]) as consumer:
                await consumer.getone()


async def test_it_joins_no_other_group(kafka):
    async with asyncio.timeout(60):
        with pytest.raises(GroupAuthorizationFailedError):
            async with hearing(kafka, "web", "billing", ["partners.keys"]) as consumer:
                await consumer.getone()


@pytest.mark.parametrize(
    ("who", "what"),
    [("web", "registration.courses"), ("billing", "registration.people"),
     ("registration", "billing.registrations"), ("notifications", "partners.keys")],
)  # fmt: skip
async def test_it_says_nothing_in_another_s_name(kafka, who, what):
    async with asyncio.timeout(60), saying(kafka, who) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(what, b"{}", key=b"k")


async def test_who_only_looks_says_nothing_at_all(kafka):
    with pytest.raises(ClusterAuthorizationFailedError):
        async with asyncio.timeout(60), saying(kafka, "keda") as producer:
            await producer.send_and_wait("partners.keys", b"{}", key=b"k")
