"""What a service could not use, kept in its own database besides, for who decides over HTTP.

A letter goes to the dead letters in Kafka (`records.dead_letter`), and into a row here, in the
transaction that gave the event up. The row goes in the transaction that uses or drops the event,
whoever decided, and when a later word about a state of the same key arrives: replayed, it would
bring back what is not true any more, and perhaps somebody who was erased since.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from aiokafka import ConsumerRecord
from asyncpg import Connection

from shared.contracts.topics import is_compacted
from shared.runtime.clock import wall
from shared.runtime.envelope import Entry
from shared.runtime.records import word

KEPT = timedelta(days=30)  # as long as Kafka keeps the letter
MOST = 2_000  # letters; who has more of them looks at causes, and Kafka has them all

# Of an event that died again the last letter counts.
KEEP = """
INSERT INTO dead_letters (event_id, consumer, state, topic, partition, position, type, reason,
  error, attempts, missing, died_at, key, payload, headers)
VALUES ($1, $2, 'open', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (event_id) DO UPDATE SET consumer = excluded.consumer, state = 'open',
  topic = excluded.topic, partition = excluded.partition, position = excluded.position,
  type = excluded.type, reason = excluded.reason, error = excluded.error,
  attempts = excluded.attempts, missing = excluded.missing, died_at = excluded.died_at,
  key = excluded.key, payload = excluded.payload, headers = excluded.headers
"""
# ... but a state's only where it still stands: a later word has ended it else, and may have been
# that its person is erased.
KEEP_AGAIN = """
UPDATE dead_letters SET consumer = $2, state = 'open', topic = $3, partition = $4, position = $5,
  type = $6, reason = $7, error = $8, attempts = $9, missing = $10, died_at = $11, key = $12,
  payload = $13, headers = $14
WHERE event_id = $1
"""
GONE = "DELETE FROM dead_letters WHERE event_id = $1"
_OUTDATED = """
DELETE FROM dead_letters d
USING unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::text[])
  AS u(topic, partition, position, key, event_id)
WHERE d.topic = u.topic AND d.partition = u.partition AND d.position < u.position AND d.key = u.key
  AND d.event_id <> u.event_id
"""
_OPEN = """
UPDATE dead_letters SET state = 'open' WHERE event_id = ANY($1::text[]) AND state = 'ordered'
"""
_OLD = """
DELETE FROM dead_letters WHERE ctid IN (
  SELECT ctid FROM dead_letters WHERE died_at < $2 LIMIT $1)
"""
_MANY = """
DELETE FROM dead_letters WHERE ctid IN (
  SELECT ctid FROM dead_letters WHERE (died_at, event_id) <= (
    SELECT died_at, event_id FROM dead_letters ORDER BY died_at DESC, event_id DESC
    LIMIT 1 OFFSET $2)
  LIMIT $1)
"""
# A worker of the release before knows no rows here, and leaves those that it uses or drops.
_DONE = """
DELETE FROM dead_letters WHERE ctid IN (
  SELECT d.ctid FROM dead_letters d
  JOIN inbox i ON i.consumer = d.consumer AND i.event_id = d.event_id::uuid
  WHERE i.outcome = 'done' LIMIT $1)
"""


def kept(
    consumer: str,
    record: ConsumerRecord,
    letter: Entry,
    reason: str,
    error: str,
    attempts: int,
    *,
    ordered: bool = False,
) -> tuple[str, tuple[Any, ...]]:
    """The statement that keeps a letter, and its arguments; `ordered`: it died of an order."""
    heads = dict(cast("Sequence[tuple[str, bytes | None]]", letter.headers))
    return KEEP_AGAIN if ordered and is_compacted(record.topic) else KEEP, (
        letter.event_id,
        consumer,
        record.topic,
        record.partition,
        record.offset,
        word(record, "ce_type") or "",
        reason,
        error.replace("\x00", "")[:3_000],  # the one character that no text in Postgres takes
        attempts,
        (heads.get("dl_truncated") or b"").decode(),
        wall(),
        letter.key,
        letter.payload,
        letter.headers_encoded(),
    )


async def outdate(con: Connection, arrived: Sequence[tuple[str, ConsumerRecord]]) -> None:
    """Forget letters of states about whose keys these events have come behind them."""
    if arrived:
        records = [record for _, record in arrived]
        await con.execute(
            _OUTDATED,
            [one.topic for one in records],
            [one.partition for one in records],
            [one.offset for one in records],
            [one.key for one in records],
            [event_id for event_id, _ in arrived],
        )


async def reopen(con: Connection, events: Sequence[str]) -> None:
    """The orders about these came to nothing: they can be ordered, or dropped, again."""
    if events:
        await con.execute(_OPEN, list(events))


async def forget(con: Connection, most: int = 10_000) -> int:
    """Drop what is older than Kafka keeps it, the oldest of too many, and what is done with by the
    inbox, a bounded number a statement; gives how many."""
    total = 0
    for statement, *about in ((_OLD, wall() - KEPT), (_MANY, MOST), (_DONE,)):
        gone = most
        while gone == most:
            done = await con.execute(statement, most, *about)
            gone = int(str(done).rsplit(" ", 1)[-1])
            total += gone
    return total
