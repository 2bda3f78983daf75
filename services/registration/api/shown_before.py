"""What a request shows of earlier registrations: read where the secret of tokens is known."""

from __future__ import annotations

from services.registration.api.bodies import ShownBody
from services.registration.commands.prerequisites import Shown
from services.registration.domain.prerequisites import Proof, number_key
from shared.errors import Invalid, fault
from shared.runtime.caller import Caller
from shared.runtime.tokens import PERSONAL, check


def shown_in(body: ShownBody, caller: Caller, secret: str, pointer: str = "") -> Shown:
    """What was shown of the courses that this one builds on; only staff may do without."""
    if body.waive_prerequisites and not caller.operator:
        wrong = fault(f"{pointer}/waive_prerequisites", "Only an operator may do without.")
        raise Invalid("operator-only", "Prerequisites are waived by staff.", errors=[wrong])
    proofs = tuple(_proof(each, secret) for each in dict.fromkeys(body.prerequisites))
    return Shown(proofs, body.waive_prerequisites, f"{pointer}/prerequisites")


def _proof(text: str, secret: str) -> Proof:
    known = token_in(text, secret)
    if known is None:
        return Proof(number=number_key(text))
    return Proof(registration_id=known[0], version=known[1])


def token_in(text: str, secret: str) -> tuple[str, int] | None:
    """(registration, version) of a personal token, also as the link it was mailed in."""
    return check(secret, PERSONAL, text.strip().rstrip("/").rpartition("/")[2])
