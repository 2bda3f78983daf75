"""Invariant 9 at the mailbox: each message that was sent is there, once, and no other."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from cli.invariants.registry import MAILBOX, Finding, Outside, invariant

# Nothing of these went out; one that failed may have: its fate was unknown, and a person decided.
_NEVER_WENT_OUT = {"planned", "skipped", "cancelled"}


@invariant(
    9, "Each message that was sent is in the mailbox, once, and no other", "notifications", MAILBOX
)
async def messages_went_once(outside: Outside) -> AsyncIterator[Finding]:
    arrived = await outside.arrived()
    rows = await outside.rows("notifications", "select message_id, state, resends from messages")
    for finding in compared(arrived, rows):
        yield finding


def compared(arrived: Iterable[str], known: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Message-IDs in the mailbox beside the rows of messages: `{message_id, state, resends}`."""
    counted = Counter(header.strip("<> ").partition("@")[0].partition(".")[0] for header in arrived)
    for row in known:
        message_id, times = row["message_id"], counted.pop(row["message_id"], 0)
        if row["state"] == "sent" and not times:
            yield Finding(message_id, "sent, and it never arrived")
        if times > row["resends"] + 1:
            yield Finding(message_id, f"arrived {times} times")
        if times and row["state"] in _NEVER_WENT_OUT and not row["resends"]:
            yield Finding(message_id, f"arrived, and it is {row['state']}")
    for message_id in sorted(counted):
        yield Finding(message_id, "arrived, and notifications knows nothing of it")
