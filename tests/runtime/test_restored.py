"""A database that is restored from a backup, under a real Kafka: its service stands still, and says
and does nothing, until it was sent back to what that database knows."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.contracts.event import Event
from shared.runtime.clock import Clock, wall
from shared.runtime.database import Database
from shared.runtime.envelope import entry_for
from shared.runtime.flush import write_outbox
from shared.runtime.hears import Hears
from shared.runtime.offsets import begin_at, begin_at_end, committed
from shared.runtime.orders import letterbox
from shared.runtime.restored import drop_said, is_restored, send_back, to_hear
from shared.runtime.work import Work
from shared.runtime.worker import Worker
from tests.runtime import toy
from tests.runtime.toy_service import fed


class Story:
    """The toy on a topic of its own; `called` is whom its deadlines called outside."""

    def __init__(self, url: str, kafka: str, topic: str) -> None:
        self.url, self.kafka, self.topic = url, kafka, topic
        self.called: list[str] = []
        self.hears_more = False
        self.db = Database("toy", url, size=4)

    def hears(self) -> Hears:
        hears = Hears(self.topic)
        hears(toy.AccountFed)(fed)
        if self.hears_more:
            hears(toy.AccountGrown)(grown)
        hears.topics = {self.topic, letterbox("toy")}
        return hears

    async def say(self, numbers: Sequence[int], event: type[Event] = toy.AccountFed) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.kafka, acks="all") as producer:
            for n in numbers:
                about = {"account_id": f"{self.topic}-{n % 3}", "amount": 1, "n": n, "balance": n}
                said = json.dumps({name: about[name] for name in event.example})
                headers = [("ce_id", str(uuid.uuid4()).encode())]
                headers.append(("ce_type", event.type.encode()))
                await producer.send_and_wait(
                    self.topic, said.encode(), key=b"%d" % (n % 3), headers=headers
                )

    async def lives(self, until: int, called: int = 0) -> None:
        """A worker, until so many events are in its inbox, its deadlines have called so often and
        nothing is left to say."""

        async def enough() -> bool:
            heard = await self.value("SELECT count(*) FROM inbox")
            left = await self.value("SELECT count(*) FROM outbox")
            return bool(heard >= until and len(self.called) >= called and not left)

        await self._lives(enough)

    async def reaches(self, offsets: int) -> None:
        """A worker, until its group has come so far in all partitions of its topic together (in
        the letterbox, which it hears too, may be something of others)."""

        async def enough() -> bool:
            reached = await committed(self.kafka, self.topic)
            return sum(at for tp, at in reached.items() if tp.topic == self.topic) >= offsets

        await self._lives(enough)

    async def _lives(self, enough: Callable[[], Awaitable[bool]]) -> None:
        worker = self.worker()
        worker.start()
        try:
            while not await enough():
                assert "restored" not in str(worker.ills())
                await asyncio.sleep(0.05)
        finally:
            await worker.stop()

    def worker(self) -> Worker:
        async def call(request: Any) -> str:
            self.called.append(str(request))
            return "called"

        dues = toy.make_dues(call)
        return Worker(self.db, Clock(), self.hears(), dues, self.url, self.kafka, 6_000)

    async def value(self, statement: str) -> Any:
        async with self.db.acquire() as con:
            return await con.fetchval(statement)

    async def says_later(self, n: int) -> str:
        """An event that waits in the outbox; gives its id."""
        event = toy.AccountFed(account_id=f"{self.topic}-{n % 3}", amount=1, n=n)
        async with self.db.acquire() as con:
            work = Work(con, datetime.now(UTC), "toy")
            said = entry_for(event, str(uuid.uuid4()), work)
            await write_outbox(con, [dataclasses.replace(said, topic=self.topic)])
        return said.event_id

    async def waiting(self) -> list[str]:
        async with self.db.acquire() as con:
            return [str(row[0]) for row in await con.fetch("SELECT event_id FROM outbox")]

    async def fed(self) -> list[int]:
        async with self.db.acquire() as con:
            rows = await con.fetch("SELECT notes FROM accounts")
        return sorted(note[1] for row in rows for note in row["notes"] if note != "called")


@pytest.fixture
async def story(toy_url: str, toy_kafka: str) -> AsyncIterator[Story]:
    topic = f"toy.restored-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=toy_kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 3, 1)])
    await admin.close()
    made = Story(toy_url, toy_kafka, topic)
    yield made
    await made.db.close()


_KEPT = ("accounts", "banks", "inbox", "due")
_BACKUP = "; ".join(f"CREATE TABLE kept_{one} AS SELECT * FROM {one}" for one in _KEPT)
_RESTORE = "; ".join(
    f"DELETE FROM {one}; INSERT INTO {one} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{one};"
    f" DROP TABLE kept_{one}"
    for one in _KEPT
)


async def test_a_restored_service_stands_still_until_it_is_sent_back_and_then_heals(
    story: Story,
) -> None:
    await story.say(range(10))
    await story.lives(10)
    await story.value(f"DO $$ BEGIN {_BACKUP}; END $$")
    await story.say([*range(10, 20), 99])
    await story.lives(21, called=1)  # by 99
    reached = await committed(story.kafka, story.topic)
    await story.value(f"DO $$ BEGIN {_RESTORE}; END $$")
    await story.db.close()
    async with story.db.acquire() as con:  # and of that day it still has something to say
        await con.execute(
            "INSERT INTO due (kind, ref, due_at, version, payload) VALUES"
            f" ('call', '{story.topic}-0', now(), 0, '{{}}')"
        )
    before = await story.fed(), list(story.called)
    assert before[0] == list(range(10))

    await story.say([20])
    worker = story.worker()
    worker.start()
    try:
        while not any("restored" in ill for ill in worker.ills()):
            await asyncio.sleep(0.05)
        [ill] = [ill for ill in worker.ills() if "restored" in ill]
        assert "bin/holdfast restored toy" in ill
        for _ in range(20):
            await asyncio.sleep(0.05)  # it would have heard, called and said by now
        assert (await story.fed(), story.called) == before
    finally:
        await worker.stop()
    assert await committed(story.kafka, story.topic) == reached, "and nothing was passed over"

    places = await to_hear(story.db, story.kafka, story.hears())
    assert sum(at - places[tp] for tp, at in reached.items() if tp.topic == story.topic) == 11
    await send_back(story.db, story.kafka, story.hears(), places)
    await story.lives(22)
    assert await story.fed() == [*range(21), 99]
    assert await is_restored(story.db, story.kafka, story.hears()) is None


async def test_who_was_told_to_pass_over_the_rest_was_not_restored(story: Story) -> None:
    await story.say(range(4))
    await story.lives(4)
    await story.say(range(4, 8))
    await begin_at_end(story.kafka, story.topic, [story.topic])
    assert await is_restored(story.db, story.kafka, story.hears()) is None
    await story.say([8])
    await story.lives(5)
    assert await is_restored(story.db, story.kafka, story.hears()) is None
    assert await story.fed() == [0, 1, 2, 3, 8]


async def test_a_release_that_hears_more_was_not_restored(story: Story) -> None:
    """What the release before passed over is in no inbox, and was said after all that is."""
    await story.say(range(3))
    await story.lives(3)
    await story.say(range(3), toy.AccountGrown)
    await story.reaches(6)
    story.hears_more = True
    assert await is_restored(story.db, story.kafka, story.hears()) is None
    await story.say([3])
    await story.lives(4)
    assert await is_restored(story.db, story.kafka, story.hears()) is None
    await story.value(f"DO $$ BEGIN {_BACKUP}; END $$")
    await story.say([4], toy.AccountGrown)
    await story.reaches(8)
    assert await is_restored(story.db, story.kafka, story.hears()) is None
    await story.value(f"DO $$ BEGIN {_RESTORE}; END $$")
    assert await is_restored(story.db, story.kafka, story.hears()) is not None


async def test_what_the_release_before_passes_over_while_both_run_is_heard_by_a_replay_from_then(
    story: Story,
) -> None:
    await story.say(range(3))
    await story.lives(3)
    began = wall()
    story.hears_more = True
    await story.lives(3)  # a worker of the new one is there first
    story.hears_more = False
    await story.say(range(3), toy.AccountGrown)
    await story.reaches(6)  # but one of the old is given its partitions
    story.hears_more = True
    assert await story.value("SELECT count(*) FROM inbox") == 3
    await begin_at(story.kafka, story.topic, [story.topic], began)
    await story.lives(6)
    assert await story.fed() == [0, 1, 2], "and nothing is done twice"


async def grown(_work: Work, _event: toy.AccountGrown) -> None:
    """It is enough that it was heard."""


async def test_an_empty_database_in_the_place_of_one_that_lived_is_found_too(story: Story) -> None:
    await story.say(range(3))
    await story.lives(3)
    await story.value("TRUNCATE inbox, accounts, due")
    found = await is_restored(story.db, story.kafka, story.hears())
    assert found is not None
    assert "its database is empty" in found
    places = await to_hear(story.db, story.kafka, story.hears())
    assert {at for tp, at in places.items() if tp.topic == story.topic} == {0}


async def test_what_was_said_after_the_backup_is_not_said_once_more(story: Story) -> None:
    """Else an older state comes behind a newer one in the log, and is the one that Kafka keeps."""
    before = datetime.now(UTC) - timedelta(minutes=1)
    for n in (3, 6):
        await story.says_later(n)
    await story.value("CREATE TABLE kept_outbox AS SELECT * FROM outbox")
    await story.lives(2)  # both are said, and heard
    await story.value("INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM kept_outbox")
    await story.value("DROP TABLE kept_outbox")
    lost = await story.says_later(9)
    assert await drop_said(story.db, story.kafka, before) == 2
    assert await story.waiting() == [lost], "what stands nowhere in the log is said"
    assert await drop_said(story.db, story.kafka, None) == 0
    await story.value("DELETE FROM outbox")
    assert await drop_said(story.db, story.kafka, before) == 0
