"""No position moves past a record that nobody handled, whatever breaks between Kafka and the handler.

Each way is broken on purpose, on real Kafka; then every event has had its one effect.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import (
    ConsumerStoppedError,
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
)
from aiokafka.record.util import calc_crc32c
from faststream.kafka.message import KafkaAckableMessage

from shared.runtime import consumer as consumer_module
from shared.runtime import polling
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.due import Dues
from shared.runtime.intake import Intake
from shared.runtime.offsets import committed, without_offsets
from shared.runtime.polling import Polling
from shared.runtime.worker import Worker
from tests.runtime.test_batch import rows
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
from tests.runtime.test_poison import reasons

__all__ = ["ours"]
PARTITIONS = 6


@asynccontextmanager
async def working(db: Database, url: str, kafka: str, ours: str) -> AsyncIterator[Worker]:
    """A worker, which begins a new consumer where one has ended."""
    worker = Worker(db, Clock(), hears(f"toy-{ours}", feed_each), Dues(), url, kafka)
    worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


@asynccontextmanager
async def saying(kafka: str, ours: str, each: int) -> AsyncIterator[None]:
    """Events to all partitions, a little at a time, while something breaks."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()

    async def say() -> None:
        for n in range(each):
            for number in range(PARTITIONS):
                made = record(f"{ours}{number}", n=n)
                await producer.send(topic_name(ours), partition=number, **made)
            await asyncio.sleep(0.02)
        await producer.flush()

    task = asyncio.create_task(say())
    try:
        yield
        await task
    finally:
        task.cancel()
        await producer.stop()


async def all_had_their_effect(db: Database, ours: str, each: int) -> None:
    async def handled() -> bool:
        return await rows(db, "select count(*) from inbox") == [(PARTITIONS * each,)]

    await wait_for(handled, seconds=90)
    assert await balances(db, ours) == {f"{ours}{n}": each for n in range(PARTITIONS)}


def times(count: int) -> Callable[[], bool]:
    left = iter(range(count))
    return lambda: next(left, None) is not None


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "TRY_AGAIN", 0.3)


def corrupt(monkeypatch: pytest.MonkeyPatch, ours: str, wants: Callable[[], bool]) -> None:
    """Partition 0 cannot be read, as often as it wants."""
    original = fetcher.PartitionRecords._unpack_records

    def unpack(self: Any) -> Iterator[Any]:
        if self._tp == (topic_name(ours), 0) and wants():
            raise CorruptRecordException(f"Invalid CRC - {self._tp}")
        yield from original(self)

    monkeypatch.setattr(fetcher.PartitionRecords, "_unpack_records", unpack)


async def test_a_partition_that_cannot_be_read_for_a_while_costs_no_event_of_the_others(
    db: Database, toy_url: str, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    corrupt(monkeypatch, ours, times(4))
    async with working(db, toy_url, toy_kafka, ours), saying(toy_kafka, ours, 100):
        await all_had_their_effect(db, ours, 100)


async def test_a_partition_that_cannot_be_read_is_named_and_holds_up_no_other(
    db: Database, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = True
    await send(toy_kafka, ours, record(f"{ours}0"), record(f"{ours}0"), partition=0)
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:

        async def at_zero() -> bool:
            return await consumer.lag() == 0

        await wait_for(at_zero)
        corrupt(monkeypatch, ours, lambda: broken)
        await send(toy_kafka, ours, record(f"{ours}0"), partition=0)

        async def says_so() -> list[str]:
            return consumer.ills()

        where = f"{topic_name(ours)}/0@2"
        why = "cannot be read (CorruptRecordException); what stands behind it waits"
        assert await wait_for(says_so) == [f"{where} {why}"]
        for n in range(5):
            await send(toy_kafka, ours, record(f"{ours}1", n=n), partition=1)

        async def others_go() -> bool:
            return await balances(db, ours) == {f"{ours}0": 2, f"{ours}1": 5}

        await wait_for(others_go)
        assert consumer.ended is None
        broken = False
        await wait_for(at_zero)
        assert consumer.ills() == []
    assert await balances(db, ours) == {f"{ours}0": 3, f"{ours}1": 5}


async def test_what_stands_before_a_record_that_cannot_be_read_is_handled(
    db: Database, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(toy_kafka, ours, *(record(f"{ours}0", n=n) for n in range(7)), partition=0)
    original = fetcher.PartitionRecords._unpack_records

    def unpack(self: Any) -> Iterator[Any]:
        for made in original(self):
            if made.topic == topic_name(ours) and made.offset == 5:
                self.next_fetch_offset = 5
                raise CorruptRecordException("a length that is none")
            yield made

    monkeypatch.setattr(fetcher.PartitionRecords, "_unpack_records", unpack)
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:

        async def handled() -> bool:
            return await consumer.lag() == 2

        await wait_for(handled)
        assert [ill.split()[0] for ill in consumer.ills()] == [f"{topic_name(ours)}/0@5"]
    assert await balances(db, ours) == {f"{ours}0": 5}


@pytest.mark.parametrize("why", [CorruptRecordException("no"), RuntimeError("no")])
async def test_a_look_that_fails_after_it_took_records_costs_none_of_them(
    db: Database,
    toy_url: str,
    toy_kafka: str,
    ours: str,
    monkeypatch: pytest.MonkeyPatch,
    why: Exception,
) -> None:
    """Their positions have moved: only a new consumer knows where they were."""
    original, wants, taken = fetcher.Fetcher.fetched_records, times(3), 0

    async def taking(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal taken
        got = await original(self, *args, **kwargs)
        if got and any(tp.topic == topic_name(ours) for tp in got) and wants():
            taken += sum(map(len, got.values()))
            raise why
        return got

    monkeypatch.setattr(fetcher.Fetcher, "fetched_records", taking)
    async with working(db, toy_url, toy_kafka, ours), saying(toy_kafka, ours, 100):
        await all_had_their_effect(db, ours, 100)
    assert taken >= 3


async def test_a_batch_that_is_lost_on_its_way_to_the_handler_comes_again(
    db: Database, toy_url: str, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parser fails in spite of all; FastStream drops the batch and goes on."""
    original, wants = consumer_module.parse, times(3)

    async def parse(message: Any, faststreams: Any) -> Any:
        if wants():
            raise ValueError("a record as nobody has thought of")
        return await original(message, faststreams)

    monkeypatch.setattr(consumer_module, "parse", parse)
    # FastStream's own second try must not save it: it fails for what the parser is hardened against.
    monkeypatch.setattr(KafkaAckableMessage, "nack", _fails)
    async with working(db, toy_url, toy_kafka, ours), saying(toy_kafka, ours, 60):
        await all_had_their_effect(db, ours, 60)


async def _fails(self: Any) -> None:
    raise IllegalStateError("no partition of ours")


async def test_a_batch_that_could_not_be_handed_back_comes_again(
    db: Database, toy_url: str, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handler raises, and so does FastStream's nack, which is a line in the log to it."""
    original, wants = Intake.handle, times(3)

    async def handle(self: Any, records: Any) -> None:
        if wants():
            raise ConnectionRefusedError
        await original(self, records)

    monkeypatch.setattr(Intake, "handle", handle)
    monkeypatch.setattr(KafkaAckableMessage, "nack", _fails)
    async with working(db, toy_url, toy_kafka, ours), saying(toy_kafka, ours, 60):
        await all_had_their_effect(db, ours, 60)


async def test_a_consumer_that_is_cancelled_wherever_it_stands_loses_nothing(
    db: Database, toy_kafka: str, ours: str
) -> None:
    group = hears(f"toy-{ours}", feed_each)
    async with saying(toy_kafka, ours, 100):
        for n in range(5):
            async with consuming(db, toy_kafka, group) as consumer:
                await asyncio.sleep(0.2 + 0.11 * n)
                for task in consumer._subscriber.tasks:
                    task.cancel()
                await asyncio.sleep(0.1)
                assert consumer.ended == "its task is done"
    async with consuming(db, toy_kafka, group):
        await all_had_their_effect(db, ours, 100)


async def test_only_what_was_handed_out_is_committed(toy_kafka: str, ours: str) -> None:
    """aiokafka moves the position of a partition by itself past a record that it finds too large."""
    first, second = (TopicPartition(topic_name(ours), number) for number in (0, 1))
    for number in (0, 1):
        await send(toy_kafka, ours, record("a"), record("a"), record("a"), partition=number)
    made = Polling(
        topic_name(ours),
        bootstrap_servers=toy_kafka,
        group_id=f"toy-{ours}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await made.start()
    got: dict[Any, list[Any]] = {}
    while not got:
        got = await made.getmany(timeout_ms=100, max_records=2)
    [handed] = got
    other = second if handed == first else first
    await made.position(other)
    made._subscription.subscription.assignment.state_value(other).consumed_to(1)
    await made.commit()
    assert await committed(toy_kafka, f"toy-{ours}") == {handed: 2}
    await made.stop()


async def test_a_batch_that_is_given_back_is_given_out_again_and_not_committed(
    toy_kafka: str, ours: str
) -> None:
    await send(toy_kafka, ours, record("a"), record("b"), partition=0)
    made = Polling(
        topic_name(ours),
        bootstrap_servers=toy_kafka,
        group_id=f"toy-{ours}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await made.start()

    async def taken() -> dict[Any, list[Any]]:
        return await made.getmany(timeout_ms=100)

    got = await wait_for(taken)
    made.seek(TopicPartition(topic_name(ours), 0), 0)
    await made.commit()
    assert await committed(toy_kafka, f"toy-{ours}") == {}
    assert await wait_for(taken) == got
    with pytest.raises(ConsumerStoppedError):
        await made.getmany(timeout_ms=100)
    assert "neither committed nor handed back" in str(made.ended)
    await made.stop()


async def test_the_end_of_anothers_transaction_is_nothing_that_is_left_to_do(
    db: Database, toy_kafka: str, ours: str
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=toy_kafka, transactional_id=f"tx-{ours}")
    await producer.start()
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:
        async with producer.transaction():
            sent = record(f"{ours}a")
            await producer.send_and_wait(topic_name(ours), partition=0, **sent)

            async def fed() -> bool:
                return await balances(db, ours) == {f"{ours}a": 1}

            await wait_for(fed)
        await producer.stop()

        async def nothing_left() -> bool:
            offsets = await committed(toy_kafka, f"toy-{ours}")
            return offsets[TopicPartition(topic_name(ours), 0)] == 2

        await wait_for(nothing_left)
        assert await consumer.lag() == 0


async def test_a_header_whose_name_is_not_utf8_stops_nothing(
    db: Database, toy_kafka: str, ours: str
) -> None:
    """Other clients can send one: the event is handled, and junk is buried with its bytes."""
    producer = AIOKafkaProducer(bootstrap_servers=toy_kafka)
    await producer.start()
    good, junk = record(f"{ours}a"), {**record(f"{ours}a"), "value": b"\xffjunk"}
    for compression in ("", "gzip"):
        producer._message_accumulator._compression_type = 1 if compression else 0
        for made in (good, junk) if not compression else (record(f"{ours}a"),):
            batch = producer.create_batch()
            named = [*made["headers"], ("zzzz", b"1")]
            batch.append(key=made["key"], value=made["value"], timestamp=None, headers=named)
            batch._build = _renamed(batch._build)
            await (await producer.send_batch(batch, topic_name(ours), partition=0))
    await producer.stop()
    await send(toy_kafka, ours, record(f"{ours}a"), partition=0)
    await send(toy_kafka, ours, record(f"{ours}b"), partition=1)
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:

        async def handled() -> bool:
            return await consumer.lag() == 0

        await wait_for(handled)
        assert consumer.ills() == []
    assert await balances(db, ours) == {f"{ours}a": 3, f"{ours}b": 1}
    assert await reasons(db) == ["value-unreadable"]
    [(payload, headers)] = await rows(
        db, "select payload, headers from outbox where topic like '%dead%'"
    )
    assert payload == b"\xffjunk"
    assert ["z\\xe9\\xff\\xfe", "MQ=="] in [list(header) for header in headers]


def _renamed(build: Callable[[], bytes]) -> Callable[[], bytes]:
    """The batch with another name of a header in it, as librdkafka would send it."""

    def built() -> bytes:
        made = bytearray(bytes(build()).replace(b"zzzz", b"z\xe9\xff\xfe"))
        made[17:21] = calc_crc32c(bytes(made[21:])).to_bytes(4, "big")
        return bytes(made)

    return built


async def _broken_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    original, wants = fetcher.Fetcher._get_actions_per_node, times(1)

    def actions(self: Any, assignment: Any) -> Any:
        if wants():
            raise ZeroDivisionError
        return original(self, assignment)

    monkeypatch.setattr(fetcher.Fetcher, "_get_actions_per_node", actions)


async def _broken_coordination(monkeypatch: pytest.MonkeyPatch) -> None:
    original, wants = GroupCoordinator._maybe_do_autocommit, times(1)

    async def commit(self: Any, assignment: Any) -> Any:
        if wants():
            raise ZeroDivisionError
        return await original(self, assignment)

    monkeypatch.setattr(GroupCoordinator, "_maybe_do_autocommit", commit)


async def _broken_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    original, wants = AIOKafkaClient._metadata_update, times(1)

    async def update(self: Any, *args: Any) -> Any:
        if self._client_id.startswith("toy-") and wants():
            raise ZeroDivisionError
        return await original(self, *args)

    monkeypatch.setattr(AIOKafkaClient, "_metadata_update", update)


@pytest.mark.parametrize("breaks", [_broken_fetches, _broken_coordination, _broken_metadata])
async def test_a_consumer_whose_background_has_died_is_not_ready_and_is_started_anew(
    db: Database,
    toy_url: str,
    toy_kafka: str,
    ours: str,
    monkeypatch: pytest.MonkeyPatch,
    breaks: Callable[[pytest.MonkeyPatch], Any],
) -> None:
    """Heartbeats and partitions would be kept, and nothing would ever come."""
    async with working(db, toy_url, toy_kafka, ours) as worker:

        async def well() -> bool:
            return worker.ills() == []

        await wait_for(well)
        first = worker.consumer
        await breaks(monkeypatch)
        await send(toy_kafka, ours, record(f"{ours}a"))
        if breaks is _broken_coordination:
            assert first is not None
            first._subscriber.consumer._coordinator.request_rejoin()
        if breaks is _broken_metadata:
            assert first is not None
            first._subscriber.consumer._client.force_metadata_update()

        async def says_so() -> bool:
            return any("has ended" in ill for ill in worker.ills())

        await wait_for(says_so)

        async def fed() -> bool:
            return await balances(db, ours) == {f"{ours}a": 1}

        await wait_for(fed, seconds=60)
        await wait_for(well)
        assert worker.consumer is not first


async def test_a_partition_of_which_nothing_comes_though_something_is_there_is_an_ill(
    db: Database, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the reason is, and though everything that can be looked at lives."""
    monkeypatch.setattr(consumer_module, "STILL", 0.3)
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:
        still = TopicPartition(topic_name(ours), 2)

        async def assigned() -> bool:
            return still in consumer._subscriber.consumer.assignment()

        await wait_for(assigned)
        consumer._subscriber.consumer.pause(still)
        await send(toy_kafka, ours, record(f"{ours}a"), partition=2)
        assert await consumer.lag() == 1
        assert consumer.ills() == [], "not at once"

        async def says_so() -> list[str]:
            await consumer.lag()
            return consumer.ills()

        assert await wait_for(says_so) == [
            f"{topic_name(ours)}/2 stands still for a minute, with records to handle"
        ]
        consumer._subscriber.consumer.resume(still)

        async def well() -> bool:
            return await consumer.lag() == 0 and consumer.ills() == []

        await wait_for(well)


async def test_a_new_consumer_begins_at_the_committed_offsets_also_where_that_is_the_first(
    db: Database, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure in the very first look: nothing was handled of any partition yet."""
    group = hears(f"toy-{ours}", feed_each)
    await without_offsets(db, toy_kafka, group)
    await send(toy_kafka, ours, *(record(f"{ours}1") for _ in range(3)), partition=1)
    original, wants = fetcher.Fetcher.fetched_records, times(1)

    async def taking(self: Any, *args: Any, **kwargs: Any) -> Any:
        got = await original(self, *args, **kwargs)
        if got and wants():
            raise KafkaError("half-way")
        return got

    monkeypatch.setattr(fetcher.Fetcher, "fetched_records", taking)
    async with consuming(db, toy_kafka, group) as consumer:

        async def ended() -> str | None:
            return consumer.ended

        assert "half-way" in await wait_for(ended)
    await send(toy_kafka, ours, record(f"{ours}2"), partition=2)
    async with consuming(db, toy_kafka, group) as consumer:

        async def handled() -> bool:
            return await consumer.lag() == 0

        await wait_for(handled)
    assert await balances(db, ours) == {f"{ours}1": 3, f"{ours}2": 1}
