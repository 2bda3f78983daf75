"""The key that signs: made when there is none, replaced each year, at once when it leaked.

Keys are retired, never removed: old certificates are verified by the key that signed them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.certificates.commands.office import Office
from services.certificates.domain.documents import SealedKey
from services.certificates.domain.keys import earliest, next_id, rotates_at
from services.certificates.models import SigningKey
from shared.dates import rfc3339
from shared.errors import Invalid, NotFound, fault
from shared.runtime.due import Due
from shared.runtime.plans import Wanted, needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work

# A new pair under that key id, sealed with the platform's secret.
MakeKey = Callable[[str], SealedKey]
_ALL = where(SigningKey)
ROTATE, REISSUE = "rotate_key", "reissue"
_REF = "active"  # there is one active key of the provider, and one deadline for it


@dataclass(frozen=True)
class Rotate:
    """A new key in the place of `key_id`, or of the active one of that issuer (as in `SigningKey`).

    `compromised_at`: since when others may have had it. Of a key that is retired already only this
    is noted: no key is made.
    """

    office: Office
    make_key: MakeKey
    key_id: str | None = None
    compromised_at: datetime | None = None
    issuer: str = ""


@dataclass(frozen=True)
class Rotated:
    """The key it was about, None where there was none yet; and the one made in its place, None
    where it was retired before."""

    key: SigningKey | None
    made: SigningKey | None


def keys_needed() -> list[Wanted]:
    """What a plan adds in order to sign."""
    return [_ALL]


def key_for(work: Work, office: Office, make_key: MakeKey, issuer: str = "") -> SealedKey:
    """The key to sign with. Two processes that make the first one collide on its id, and one
    of them looks again."""
    row = _active(work, issuer) or _make(work, office, make_key, issuer)
    return SealedKey(row.key_id, row.public, row.sealed)


def signs_by_itself(work: Work, issuer: str) -> bool:
    """Whether that body has a key: staff make its first one, and no certificate does."""
    return bool(issuer) and _active(work, issuer) is not None


def leaked(work: Work, key_id: str) -> bool:
    """Whether somebody else may sign with that key by now."""
    return any(one.key_id == key_id and one.compromised_at is not None for one in work.find(_ALL))


@needs(lambda _: keys_needed())
async def rotate(work: Work, c: Rotate) -> Rotated:
    """Retire a key, make the next one, and where it leaked have issued again what it signed since.

    Raises NotFound (`key-unknown`), Invalid (a leak in the future). Of two at once the second finds
    no active key behind the first one's lock; what it makes then, the database refuses (one is
    active), and it looks again: it replaces what the first has made, unless it said which key.
    """
    past(c.compromised_at, work.now, "/compromised_at")
    found = _active(work, c.issuer)
    if c.key_id is not None:
        found = next((one for one in work.find(_ALL) if one.key_id == c.key_id), None)
        if found is None:
            raise NotFound("key-unknown", "There is no such key. GET /certificates/v1/keys.")
    if found is None:
        first = _make(work, c.office, c.make_key, c.issuer)
        work.audit("key.made", first.key_id)
        return Rotated(None, first)
    since = earliest(found.compromised_at, c.compromised_at)
    old = replace(found, compromised_at=since)
    if found.state == "active":
        old = replace(old, state="retired", retired_at=work.now)
    if old != found:
        work.put(old)
    made = None
    if found.state == "active":
        made = _make(work, c.office, c.make_key, found.issuer)
        work.audit("key.rotated", f"{old.key_id} -> {made.key_id}")
    if since != found.compromised_at and since is not None:
        work.audit("key.compromised", old.key_id, rfc3339(since))
        work.plan_due(REISSUE, old.key_id, work.now, payload={"since": rfc3339(since)})
    return Rotated(old, made)


def past(leak: datetime | None, now: datetime, place: str) -> None:
    """Raises Invalid, told at `place`, where a leak is in the future."""
    if leak is not None and leak > now:
        why = "That is still to come: say since when others may have the key."
        raise Invalid("invalid", "A leak is in the past.", errors=[fault(place, why)])


async def rotate_when_due(work: Work, due: Due, office: Office, make_key: MakeKey) -> None:
    """The active key has served its time, if it is still the one that the deadline was for."""
    active = [one for one in work.find(_ALL) if one.state == "active"]
    if due.payload.get("key_id") in {one.key_id for one in active}:
        await rotate(work, Rotate(office, make_key, due.payload["key_id"]))


def _active(work: Work, issuer: str) -> SigningKey | None:
    of_issuer = (one for one in work.find(_ALL) if one.issuer == issuer)
    return next((one for one in of_issuer if one.state == "active"), None)


def _make(work: Work, office: Office, make_key: MakeKey, issuer: str) -> SigningKey:
    known = {one.key_id for one in work.find(_ALL)}
    made = make_key(next_id(office.issuer_did(issuer), work.now.year, known))
    row = SigningKey(
        key_id=made.key_id,
        issuer=issuer,
        created_at=work.now,
        public=dict(made.public),
        sealed=made.sealed,
    )
    work.put(row)
    at = rotates_at(work.now, office.key_days)
    if at is not None:
        ref = f"{_REF}/{issuer}" if issuer else _REF
        work.plan_due(ROTATE, ref, at, payload={"key_id": row.key_id})
    return row
