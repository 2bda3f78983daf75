"""The lines of a group order, each as what it asks for; an unreadable one spoils no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from services.registration.api.bodies import GroupBody, RegisterBody
from services.registration.api.priced import complimentary_in, price_in
from services.registration.api.shown_before import attendee_in, shown_in
from services.registration.commands.access import by
from services.registration.commands.application import Register
from shared.errors import Invalid, Refusal, fault
from shared.runtime.caller import Caller
from shared.runtime.problems import faults_of
from shared.runtime.tokens import code_digest


def lines_of(
    course_id: str, caller: Caller, body: GroupBody, secret: str
) -> list[Register | Refusal]:
    """What can be read of the lines; they are all on one invoice, so paid in one way."""
    read = [_read(place, given) for place, given in enumerate(body.registrations)]
    named = [each.payment.method for each in read if isinstance(each, RegisterBody) and _says(each)]
    usual = next((each for each in named if each != "free"), "invoice")
    method: str = body.payment.method if body.payment else usual
    who = by(caller)
    lines: list[Register | Refusal] = []
    for place, each in enumerate(read):
        try:
            if not isinstance(each, RegisterBody):
                raise each
            asked = _asked(course_id, who, body.organisation, each, place, method)
            shown = shown_in(each, caller, secret, f"/registrations/{place}")
            free = complimentary_in(each, caller)
            lines.append(replace(asked, shown=shown, complimentary=free))
        except Refusal as why:
            lines.append(why)
    return lines


def _read(place: int, given: Any) -> RegisterBody | Refusal:
    try:
        return RegisterBody.model_validate(given)
    except ValidationError as why:
        found = faults_of(why.errors(include_url=False), f"/registrations/{place}")
        return Invalid("invalid", "The line does not fit.", errors=found)


def _says(body: RegisterBody) -> bool:
    """Whether a line names a method of its own."""
    return "payment" in body.model_fields_set and "method" in body.payment.model_fields_set


def _asked(
    course_id: str, who: str, organisation: str | None, body: RegisterBody, place: int, method: str
) -> Register:
    at = f"/registrations/{place}"
    own = body.payment.method if _says(body) else method
    if own not in {method, "free"}:
        wrong = fault(f"{at}/payment/method", f"This order is paid by {method}, as a whole.")
        raise Invalid("payment-invalid", "A group is on one invoice.", errors=[wrong])
    if body.known_by is not None:
        wrong = fault(f"{at}/known_by", "In a group everybody is named.")
        raise Invalid("known-by-invalid", "A link is its holder's alone.", errors=[wrong])
    return Register(
        course_id=course_id,
        attendee=attendee_in(body, at),
        disclosure_version=body.disclosure_version,
        method=own,
        by=who,
        may_invoice=True,
        price=price_in(body.price),
        credit_digests=tuple(dict.fromkeys(map(code_digest, body.payment.credit_codes))),
        organisation=organisation or body.organisation,
        accommodation=body.accommodation,
    )
