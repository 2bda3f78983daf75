"""The audit's chain: each row carries a digest of itself and of the row before.

Who changes, removes, adds or moves a row has to make all later ones anew, and then the last digest
is another one than whoever noted it knows (`bin/holdfast audit verify` notes it). The database
forbids changing rows (`migrations.append_only`); this shows it where somebody did so nevertheless.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from asyncpg import Connection

from shared.runtime.gathered import Audit

# Held until the commit, so that the next one sees what this one added: the order of commits is that
# of the chain. It is taken last of all, when nothing else is waited for.
_TURN = "SELECT pg_advisory_xact_lock(252706821)"
_LAST = "SELECT hash FROM audit ORDER BY id DESC LIMIT 1"
_ADD = """
INSERT INTO audit (at, by, act, about, why, trace, hash)
SELECT at, by, act, about, why, trace, hash
FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
  $7::text[]) WITH ORDINALITY AS u(at, by, act, about, why, trace, hash, place)
ORDER BY place
"""
ROWS = "SELECT id, at, by, act, about, why, trace, hash FROM audit ORDER BY id"


@dataclass(frozen=True)
class Head:
    """The last row of a chain, and its digest; 0 and "" of an empty one."""

    id: int
    hash: str


@dataclass(frozen=True)
class Break:
    """A row that does not fit what stands before it (`id` 0: one that is not there)."""

    id: int
    what: str


async def write(con: Connection, audits: Sequence[Audit]) -> None:
    """Add what a batch gathered, in order, in one statement. Ends with the transaction's turn."""
    if not audits:
        return
    await con.execute(_TURN)
    before: str = await con.fetchval(_LAST) or ""
    hashes = []
    for audit in audits:
        before = link(before, audit.__dict__)
        hashes.append(before)
    columns = [[getattr(a, name) for a in audits] for name in _SAID]
    await con.execute(_ADD, *columns, hashes)


_SAID = ("at", "by", "act", "about", "why", "trace")


def link(before: str, row: Mapping[str, Any]) -> str:
    """The digest of a row behind the one with the digest `before`: SHA-256 in hex over the JSON
    array of that and of what the row says, its instant in UTC to the microsecond."""
    at: datetime = row["at"]
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [before, moment, *(row[name] for name in _SAID[1:])]
    return sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


async def walk(
    rows: AsyncIterable[Mapping[str, Any]], noted: Head | None = None
) -> tuple[int, Head, list[Break]]:
    """How many rows (`ROWS`) a chain has, its head, and every place where it is broken.

    `noted` is a head that somebody saw earlier: it has to be in the chain still, as it was.
    """
    count, head, breaks, seen = 0, Head(0, ""), [], noted is None or noted.id == 0
    async for row in rows:
        count += 1
        if link(head.hash, row) != row["hash"]:
            breaks.append(Break(row["id"], "it, or what stood before it, is not what was written"))
        head = Head(row["id"], row["hash"])
        if noted is not None and head.id == noted.id:
            seen = True
            if head.hash != noted.hash:
                breaks.append(Break(head.id, "its digest is another than the one noted earlier"))
    if noted is not None and not seen:
        breaks.append(Break(noted.id, "it was noted earlier, and is gone"))
    return count, head, breaks
