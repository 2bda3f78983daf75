"""Every service's own copy of the API keys that were said on the keys' topic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from shared.runtime.plans import needs
from shared.runtime.tables import ApiKey
from shared.runtime.work import Work


class KeySaid(Protocol):
    """What this needs of an event about a key."""

    @property
    def key_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def hash(self) -> str: ...
    @property
    def scopes(self) -> Sequence[str]: ...


async def _record(work: Work, event: KeySaid, *, revoked: bool) -> None:
    known = work.get(ApiKey, event.key_id)
    if known is not None and known.version >= event.version:
        return
    work.put(
        ApiKey(
            key_id=event.key_id,
            hash=event.hash,
            scopes=list(event.scopes),
            version=event.version,
            revoked=revoked,
            expires_at=getattr(event, "expires_at", None),
        )
    )


@needs(lambda event: [(ApiKey, event.key_id)])
async def record_key(work: Work, event: Any) -> None:
    """A key was issued: from now on it opens what its scopes allow."""
    await _record(work, event, revoked=False)


@needs(lambda event: [(ApiKey, event.key_id)])
async def record_revoked(work: Work, event: Any) -> None:
    """A key was revoked: it opens nothing any more."""
    await _record(work, event, revoked=True)
