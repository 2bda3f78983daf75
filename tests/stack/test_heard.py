"""Invariant 9: an event that a hearer neither used nor gave up is found."""

from __future__ import annotations

import dataclasses
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence

import asyncpg
import pytest
from aiokafka import ConsumerRecord

from cli.invariants.log import every_event_was_heard
from cli.invariants.registry import Outside
from shared.contracts.partners import KeyIssued
from tests.stage import record_of

HERE, OTHER = str(uuid.uuid4()), str(uuid.uuid4())
_DAY = 86_400_000


class Log(Outside):
    """The database of partners, and a log in memory."""

    async def found(self, *said: ConsumerRecord) -> list[str]:
        object.__setattr__(self, "_said", said)
        return [f"{one.about}: {one.detail}" async for one in every_event_was_heard(self)]

    async def records(self, topics: Sequence[str]) -> AsyncIterator[ConsumerRecord]:
        for record in self._said:  # type: ignore[attr-defined]
            assert record.topic in topics
            yield record


def key_issued(event_id: str, days_ago: int = 0) -> ConsumerRecord:
    event = KeyIssued.model_validate(KeyIssued.example)
    heads = [("ce_id", event_id.encode()), ("ce_type", event.type.encode())]
    said = record_of(event.topic_of(), event.key_of().encode(), event.payload(), heads, 7)
    return dataclasses.replace(said, timestamp=int(time.time() * 1000) - days_ago * _DAY)


@pytest.fixture
async def log(database: Callable[[str], str]) -> AsyncIterator[Log]:
    con = await asyncpg.connect(database("partners"))
    yield Log({"partners": con}, "a log", "", "")
    await con.close()


async def heard(log: Log, consumer: str, event_id: str, outcome: str = "done") -> None:
    await log.databases["partners"].execute(
        "INSERT INTO inbox VALUES ($1, $2, $3, now())", consumer, event_id, outcome
    )


async def test_what_a_hearer_never_handled_is_found_with_its_place(log: Log) -> None:
    await heard(log, "partners", OTHER)
    topic = KeyIssued.topic
    assert await log.found(key_issued(HERE), key_issued(OTHER)) == [
        f"{HERE}: partners never handled {topic}/0@7"
    ]


@pytest.mark.parametrize("outcome", ["done", "dead"])
async def test_what_was_used_or_given_up_is_not(log: Log, outcome: str) -> None:
    await heard(log, "partners", HERE, outcome)
    assert await log.found(key_issued(HERE)) == []


async def test_what_a_restored_service_heard_as_its_own_word_alone_is_found(log: Log) -> None:
    await heard(log, "partners.own", HERE)
    assert len(await log.found(key_issued(HERE))) == 1


async def test_what_inboxes_have_forgotten_or_nobody_there_hears_is_not(log: Log) -> None:
    heads = (("ce_id", OTHER.encode()), ("ce_type", b"nobody.hears.v1"))
    unheard = dataclasses.replace(key_issued(OTHER), headers=heads)
    assert await log.found(key_issued(HERE, days_ago=46), unheard) == []
