"""Poison on every topic that a service hears, by its real consumer and into its real database.

Each topic has a copy of one partition here, so that no other test meets the poison and all of it
stands in the middle of good records. Whatever a record is, it is handed to the service once; it
ends in the dead letters with its reason and its untouched bytes, or is used, in the order of its
aggregate; and twenty of them in a row make the worker unready.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from cli.kafka import read_all
from shared.contracts.services import SERVICES
from shared.contracts.topics import BY_NAME
from shared.runtime.consumer import Consumer
from shared.runtime.events import EventUnit
from shared.runtime.intake import Intake
from shared.runtime.service import Service
from tests.edges.poison import Said, as_sent, named, story
from tests.stage import SECRET

_SETTINGS = {
    "PLATFORM_SECRET": SECRET,
    "BILLING_GATEWAY_URL": "http://127.0.0.1:1",
    "BILLING_GATEWAY_API_KEY": "unused",
    "BILLING_WEBHOOK_SECRET": "unused",
}
MANY = 3  # times that a record may be handed over where the machine is slow; a hot loop: thousands


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, database: Any, kafka_bootstrap: str) -> Any:
    """`build("billing")`: the service as it runs, on a database of its own."""

    def made(name: str) -> Service:
        app = importlib.import_module(f"services.{name}.app")
        given = {
            f"{name.upper()}_DATABASE_URL": database(name),
            "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap,
        }
        for setting, value in (_SETTINGS | given).items():
            monkeypatch.setenv(setting, value)
        service: Service = app.build(app.Settings())
        return service

    return made


class Poisoned:
    """A service, copies of its topics, and what was said on each."""

    def __init__(self, service: Service, kafka: str) -> None:
        self.service, self.kafka = service, kafka
        self.mark = uuid.uuid4().hex[:8]
        self.said: dict[str, list[Said]] = {}
        hears = service.hears
        for topic in sorted(hears.topics):
            events = [e for e, _ in hears.handlers.values() if topic in e.topics()]
            if not events:
                continue  # only its own orders come there (test_orders.py)
            copy, known = f"{topic}-{self.mark}", BY_NAME[topic]
            BY_NAME[copy] = replace(known, name=copy)
            if topic in hears.tombstones:
                hears.tombstones[copy] = hears.tombstones[topic]
            self.said[copy] = story(events, known.owner, state=known.kind == "state")
        hears.consumer, hears.topics = f"{service.name}-{self.mark}", set(self.said)

    async def say(self, said: dict[str, list[Said]]) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.kafka, max_request_size=1_100_000) as to:
            for topic, records in said.items():
                for one in records:
                    await to.send(topic, **as_sent(one), partition=0)
            await to.flush()

    @contextlib.asynccontextmanager
    async def consuming(self) -> AsyncIterator[Consumer]:
        consumer = Consumer(self.service.worker.intake, self.kafka)
        self.service.worker.consumer = consumer
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    async def dead(self) -> dict[tuple[str, int], tuple[str, bytes | None]]:
        """(topic, offset) → the reason and the bytes of its dead letter, as Kafka has them."""
        relay = self.service.worker.relay
        while await relay.step():
            pass
        await relay.stop()
        found = {}
        async for letter in read_all(self.kafka, [f"{self.service.name}.dead-letters"]):
            heads = dict(letter.headers)
            topic = (heads.get("dl_topic") or b"").decode()
            if topic in self.said:
                place = topic, int(heads["dl_offset"] or b"")
                assert place not in found, "a dead letter is written once"
                found[place] = (heads["dl_reason"] or b"").decode(), letter.value
        return found

    async def outcomes(self) -> dict[str, str]:
        async with self.service.worker_db.acquire() as con:
            rows = await con.fetch("SELECT event_id::text, outcome FROM inbox")
        return {row["event_id"]: row["outcome"] for row in rows}

    async def end(self) -> None:
        for topic in self.said:
            del BY_NAME[topic]
        for db in (self.service.api_db, self.service.worker_db):
            await db.close()


async def made_topics(kafka: str, names: Sequence[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1) for name in names])
    finally:
        await admin.close()


async def until_heard(consumer: Consumer) -> None:
    while await consumer.lag() != 0:
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("name", SERVICES)
async def test_poison_among_good_records_of_every_topic(
    name: str, build: Any, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: Counter[tuple[str, int]] = Counter()
    used: dict[tuple[str, bytes], list[str]] = defaultdict(list)
    deliver, call = Intake.deliver, EventUnit.call

    def delivered(self: Intake, records: Sequence[Any]) -> Any:
        handed.update((record.topic, record.offset) for record in records)
        return deliver(self, records)

    async def called(self: EventUnit, work: Any) -> Any:
        came = await call(self, work)
        order = used[self.record.topic, self.record.key]
        if self.event_id in order:  # its batch is done once more
            order.remove(self.event_id)
        order.append(self.event_id)
        return came

    monkeypatch.setattr(Intake, "deliver", delivered)
    monkeypatch.setattr(EventUnit, "call", called)
    one = Poisoned(build(name), kafka_bootstrap)
    try:
        await made_topics(kafka_bootstrap, sorted(one.said))
        await one.say(one.said)
        async with one.consuming() as consumer:
            await until_heard(consumer)
            assert consumer.intake.halted is None
        letters, outcomes = await one.dead(), await one.outcomes()
        for topic, records in one.said.items():
            wanted = {
                (topic, offset): (said.reason, said.value)
                for offset, said in enumerate(records)
                if said.reason
            }
            assert {at: came for at, came in letters.items() if at[0] == topic} == wanted
            good = [said for said in records if said.reason is None]
            assert {outcomes.get(said.id) for said in good} == {"done"}, topic
            for key in {said.key for said in good if said.key}:
                assert used[topic, key] == [said.id for said in good if said.key == key], topic
        assert set(handed) >= {(t, n) for t, all_ in one.said.items() for n in range(len(all_))}
        assert max(handed.values()) <= MANY
    finally:
        await one.end()


@pytest.mark.parametrize("name", SERVICES)
async def test_twenty_bad_ones_in_a_row_make_the_worker_unready(
    name: str, build: Any, kafka_bootstrap: str
) -> None:
    one = Poisoned(build(name), kafka_bootstrap)
    topic, records = next(iter(one.said.items()))
    one.service.hears.topics = {topic}
    try:
        await made_topics(kafka_bootstrap, [topic])
        bad = next(said for said in records if said.reason)
        # each an event of its own: one that is told twice has died once
        own = [
            replace(bad, headers=[*named(), *((k, v) for k, v in bad.headers if k != "ce_id")])
            for _ in range(19)
        ]
        await one.say({topic: own})
        async with one.consuming() as consumer:
            await until_heard(consumer)
            assert consumer.intake.halted is None, "nineteen do not"
            await one.say({topic: [Said(b"k", b"junk", [], "type-missing")]})
            while consumer.intake.halted is None:
                await asyncio.sleep(0.05)
            asgi = httpx.ASGITransport(one.service.app)
            async with httpx.AsyncClient(transport=asgi, base_url="http://s.test") as http:
                answer = await http.get(f"/{name}/health/ready")
        assert answer.status_code == 503
        assert any("dead-letters list" in why for why in answer.json()["reasons"])
    finally:
        await one.end()
