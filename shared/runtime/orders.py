"""What a person decided about a dead letter: it is replayed as it stood, or dropped.

An order is a record in the service's own dead letters, behind the letter it is about. A replay
(`hf_replay`) has the untouched key, value and headers of the letter; a drop (`hf_drop`) has the
reason. The service hears that topic for the sake of orders alone, and says there what came of them
(`hf_done`); whatever is dead again is another letter. So a replay reaches the one service that it
is for, and nobody but its owner ever writes to a topic of facts or states (decision 92).
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

from aiokafka import ConsumerRecord

from shared.runtime import inbox, letters
from shared.runtime.envelope import Entry
from shared.runtime.hears import own_words
from shared.runtime.records import OURS
from shared.runtime.work import Work

REPLAY, DROP, DONE, EVENT, BY = "hf_replay", "hf_drop", "hf_done", "hf_event", "hf_by"
AT = "hf_at"  # milliseconds: when it was decided, whatever time the record has
_PLACE = ("dl_topic", "dl_partition", "dl_offset")
_DIGITS = 19  # of a 64-bit number; Python refuses to read one of thousands, and a batch with it
_PARTITIONS, _OFFSETS = 2**31, 2**63  # all that Kafka can have; Postgres takes no larger ones
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")  # what Kafka lets a topic be called


@dataclass(frozen=True)
class Drop:
    """The event is given up for good: nobody is to be told of it any more."""

    consumer: str
    event_id: str
    why: str


def letterbox(service: str) -> str:
    """The topic of a service's dead letters."""
    return f"{service}.dead-letters"


def as_it_stood(letter: ConsumerRecord) -> ConsumerRecord | None:
    """The record that a letter is about, as it stood where it came from; None where a part of it
    had to be left out, or where the letter does not say what it must: a place that Kafka can have.
    Anybody who writes there may have forged it, and it goes on into rows."""
    heads = {name: (value or b"").decode(errors="replace") for name, value in letter.headers}
    topic, *numbers = (heads.get(name, "") for name in _PLACE)
    if "dl_truncated" in heads or not _TOPIC.fullmatch(topic) or not all(map(_is_number, numbers)):
        return None
    partition, offset = map(int, numbers)
    if partition >= _PARTITIONS or offset >= _OFFSETS:
        return None
    return dataclasses.replace(
        letter,
        topic=topic,
        partition=partition,
        offset=offset,
        key=None if heads.get("dl_key") == "null" else letter.key,
        headers=tuple((name, value) for name, value in letter.headers if not name.startswith(OURS)),
    )


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= _DIGITS


async def drop(work: Work, order: Drop) -> None:
    """An event that is dead is done with, by somebody's word; one that is not stays as it is. Its
    letter may be of what the service heard of itself after a restore: all stand in one topic."""
    for consumer in (order.consumer, own_words(work.service)):
        work.also.append((inbox.DROP, (consumer, order.event_id)))
    work.also.append((letters.GONE, (order.event_id,)))
    work.audit("dead-letter.dropped", order.event_id, order.why)
    say_done(work, order.event_id, "dropped")


def used(work: Work, event_id: str) -> None:
    """A replay came through."""
    work.also.append((letters.GONE, (event_id,)))
    work.audit("dead-letter.replayed", event_id)
    say_done(work, event_id, "used")


def say_done(work: Work, event_id: str, came: str) -> None:
    """Say beside the letter what came of its order."""
    heads: list[tuple[str, Any]] = [(DONE, came.encode()), (EVENT, event_id.encode())]
    work.say(Entry(event_id, letterbox(work.service), event_id.encode(), None, heads))
