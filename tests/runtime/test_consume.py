"""Consumer and relay on real Kafka and Postgres: nothing lost, nothing doubled, nothing stuck."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.runtime import intake as intake_module
from shared.runtime.clock import Clock
from shared.runtime.consumer import Consumer
from shared.runtime.database import Database
from shared.runtime.hears import Hears
from shared.runtime.intake import Intake
from shared.runtime.offsets import committed, without_offsets
from shared.runtime.plans import needs
from shared.runtime.relay import Relay
from shared.runtime.work import Work
from tests.runtime import toy
from tests.stage import killed_at

HEADERS = {"ce_specversion": "1.0", "ce_type": "toyaccount.fed.v1", "ce_source": "/tests"}


def hears(group: str, handler: Any = toy.fed) -> Hears:
    """The toy's subscription under a group of its own."""
    made = Hears(group)
    made(toy.AccountFed)(needs(lambda e: [(toy.Account, e.account_id)])(handler))
    made.topics = {topic_name(group[-8:])}
    return made


def topic_name(ours: str) -> str:
    return f"toy.accounts-{ours}"


async def feed_each(work: Work, event: toy.AccountFed) -> None:
    await toy.feed(work, event)


def record(account: str, amount: int = 1, n: int = 0, **headers: str | None) -> dict[str, Any]:
    named: dict[str, str | None] = {**HEADERS, "ce_id": str(uuid.uuid4()), **headers}
    return {
        "value": json.dumps({"account_id": account, "amount": amount, "n": n}).encode(),
        "key": account.encode(),
        "headers": [(k, v.encode()) for k, v in named.items() if v is not None],
    }


async def send(
    bootstrap: str, ours: str, *records: dict[str, Any], partition: int | None = None
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        for made in records:
            await producer.send_and_wait(topic_name(ours), partition=partition, **made)
    finally:
        await producer.stop()


async def wait_for(condition: Any, seconds: float = 20) -> Any:
    async with asyncio.timeout(seconds):
        while not (got := await condition()):
            await asyncio.sleep(0.05)
        return got


@asynccontextmanager
async def consuming(db: Database, bootstrap: str, heard: Hears) -> AsyncIterator[Consumer]:
    assert await without_offsets(db, bootstrap, heard) is None
    made = Consumer(Intake(db, Clock(), heard), bootstrap)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def query(db: Database, statement: str, *args: Any) -> list[tuple[Any, ...]]:
    async with db.acquire() as con:
        return [tuple(r) for r in await con.fetch(statement, *args)]


@pytest.fixture
async def ours(toy_kafka: str) -> str:
    """A prefix of ids of this test, with a topic of its own."""
    made = uuid.uuid4().hex[:8]
    admin = AIOKafkaAdminClient(bootstrap_servers=toy_kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic_name(made), 6, 1)])
    finally:
        await admin.close()
    return made


async def balances(db: Database, ours: str) -> dict[str, int]:
    found = await query(db, "select id, balance from accounts where id like $1", f"{ours}%")
    return {str(name): int(balance) for name, balance in found}


async def test_each_event_has_one_effect_however_often_it_comes(
    db: Database, toy_kafka: str, ours: str
) -> None:
    once = [record(f"{ours}{n % 3}", n=n) for n in range(30)]
    await send(toy_kafka, ours, *once, *once[:10], *reversed(once))
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:
        await wait_for(lambda: _lag_is_zero(consumer))
    assert await balances(db, ours) == {f"{ours}0": 10, f"{ours}1": 10, f"{ours}2": 10}
    assert await query(db, "select count(*) from inbox where outcome = 'dead'") == [(0,)]


async def _lag_is_zero(consumer: Consumer) -> bool:
    return await consumer.lag() == 0 and consumer.idle.is_set()


async def test_junk_goes_to_the_dead_letters_with_its_bytes_and_its_neighbours_are_handled(
    db: Database, toy_kafka: str, ours: str
) -> None:
    good = [record(f"{ours}g", n=n) for n in range(6)]
    junk = [
        {**record("x"), "value": b"\xff\xfe not json"},
        {**record("x"), "value": b'{"account_id": "x", "amount": "many"}'},
        {
            **record("x"),
            "headers": [*record("x")["headers"], ("odd", b"\xff\xff"), ("null", None)],
            "value": b"{",
        },
        record("x", ce_type=None),
        record("x", ce_type="toyaccount.fed.v9"),
    ]
    mixed = [r for pair in zip(good, junk, strict=False) for r in pair] + good[5:]
    await send(toy_kafka, ours, *mixed, partition=0)
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:
        await wait_for(lambda: _lag_is_zero(consumer))
        assert consumer.ills() == []
    assert await balances(db, ours) == {f"{ours}g": 6}
    dead = await query(
        db, "select key, payload, headers from outbox where topic = 'toy.dead-letters' order by id"
    )
    mine = [d for d in dead if d[1] in [j["value"] for j in junk]]
    reasons = [dict(headers) for _, _, headers in mine]
    from base64 import b64decode

    assert [b64decode(r["dl_reason"]).decode() for r in reasons][-5:] == [
        "value-unreadable",
        "value-unreadable",
        "value-unreadable",
        "type-missing",
        "version-unknown",
    ]
    odd = [list(h) for _, p, hs in mine if p == b"{" for h in hs if h[0] in ("odd", "null")]
    assert odd == [["odd", "//8="], ["null", None]]


async def test_a_header_that_is_not_utf8_does_not_cost_a_good_event(
    db: Database, toy_kafka: str, ours: str
) -> None:
    odd = record(f"{ours}odd")
    odd["headers"] += [("x-odd", b"\xff\xff"), ("x-null", None)]
    await send(toy_kafka, ours, record(f"{ours}odd"), odd, record(f"{ours}odd"), partition=1)
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:
        await wait_for(lambda: _lag_is_zero(consumer))
    assert await balances(db, ours) == {f"{ours}odd": 3}


async def test_an_unknown_type_is_ignored_and_a_refused_event_is_dead_and_can_be_replayed(
    db: Database, toy_kafka: str, ours: str
) -> None:
    unlucky = record(f"{ours}u", amount=13)
    await send(
        toy_kafka, ours, record("x", ce_type="weather.changed.v1"), unlucky, record(f"{ours}u", 2)
    )
    group = hears(f"toy-{ours}", feed_each)
    async with consuming(db, toy_kafka, group) as consumer:
        await wait_for(lambda: _lag_is_zero(consumer))
    assert await balances(db, ours) == {f"{ours}u": 2}
    event_id = dict(unlucky["headers"])["ce_id"].decode()
    dead = await query(db, "select outcome from inbox where event_id = $1::uuid", event_id)
    assert dead == [("dead",)]

    async def lucky(work: Work, event: toy.AccountFed) -> None:
        await toy.feed(work, toy.Feed(event.account_id, 14))

    again = {**unlucky, "headers": [*unlucky["headers"], ("hf_replay", b"1")]}
    await send(toy_kafka, ours, unlucky, again, again)
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", lucky)) as consumer:
        await wait_for(lambda: _lag_is_zero(consumer))
    assert await balances(db, ours) == {f"{ours}u": 16}


async def test_a_defect_is_tried_five_times_in_order_and_then_given_up_with_its_traceback(
    db: Database, toy_kafka: str, ours: str
) -> None:
    seen: list[int] = []

    async def broken(work: Work, event: toy.AccountFed) -> None:
        if event.account_id.startswith(ours):
            seen.append(event.n)
        if event.n == 1:
            raise ZeroDivisionError("broken")
        await toy.feed(work, event)

    await send(toy_kafka, ours, *(record(f"{ours}d", n=n) for n in range(3)))
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", broken)) as consumer:
        await wait_for(lambda: _lag_is_zero(consumer))
    assert await query(db, "select notes from accounts where id = $1", f"{ours}d") == [
        ([[1, 0], [1, 2]],)
    ]
    assert seen[-1] == 2
    assert seen.index(2) > len(seen) - 4, "nothing overtakes the failing event for long"
    [(headers,)] = await query(
        db,
        "select headers from outbox where topic = 'toy.dead-letters' and key = $1",
        f"{ours}d".encode(),
    )
    from base64 import b64decode

    letter = {name: b64decode(value).decode() for name, value in headers}
    assert letter["dl_reason"] == "defect"
    assert "ZeroDivisionError: broken" in letter["dl_error"]
    assert letter["dl_attempts"] == "5"


async def test_twenty_dead_events_in_a_row_stop_the_consumer_and_say_so(
    db: Database, toy_kafka: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = hears(f"toy-{ours}", feed_each)
    async with consuming(db, toy_kafka, group) as consumer:
        await wait_for(lambda: _lag_is_zero(consumer))
        await send(
            toy_kafka,
            ours,
            *({**record(f"{ours}x"), "value": b"junk"} for _ in range(40)),
            partition=2,
        )
        await wait_for(_halted(consumer))
        assert any("20 events in a row" in ill for ill in consumer.ills())
    dead = await query(
        db,
        "select count(*) from outbox where topic = 'toy.dead-letters' and key = $1",
        f"{ours}x".encode(),
    )
    assert dead == [(intake_module.DEAD_IN_A_ROW,)]


def _halted(consumer: Consumer) -> Any:
    async def halted() -> bool:
        return consumer.intake.halted is not None

    return halted


async def test_offsets_are_committed_and_a_group_that_lost_them_does_not_begin_again_by_itself(
    db: Database, toy_kafka: str, ours: str
) -> None:
    group = hears(f"toy-{ours}", feed_each)
    await send(toy_kafka, ours, record(f"{ours}a"))
    async with consuming(db, toy_kafka, group) as consumer:
        await wait_for(lambda: _lag_is_zero(consumer))
    assert sum((await committed(toy_kafka, f"toy-{ours}")).values()) > 0
    other = hears(f"toy-lost-{ours}", feed_each)
    await query(db, "update inbox set consumer = $1", f"toy-lost-{ours}")
    ill = await without_offsets(db, toy_kafka, other)
    assert ill is not None
    assert "bin/holdfast replay --service toy --from" in ill


async def outbox(db: Database, ours: str, count: int, keys: int = 5) -> None:
    async with db.acquire() as con:
        await con.executemany(
            "insert into outbox (event_id, shard, topic, key, payload, headers) values ($1, $2, $3, $4, $5, $6)",
            [
                (
                    str(uuid.uuid4()),
                    n % keys,
                    "toy.grown",
                    f"{ours}{n % keys}".encode(),
                    str(n).encode(),
                    [],
                )
                for n in range(count)
            ],
        )


async def topic_of(bootstrap: str, ours: str) -> list[tuple[str, int]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        parts = [TopicPartition("toy.grown", p) for p in range(6)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        found = []
        while any([await consumer.position(tp) < ends[tp] for tp in parts]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                mine = [r for r in records if r.key.decode().startswith(ours)]
                found += [(r.key.decode(), int(r.value)) for r in mine]
        return found
    finally:
        await consumer.stop()


async def test_the_relay_sends_in_order_per_key_and_deletes(
    db: Database, toy_url: str, toy_kafka: str, ours: str
) -> None:
    await outbox(db, ours, 2500)
    relay = Relay(toy_url, toy_kafka, "toy")
    total = 0
    while sent := await relay.step():
        total += sent
    await relay.stop()
    assert total == 2500
    got = await topic_of(toy_kafka, ours)
    for key in range(5):
        assert [v for k, v in got if k == f"{ours}{key}"] == list(range(key, 2500, 5))
    assert await query(db, "select count(*) from outbox") == [(0,)]


async def test_a_relay_that_dies_between_send_and_delete_loses_nothing(
    db: Database, toy_url: str, toy_kafka: str, ours: str
) -> None:
    await outbox(db, ours, 10)
    first = Relay(toy_url, toy_kafka, "toy")
    with killed_at("relay.sent"):
        await first.step()
    assert await query(db, "select count(*) from outbox") == [(10,)]
    await first.stop()  # as the death of its process would, it frees the shards
    second = Relay(toy_url, toy_kafka, "toy")
    await wait_for(second.step)
    await second.stop()
    got = await topic_of(toy_kafka, ours)
    assert sorted(set(got)) == sorted((f"{ours}{n % 5}", n) for n in range(10))
    for key in range(5):
        seen = [v for k, v in got if k == f"{ours}{key}"]
        first_times = [v for place, v in enumerate(seen) if v not in seen[:place]]
        assert first_times == sorted(first_times)


async def test_relays_share_the_shards_out_and_never_own_one_twice(
    toy_url: str, toy_kafka: str
) -> None:
    relays = [Relay(toy_url, toy_kafka, "toy") for _ in range(3)]
    for _ in range(4):
        for relay in relays:
            relay._shared_out = 0.0
            await relay.step()
    owned = [relay.shards for relay in relays]
    assert sorted(s for shards in owned for s in shards) == list(range(16))
    assert max(len(shards) for shards in owned) <= 6
    await relays[0].stop()

    async def the_rest_own_all() -> bool:  # Postgres frees a dead session's locks in its own time
        for relay in relays[1:]:
            relay._shared_out = 0.0
            await relay.step()
        return sorted(s for relay in relays[1:] for s in relay.shards) == list(range(16))

    await wait_for(the_rest_own_all)
    for relay in relays[1:]:
        await relay.stop()
