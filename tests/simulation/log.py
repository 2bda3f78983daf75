"""Kafka, as far as relays and consumers can see: topics, partitions by key, an offset a group.

In memory and of one history. A partition keeps its order, between partitions there is none; a group
that is sent back to an earlier offset is given the same records again; a compacted topic may lose
all but the last word of a key at any time.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaTimeoutError, RequestTimedOutError

from shared.contracts.topics import BY_NAME, is_compacted
from shared.runtime.envelope import headers_decoded
from shared.runtime.relay import ROWS

Part = tuple[str, int]


class Log:
    """All topics."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def begin(self, said: Callable[[str], None], counts: Counter[str]) -> None:
        """A new history: nothing was ever said."""
        self._said, self._counts = said, counts
        self.parts: dict[Part, list[ConsumerRecord]] = defaultdict(list)
        self._ends: dict[Part, int] = defaultdict(int)
        self._positions: dict[tuple[str, Part], int] = defaultdict(int)

    def append(self, row: Any) -> None:
        """A row of an outbox, as Kafka takes it."""
        topic, key, value = row["topic"], row["key"], row["payload"]
        part = (topic, crc32(key or b"") % BY_NAME[topic].partitions)
        offset = self._ends[part]
        self._ends[part] = offset + 1
        headers = tuple(headers_decoded(row["headers"]))
        sizes = len(key or b""), len(value or b"")
        at = int(self._now() * 1000)
        record = ConsumerRecord(topic, part[1], offset, at, 0, key, value, None, *sizes, headers)
        self.parts[part].append(record)
        self._counts[f"said: {(dict(headers).get('ce_type') or b'').decode()}"] += 1
        self._said(f"{topic}/{part[1]}@{offset} {key!r} {value!r} {headers!r}")

    # --- consumers --------------------------------------------------------------------------------

    def waiting(self, group: str, topics: Sequence[str]) -> list[Part]:
        """The partitions with something that the group has not committed, in one order."""
        known = dict.fromkeys(topics)
        return sorted(
            part
            for part, records in self.parts.items()
            if part[0] in known and records and records[-1].offset >= self._positions[group, part]
        )

    def next_of(self, group: str, part: Part, most: int) -> list[ConsumerRecord]:
        """The group's next records of a partition."""
        records = self.parts[part]
        begin = bisect_left(records, self._positions[group, part], key=lambda one: one.offset)
        return records[begin : begin + most]

    def commit(self, group: str, part: Part, position: int) -> None:
        """All before `position` is handled."""
        self._positions[group, part] = position

    def back(self, group: str, part: Part, most: int) -> int:
        """Send a group back, as when its offsets were not committed; gives by how much."""
        before = self._positions[group, part]
        self._positions[group, part] = max(0, before - most)
        return before - self._positions[group, part]

    def read_by(self, group: str) -> list[Part]:
        """The partitions that the group has committed something of, in one order."""
        return sorted(part for (who, part), at in self._positions.items() if who == group and at)

    # --- Kafka itself -----------------------------------------------------------------------------

    def compact(self) -> int:
        """Of compacted topics only the last word of each key is left; gives how many others were
        forgotten."""
        gone = 0
        for part, records in self.parts.items():
            if is_compacted(part[0]):
                last = {record.key: record.offset for record in records}
                kept = [record for record in records if last[record.key] == record.offset]
                gone += len(records) - len(kept)
                self.parts[part] = kept
        return gone

    def records(self, topics: Sequence[str]) -> Iterator[ConsumerRecord]:
        """All that stands there now."""
        for part in sorted(self.parts):
            if part[0] in topics:
                yield from self.parts[part]


@dataclass
class Trouble:
    """What goes wrong while a relay hands over: it may give `most` rows; from the place `lost` on
    nothing is acknowledged, though it `arrived`, or not."""

    most: int | None = None
    lost: int | None = None
    arrived: bool = True


@dataclass
class Hand:
    """A producer of one service, into the log."""

    log: Log
    trouble: Trouble = field(default_factory=Trouble)
    whole: bool = True  # all that stood in the outbox was taken

    def begin(self) -> None:
        """A new history, or a new process."""
        self.trouble = Trouble()

    async def hand_over(self, rows: Sequence[Any]) -> tuple[list[Any], Exception | None]:
        trouble, self.trouble = self.trouble, Trouble()
        some = trouble.most is not None or trouble.lost is not None
        self.whole = not some and len(rows) < ROWS
        if trouble.most == 0:
            raise KafkaTimeoutError
        taken: list[Any] = []
        for place, row in enumerate(rows[: trouble.most]):
            told = asyncio.get_running_loop().create_future()
            if trouble.lost is None or place < trouble.lost:
                self.log.append(row)
                told.set_result(None)
            else:
                if trouble.arrived:
                    self.log.append(row)
                told.set_exception(RequestTimedOutError())
            taken.append(told)
        return taken, None

    def ended(self) -> bool:
        return False

    async def drop(self, *, flush: bool = True) -> None:
        """Nothing is open."""
