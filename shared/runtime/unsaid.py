"""What was said and has not gone out yet: how much of it there is, and how to take it back.

For a topic that one reader has, where what that reader may hear can change while Kafka is away. A
row that the relay has in hand goes out all the same.
"""

from __future__ import annotations

from asyncpg import Connection

_COUNT = "SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT $1) waiting"
_TAKE = "DELETE FROM outbox WHERE topic = $1 RETURNING event_id::text"


async def is_backed_up(con: Connection, most: int) -> bool:
    """Whether so many rows, or more, wait in the outbox, for whatever topic."""
    return bool(await con.fetchval(_COUNT, most) >= most)


async def take_back(con: Connection, topic: str) -> list[str]:
    """Take what waits for that topic out of the outbox; gives the ids of the events, one a row."""
    return [row["event_id"] for row in await con.fetch(_TAKE, topic)]
