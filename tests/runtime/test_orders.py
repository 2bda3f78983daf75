"""What is decided about dead letters: replayed as they stood, or dropped; no other record moves."""

import dataclasses
import uuid
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from cli.restored import once_more
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.envelope import headers_decoded
from shared.runtime.events import NotYetError
from shared.runtime.hears import Hears, own_words
from shared.runtime.intake import Intake
from shared.runtime.orders import as_it_stood, letterbox
from shared.runtime.plans import needs
from shared.runtime.records import event_id_of
from shared.runtime.work import Work
from tests.runtime import toy
from tests.runtime.test_batch import rows
from tests.stage import record_of

LETTERBOX = "toy.dead-letters"


class Clerk:
    """An intake whose handler is broken until it is mended, and what it wrote."""

    def __init__(self, db: Database) -> None:
        self.db, self.broken, self.offset = db, True, 0
        hears = Hears("toy")

        @hears(toy.AccountFed)
        @needs(lambda e: [(toy.Account, e.account_id)])
        async def fed(work: Work, event: toy.AccountFed) -> None:
            if self.broken:
                raise ZeroDivisionError("a defect")
            await toy.feed(work, event)

        self.intake = Intake(db, Clock(), hears)

    async def takes(self, *records: ConsumerRecord) -> list[Any]:
        delivery = self.intake.deliver(records)
        while delivery.left:
            try:
                await self.intake.step(delivery)
            except NotYetError:
                continue
        return list(delivery.outcomes)

    def fed(self, ce_id: bytes | None) -> ConsumerRecord:
        named = [("ce_id", ce_id)] if ce_id else []
        headers = [*named, ("ce_type", toy.AccountFed.type.encode()), ("odd", b"\xff")]
        return record_of(toy.TOPIC, b"a", b'{"account_id": "a", "amount": 7}', headers, 41)

    async def letters(self, *more: tuple[str, bytes]) -> list[ConsumerRecord]:
        """What stands in the outbox for its letterbox, as Kafka would have it."""
        found = await rows(
            self.db,
            f"select key, payload, headers from outbox where topic = '{LETTERBOX}' order by id",
        )
        made = []
        for key, value, headers in found:
            self.offset += 1
            heads = [*headers_decoded(headers), *more]
            made.append(record_of(LETTERBOX, key, value, heads, self.offset))
        return made

    async def balance(self) -> int:
        found = await rows(self.db, "select balance from accounts")
        return sum(row[0] for row in found)


@pytest.fixture
async def clerk(db: Database) -> Clerk:
    return Clerk(db)


@pytest.mark.parametrize("ce_id", [b"6f1f2a52-0f3e-4c1c-9d6e-3a8f6b1f0c11", b"not-a-uuid", None])
async def test_what_died_of_a_defect_is_used_once_when_it_is_mended_and_replayed(
    clerk: Clerk, ce_id: bytes | None
) -> None:
    original = clerk.fed(ce_id)
    assert await clerk.takes(original) == ["dead"]
    [letter] = await clerk.letters()
    assert await clerk.takes(letter) == [], "a letter alone is not heard again"
    stood = as_it_stood(letter)
    assert stood is not None
    assert (stood.topic, stood.partition, stood.offset) == (toy.TOPIC, 0, 41)
    assert (stood.key, stood.value, stood.headers) == (
        original.key,
        original.value,
        original.headers,
    )
    clerk.broken = False
    assert await clerk.takes(original) == [None], "Kafka giving it again is no replay"
    [order] = await clerk.letters(("hf_replay", b"1"), ("hf_by", b"operator:cli"))
    assert await clerk.takes(order, order) == ["done", None]
    assert await clerk.balance() == 7
    assert await rows(clerk.db, "select outcome from inbox") == [("done",)]
    assert await rows(clerk.db, "select by, act from audit") == [
        ("operator:cli", "dead-letter.replayed")
    ]
    [_, done] = await clerk.letters()
    assert ("hf_done", b"used") in done.headers


async def test_what_dies_again_is_another_letter(clerk: Clerk) -> None:
    await clerk.takes(clerk.fed(None))
    [order] = await clerk.letters(("hf_replay", b"1"))
    assert await clerk.takes(order) == ["dead"]
    first, second = await clerk.letters()
    assert second.value == first.value
    assert [h for h in second.headers if h[0] in {"dl_topic", "dl_offset", "hf_replay"}] == [
        ("dl_topic", toy.TOPIC.encode()),
        ("dl_offset", b"41"),
    ]


async def test_a_hundred_replays_that_die_again_stop_nobody(clerk: Clerk) -> None:
    """Somebody tries before the cause is mended: what arrives is another matter."""
    for n in range(5):
        original = clerk.fed(str(uuid.uuid4()).encode())
        await clerk.takes(dataclasses.replace(original, value=b"junk", offset=n))
    letters = await clerk.letters(("hf_replay", b"1"))
    for _ in range(20):
        await clerk.takes(*letters)
    assert clerk.intake.halted is None


def drop(event_id: str, ce_id: str) -> ConsumerRecord:
    heads = {"ce_id": ce_id, "hf_drop": "sent-twice", "hf_event": event_id, "hf_by": "operator:cli"}
    headers = [(name, value.encode()) for name, value in heads.items()]
    return record_of(letterbox("toy"), b"k", b"", headers, 99)


async def test_what_is_dropped_is_done_with_and_the_audit_says_why(clerk: Clerk) -> None:
    event_id, order_id = str(uuid.uuid4()), str(uuid.uuid4())
    await clerk.takes(clerk.fed(event_id.encode()))
    assert await clerk.takes(drop(event_id, order_id), drop(event_id, order_id)) == ["done", None]
    outcomes = "select event_id::text, outcome from inbox order by 1"
    assert await rows(clerk.db, outcomes) == sorted([(event_id, "done"), (order_id, "done")])
    assert await rows(clerk.db, "select by, act, about, why from audit") == [
        ("operator:cli", "dead-letter.dropped", event_id, "sent-twice")
    ]
    clerk.broken = False
    [order, _] = await clerk.letters(("hf_replay", b"1"))
    assert await clerk.takes(order) == [None], "and is never used any more"
    assert await clerk.balance() == 0


async def test_what_a_restored_service_could_not_use_of_itself_is_tried_again_or_dropped(
    clerk: Clerk,
) -> None:
    """Its letters stand among the others; what it hears of itself has an inbox of its own."""
    clerk.intake.hears.consumer = own_words("toy")
    first, second = clerk.fed(str(uuid.uuid4()).encode()), clerk.fed(str(uuid.uuid4()).encode())
    assert await clerk.takes(first, second) == ["dead", "dead"]
    clerk.broken = False
    assert await clerk.takes(once_more(first)) == ["done"], "when its cause is mended"
    assert await clerk.takes(once_more(first)) == [None]
    assert await clerk.balance() == 7
    clerk.intake.hears.consumer = "toy"
    assert await clerk.takes(drop(event_id_of(second), str(uuid.uuid4()))) == ["done"]
    assert await rows(clerk.db, "select * from inbox where outcome = 'dead'") == []


@pytest.mark.parametrize("about", ["", "no id", "\x00"])
async def test_an_order_about_nothing_is_ignored(clerk: Clerk, about: str) -> None:
    assert await clerk.takes(drop(about, str(uuid.uuid4()))) == []


@pytest.mark.parametrize("offset", [b"", b"-1", b"1.5", b"9" * 5_000], ids=len)
async def test_a_replay_of_a_letter_that_stood_nowhere_is_ignored_and_stops_nobody(
    clerk: Clerk, offset: bytes
) -> None:
    clerk.broken = False
    heads = [("dl_topic", b"t"), ("dl_partition", b"0"), ("dl_offset", offset)]
    order = record_of(LETTERBOX, b"a", b"{}", [*heads, ("hf_replay", b"1")], 3)
    assert await clerk.takes(order, clerk.fed(None)) == ["done"]
    assert await clerk.balance() == 7


@pytest.mark.parametrize(
    ("topic", "partition", "offset"),
    [
        (b"a\x00b", b"0", b"1"),
        (b"a" * 250, b"0", b"1"),
        (toy.TOPIC.encode(), b"0", b"9223372036854775808"),
        (toy.TOPIC.encode(), b"0", b"9999999999999999999"),
        (toy.TOPIC.encode(), b"2147483648", b"1"),
    ],
)
async def test_a_forged_place_that_no_row_can_hold_is_ignored_and_stops_nobody(
    clerk: Clerk, topic: bytes, partition: bytes, offset: bytes
) -> None:
    """It has no type, so that it would die and be kept."""
    clerk.broken = False
    heads = [("dl_topic", topic), ("dl_partition", partition), ("dl_offset", offset)]
    order = record_of(LETTERBOX, b"a", b"{}", [*heads, ("hf_replay", b"1")], 3)
    assert await clerk.takes(order, clerk.fed(None)) == ["done"]
    assert await clerk.balance() == 7


async def test_the_last_place_that_kafka_can_have_is_one(clerk: Clerk) -> None:
    place = (toy.TOPIC.encode(), b"2147483647", b"9223372036854775807")
    heads = list(zip(("dl_topic", "dl_partition", "dl_offset"), place, strict=True))
    order = record_of(LETTERBOX, b"a", b"{}", [*heads, ("hf_replay", b"1")], 3)
    assert await clerk.takes(order) == ["dead"]
    found = await rows(clerk.db, "select partition, position from dead_letters")
    assert found == [(2_147_483_647, 9_223_372_036_854_775_807)]


async def test_a_letter_with_parts_left_out_cannot_be_replayed(clerk: Clerk) -> None:
    clerk.broken = False
    original = clerk.fed(None)
    truncated = [*original.headers, ("dl_topic", toy.TOPIC.encode()), ("dl_truncated", b"value")]
    order = record_of(LETTERBOX, b"a", None, [*truncated, ("hf_replay", b"1")], 3)
    assert await clerk.takes(order) == []
    assert await clerk.balance() == 0
