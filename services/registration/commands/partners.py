"""A partner's own registrations (domain.md §8): each item is answered once, by its id."""

from __future__ import annotations

from services.registration.commands.application import Register
from services.registration.commands.prerequisites import Shown
from services.registration.commands.registering import register, register_needs
from services.registration.domain.attendee import read_attendee, read_organisation
from services.registration.domain.prerequisites import Proof, number_key
from services.registration.models import Submission
from shared.contracts.partners import PartnerRegistrationSubmitted
from shared.contracts.registration import PartnerItem, RegistrationRefused
from shared.errors import Conflict, Refusal
from shared.runtime.plans import Plan, needs
from shared.runtime.work import Work


class AlreadyRegistered(Conflict):
    """The person lives in this course under another registration."""

    slug = "already-registered"


def _submitted_needs(event: PartnerRegistrationSubmitted) -> Plan:
    item = (Submission, (event.partner_id, event.item_id))
    try:
        asked = _asked(event)
    except Refusal:
        return [item]
    return [*(yield from register_needs(asked)), item]


@needs(_submitted_needs)
async def submitted(work: Work, event: PartnerRegistrationSubmitted) -> None:
    """Register the person under the partner's item; what a rule refuses is answered, not lost."""
    if work.get(Submission, (event.partner_id, event.item_id)) is not None:
        return
    mark = work.mark()
    try:
        placed = await register(work, _asked(event))
        if placed.existing:
            raise AlreadyRegistered("This person is registered for this course already.")
        registration_id, outcome, reason = placed.registration.registration_id, "accepted", ""
    except Refusal as why:
        work.back(mark)
        registration_id, outcome, reason = work.new_id("refused"), "refused", why.slug
        work.emit(
            RegistrationRefused(
                registration_id=registration_id,
                course_id=event.course_id,
                partner=PartnerItem(partner_id=event.partner_id, item_id=event.item_id),
                reason=why.slug,
                fields=[error["pointer"] for error in why.errors],
                refused_at=work.now,
            )
        )
    work.put(
        Submission(
            partner_id=event.partner_id,
            item_id=event.item_id,
            registration_id=registration_id,
            outcome=outcome,
            reason=reason,
            answered_at=work.now,
        )
    )


def _asked(event: PartnerRegistrationSubmitted) -> Register:
    return Register(
        course_id=event.course_id,
        attendee=read_attendee(event.attendee.model_dump(mode="json"), ""),
        disclosure_version=event.disclosure_version or None,
        method=event.payment_method,
        by=f"partner:{event.partner_id}",
        may_invoice=True,
        organisation=read_organisation(event.organisation),
        partner=(event.partner_id, event.item_id),
        shown=Shown(tuple(Proof(number=number_key(each)) for each in event.prerequisites)),
    )
