"""Invariant 9 at the mailbox: each message once, unless a human had it sent again."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

import httpx

from cli.invariants.registry import Finding, Outside, invariant


@invariant(9, "Each message reached the mailbox once, by its Message-ID")
async def messages_went_once(outside: Outside) -> AsyncIterator[Finding]:
    if not outside.mailbox or "notifications" not in outside.databases:
        return
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        answer = await client.get(f"{outside.mailbox}/api/messages")
        items = answer.raise_for_status().json()["items"]
    rows = await outside.rows("notifications", "select message_id, resends from messages")
    allowed = {row["message_id"]: row["resends"] + 1 for row in rows}
    for finding in copies((item["message_id"] for item in items), allowed):
        yield finding


def copies(arrived: Iterable[str], allowed: Mapping[str, int]) -> Iterator[Finding]:
    """`arrived` are Message-ID headers, `allowed` says how often a message's id may be there."""
    counted = Counter(header.strip("<> ").partition("@")[0] for header in arrived)
    for message_id, times in sorted(counted.items()):
        if times > allowed.get(message_id, 1):
            yield Finding(message_id, f"arrived {times} times")
