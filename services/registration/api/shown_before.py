"""What a request shows of earlier registrations: read where the secret of tokens is known."""

from __future__ import annotations

from services.registration.api.bodies import RegisterBody, ShownBody
from services.registration.commands.prerequisites import Shown
from services.registration.commands.recognising import Known, not_known
from services.registration.domain.attendee import NOBODY, Attendee, read_attendee
from services.registration.domain.prerequisites import Proof, number_key
from services.registration.domain.texts import Number
from shared.errors import Invalid, fault
from shared.runtime.caller import Caller
from shared.runtime.tokens import PERSONAL, check


def shown_in(body: ShownBody, caller: Caller, secret: str, pointer: str = "") -> Shown:
    """What was shown of the courses that this one builds on; only staff may do without."""
    if body.waive_prerequisites and not caller.operator:
        wrong = fault(f"{pointer}/waive_prerequisites", "Only an operator may do without.")
        raise Invalid("operator-only", "Prerequisites are waived by staff.", errors=[wrong])
    known = getattr(body, "known_by", None)  # who is known by a link shows it as well
    return Shown(
        proofs=tuple(_proof(each, secret) for each in body.prerequisites),
        also=(_proof(known, secret),) if known else (),
        waiver=body.waive_prerequisites,
        pointer=f"{pointer}/prerequisites",
    )


def known_in(body: RegisterBody, secret: str) -> Known | None:
    """The earlier registration by whose token somebody is known."""
    if body.known_by is None:
        return None
    known = token_in(body.known_by, secret)
    if known is None:
        raise not_known("This is not a personal link of ours.")
    return Known(*known)


def attendee_in(body: RegisterBody, pointer: str = "", number: Number | None = None) -> Attendee:
    """Who comes, as typed; nobody where who is known typed nothing. `number` reads telephone
    numbers; without it it is somebody else who types."""
    if body.attendee is None:
        if body.known_by is not None:
            return NOBODY
        wrong = fault(f"{pointer}/attendee", "Say who comes.")
        raise Invalid("attendee-missing", "Nobody is named.", errors=[wrong])
    locale = "" if body.known_by is not None else "en"
    return read_attendee(body.attendee.model_dump(), "", f"{pointer}/attendee", locale, number)


def _proof(text: str, secret: str) -> Proof:
    known = token_in(text, secret)
    if known is None:
        return Proof(number=number_key(text))
    return Proof(registration_id=known[0], version=known[1])


def token_in(text: str, secret: str) -> tuple[str, int] | None:
    """(registration, version) of a personal token, also as the link it was mailed in."""
    return check(secret, PERSONAL, text.strip().rstrip("/").rpartition("/")[2])
