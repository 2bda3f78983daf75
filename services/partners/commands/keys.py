"""Issue and revoke API keys. A key itself is made by whoever asks; here only its hash is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.partners.domain import keys as rules
from services.partners.models import IssuedKey
from shared.contracts.partners import KeyIssued, KeyRevoked
from shared.errors import NotFound
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

HashOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Issue:
    """`hash_of` gives the hash of the key that belongs to a key id (`secrets.py`)."""

    scopes: tuple[str, ...]
    label: str
    expires_at: datetime | None
    hash_of: HashOf


@dataclass(frozen=True, slots=True)
class Revoke:
    key_id: str


async def issue_key(work: Work, c: Issue) -> IssuedKey:
    """A new key, said at once so that every service knows it. Refused: scopes that cannot be."""
    rules.check_scopes(c.scopes)
    key_id = work.new_id("key")
    row = IssuedKey(
        key_id=key_id,
        hash=c.hash_of(key_id),
        scopes=list(c.scopes),
        partner_id=rules.partner_of(c.scopes),
        label=c.label,
        version=1,
        issued_at=work.now,
        expires_at=c.expires_at,
    )
    work.put(row)
    work.audit("key.issued", key_id, " ".join(c.scopes))
    work.emit(KeyIssued(**_said(row)))
    return row


@needs(lambda c: [(IssuedKey, c.key_id)])
async def revoke_key(work: Work, c: Revoke) -> IssuedKey:
    """The key opens nothing any more. Refused: unknown, or revoked before."""
    row = work.get(IssuedKey, c.key_id)
    if row is None:
        raise NotFound("key-unknown", "There is no key with this id.")
    if row.revoked_at is not None:
        raise rules.KeyRevokedAlready("This key was revoked before.")
    row = replace(row, version=row.version + 1, revoked_at=work.now)
    work.put(row)
    work.audit("key.revoked", c.key_id)
    work.emit(KeyRevoked(**_said(row), revoked_at=work.now))
    return row


def _said(row: IssuedKey) -> dict[str, object]:
    return {
        "key_id": row.key_id,
        "version": row.version,
        "hash": row.hash,
        "scopes": tuple(row.scopes),
        "partner_id": row.partner_id,
        "label": row.label,
        "issued_at": row.issued_at,
        "expires_at": row.expires_at,
    }
