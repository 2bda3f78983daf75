"""What a fetch brought, unpacked so that nothing in it takes more with it than itself.

In aiokafka one record that cannot be unpacked makes `getmany` raise, and what it had taken of other
partitions by then is forgotten, though their positions have moved. Here such a record stops its own
partition, at its own offset, and nothing is raised. A header whose name is not UTF-8 (other clients
can send one) stops nothing at all: it is read with escapes in its name.

aiokafka has no place for this, so two names of its fetcher are replaced, and two methods of what it
keeps of subscriptions wrapped, for all of the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from time import monotonic
from typing import Any, cast

from aiokafka.consumer import fetcher
from aiokafka.consumer.subscription_state import Subscription, TopicPartitionState
from aiokafka.errors import CorruptRecordException, OffsetOutOfRangeError
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy
from aiokafka.structs import TopicPartition


@dataclass
class Unreadable:
    """Where a partition stands still, why, and since when (monotonic) it was not tried again."""

    offset: int
    why: Exception
    tried: float


def unreadable(assignment: Any) -> dict[TopicPartition, Unreadable]:
    """The partitions of an assignment that stand still; a new assignment begins without any."""
    return cast("dict[TopicPartition, Unreadable]", vars(assignment).setdefault("unreadable", {}))


class _Result(fetcher.FetchResult):  # type: ignore[misc]
    """What was fetched of one partition."""

    _partition_records: Any

    def getall(self, max_records: int | None = None) -> list[Any]:
        """Take records, as far as they can be read; then the partition is paused where it is."""
        tp, taken = self._topic_partition, []
        if not self.check_assignment(tp) or not self.has_more():
            return []
        state, stopped = self._assignment.state_value(tp), unreadable(self._assignment)
        ended = True
        try:
            for record in self._partition_records:
                taken.append(record)
                if len(taken) == max_records:
                    ended = False
                    break
            stopped.pop(tp, None)
        except Exception as why:
            stopped[tp] = Unreadable(self._partition_records.next_fetch_offset, why, monotonic())
            state.pause()
        self._update_position()
        if ended:
            self._partition_records = None
        return taken


class _Records(_MemoryRecordsPy):  # type: ignore[misc]
    """The batches of one partition in a fetch."""

    def next_batch(self, *_: Any) -> Any:
        raw = self._next_slice
        batch = super().next_batch()
        return batch if batch is None or batch.magic < 2 else _Batch(batch, cast("memoryview", raw))


class _Batch:
    """A batch as aiokafka's C code reads it, or its Python code where that one gives up."""

    def __init__(self, batch: Any, raw: memoryview) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except (UnicodeDecodeError, CorruptRecordException):
            return _leniently(self._raw)


def _leniently(raw: memoryview) -> Iterator[Any]:
    batch = _DefaultRecordBatchPy(raw)
    batch._maybe_uncompress()
    batch._buffer = _Escaping(batch._buffer)
    return cast("Iterator[Any]", batch)


class _Escaping(bytearray):
    """Bytes whose slices, asked for text, say what is not UTF-8 in escapes."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Escaping(found) if isinstance(place, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "") -> str:
        return super().decode(encoding, "backslashreplace")


def _of_group(assign: Callable[..., None]) -> Callable[..., None]:
    @wraps(assign)
    def assigns(self: Any, partitions: Any) -> None:
        assign(self, partitions)
        vars(self._assignment)["of_group"] = True

    return assigns


def _standing_still(reset: Callable[..., None]) -> Callable[..., None]:
    """A group whose position is not in the log (it lost its end, or its beginning) is set to the
    log's start by aiokafka, in silence: all of it would be heard again, and what is older than
    inboxes keep would be done twice. It stands still there, as before what cannot be unpacked. A
    partition for which there is no offset yet begins at its start, as is meant."""

    @wraps(reset)
    def resets(self: Any, strategy: Any) -> None:
        if not self.has_valid_position or not vars(self._assignment).get("of_group"):
            reset(self, strategy)
            return
        [which] = [tp for tp, state in self._assignment._tp_state.items() if state is self]
        why = OffsetOutOfRangeError({which: self.position})
        unreadable(self._assignment)[which] = Unreadable(self.position, why, monotonic())
        self.pause()

    return resets


Subscription._assign = _of_group(Subscription._assign)
TopicPartitionState.await_reset = _standing_still(TopicPartitionState.await_reset)
fetcher.FetchResult = _Result
fetcher.MemoryRecords = _Records
