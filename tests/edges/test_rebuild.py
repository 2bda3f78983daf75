"""Copies made anew from the log: the same byte for byte, with nobody called, beside a living
service; and what was spoilt in them is mended.

The log is a list here; its places are kept as Kafka's are.
"""

from __future__ import annotations

import importlib
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from shared.contracts.catalogue import EVENTS
from shared.contracts.event import Event
from shared.contracts.registration import PersonRecorded
from shared.runtime.hears import own_words
from shared.runtime.rebuild import SCHEMA, Places, Rebuild, copies_of, dump
from tests.edges.poison import first
from tests.edges.test_poison import _SETTINGS
from tests.stage import Stage, record_of

COPIERS = (
    "registration",
    "billing",
    "attendance",
    "certificates",
    "notifications",
    "partners",
    "web",
)


class Log:
    """What was said, each topic one partition."""

    def __init__(self) -> None:
        self.records: list[ConsumerRecord] = []

    def say(self, event: Event, topic: str, id_: str) -> ConsumerRecord:
        headers = [("ce_id", id_.encode()), ("ce_type", event.type.encode())]
        return self._add(topic, event.key_of().encode(), event.payload(), headers)

    def end(self, event: type[Event], key: str) -> ConsumerRecord:
        return self._add(event.topic, key.encode(), None, [("ce_type", event.type.encode())])

    def _add(self, topic: str, key: bytes, value: bytes | None, headers: Any) -> ConsumerRecord:
        place = sum(record.topic == topic for record in self.records)
        self.records.append(record_of(topic, key, value, headers, place))
        return self.records[-1]

    async def read(self, topics: Sequence[str], places: Places) -> AsyncIterator[ConsumerRecord]:
        for record in list(self.records):
            if record.topic in topics and record.offset >= places.get((record.topic, 0), 0):
                yield record


def everything(seed: int) -> Log:
    """Every event there is, of several aggregates, in several versions, some in the wrong order."""
    log, chance = Log(), random.Random(seed)
    for number in range(3):
        for event in chance.sample(list(EVENTS.values()), len(EVENTS)):
            topic = chance.choice(sorted(event.topics()))
            about: dict[str, Any] = {first(event): f"one-{chance.randrange(3)}"}
            if "version" in event.model_fields and isinstance(event.example.get("version"), int):
                about["version"] = chance.randrange(1, 5)
            if "hash" in event.model_fields:
                about["hash"] = f"{about[first(event)]:0>64}"
            if "service" in event.model_fields:
                about["service"] = topic.split(".")[0]
            made = event.model_validate(event.example | about)
            id_ = f"{seed:08}-0000-4000-8000-{number:04}{len(log.records):08}"
            log.say(made, topic, id_)
    log.end(PersonRecorded, "one-0")
    return log


class Living:
    """A service that has heard the log, as its consumer heard it."""

    def __init__(self, name: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        app = importlib.import_module(f"services.{name}.app")
        for setting, value in (_SETTINGS | {f"{name.upper()}_DATABASE_URL": url}).items():
            monkeypatch.setenv(setting, value)
        self.url, self.build = url, lambda: app.build(app.Settings())
        self.stage = Stage(self.build())

    async def hears(self, records: Sequence[ConsumerRecord]) -> None:
        mine = [one for one in records if one.topic in self.stage.intake.hears.topics]
        self.stage.intake.dead_in_a_row = 10**6
        await self.stage.takes(mine)

    def rebuild(self) -> Rebuild:
        fresh = self.build()
        copies = copies_of(fresh.base.metadata.tables)
        return Rebuild(fresh.name, self.url, fresh.hears, copies)

    async def dumped(self) -> dict[str, list[str]]:
        async with self.stage.db.acquire() as con:
            rows = await con.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            return {row["tablename"]: await dump(con, row["tablename"]) for row in rows}

    async def close(self) -> None:
        for db in (self.stage.service.api_db, self.stage.service.worker_db):
            await db.close()


@pytest.fixture
async def living(database: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    made: list[Living] = []

    def make(name: str) -> Living:
        made.append(Living(name, database(name), monkeypatch))
        return made[-1]

    yield make
    for one in made:
        await one.close()


@pytest.mark.parametrize("name", COPIERS)
async def test_copies_made_anew_are_the_same_byte_for_byte_and_nothing_else_moves(
    name: str, living: Any
) -> None:
    log, service = everything(7), living(name)
    await service.hears(log.records)
    before = await service.dumped()
    rebuild = service.rebuild()
    try:
        await rebuild.begin()
        await rebuild.hear(log.read)
        found = await rebuild.compare()
    finally:
        await rebuild.end()
    assert [one for one in found if not one.same or one.unknown] == []
    assert all(one.rebuilt == one.living for one in found)
    assert [one.table for one in found if not one.rows] == [], "nothing was compared with nothing"
    assert await service.dumped() == before, "what it said and planned there went nowhere"
    assert await service.stage.value("SELECT to_regnamespace($1)", SCHEMA) is None


@pytest.mark.parametrize("name", ["billing", "web"])
async def test_what_was_spoilt_is_mended_while_the_service_goes_on(name: str, living: Any) -> None:
    log, service = everything(8), living(name)
    heard = len(log.records) * 2 // 3
    await service.hears(log.records[:heard])
    rebuild = service.rebuild()
    try:
        await rebuild.begin()
        await rebuild.hear(log.read)
        await service.hears(log.records)  # it heard the rest meanwhile
        good = await service.dumped()
        spoilt = rebuild.copies[0]
        assert good[spoilt]
        await service.stage.rows(f"DELETE FROM {spoilt} RETURNING 1")
        found = {one.table: one for one in await rebuild.mend(log.read)}
        assert found[spoilt].missing == len(good[spoilt])
        assert await service.dumped() == good
        assert all(one.same for one in await rebuild.compare())
    finally:
        await rebuild.end()


async def test_what_a_restored_service_has_just_heard_of_itself_is_no_other_log(
    living: Any,
) -> None:
    log, service = everything(10), living("billing")
    await service.hears(log.records)
    await service.stage.rows(
        "INSERT INTO inbox (consumer, event_id, outcome, received_at)"
        " VALUES ($1, $2, 'done', now()) RETURNING 1",
        own_words("billing"),
        str(uuid.uuid4()),
    )
    rebuild = service.rebuild()
    try:
        await rebuild.begin()
        await rebuild.hear(log.read)
        spoilt = rebuild.copies[0]
        await service.stage.rows(f"DELETE FROM {spoilt} RETURNING 1")
        found = {one.table: one for one in await rebuild.mend(log.read)}
        assert found[spoilt].missing > 0
        assert all(one.same for one in await rebuild.compare())
    finally:
        await rebuild.end()


@pytest.mark.parametrize("name", ["billing", "web"])
async def test_the_last_weeks_again_into_a_living_service_change_nothing(
    name: str, living: Any
) -> None:
    log, service = everything(9), living(name)
    await service.hears(log.records)
    before = await service.dumped()
    await service.hears(log.records)
    await service.hears(list(reversed(log.records)))
    assert await service.dumped() == before
