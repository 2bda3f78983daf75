"""A consumer that stands still, whyever: it is named, and begun anew where that may help."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.structs import OffsetAndMetadata
from asyncpg import InterfaceError

from shared.runtime import consumer as consumer_module
from shared.runtime import intake as intake_module
from shared.runtime import offsets as offsets_module
from shared.runtime import polling
from shared.runtime import worker as worker_module
from shared.runtime.database import Database
from shared.runtime.offsets import DECIDED, begin_at_end, begin_at_start, committed
from shared.runtime.restored import is_restored
from shared.runtime.spans import UnreadableError, between, know, reader
from tests.runtime.test_consume import (
    balances,
    consuming,
    feed_each,
    hears,
    ours,
    record,
    send,
    topic_name,
    wait_for,
)
from tests.runtime.test_polling import corrupt, working

__all__ = ["ours"]


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "JOIN", 3.0)
    monkeypatch.setattr(consumer_module, "STUCK", 2.0)


async def test_a_consumer_that_does_not_come_to_join_is_begun_anew(
    db: Database,
    toy_url: str,
    toy_kafka: str,
    ours: str,
    quickly: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original, stuck = GroupCoordinator._do_rejoin_group, [1]

    async def joins(self: Any, subscription: Any) -> bool:
        if stuck.pop() if stuck else 0:
            await asyncio.Event().wait()
        return bool(await original(self, subscription))

    monkeypatch.setattr(GroupCoordinator, "_do_rejoin_group", joins)
    await send(toy_kafka, ours, record(f"{ours}a"))
    async with working(db, toy_url, toy_kafka, ours) as worker:

        async def says_so() -> bool:
            return any("TimeoutError" in ill for ill in worker.ills())

        await wait_for(says_so, seconds=60)

        async def fed() -> bool:
            return await balances(db, ours) == {f"{ours}a": 1}

        await wait_for(fed, seconds=60)


async def test_a_consumer_that_hands_nothing_out_any_more_is_begun_anew(
    db: Database,
    toy_url: str,
    toy_kafka: str,
    ours: str,
    quickly: None,
) -> None:
    async with working(db, toy_url, toy_kafka, ours) as worker:

        async def well() -> bool:
            return worker.ills() == []

        await wait_for(well)
        first = worker.consumer
        assert first is not None
        still = TopicPartition(topic_name(ours), 2)
        first._subscriber.consumer.pause(still)  # for whatever reason
        await send(toy_kafka, ours, record(f"{ours}a"), partition=2)

        async def fed() -> bool:
            if worker.consumer is first:
                await first.lag()
            return await balances(db, ours) == {f"{ours}a": 1}

        await wait_for(fed, seconds=60)
        assert worker.consumer is not first


async def test_a_partition_that_cannot_be_read_is_no_reason_to_begin_anew(
    db: Database,
    toy_url: str,
    toy_kafka: str,
    ours: str,
    quickly: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    corrupt(monkeypatch, ours, lambda: True)
    await send(toy_kafka, ours, record(f"{ours}a"), partition=0)
    async with working(db, toy_url, toy_kafka, ours) as worker:

        async def named() -> bool:
            return any("cannot be read" in ill for ill in worker.ills())

        await wait_for(named, seconds=30)
        first = worker.consumer
        assert first is not None
        for _ in range(25):
            await first.lag()
            await asyncio.sleep(0.2)
        assert worker.consumer is first


async def test_an_offset_that_is_not_in_the_log_stops_its_partition_and_repeats_nothing(
    db: Database, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the log lost its end (an unclean election), or its beginning, aiokafka would begin at
    the start: all would be heard again, and what no inbox knows any more would be done twice."""
    group, part = f"toy-{ours}", TopicPartition(topic_name(ours), 0)
    await send(toy_kafka, ours, record(f"{ours}a"), partition=0)
    await begin_at_end(toy_kafka, group, [topic_name(ours)])
    async with reader(toy_kafka, group) as lost:
        lost.assign([part])
        await lost.commit({part: 11})
    async with consuming(db, toy_kafka, hears(group, feed_each)) as consumer:

        async def says_so() -> list[str]:
            return consumer.ills()

        why = "cannot be read (OffsetOutOfRangeError); what stands behind it waits"
        assert await wait_for(says_so, seconds=30) == [f"{topic_name(ours)}/0@11 {why}"]
        await send(toy_kafka, ours, record(f"{ours}b"), partition=1)

        async def others_go() -> bool:
            return await balances(db, ours) == {f"{ours}b": 1}

        await wait_for(others_go)
        # What is written meanwhile reaches that offset: begun there, all before it would be lost.
        monkeypatch.setattr(polling, "TRY_AGAIN", 0.1)
        for n in range(12):
            await send(toy_kafka, ours, record(f"{ours}c", n=n), partition=0)
        await asyncio.sleep(2)
        assert consumer.ills() == [f"{topic_name(ours)}/0@11 {why}"]
        assert await balances(db, ours) == {f"{ours}b": 1}
    assert (await committed(toy_kafka, group))[part] == 11


async def test_the_end_of_anothers_transaction_is_nothing_to_do_for_a_new_consumer_either(
    db: Database, toy_kafka: str, ours: str
) -> None:
    """What was committed last is what was handled, and behind that the end stands alone."""
    group, part = f"toy-{ours}", TopicPartition(topic_name(ours), 0)
    producer = AIOKafkaProducer(bootstrap_servers=toy_kafka, transactional_id=f"tx-{ours}")
    await producer.start()
    async with producer.transaction():
        await producer.send_and_wait(part.topic, partition=0, **record(f"{ours}a"))
    await producer.stop()
    async with reader(toy_kafka, group) as handled:
        handled.assign([part])
        await handled.commit({part: OffsetAndMetadata(1, DECIDED)})
    async with consuming(db, toy_kafka, hears(group, feed_each)) as again:

        async def nothing_left() -> bool:
            return await again.lag() == 0

        await wait_for(nothing_left)
    assert await balances(db, ours) == {}
    admin = AIOKafkaAdminClient(bootstrap_servers=toy_kafka)
    await admin.start()
    try:
        left = (await admin.list_consumer_group_offsets(group))[part]
    finally:
        await admin.close()
    assert left == OffsetAndMetadata(2, DECIDED), "nothing was heard: what was decided stays so"


async def test_what_cannot_be_read_ends_a_look_at_the_log_and_hides_no_backup_from_one(
    db: Database, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, heard = TopicPartition(topic_name(ours), 0), hears(f"toy-{ours}", feed_each)
    await send(toy_kafka, ours, record(f"{ours}a"), partition=0)
    await begin_at_end(toy_kafka, heard.consumer, [part.topic])
    async with reader(toy_kafka, heard.consumer) as decided:
        decided.assign([part])
        await decided.commit({part: 1})  # behind it, without the word that it was decided
    corrupt(monkeypatch, ours, lambda: True)
    async with asyncio.timeout(20):
        async with reader(toy_kafka) as looking:
            know(looking, [part])
            with pytest.raises(UnreadableError, match="/0@0 cannot be read"):
                [_ async for _ in between(looking, {part: (0, 1)})]
        assert await is_restored(db, toy_kafka, heard) is None


async def test_a_group_that_is_dealt_out_again_and_again_is_not_well(
    db: Database, toy_kafka: str, ours: str
) -> None:
    """As three members did that threw each other out (decision 151): each kept what it had."""
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:
        coordinator = consumer._subscriber.consumer._coordinator

        async def says_so() -> bool:
            coordinator.request_rejoin()
            return any("dealt out 30 times within a minute" in ill for ill in consumer.ills())

        await wait_for(says_so, seconds=60)


async def test_a_group_whose_dealing_comes_to_no_end_is_not_well_and_then_begun_anew(
    db: Database, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "STILL", 0.3)
    monkeypatch.setattr(consumer_module, "STUCK", 2.0)
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:
        goes_on = asyncio.Event()
        original = GroupCoordinator._do_rejoin_group

        async def waits(self: Any, subscription: Any) -> bool:
            await goes_on.wait()
            return bool(await original(self, subscription))

        monkeypatch.setattr(GroupCoordinator, "_do_rejoin_group", waits)
        consumer._subscriber.consumer._coordinator.request_rejoin()

        async def says_so() -> bool:
            return "the group has been dealt out for a minute, and is not yet" in consumer.ills()

        await wait_for(says_so)
        assert consumer.ended is None
        for part in range(3):
            await send(toy_kafka, ours, record(f"{ours}{part}"), partition=part)

        async def has_ended() -> bool:
            await consumer.lag()
            return consumer.ended == "nothing came for 2 s, with records to handle"

        await wait_for(has_ended, seconds=30)
        goes_on.set()

        async def well() -> bool:
            await consumer.lag()
            return consumer.ills() == []

        await wait_for(well)


async def test_a_look_that_fails_in_an_unusual_way_forgets_no_consumer(
    db: Database, toy_url: str, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a restored service catches up; a second consumer would be begun beside the first."""
    looks: list[int] = []

    async def hearing(*_: Any) -> bool:
        looks.append(1)
        if len(looks) in (2, 3):
            raise InterfaceError("the connection is closing")
        return len(looks) < 5

    monkeypatch.setattr(worker_module, "is_hearing", hearing)
    async with working(db, toy_url, toy_kafka, ours) as worker:

        async def joined() -> bool:
            return worker.consumer is not None

        await wait_for(joined, seconds=30)
        first = worker.consumer

        async def well() -> bool:
            return len(looks) >= 5 and worker.ills() == []

        await wait_for(well, seconds=30)
        assert worker.consumer is first


async def test_metadata_that_dies_before_a_consumer_has_joined_is_no_end(
    db: Database,
    toy_url: str,
    toy_kafka: str,
    ours: str,
    quickly: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original, left = AIOKafkaClient._metadata_update, [1]

    async def update(self: Any, *args: Any) -> Any:
        if self._client_id.startswith("toy-") and left:
            left.pop()
            raise ZeroDivisionError
        return await original(self, *args)

    monkeypatch.setattr(AIOKafkaClient, "_metadata_update", update)
    await send(toy_kafka, ours, record(f"{ours}a"))
    async with working(db, toy_url, toy_kafka, ours):

        async def fed() -> bool:
            return await balances(db, ours) == {f"{ours}a": 1}

        await wait_for(fed, seconds=60)
    assert left == []


async def test_a_look_that_ends_while_kafka_refuses_ends_nobody_with_it(
    toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, part = AIOKafkaClient.send, TopicPartition(topic_name(ours), 0)

    async def refuses(self: Any, node_id: Any, request: Any, **how: Any) -> Any:
        if isinstance(request, FetchRequest):
            raise KafkaConnectionError("refused")
        return await original(self, node_id, request, **how)

    monkeypatch.setattr(AIOKafkaClient, "send", refuses)
    async with reader(toy_kafka) as looking:
        know(looking, [part])
        looking.seek(part, 0)
        looking.resume(part)
        await asyncio.sleep(0.05)  # in the pause after the first refusal
        assert looking._fetcher._pending_tasks
    assert looking._client._sync_task is None, "and all of it was closed"


async def test_first_offsets_that_another_worker_committed_meanwhile_are_no_lost_ones(
    db: Database, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, asked = hears(f"toy-{ours}", feed_each), [0]
    original = offsets_module.committed

    async def asks(bootstrap: str, group: str) -> dict[TopicPartition, int]:
        found = await original(bootstrap, group)
        asked[0] += 1
        if asked[0] == 1:  # and now the other one begins, and hears something
            await begin_at_start(toy_kafka, group, sorted(heard.topics))
            async with db.acquire() as con:
                await con.execute(
                    "INSERT INTO inbox (consumer, event_id, outcome, received_at)"
                    " VALUES ($1, gen_random_uuid(), 'done', now())",
                    heard.consumer,
                )
        return found

    monkeypatch.setattr(offsets_module, "committed", asks)
    assert await offsets_module.without_offsets(db, toy_kafka, heard) is None


async def test_a_consumer_that_waited_for_its_database_goes_on_when_that_is_back(
    db: Database,
    toy_url: str,
    toy_kafka: str,
    ours: str,
    quickly: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All that time records stood, and nobody was to blame: no group is dealt out for it."""
    away, original = True, intake_module.run_batch

    async def batch(*args: Any, **kwargs: Any) -> Any:
        if away:
            raise ConnectionRefusedError
        return await original(*args, **kwargs)

    monkeypatch.setattr(intake_module, "run_batch", batch)
    async with working(db, toy_url, toy_kafka, ours) as worker:

        async def joined() -> bool:
            return worker.consumer is not None and bool(worker.consumer.held())

        await wait_for(joined, seconds=30)
        first = worker.consumer
        assert first is not None
        await send(toy_kafka, ours, record(f"{ours}a"))
        for _ in range(25):
            await first.lag()
            await asyncio.sleep(0.2)
        assert worker.consumer is first
        away = False

        async def fed() -> bool:
            return await balances(db, ours) == {f"{ours}a": 1}

        await wait_for(fed, seconds=30)
        await asyncio.sleep(2)  # the last look is of before
        assert worker.consumer is first


async def test_partitions_that_stood_with_somebody_else_are_no_reason_to_begin_anew(
    db: Database,
    toy_url: str,
    toy_kafka: str,
    ours: str,
    quickly: None,
) -> None:
    heard = hears(f"toy-{ours}", feed_each)
    async with consuming(db, toy_kafka, heard) as halted:
        halted.intake.halted = "too many dead letters"
        polled = halted._subscriber.consumer
        polled.pause(*polled.assignment())
        await send(toy_kafka, ours, record(f"{ours}a"), partition=2)
        async with working(db, toy_url, toy_kafka, ours) as worker:

            async def joined() -> bool:
                return worker.consumer is not None and bool(worker.consumer.held())

            await wait_for(joined, seconds=30)
            polled.pause(*polled.assignment())
            second = worker.consumer
            assert second is not None
            for _ in range(25):
                await second.lag()
                await asyncio.sleep(0.2)
            await halted.stop()

            async def fed() -> bool:
                return await balances(db, ours) == {f"{ours}a": 1}

            await wait_for(fed, seconds=60)
            await asyncio.sleep(2)
            assert worker.consumer is second
