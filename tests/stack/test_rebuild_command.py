"""`rebuild` against a real Kafka and a real service that goes on: compared, mended, refused."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from typer.testing import CliRunner

from cli import built, rebuild
from cli.kafka import spans
from cli.main import app
from cli.say import Ends
from shared.contracts.topics import BY_NAME
from shared.runtime.consumer import Consumer
from shared.runtime.intake import Intake
from shared.runtime.rebuild import LOCK, dump
from shared.runtime.service import Service
from tests.edges.test_poison import build, until_heard
from tests.edges.test_rebuild import everything

__all__ = ["build"]
COPIED = ["api_keys", "completions", "courses", "people", "swaps"]


class Bench:
    """Notifications as it runs, on topics of its own, and what is typed about it."""

    def __init__(self, service: Service, kafka: str) -> None:
        self.service, self.kafka = service, kafka
        mark = uuid.uuid4().hex[:8]
        hears = service.hears
        self.copies = {topic: f"{topic}-{mark}" for topic in hears.topics if topic in BY_NAME}
        del self.copies["notifications.dead-letters"]
        for topic, copy in self.copies.items():
            BY_NAME[copy] = replace(BY_NAME[topic], name=copy)
            if topic in hears.tombstones:
                hears.tombstones[copy] = hears.tombstones[topic]
        hears.consumer, hears.topics = f"notifications-{mark}", set(self.copies.values())
        self.intake = Intake(service.worker_db, service.clock, hears)
        self.intake.dead_in_a_row = 10**6  # what is said here is of no story

    async def make(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await admin.start()
        await admin.create_topics([NewTopic(copy, 3, 1) for copy in self.copies.values()])
        await admin.close()

    async def says(self, seed: int) -> None:
        """Every event there is, of a few aggregates."""
        async with AIOKafkaProducer(bootstrap_servers=self.kafka) as producer:
            for one in everything(seed).records:
                if one.topic in self.copies:
                    await producer.send(
                        self.copies[one.topic], one.value, key=one.key, headers=list(one.headers)
                    )
            await producer.flush()

    async def types(self, *words: str) -> tuple[int, str]:
        """What the command comes to: its exit code, and what it printed."""
        found = await asyncio.to_thread(CliRunner().invoke, app, ["rebuild", *words])
        if isinstance(found.exception, Ends):
            return found.exception.code, found.exception.message
        return found.exit_code, found.output

    async def rows(self) -> dict[str, list[str]]:
        """All of its tables, but that in which workers say that they are there."""
        async with self.service.worker_db.acquire() as con:
            found = await con.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                " AND tablename <> 'workers'"
            )
            return {row["tablename"]: await dump(con, row["tablename"]) for row in found}

    async def does(self, statement: str) -> None:
        async with self.service.worker_db.acquire() as con:
            await con.execute(statement)


@pytest.fixture
async def bench(
    build: Any, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bench]:
    service = build("notifications")

    class Stack:
        bootstrap = kafka_bootstrap

        def database_urls(self) -> dict[str, str]:
            return {"notifications": service.settings.database_url}

    monkeypatch.setattr(rebuild, "here", Stack)
    monkeypatch.setattr(built, "service_of", lambda _name: service)
    made = Bench(service, kafka_bootstrap)
    await made.make()
    yield made
    for copy in made.copies.values():
        del BY_NAME[copy]
    for db in (service.api_db, service.worker_db):
        await db.close()


async def test_copies_are_compared_and_mended_while_the_service_goes_on(bench: Bench) -> None:
    await bench.says(21)
    consumer = Consumer(bench.intake, bench.kafka)
    await consumer.start()
    try:
        await until_heard(consumer)
        good = await bench.rows()
        code, said = await bench.types("notifications", "--json")
        told = json.loads(said)
        assert (code, told["mended"]) == (0, False)
        assert [one["table"] for one in told["tables"]] == COPIED
        assert all(one["rebuilt"] == one["living"] and one["rows"] for one in told["tables"])
        assert await bench.rows() == good, "what it said and planned there went nowhere"

        await bench.does("DELETE FROM completions; UPDATE people SET email = 'nobody@example.org'")
        spoilt = await bench.rows()
        code, said = await bench.types("notifications")
        assert code == 1
        assert "bin/holdfast rebuild notifications --mend" in said
        assert await bench.rows() == spoilt, "to look changes nothing"

        await bench.says(22)  # and it hears that while it is mended
        code, said = await bench.types("notifications", "--mend", "--json")
        assert (code, json.loads(said)["mended"]) == (0, True)
        await until_heard(consumer)
        mended = await bench.rows()
        assert [row for row in good["completions"] if row not in mended["completions"]] == []
        assert not any("nobody@example.org" in row for row in mended["people"])
        code, said = await bench.types("notifications", "--json")
        told = json.loads(said)
        assert code == 0
        assert all(one["rebuilt"] == one["living"] for one in told["tables"])
    finally:
        await consumer.stop()


async def test_it_is_refused_where_it_is_not_safe(bench: Bench) -> None:
    await bench.says(23)
    consumer = Consumer(bench.intake, bench.kafka)
    await consumer.start()
    try:
        await until_heard(consumer)
    finally:
        await consumer.stop()
    await bench.does("DELETE FROM courses")
    before = (await bench.rows())["courses"]

    async with bench.service.worker_db.acquire() as con:
        await con.execute("SELECT pg_advisory_lock($1)", LOCK)
        assert await bench.types("notifications", "--mend") == (
            1,
            "The copies of notifications are being made anew by somebody else.",
        )
        await con.execute("SELECT pg_advisory_unlock($1)", LOCK)

    unheard = str(uuid.uuid4())
    group = bench.service.hears.consumer
    await bench.does(f"INSERT INTO inbox VALUES ('{group}', '{unheard}', 'done', now())")
    code, said = await bench.types("notifications", "--mend")
    assert (code, said) == (1, "1 events were handled of late that the log does not have.")
    await bench.does(f"DELETE FROM inbox WHERE event_id = '{unheard}'")

    del bench.service.hears.handlers["course.published.v1"]  # code that cannot use it any more
    bench.service.hears.handlers["course.published.v2"] = bench.service.hears.handlers[
        "course.cancelled.v1"
    ]
    code, said = await bench.types("notifications", "--mend")
    assert code == 1
    assert "that notifications has used cannot be used any more" in said
    assert (await bench.rows())["courses"] == before == [], "and nothing was mended"

    copy = bench.copies["registration.courses"]
    there = await spans(bench.kafka, [copy])
    some = next(part for part, (_, end) in sorted(there.items()) if end)
    admin = AIOKafkaAdminClient(bootstrap_servers=bench.kafka)
    await admin.start()
    await admin.delete_records({some: RecordsToDelete(before_offset=1)})
    await admin.close()
    code, said = await bench.types("notifications")
    gone = f"{copy}/{some.partition} begins at 1: what stood before is gone."
    assert (code, said) == (1, gone)


async def test_what_is_no_service_is_wrong_usage(bench: Bench) -> None:
    assert await bench.types("nothing") == (2, "There is no service nothing.")
