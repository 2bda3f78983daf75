"""Records that want to stop a consumer or a relay: each ends in the dead letters, and nobody waits."""

import asyncio
import uuid
from base64 import b64decode
from typing import Any, ClassVar

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from shared.contracts.event import Event, Id, Instant
from shared.runtime import intake as intake_module
from shared.runtime import refusals
from shared.runtime.batch import run_batch
from shared.runtime.clock import Clock
from shared.runtime.consumer import Consumer
from shared.runtime.database import Database
from shared.runtime.hears import Hears
from shared.runtime.intake import BATCH, HaltedError, Intake
from shared.runtime.plans import needs
from shared.runtime.relay import Relay
from shared.runtime.work import Work
from tests.runtime import toy
from tests.runtime.test_batch import rows
from tests.runtime.test_consume import (
    balances,
    consuming,
    feed_each,
    hears,
    ours,
    record,
    send,
    wait_for,
)

__all__ = ["ours"]


class Dated(Event):
    """An instant in the year 1, west of Greenwich, has no UTC: not a ValueError."""

    topic: ClassVar[str] = toy.TOPIC
    type: ClassVar[str] = "toydated.said.v1"
    key: ClassVar[str] = "account_id"
    example: ClassVar[dict[str, Any]] = {"account_id": "a", "at": "2020-01-01T00:00:00Z"}
    account_id: Id
    at: Instant


async def dated(work: Work, event: Dated) -> None:
    """Nothing to do."""


heard = Hears("toy")
heard(toy.AccountFed)(toy.fed)
heard(Dated)(dated)


class Log:
    """Records as from one partition, handled without Kafka."""

    def __init__(self, db: Database) -> None:
        self.intake = Intake(db, Clock(), heard)
        self.offset = 0

    def record(
        self,
        value: bytes | None,
        key: bytes | None = b"a",
        type_: str | None = toy.AccountFed.type,
        more: tuple[tuple[str, bytes | None], ...] = (),
    ) -> ConsumerRecord:
        self.offset += 1
        headers: list[tuple[str, bytes | None]] = [("ce_id", str(uuid.uuid4()).encode()), *more]
        headers += [("ce_type", type_.encode())] if type_ else []
        return ConsumerRecord(
            toy.TOPIC, 0, self.offset, 0, 0, key, value, None, 0, len(value or b""), headers
        )

    def good(self, amount: int = 1, account: str = "a") -> ConsumerRecord:
        return self.record(b'{"account_id": "%s", "amount": %d}' % (account.encode(), amount))


@pytest.fixture
async def log(db: Database) -> Log:
    return Log(db)


async def reasons(db: Database) -> list[str]:
    found = await rows(
        db, "select headers from outbox where topic = 'toy.dead-letters' order by id"
    )
    return [b64decode(v).decode() for (hs,) in found for k, v, *_ in hs if k == "dl_reason"]


async def test_a_contract_that_fails_in_an_unforeseen_way_is_a_dead_letter(
    db: Database, log: Log
) -> None:
    early = b'{"account_id": "a", "at": "0001-01-01T00:00:00+23:59"}'
    deep = b'{"account_id": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    await log.intake.handle(
        [log.good(), log.record(early, type_=Dated.type), log.record(deep), log.good()]
    )
    assert await reasons(db) == ["value-unreadable", "value-unreadable"]
    assert await rows(db, "select balance from accounts") == [(2,)]


async def test_text_that_the_database_refuses_is_a_dead_letter(db: Database, log: Log) -> None:
    nul = b'{"account_id": "a\\u0000b", "amount": 1}'
    surrogate = b'{"account_id": "a\\ud800", "amount": 1}'
    huge = b'{"account_id": "a", "amount": 99999999999999999999999}'
    await log.intake.handle([log.record(v) for v in (nul, surrogate, huge)] + [log.good()])
    assert (await reasons(db))[:2] == ["value-unreadable", "value-unreadable"]
    assert len(await reasons(db)) == 3
    assert await rows(db, "select balance from accounts") == [(1,)]


async def test_the_oddest_dead_letters_reach_kafka_with_their_bytes(
    db: Database, log: Log, toy_url: str, toy_kafka: str
) -> None:
    mark = uuid.uuid4().hex.encode()
    nul_name = log.record(b"junk", more=(("na\x00me", b"\xff"), ("mark", mark)))
    nothing = log.record(None, key=None, type_=None, more=(("mark", mark),))
    no_key = log.record(b"", key=None, more=(("mark", mark),))
    large = log.record(b"x" * 1_000_000, more=(("mark", mark), ("big", b"y" * 40_000)))
    await log.intake.handle([nul_name, nothing, no_key, large, log.good()])
    relay = Relay(toy_url, toy_kafka, "toy")
    while await relay.step():
        pass
    await relay.stop()
    assert await rows(db, "select count(*) from outbox") == [(0,)]
    letters = {
        dict(r.headers)["dl_offset"]: r
        for r in await read(toy_kafka, "toy.dead-letters", 3)
        if ("mark", mark) in r.headers
    }
    assert len(letters) == 4
    assert ("na\x00me", b"\xff") in letters[str(nul_name.offset).encode()].headers
    assert letters[str(nothing.offset).encode()].value is None
    assert ("dl_key", b"null") in letters[str(nothing.offset).encode()].headers
    assert letters[str(no_key.offset).encode()].key is None
    assert letters[str(large.offset).encode()].value == large.value


async def read(kafka: str, topic: str, partitions: int) -> list[ConsumerRecord]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        parts = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        found: list[ConsumerRecord] = []
        while any([await consumer.position(tp) < ends[tp] for tp in parts]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += batch
        return found
    finally:
        await consumer.stop()


async def test_records_of_nothing_and_records_that_ask_for_a_reply_do_not_hold_up_a_partition(
    db: Database, toy_kafka: str, ours: str
) -> None:
    topic = f"toy.accounts-{ours}"
    producer = AIOKafkaProducer(bootstrap_servers=toy_kafka)
    await producer.start()
    batch = producer.create_batch()
    batch.append(key=None, value=None, timestamp=None, headers=[("odd\x00", None)])
    await (await producer.send_batch(batch, topic, partition=0))
    await producer.stop()
    asks = record(f"{ours}a")
    asks["headers"] += [("reply_to", b"toy.grown"), ("correlation_id", b"x")]
    await send(toy_kafka, ours, asks, record(f"{ours}a"), partition=0)
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:

        async def handled() -> bool:
            return await consumer.lag() == 0

        await wait_for(handled)
    assert await balances(db, ours) == {f"{ours}a": 2}
    assert await reasons(db) == ["type-missing"]


async def test_a_poisonous_outbox_row_holds_up_its_shard_and_no_other(
    db: Database, toy_url: str, toy_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "ATTEMPTS", 2)
    mark = uuid.uuid4().hex
    async with db.acquire() as con:
        for shard, topic, payload in (
            (1, "toy.grown", b"first"),
            (2, "toy.grown", b"x" * 1_950_000),  # more than the producer takes
            (3, "toy.grown", b"y" * 1_100_000),  # more than the topic takes
            (1, "toy.grown", b"second"),
            (2, "toy.grown", b"behind"),
            (4, "toy.grown", b"third"),
        ):
            await con.execute(
                "insert into outbox (event_id, shard, topic, key, payload, headers)"
                " values ($1, $2, $3, $4, $5, '[]')",
                str(uuid.uuid4()),
                shard,
                topic,
                f"{mark}-{shard}".encode(),
                payload,
            )
    relay = Relay(toy_url, toy_kafka, "toy")

    async def others_went() -> bool:
        await relay.step()
        left = await rows(db, "select shard, min(attempts) from outbox group by shard order by 1")
        return [shard for shard, _ in left] == [2, 3]

    await wait_for(others_went, seconds=60)

    async def says_so() -> bool:
        await relay.step()
        return sum("is refused by Kafka" in ill for ill in relay.ills()) == 2

    await wait_for(says_so, seconds=60)
    await rows(db, "delete from outbox where length(payload) > 1000 returning id")

    async def went() -> bool:
        await relay.step()
        return not relay.ills() and await rows(db, "select 1 from outbox") == []

    await wait_for(went, seconds=60)
    await relay.stop()
    got = [r for r in await read(toy_kafka, "toy.grown", 6) if r.key.startswith(mark.encode())]
    assert {r.value for r in got} == {b"first", b"second", b"third", b"behind"}
    assert len(got) == 4


async def test_a_batch_is_handed_back_while_the_database_stays_away_and_comes_again(
    db: Database, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "PATIENCE", 0.2)
    away, tries = True, 0
    acquire = Database.acquire

    def refusing(self: Database) -> Any:
        nonlocal tries
        if away and self is db:
            tries += 1
            raise ConnectionRefusedError
        return acquire(self)

    await send(toy_kafka, ours, *(record(f"{ours}{n % 2}", n=n) for n in range(20)))
    group = hears(f"toy-{ours}", feed_each)
    async with consuming(db, toy_kafka, group) as consumer:
        monkeypatch.setattr(Database, "acquire", refusing)

        async def handed_back() -> bool:
            return tries > 8

        await send(toy_kafka, ours, *(record(f"{ours}{n % 2}", n=n) for n in range(20, 40)))
        await wait_for(handed_back)
        away = False

        async def handled() -> bool:
            return await consumer.lag() == 0

        await wait_for(handled)
        assert consumer.ills() == []
    assert await balances(db, ours) == {f"{ours}0": 20, f"{ours}1": 20}


async def test_a_halted_consumer_handles_nothing_more_and_gives_nothing_up(
    db: Database, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(_: float) -> None:
        """No pause."""

    await log.intake.handle([log.record(b"junk") for _ in range(20)])
    assert log.intake.halted
    monkeypatch.setattr(asyncio, "sleep", at_once)
    with pytest.raises(HaltedError):
        await log.intake.handle([log.good()])
    assert await rows(db, "select 1 from accounts") == []


async def test_what_stands_behind_the_events_that_stopped_a_consumer_is_not_lost_by_restarts(
    db: Database, log: Log
) -> None:
    """Kafka gives the whole batch again after each restart; what was given up counts no more."""
    batch = [*(log.record(b"junk") for _ in range(40)), *(log.good() for _ in range(5))]
    for dead in (20, 40):
        log.intake = Intake(db, Clock(), heard)
        with pytest.raises(HaltedError):
            await log.intake.handle(batch)
        assert len(await reasons(db)) == dead
        assert await rows(db, "select 1 from accounts") == []
    log.intake = Intake(db, Clock(), heard)
    await log.intake.handle(batch)
    assert len(await reasons(db)) == 40
    assert await rows(db, "select balance from accounts") == [(5,)]


async def test_twenty_refusals_in_a_row_stop_the_consumer_though_a_good_event_follows(
    db: Database, log: Log
) -> None:
    await log.intake.handle([*(log.good(13) for _ in range(20)), log.good()])
    assert log.intake.halted
    assert await rows(db, "select balance from accounts") == [(1,)]


async def test_a_batch_that_is_too_much_for_the_database_is_tried_in_halves(
    db: Database, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time-out is as long as the consumer's patience: each failure hands the batch back, and
    half of it must be tried when it comes again."""
    monkeypatch.setattr(intake_module, "PATIENCE", 0.0)
    sizes: list[int] = []
    limit = 40

    async def slow(db: Database, now: Any, units: Any, outcomes: Any, **kwargs: Any) -> Any:
        sizes.append(len(units))
        if len(units) > limit:
            raise asyncpg.QueryCanceledError("statement timeout")
        return await run_batch(db, now, units, outcomes, **kwargs)

    monkeypatch.setattr(intake_module, "run_batch", slow)
    batch = [log.good() for _ in range(100)]
    handed_back = 0
    while True:
        try:
            await log.intake.handle(batch)
            break
        except asyncpg.QueryCanceledError:
            handed_back += 1
            assert handed_back < 10, "it would never come through"
    assert sizes == [100, 50, 25, 25, 25, 25]
    assert await rows(db, "select balance from accounts") == [(100,)]
    assert await rows(db, "select count(*) from inbox") == [(100,)]
    limit, sizes[:] = BATCH, []
    for _ in range(6):
        await log.intake.handle([log.good() for _ in range(BATCH)])
    assert sizes[-1] == BATCH, "and all of it when that goes well"


async def test_a_defect_leaves_no_row_of_the_database_in_the_dead_letter(
    db: Database, log: Log
) -> None:
    @needs(lambda e: [(toy.Bank, e.account_id)])
    async def breaks(work: Work, event: toy.AccountFed) -> None:
        work.put(toy.Bank(id="Ada Lovelace", open_accounts=-1))

    group = Hears("toy")
    group(toy.AccountFed)(breaks)
    log.intake = Intake(db, Clock(), group)
    await log.intake.handle([log.good()])
    [(headers,)] = await rows(db, "select headers from outbox")
    error = next(b64decode(v).decode() for k, v in headers if k == "dl_error")
    assert "CheckViolationError" in error
    assert "Lovelace" not in error


async def test_workers_that_come_and_go_while_events_arrive_repeat_nothing_and_keep_the_order(
    db: Database, toy_kafka: str, ours: str
) -> None:
    """A rebalance storm: one worker stays, another joins and leaves all the time."""

    @needs(lambda e: [(toy.Account, e.account_id)])
    async def slowly(work: Work, event: toy.AccountFed) -> None:
        await toy.feed(work, event)
        if event.n % 50 == 0:
            await asyncio.sleep(0.1)

    group = hears(f"toy-{ours}", slowly)
    producer = AIOKafkaProducer(bootstrap_servers=toy_kafka, acks="all", linger_ms=2)
    await producer.start()

    async def say() -> None:
        for n in range(2000):
            await producer.send(f"toy.accounts-{ours}", **record(f"{ours}{n % 10}", n=n))
            if n % 20 == 0:
                await asyncio.sleep(0.03)
        await producer.flush()

    async with consuming(db, toy_kafka, group) as stays:
        saying = asyncio.create_task(say())
        while not saying.done():
            other = Consumer(Intake(db, Clock(), group), toy_kafka)
            await other.start()
            await asyncio.sleep(0.3)
            await other.stop()
        await saying
        await producer.stop()

        async def handled() -> bool:
            return await stays.lag() == 0

        await wait_for(handled, seconds=60)
    assert await rows(db, "select count(*) from inbox") == [(2000,)]
    for account in range(10):
        [(notes,)] = await rows(db, f"select notes from accounts where id = '{ours}{account}'")
        assert [n for _, n in notes] == list(range(account, 2000, 10))
