"""Finding out who is calling: from an API key, a personal token, a pass, or none (`caller.py`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Annotated, Any

from fastapi import Depends, Request

from shared.errors import Forbidden, Unauthorized
from shared.runtime.caller import NOBODY, Caller, Kind
from shared.runtime.clock import Clock, wall
from shared.runtime.database import Reader
from shared.runtime.logs import ABOUT
from shared.runtime.passes import PREFIX, passed
from shared.runtime.rows import where
from shared.runtime.tables import ApiKey
from shared.runtime.tokens import PERSONAL, check, digest_of

REMEMBERED = 1.0  # seconds that a key's row is taken from memory


_NEVER = datetime.max.replace(tzinfo=UTC)


class Doorkeeper:
    """Knows the keys: the operator's from the environment, all others from the service's copy."""

    def __init__(
        self, reader: Reader, operator_key_hash: str, secret: str, clock: Clock | None = None
    ) -> None:
        self._reader = reader
        self._clock = clock or Clock()
        self._operator = operator_key_hash
        self._secret = secret
        self._seen: dict[str, tuple[float, Caller]] = {}

    async def caller(self, bearer: str | None, token: str | None) -> Caller:
        """Who this is; raises Unauthorized for a key or token that is not good."""
        given = bearer or token
        if not given:
            return NOBODY
        if given.startswith("hf_"):
            return await self._by_key(digest_of(given))
        known = check(self._secret, PERSONAL, given)
        if known is None:
            raise Unauthorized("token-invalid", "This link or key is not valid.")
        subject, version = known
        return Caller("holder", f"holder:{subject}", subject=subject, version=version)

    def staff(self, bearer: str, method: str, path: str) -> Caller:
        """Whoever of staff a pass names; raises Unauthorized where it is not one for this call."""
        by = passed(self._secret, bearer, method, path, wall())
        if by is None:
            raise Unauthorized("pass-invalid", "This pass is not one for this call, or too old.")
        return Caller("operator", by)

    async def _by_key(self, digest: str) -> Caller:
        if self._operator and digest == self._operator:
            return Caller("operator", "operator")
        seen = self._seen.get(digest)
        if seen and monotonic() - seen[0] < REMEMBERED:
            return seen[1]
        rows = await self._reader.find(where(ApiKey, hash=digest))
        ended = bool(rows) and (rows[0].expires_at or _NEVER) <= self._clock.now()
        if not rows or rows[0].revoked or ended:
            self._seen.pop(digest, None)
            raise Unauthorized("key-invalid", "This key is not known, was revoked, or has expired.")
        scopes = frozenset(rows[0].scopes)
        kind: Kind = "operator" if "operator" in scopes else "key"
        caller = Caller(kind, f"key:{rows[0].key_id}", scopes)
        if len(self._seen) > 10_000:
            self._seen.clear()
        self._seen[digest] = (monotonic(), caller)
        return caller


async def caller_of(request: Request) -> Caller:
    """FastAPI dependency: who is calling (`Authorization: Bearer …` or `?t=…`)."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise Unauthorized("scheme-unknown", "Use `Authorization: Bearer <key or token>`.")
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    given = bearer.strip()
    if given.startswith(PREFIX):
        caller = doorkeeper.staff(given, request.method, request.scope["path"])
    else:
        token = request.query_params.get("t") if request.scope["query_string"] else None
        caller = await doorkeeper.caller(given or None, token)
    ABOUT.set({**ABOUT.get(), "caller": caller.name})  # audits and logs name who it was
    return caller


CallerDep = Annotated[Caller, Depends(caller_of)]
_SCOPES: dict[Callable[..., Any], str] = {}  # of the dependencies made below, for documents


def needs_scope(scope: str) -> Callable[..., Any]:
    """FastAPI dependency: a caller with this scope (or the operator); gives the caller."""

    async def demand(caller: CallerDep) -> Caller:
        if caller.kind == "nobody":
            raise Unauthorized("key-required", f"This call needs a key with the scope {scope}.")
        if not caller.may(scope):
            raise Forbidden("scope-missing", f"This key does not have the scope {scope}.")
        return caller

    _SCOPES[demand] = scope
    return demand


def scope_asked(dependency: Callable[..., Any]) -> str | None:
    """The scope that a dependency made by `needs_scope` asks for."""
    return _SCOPES.get(dependency)
