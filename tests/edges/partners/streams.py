"""Partners on a stage, and topics of partners in a real Kafka."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from cli.kafka import read_all
from services.partners.app import build
from services.partners.settings import Settings
from shared.runtime.tokens import digest_of
from tests.edges.partners.webhooks import NOON, Hooks
from tests.stage import OPERATOR, SECRET, Ids, StillClock


def id_of(name: str) -> str:
    """The id of an event that a test calls so."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


@asynccontextmanager
async def streaming(url: str, bootstrap: str, **kafka: Any) -> AsyncIterator[Streams]:
    """A process of partners on that database and that Kafka; its loops are stepped by hand."""
    settings = Settings(
        database_url=url,
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        kafka_bootstrap_servers=bootstrap,
        sandbox=True,
        sandbox_clock_url="http://clock.test",
        **kafka,
    )
    seams: Any = {"clock": StillClock(NOON), "new_id": Ids(uuid.uuid4().hex)}
    service = build(settings, **seams)
    stage = Streams(service)
    stage.bootstrap = settings.kafka
    try:
        yield stage
    finally:
        await stage.relay.stop()
        await stage.http.aclose()
        await service.app.state.way.aclose()
        for each in (service.api_db, service.worker_db):
            await each.close()


class Streams(Hooks):
    """The service, and what comes of it in topics."""

    bootstrap = ""

    async def streams(self, *, to: str | None = None, topic: bool = True, **asked: Any) -> str:
        """A partner that nobody else has, or that one, with a topic; gives its id."""
        partner_id = to or f"p-{uuid.uuid4().hex[:12]}"
        if to is None:
            await self.describes(partner_id)
        if topic:
            await self.has_topic(partner_id)
        answer = await self.asks("PUT", f"/partners/v1/partners/{partner_id}/stream", json=asked)
        assert answer.status_code == 200, answer.text
        return partner_id

    async def has_topic(self, partner_id: str) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(f"partner.{partner_id}.events", 3, 1)])
            while f"partner.{partner_id}.events" not in await admin.list_topics():
                await asyncio.sleep(0.05)  # it is made, and on a busy machine not yet known
        finally:
            await admin.close()

    async def loses_topic(self, partner_id: str) -> None:
        """Somebody deletes it in Kafka, and it is gone."""
        name = f"partner.{partner_id}.events"
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics([name])
            while name in await admin.list_topics():
                await asyncio.sleep(0.05)
        finally:
            await admin.close()

    async def stream(self, partner_id: str) -> dict[str, Any]:
        answer = await self.asks("GET", f"/partners/v1/partners/{partner_id}/stream")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def says(self, *names: str, **about: Any) -> None:
        """It happened; `names` are the tests' own."""
        await self.happens(*(id_of(name) for name in names), **about)

    async def lands(self) -> None:
        """All that is due is done, and all that was said is in Kafka."""
        await self.rests()
        await self.relayed()

    async def relayed(self) -> None:
        while await self.relay.step():
            pass

    async def topic(self, partner_id: str) -> list[ConsumerRecord]:
        """All that stands there, in order within each partition."""
        name = f"partner.{partner_id}.events"
        return [record async for record in read_all(self.bootstrap, [name])]

    async def ids(self, partner_id: str) -> list[str]:
        return [header(one, "ce_id") for one in await self.topic(partner_id)]

    async def waiting(self) -> list[tuple[str, str]]:
        """(topic, id) of what waits for Kafka in topics of partners, in order."""
        rows = await self.rows(
            "SELECT topic, event_id::text AS event FROM outbox"
            " WHERE topic LIKE 'partner.%' ORDER BY outbox.id"
        )
        return [(row["topic"], row["event"]) for row in rows]


def header(record: ConsumerRecord, name: str) -> str:
    return dict(record.headers)[name].decode()


def data_of(record: ConsumerRecord) -> Any:
    return json.loads(record.value)
