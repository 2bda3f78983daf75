"""The two kinds of failure: infrastructure (wait and do the same again), and everything else.

SQLSTATE classes 08 (connection), 40 (rolled back: deadlock, serialisation), 53 (resources), 55
(not in the right state: lock not available), 57 (operator: shutdown, cancelled by time-out) and 58
(system) say nothing about the unit of work, nor does an operating system error or a time-out. Nor
does a database that is not yet as it should be: no such database (3D) or right (28, 42501), or its
migrations late (no such table or column). No event is given up for one of these.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import asyncpg
from pydantic_core import PydanticSerializationError

INFRASTRUCTURE_CLASSES = frozenset({"08", "25", "28", "3D", "40", "53", "55", "57", "58"})
NOT_READY = frozenset({"42501", "42P01", "42703"})


def is_infrastructure(why: BaseException) -> bool:
    """Whether the same units shall be tried again, as they are."""
    if isinstance(why, asyncpg.PostgresError):
        state = why.sqlstate or ""
        return state[:2] in INFRASTRUCTURE_CLASSES or state in NOT_READY
    if isinstance(why, asyncpg.InterfaceError):  # the connection is gone, or the pool is closing
        return True
    if isinstance(why, asyncpg.InternalClientError):
        # The server has said that it ends the session, and its hanging up is not heard yet.
        return str(why).startswith("cannot switch to state")
    return isinstance(why, OSError | TimeoutError | asyncio.TimeoutError)


def is_lone_unique_violation(why: BaseException) -> bool:
    """A twin came between the look and the insert: planning once more will see it."""
    return isinstance(why, asyncpg.UniqueViolationError)


def is_unstorable(why: BaseException) -> bool:
    """A value that no column takes, such as text with NUL or a lone surrogate, or a number beyond
    64 bits: the contracts and bodies should have refused it, the database does."""
    if isinstance(why, asyncpg.PostgresError):
        return (why.sqlstate or "") in {"22021", "22P05", "22003"}
    unfit = UnicodeEncodeError | OverflowError | asyncpg.DataError | PydanticSerializationError
    return isinstance(why, unfit)


def backoff(first: float = 0.05, most: float = 5.0) -> Iterator[float]:
    """Seconds to wait: growing, with jitter, for ever."""
    pause = first
    while True:
        yield pause * random.uniform(0.7, 1.3)
        pause = min(most, pause * 2)
