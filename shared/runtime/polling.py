"""The Kafka consumer beneath FastStream: no position moves past a record that nobody handled.

A position moves when records are taken, not when they are handled, and FastStream's ack is
`commit()`: the positions of all partitions. So whatever loses a batch on its way to the handler, or
makes `getmany` raise half-way, would be made final by the next good batch. Here

* what was handed out must be committed or sought back before anything else is handed out;
* `commit()` commits what was handed out last, nothing else;
* whatever goes wrong beyond one partition ends this consumer, and a new one begins at the
  committed offsets. FastStream's own ways to go on (five seconds' sleep, its supervisor) would go
  on from the positions.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import ConsumerStoppedError, OffsetOutOfRangeError

from shared.runtime import lost_connections
from shared.runtime.unpacking import Unreadable, unreadable

log = structlog.get_logger(__name__)
TRY_AGAIN = 10.0  # seconds after which a partition that could not be read is read again
SAY = 1.0  # seconds between looks for positions that moved without a record


class LostBatchError(Exception):
    """A batch came to no end: neither committed nor handed back."""


class Polling(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer that ends rather than skips."""

    ended: str | None = None  # why it hands out nothing any more

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._of: Any = None  # the assignment that all of this is about
        self._open: dict[Any, int] = {}  # handed out: partition → its position behind that
        self._committed: dict[Any, int] = {}  # as far as we know
        self._words: dict[Any, str] = {}  # that stand beside it, until something is handled
        self._looked = 0.0

    async def getmany(
        self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[Any, list[Any]]:
        """Hand records out; raises ConsumerStoppedError, and nothing else, once it has ended."""
        if self.ended:
            raise ConsumerStoppedError
        try:
            self._look()
            got = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        except ConsumerStoppedError:
            raise
        except Exception as why:
            self._end(why)
            raise ConsumerStoppedError from why
        now = self._now()
        if now is not self._of:
            self._of, self._committed, self._words = now, {}, {}
        for tp, records in got.items():
            self._committed.setdefault(tp, records[0].offset)
            self._open[tp] = now.state_value(tp).position
        if not got:
            await self._say_what_moved()
        return dict(got)

    async def commit(self, offsets: Any = None) -> None:
        """Commit what was handed out last, unless its partitions were given anew meanwhile."""
        if offsets is None:
            offsets, self._open = self._open, {}
            if self._now() is not self._of:
                log.info("consumer.reassigned", uncommitted=len(offsets))
                return
        if offsets:
            for tp in offsets:  # of what was handled no word holds, though the commit should fail
                self._words.pop(tp, None)
            await super().commit(offsets)
            self._committed.update(offsets)

    def seek(self, partition: Any, offset: int) -> None:
        """Hand a partition's records back."""
        super().seek(partition, offset)
        self._open.pop(partition, None)

    def unreadable(self) -> dict[Any, Unreadable]:
        """The partitions that stand still because what comes next there cannot be read."""
        now = self._now()
        return {} if now is None else dict(unreadable(now))

    def gone(self) -> str | None:
        """What of it has ended without a word: nothing would ever be handed out any more."""
        if self._fetcher is not None and self._fetcher._fetch_task.done():
            return "nothing is fetched any more"
        if self._coordinator is not None:
            task = getattr(self._coordinator, "_coordination_task", None)
            if task is not None and task.done():
                return "the group is not kept any more"
        if lost_connections.ended(self._client):
            return "nobody looks where the partitions are any more"
        return None

    def _now(self) -> Any:
        subscription = self._subscription.subscription
        return None if subscription is None else subscription.assignment

    def _look(self) -> None:
        """Before anything is handed out: what was before it must have come to an end."""
        if self._open and self._now() is self._of:
            where = ", ".join(f"{tp.topic}/{tp.partition}" for tp in sorted(self._open))
            raise LostBatchError(f"of {where}: neither committed nor handed back")
        self._open = {}  # other partitions, or the same from their committed offsets
        if gone := self.gone():
            raise LostBatchError(gone)
        for tp, stopped in self.unreadable().items():
            if isinstance(stopped.why, OffsetOutOfRangeError):
                continue  # what is written meanwhile may reach that offset: it would be passed over
            if monotonic() - stopped.tried > TRY_AGAIN:
                stopped.tried = monotonic()
                self.resume(tp)

    async def _say_what_moved(self) -> None:
        """Commit where nothing is open and a position moved without a record (the end of another's
        transaction), or where a commit failed: else the lag would never be nothing again."""
        if monotonic() - self._looked < SAY or self._of is None:
            return
        self._looked = monotonic()
        quiet = {
            tp: meta.offset
            for tp, meta in self._of.all_consumed_offsets().items()
            if tp not in self._fetcher._records  # else something is there that was not handed out
        }
        try:
            await self._ask_what_is_committed([tp for tp in quiet if tp not in self._committed])
            if self._now() is self._of:
                late = {tp: at for tp, at in quiet.items() if self._committed.get(tp) != at}
                if late:  # nothing was handled, so that what stands beside it is as true as before
                    said = {tp: (at, self._words.get(tp, "")) for tp, at in late.items()}
                    await super().commit(said)
                    self._committed.update(late)
        except Exception as why:
            log.warning("consumer.uncommitted", error=type(why).__name__)

    async def _ask_what_is_committed(self, partitions: list[Any]) -> None:
        """Of those that were just given. Where they stand need not be what is committed: what was
        there before may have been no record. A word that stands beside it (`offsets.DECIDED`) stays
        until something is handled."""
        if partitions:
            found = await self._coordinator.fetch_committed_offsets(partitions)
            self._committed.update({tp: meta.offset for tp, meta in found.items()})
            self._words.update({tp: meta.metadata for tp, meta in found.items()})

    def _end(self, why: Exception) -> None:
        self.ended = f"{type(why).__name__}: {why}"[:300]
        log.error("consumer.ended", error=self.ended)
