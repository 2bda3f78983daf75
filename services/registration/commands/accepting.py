"""An offered seat is taken, at the terms of today (domain.md §4)."""

from __future__ import annotations

from dataclasses import dataclass

from services.registration.commands.access import by, owned
from services.registration.commands.admission import (
    disclosed,
    require_disclosure,
    require_standing,
)
from services.registration.commands.credit_codes import (
    credit_ids,
    credits_of_others,
    reading_credits,
)
from services.registration.commands.persons import person_of, reading_person
from services.registration.commands.prerequisites import (
    NOTHING,
    Shown,
    keep_met,
    met_before,
    named,
    reading_proofs,
    require_prerequisites,
)
from services.registration.commands.price_codes import count_use, use_code, uses
from services.registration.commands.pricing import (
    PriceAsked,
    keep_statement,
    price_for,
    price_kept,
    pricing,
)
from services.registration.commands.seating import hold
from services.registration.domain import payment
from services.registration.domain.transitions import move
from services.registration.models import Course, Registration, Seats
from shared.errors import Conflict
from shared.runtime.caller import Caller
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


class OfferEnded(Conflict):
    """The offer is over, though nobody may have noticed yet."""

    slug = "offer-ended"


@dataclass(frozen=True)
class Accept:
    """Somebody takes the seat that was offered; credits are digests of their codes."""

    registration_id: str
    caller: Caller
    disclosure_version: str | None
    method: str
    credit_digests: tuple[str, ...] = ()
    shown: Shown = NOTHING
    price: PriceAsked | None = None  # none said: that which was asked for at first


def _accept_needs(c: Accept) -> Plan:
    [row] = yield [(Registration, c.registration_id)]
    if row is None:
        return []
    yield [met_before(c.registration_id)]
    yield from reading_person(row.person_id)
    yield from reading_proofs(c.shown)
    asked = yield from reading_credits(c.credit_digests)
    own = (Registration, c.registration_id)
    priced = uses(row) if c.price is None else pricing(row.course_id, c.price)
    return [(Seats, row.course_id), (Course, row.course_id), own, *asked, *priced]


@needs(_accept_needs)
async def accept(work: Work, c: Accept) -> tuple[Registration, Course]:
    """The offered seat is held, or taken; the terms are those of today."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    course = work.get(Course, row.course_id)
    assert course is not None
    move(row.state, "accept")
    if row.offer_expires_at is None or work.now >= row.offer_expires_at:
        raise OfferEnded("The offer has ended; the seat goes to the next in line.")
    require_standing(course)
    require_disclosure(course, c.disclosure_version)
    accepted = disclosed(course, c.disclosure_version)
    before = [m for m in work.find(met_before(row.registration_id)) if m.person_id == row.person_id]
    who = named(person_of(work, row.person_id))
    met = require_prerequisites(work, course, who, c.shown, before)
    price = price_for(work, course, c.price) if c.price else price_kept(work, course, row)
    invoiced = c.caller.operator or course.terms["invoice_allowed"] or row.method == "invoice"
    taken = replace(
        row,
        method=payment.method_for(c.method, price.amount, may_invoice=invoiced),
        price_minor=price.amount,
        price_id=price.price_id,
        currency=course.terms["price"]["currency"],
        credit_ids=credit_ids(work, c.credit_digests),
        course_version=course.version,
        first_start=course.first_start,
        disclosure_version=accepted,
        disclosed_at=work.now if accepted else None,
        offer_expires_at=None,
    )
    work.drop_due("expire_offer", row.registration_id)
    if c.price is not None:
        use_code(work, taken, c.price.digest)
        keep_statement(work, row, row.revision + 1, c.price)
    elif taken.price_id == row.price_id:
        count_use(work, taken)
    person = person_of(work, row.person_id)
    others = credits_of_others(work, c.credit_digests, person, row.organisation)
    held = hold(work, taken, course, by=by(c.caller), new=False, of_others=others)
    return keep_met(work, held, met, c.shown, by=by(c.caller)), course
