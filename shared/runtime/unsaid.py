"""What was said and has not gone out yet: how much of it there is, and how to take it back.

For a topic that one reader has, where what that reader may hear can change while Kafka is away. A
row that the relay has in hand goes out all the same.
"""

from __future__ import annotations

from asyncpg import Connection

from shared.runtime.envelope import SHARDS, apart_shard
from shared.runtime.work import Work

_COUNT = "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE shard = $1 LIMIT $2) waiting"
# In the order in which the relay deletes what was acknowledged: else each may wait for the other.
_TAKE = """
DELETE FROM outbox USING (
  SELECT id FROM outbox WHERE topic = $1 ORDER BY id FOR UPDATE) taken
WHERE outbox.id = taken.id RETURNING event_id::text
"""
_TAKE_UNDER = f"""
DELETE FROM outbox USING (
  SELECT id FROM outbox WHERE shard >= {SHARDS} AND key = $1 ORDER BY id FOR UPDATE) taken
WHERE outbox.id = taken.id
"""


async def is_backed_up(con: Connection, topic: str, most: int) -> bool:
    """Whether so many rows, or more, wait for a topic that has a shard of its own."""
    return bool(await con.fetchval(_COUNT, apart_shard(topic), most) >= most)


async def take_back(con: Connection, topic: str) -> list[str]:
    """Take what waits for that topic out of the outbox; gives the ids of the events, one a row."""
    return [row["event_id"] for row in await con.fetch(_TAKE, topic)]


def take_back_under(work: Work, key: str) -> None:
    """The same of what waits under that key, in all topics that have shards of their own: whom it
    was about is gone. What this transaction says itself must not be among it."""
    work.also.append((_TAKE_UNDER, (key.encode(),)))
