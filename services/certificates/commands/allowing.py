"""What staff cannot do with a certificate, and why: asked before it is done, and as it is shown."""

from __future__ import annotations

from services.certificates.commands.decide import live_of
from services.certificates.models import NO_BOARD, PARTICIPATION, Certificate, Person, Registration
from shared.errors import Conflict, NotFound
from shared.runtime.work import Work


class AlreadySuperseded(Conflict):
    """Another certificate took its place."""

    slug = "already-superseded"


class HolderErased(Conflict):
    """The person was erased: there is no name to make a certificate out to."""

    slug = "holder-erased"


class CreditStands(Conflict):
    """A board's credit holds: a certificate that says "no CE credit" is not made beside it."""

    slug = "credit-stands"


class NotLive(Conflict):
    """It holds no more: there is nothing to leave as it is."""

    slug = "certificate-not-live"


def known(work: Work, certificate_id: str) -> Certificate:
    """A certificate that is out; raises NotFound."""
    found = work.get(Certificate, certificate_id)
    if found is None or found.status == "preparing":
        raise NotFound("certificate-unknown", "There is no such certificate.")
    return found


def revocable(issued: Certificate) -> None:
    """Raises AlreadySuperseded where another holds in its place."""
    if issued.status == "superseded":
        raise AlreadySuperseded("Revoke the one that superseded it.")


def keepable(issued: Certificate) -> None:
    """Raises NotLive where it holds no more."""
    if issued.status != "valid":
        raise NotLive("Another took its place, or it was revoked: it cannot be left as it is.")


def replaceable(work: Work, old: Certificate) -> tuple[Registration, Person]:
    """Whose it is, where another one may take its place.

    Raises NotFound, AlreadySuperseded, HolderErased, CreditStands.
    """
    if old.status == "superseded":
        raise AlreadySuperseded("Supersede the one that took its place.")
    reg = work.get(Registration, old.registration_id)
    if reg is None:
        raise NotFound("registration-unknown", "There is no such registration.")
    person = work.get(Person, reg.person_id)
    if person is None or person.erased:
        raise HolderErased("There is nobody to make it out to.")
    live = live_of(work, reg)
    if old.board == PARTICIPATION and live.keys() - NO_BOARD:
        raise CreditStands("A certificate of credit holds. Revoke that one first.")
    holds = live.get(old.board, old)
    if holds != old:  # it was revoked, and issued again since
        raise AlreadySuperseded(f"Certificate {holds.number} holds. Supersede that one.")
    return reg, person
