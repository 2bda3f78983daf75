"""The key that signs: the newest one, made when there is none yet."""

from __future__ import annotations

from collections.abc import Callable

from services.certificates.commands.office import Office
from services.certificates.domain.documents import SealedKey
from services.certificates.models import SigningKey
from shared.runtime.plans import Wanted
from shared.runtime.rows import where
from shared.runtime.work import Work

# A new pair under that key id, sealed with the platform's secret.
MakeKey = Callable[[str], SealedKey]
_NEWEST = where(SigningKey, order=("-created_at",), limit=1)


def keys_needed() -> list[Wanted]:
    """What a plan adds in order to sign."""
    return [_NEWEST]


def key_for(work: Work, office: Office, make_key: MakeKey) -> SealedKey:
    """The key to sign with. Two processes that make the first one collide on its id, and one
    of them looks again."""
    row = work.first(_NEWEST)
    if row is None:
        made = make_key(f"{office.did}#{work.now.year}-1")
        row = SigningKey(
            key_id=made.key_id,
            created_at=work.now,
            public=dict(made.public),
            sealed=made.sealed,
        )
        work.put(row)
    return SealedKey(row.key_id, row.public, row.sealed)
