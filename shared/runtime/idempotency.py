"""Idempotency-Key: the first answer, kept in the transaction that made it (3 days of wall time).

A key of a batch takes an advisory lock without waiting: an insert would wait for an uncommitted
twin. Same key, body and query → the first answer again; others → 422; still running → 409.

Of body and query only a fingerprint is kept, keyed with the platform's secret and the scope: a
plain hash beside the path could be tried against what is kept elsewhere without a name.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from urllib.parse import urlencode

from asyncpg import Connection
from fastapi import Request

from shared.errors import Invalid, Malformed
from shared.runtime.auth import CallerDep
from shared.runtime.clock import wall
from shared.runtime.database import Reader
from shared.runtime.tables import IdempotencyKey

KEPT = timedelta(days=3)
LONGEST = 255
_FORGET = """
DELETE FROM idempotency_keys WHERE ctid IN (
  SELECT ctid FROM idempotency_keys WHERE created_at < $1 LIMIT $2)
"""
REPLAYED = {"Idempotent-Replayed": "true"}


@dataclass(frozen=True)
class Once:
    """An Idempotency-Key with its scope (caller, route and key) and the fingerprint of body and
    query."""

    scope: str
    fingerprint: str

    @cached_property
    def lock(self) -> int:
        """The key of its advisory lock: 64 signed bits."""
        return int.from_bytes(hashlib.sha256(self.scope.encode()).digest()[:8], signed=True)


async def once_required(request: Request, caller: CallerDep) -> Once:
    """FastAPI dependency for routes that move money or a seat."""
    once = await once_optional(request, caller)
    if once is None:
        raise Malformed(
            "idempotency-key-required",
            "Send an Idempotency-Key header: any text that is new for a new request, and the same "
            "when you repeat one.",
        )
    return once


async def once_optional(request: Request, caller: CallerDep) -> Once | None:
    """FastAPI dependency: the Idempotency-Key, if there is one."""
    key = request.headers.get("idempotency-key")
    if key is None or not key.strip():
        return None
    if len(key) > LONGEST:
        raise Malformed("idempotency-key-too-long", f"At most {LONGEST} characters.")
    scope = f"{caller.name} {request.method} {request.scope['path']} {key}"
    secret: str = request.app.state.platform_secret
    return Once(scope, _fingerprint(secret, scope, await request.body(), _asked(request)))


def _asked(request: Request) -> str:
    """What the query asks for, however it is written; who asks may stand in it too (`t`, auth.py),
    and the same person may repeat a request by another way in."""
    if not request.scope["query_string"]:
        return ""
    return urlencode(sorted(one for one in request.query_params.multi_items() if one[0] != "t"))


def _fingerprint(secret: str, scope: str, body: bytes, query: str) -> str:
    # The query says what the body means, such as the zone of its times. Without one it is left out.
    asked = (body, query.encode()) if query else (body,)
    told = b"\0".join((b"idempotency", scope.encode(), *asked))
    return hmac.digest(secret.encode(), told, "sha256").hex()


def check_same(once: Once, first: IdempotencyKey) -> None:
    """Raises Invalid where the key was used for another body or query."""
    if first.fingerprint != once.fingerprint:
        raise Invalid(
            "idempotency-key-reused",
            "This Idempotency-Key was used with another body or query before.",
        )


async def is_answered(reader: Reader, once: Once) -> bool:
    """Whether the edge answers without asking again. For who asks somebody outside before the
    transaction begins: a repeat needs nothing of them, and must not fail because they are away."""
    return await reader.get(IdempotencyKey, once.scope) is not None


async def locked(con: Connection, keys: list[Once]) -> set[int]:
    """Which of these keys' locks are ours until the end of the transaction."""
    rows = await con.fetch(
        "SELECT k, pg_try_advisory_xact_lock(k) AS ours FROM unnest($1::bigint[]) k",
        sorted({once.lock for once in keys}),
    )
    return {row["k"] for row in rows if row["ours"]}


async def forget(con: Connection, most: int = 10_000) -> int:
    """Drop answers older than three days, a bounded number a statement; gives how many."""
    total = 0
    while True:
        done = await con.execute(_FORGET, wall() - KEPT, most)
        gone = int(str(done).rsplit(" ", 1)[-1])
        total += gone
        if gone < most:
            return total
