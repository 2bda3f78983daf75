"""What others write into their records: it is judged, bounded, and never taken into our own words."""

import json
import uuid
from base64 import b64decode
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from shared.contracts.topics import TOPICS
from shared.runtime import envelope
from shared.runtime.database import Database
from shared.runtime.events import read as handler_of
from shared.runtime.relay import Relay
from shared.runtime.work import Work
from tests.runtime import toy
from tests.runtime.test_batch import Ask, put, rows
from tests.runtime.test_consume import consuming, feed_each, hears, ours, record, send, wait_for
from tests.runtime.test_poison import Log, heard, log, read, reasons

__all__ = ["log", "ours"]
FED = b'{"account_id": "a", "amount": 1}'
TRACE = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"


async def said(db: Database) -> list[dict[str, str]]:
    """The headers of what was said because of an event, in order."""
    found = await rows(db, "select headers from outbox where topic = 'toy.grown' order by id")
    return [dict(headers) for (headers,) in found]


@pytest.mark.parametrize(
    "strange", [b"a\x00b", b"two\nlines", b"x" * 201, b"x" * 1_040_000, b"\xff\xff", b""]
)
async def test_what_is_no_correlation_or_trace_is_not_said_again_and_costs_no_event(
    db: Database, log: Log, strange: bytes
) -> None:
    odd = log.record(FED, more=(("ce_correlationid", strange), ("traceparent", strange)))
    await log.intake.handle([odd, log.good()])
    assert await reasons(db) == []
    assert await rows(db, "select balance from accounts") == [(2,)]
    for headers in await said(db):
        assert headers["ce_correlationid"] == headers["ce_id"], "it begins with what we say"
        assert "traceparent" not in headers


async def test_an_id_that_is_too_long_to_be_said_again_is_replaced_by_what_the_inbox_knows_it_by(
    db: Database, log: Log
) -> None:
    await log.intake.handle([log.record(FED, more=(("ce_id", b"x" * 1_040_000),))])
    [(known,)] = await rows(db, "select event_id::text from inbox")
    assert [headers["ce_causationid"] for headers in await said(db)] == [known]


async def test_a_correlation_and_a_trace_as_they_should_be_go_on(db: Database, log: Log) -> None:
    more = (("ce_correlationid", b"an order"), ("traceparent", TRACE.encode()))
    await log.intake.handle([log.record(FED, more=more)])
    [headers] = await said(db)
    assert (headers["ce_correlationid"], headers["traceparent"]) == ("an order", TRACE)


async def test_the_size_of_an_event_is_told_with_its_key_and_headers(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def grow(work: Work, account_id: str) -> None:
        work.emit(toy.AccountGrown(account_id=account_id, balance=1))

    key = "k" * 200  # twice in the payload's neighbourhood: as the key, and as `ce_subject`
    payload = len(json.dumps({"account_id": key, "balance": 1}, separators=(",", ":")))
    monkeypatch.setattr(envelope, "LARGEST", payload + 2 * len(key))
    assert await put(db, Ask(grow, key)) == ["failed TooLargeError"]
    monkeypatch.setattr(envelope, "LARGEST", payload + 2 * len(key) + 500)
    assert await put(db, Ask(grow, key)) == [None]


def test_only_where_a_topic_keeps_the_last_word_may_a_record_of_a_known_type_say_nothing(
    log: Log,
) -> None:
    """On a topic of facts nothing ends: such a record is somebody's mistake, and must be seen."""

    def without_value(topic: str) -> Any:
        made: ConsumerRecord = log.record(None)
        made.topic = topic
        return made

    compacted = [topic.name for topic in TOPICS if topic.kind == "state"]
    assert len(compacted) == 3
    for name in compacted:
        assert handler_of(heard, without_value(name)) == (None, None)
    for topic in (toy.TOPIC, *(t.name for t in TOPICS if t.kind != "state")):
        with pytest.raises(Exception, match="where nothing ends"):
            handler_of(heard, without_value(topic))


async def test_a_fact_without_a_value_is_a_dead_letter(db: Database, log: Log) -> None:
    await log.intake.handle([log.good(), log.record(None), log.good()])
    assert await reasons(db) == ["value-missing"]
    assert await rows(db, "select balance from accounts") == [(2,)]


async def test_a_record_that_unpacks_to_more_than_a_dead_letter_holds_is_buried_without_its_value(
    db: Database, toy_url: str, toy_kafka: str, ours: str
) -> None:
    """Three megabytes of zeros are three kilobytes on the wire: a topic of one megabyte takes it."""
    producer = AIOKafkaProducer(
        bootstrap_servers=toy_kafka,
        compression_type="gzip",
        max_request_size=10_000_000,
        max_batch_size=10_000_000,
    )
    await producer.start()
    bomb = {**record(f"{ours}z"), "value": b"0" * 3_000_000}
    await producer.send_and_wait(f"toy.accounts-{ours}", partition=4, **bomb)
    await producer.stop()
    await send(toy_kafka, ours, record(f"{ours}a"), partition=4)
    async with consuming(db, toy_kafka, hears(f"toy-{ours}", feed_each)) as consumer:

        async def handled() -> bool:
            return await consumer.lag() == 0

        await wait_for(handled)
    assert await rows(db, "select balance from accounts") == [(1,)]
    relay = Relay(toy_url, toy_kafka, "toy")
    while await relay.step():
        pass
    await relay.stop()
    assert await rows(db, "select topic from outbox") == []
    id_ = dict(bomb["headers"])["ce_id"]
    letters = await read(toy_kafka, "toy.dead-letters", 3)
    [letter] = [r for r in letters if ("ce_id", id_) in r.headers]
    heads = dict(letter.headers)
    assert letter.value is None
    assert heads["dl_truncated"] == b"value"
    assert heads["dl_reason"] == b"value-unreadable"
    assert (heads["dl_topic"], heads["dl_partition"], heads["dl_offset"]) == (
        f"toy.accounts-{ours}".encode(),
        b"4",
        b"0",
    )


async def test_headers_and_a_key_that_are_too_large_are_left_where_they_are_too(
    db: Database, log: Log, toy_url: str, toy_kafka: str
) -> None:
    mark = uuid.uuid4().hex.encode()
    large = b"y" * 1_900_000
    await log.intake.handle(
        [
            log.record(b"junk", more=(("mark", mark), ("large", large))),
            log.record(b"junk", key=large, more=(("mark", mark),)),
            log.record(b"x" * 1_900_000, key=None, more=(("mark", mark),)),
            log.good(),
        ]
    )
    found = await rows(
        db, "select key, payload, headers from outbox where topic = 'toy.dead-letters' order by id"
    )
    said = [{k: b64decode(v) for k, v in headers} for _, _, headers in found]
    assert [heads["dl_truncated"] for heads in said] == [
        b"value headers",
        b"value headers key",
        b"value",
    ]
    assert [(key, value) for key, value, _ in found] == [(b"a", None), (b"", None), (b"", None)]
    assert [heads.get("dl_key") for heads in said] == [None, None, b"null"]
    relay = Relay(toy_url, toy_kafka, "toy")
    while await relay.step():
        pass
    await relay.stop()
    assert await rows(db, "select topic from outbox") == []
