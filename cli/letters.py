"""Dead letters as they stand in Kafka: which there are, what was decided of each, what came of it.

Everything is in the service's own topic: letters, orders about them and outcomes (decision 92). Of
an event that died again the last letter counts.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer, ConsumerRecord

from cli.kafka import read_all
from shared.contracts.topics import is_compacted
from shared.runtime import orders
from shared.runtime.kafka import client_of
from shared.runtime.records import event_id_of

LARGEST = 2_000_000  # a letter is at most 1.9 MB; its topic takes 2 MiB


@dataclass(frozen=True)
class Letter:
    """The last letter about an event, and how things stand with it: `open`, `ordered` (a replay or
    drop that was not looked at yet), `used` or `dropped`."""

    service: str
    record: ConsumerRecord
    event_id: str
    state: str
    heads: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return f"{self.service}/{self.record.partition}@{self.record.offset}"

    def told(self) -> dict[str, Any]:
        """All of it but its contents."""
        at = datetime.fromtimestamp(self.record.timestamp / 1000, UTC)
        return {
            "letter": self.name,
            "service": self.service,
            "partition": self.record.partition,
            "offset": self.record.offset,
            "state": self.state,
            "at": self.heads.get("dl_at") or at.isoformat().replace("+00:00", "Z"),
            "event_id": self.event_id,
            "id": self.heads.get("ce_id", ""),
            "type": self.heads.get("ce_type", ""),
            "key": (self.record.key or b"").decode(errors="backslashreplace"),
            "origin": f"{self.heads.get('dl_topic', '')}/{self.heads.get('dl_partition', '')}"
            f"@{self.heads.get('dl_offset', '')}",
            "reason": self.heads.get("dl_reason", ""),
            "error": self.heads.get("dl_error", "")[:500],
            "attempts": self.heads.get("dl_attempts", ""),
        }


async def letters(bootstrap: str, services: Sequence[str]) -> list[Letter]:
    """The last letter of every event of the last 30 days, oldest first."""
    last: dict[tuple[str, str], Letter] = {}
    decided: dict[tuple[str, str], tuple[int, str]] = {}
    done: dict[tuple[str, str], tuple[int, str]] = {}
    async for record in read_all(bootstrap, [orders.letterbox(name) for name in services]):
        service = record.topic.removesuffix(".dead-letters")
        heads = {k: (v or b"").decode(errors="backslashreplace") for k, v in record.headers}
        key = service, heads.get(orders.EVENT, "")
        if orders.DONE in heads:
            done[key] = max(done.get(key, (0, "")), (record.timestamp, heads[orders.DONE]))
        elif orders.REPLAY in heads or orders.DROP in heads:
            at = int(heads.get(orders.AT) or record.timestamp)
            decided[key] = max(decided.get(key, (0, "")), (at, "ordered"))
        elif "dl_reason" in heads:
            made = Letter(service, record, _event_id(record, heads), "open", heads)
            former = last.get((service, made.event_id))
            if former is None or former.record.timestamp <= record.timestamp:
                last[service, made.event_id] = made
    return sorted(
        (_as_decided(one, decided.get(key), done.get(key)) for key, one in last.items()),
        key=lambda one: (one.record.timestamp, one.name),
    )


def _as_decided(
    letter: Letter, decided: tuple[int, str] | None, done: tuple[int, str] | None
) -> Letter:
    for came in (done, decided):
        if came is not None and came[0] >= letter.record.timestamp:
            return Letter(letter.service, letter.record, letter.event_id, came[1], letter.heads)
    return letter


def _event_id(record: ConsumerRecord, heads: Mapping[str, str]) -> str:
    stood = orders.as_it_stood(record)
    return event_id_of(stood) if stood is not None else heads.get("ce_id", "")


async def superseded(bootstrap: str, letter: Letter) -> bool:
    """Whether it is a state, and a later word about its key is in the log: replayed it would bring
    back what is not true any more, and perhaps somebody who was erased since."""
    stood = orders.as_it_stood(letter.record)
    if stood is None or not is_compacted(stood.topic):
        return False
    async for record in read_all(bootstrap, [stood.topic]):
        later = record.partition == stood.partition and record.offset > stood.offset
        if later and record.key == stood.key:
            return True
    return False


async def order(bootstrap: str, about: Sequence[Letter], by: str, drop: str | None) -> None:
    """Replay these as they stood, or drop them with a reason. A replay keeps the letter's own time:
    Kafka forgets it when it would have forgotten the letter."""
    async with AIOKafkaProducer(
        **client_of(bootstrap), acks="all", max_request_size=LARGEST
    ) as producer:
        for letter in about:
            word = (orders.REPLAY, b"1") if drop is None else (orders.DROP, drop.encode())
            said = [word, (orders.EVENT, letter.event_id.encode()), (orders.BY, by.encode())]
            said.append((orders.AT, str(int(time.time() * 1000)).encode()))
            if drop is None:
                sent = {
                    "key": letter.record.key,
                    "value": letter.record.value,
                    "headers": [*letter.record.headers, *said],
                    "timestamp_ms": letter.record.timestamp,
                }
            else:
                own = ("ce_id", str(uuid.uuid4()).encode())
                sent = {"key": letter.event_id.encode(), "value": b"", "headers": [own, *said]}
            topic = orders.letterbox(letter.service)
            await producer.send_and_wait(topic, partition=letter.record.partition, **sent)
