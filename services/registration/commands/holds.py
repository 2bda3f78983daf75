"""Holds end, invoices are paid or voided: what becomes of the seat (domain.md §2, §4)."""

from __future__ import annotations

from datetime import datetime

from services.registration.commands.offers import HOLD_ENDED, end_hold, freeing
from services.registration.commands.price_codes import count_use
from services.registration.commands.saying import about
from services.registration.commands.seating import confirm
from services.registration.commands.steps import living, note, seats_of, tally_of
from services.registration.commands.transfers import ENDED, arrive, origin_needs
from services.registration.domain.payment import late_payment
from services.registration.domain.schedule import begun
from services.registration.domain.seats import place
from services.registration.models import Course, Invoice, Registration
from shared.contracts.billing import InvoicePaid, InvoiceVoided
from shared.contracts.registration import RegistrationUnseated
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

VOIDED = "invoice-voided"  # the kind of task: a confirmed seat whose invoice was withdrawn


def _expire_needs(due: Due) -> Plan:
    [row] = yield [(Registration, due.ref)]
    if row is None:
        return []
    yield [(Course, row.course_id)]
    return freeing(row)


@needs(_expire_needs)
async def expire(work: Work, due: Due) -> None:
    """The hold ended unpaid: the seat is free again, and offered to the next in line."""
    row = work.get(Registration, due.ref)
    if row is not None and row.hold_expires_at is not None and work.now >= row.hold_expires_at:
        end_hold(work, row, HOLD_ENDED)


def invoice_needs(event: InvoicePaid | InvoiceVoided) -> Plan:
    """Its share of the invoice, it with its seat, and whether the person registered anew."""
    [row] = yield [(Registration, event.registration_id)]
    invoice = (Invoice, _share(event))
    if row is None:
        return [(Registration, event.registration_id), invoice]
    yield [(Course, row.course_id)]
    anew = [living(row.person_key)] if row.person_key else []
    origin = yield from origin_needs(row)
    return [*freeing(row), invoice, task_key(VOIDED, row.registration_id), *anew, *origin]


@needs(invoice_needs)
async def record_paid(work: Work, event: InvoicePaid) -> None:
    """An invoice was paid: confirm, or, where that is no longer possible, say so."""
    row = work.get(Registration, event.registration_id)
    seen = _kept(work, event, paid_at=event.paid_at)
    if row is None or seen.answered:
        return
    work.put(replace(seen, answered=True))
    work.close_task(VOIDED, row.registration_id)
    credit = bool(event.tenders) and all(t.tender == "credit" for t in event.tenders)
    basis = "credit" if credit else "paid"
    if row.state == "requested":
        moves = row.transferred_from is not None
        seated = arrive(work, row) if moves else confirm(work, row, basis, by="billing")
        if seated is not None:
            _complete_if_over(work, seated)
        else:
            _unseat(work, end_hold(work, row, ENDED) or row, event)
        return
    course = work.get(Course, row.course_id)
    assert course is not None
    anew = work.first(living(row.person_key)) if row.person_key else None
    decided = late_payment(
        ever_confirmed=row.confirmed_at is not None,
        state=row.state,
        seat_free=place(tally_of(seats_of(work, row.course_id)), "buy") != "none",
        to_move=row.transferred_from is not None,
        begun=begun(work.now, row.first_start, course.first_start) or course.status != "published",
        lives_anew=anew is not None,
    )
    if decided == "confirm":
        count_use(work, row)
        confirm(work, row, basis, by="billing")
    elif decided == "unseat":
        _unseat(work, row, event)


def _unseat(work: Work, row: Registration, event: InvoicePaid) -> None:
    note(work, row, "unseat", by="billing", facts={"invoice_id": event.invoice_id})
    work.emit(
        RegistrationUnseated(**about(row), invoice_id=event.invoice_id, requested_at=event.paid_at)
    )


@needs(invoice_needs)
async def record_voided(work: Work, event: InvoiceVoided) -> None:
    """An invoice was withdrawn unpaid: a hold ends with it; a confirmed seat needs a human."""
    row = work.get(Registration, event.registration_id)
    before = work.get(Invoice, _share(event))
    seen = _kept(work, event, voided_at=event.voided_at)
    if row is None or seen.paid_at is not None or (before and before.voided_at):
        return
    if row.state == "requested":
        end_hold(work, row, "invoice-voided")
    elif row.state == "confirmed":
        work.open_task(
            VOIDED,
            row.registration_id,
            "The invoice of a confirmed registration was voided unpaid: "
            "issue a new one, or cancel the registration.",
            {"registration_id": row.registration_id, "invoice_id": event.invoice_id},
        )


def _share(event: InvoicePaid | InvoiceVoided) -> tuple[str, str]:
    """The same invoice may be paid for many: each is told so by an event of its own."""
    return event.registration_id, event.invoice_id


def _complete_if_over(work: Work, row: Registration) -> None:
    course = work.get(Course, row.course_id)
    if course is not None and work.now >= course.last_end:
        work.plan_due("complete_course", course.course_id, work.now)


def _kept(
    work: Work,
    event: InvoicePaid | InvoiceVoided,
    *,
    paid_at: datetime | None = None,
    voided_at: datetime | None = None,
) -> Invoice:
    seen = work.get(Invoice, _share(event))
    kept = Invoice(
        registration_id=event.registration_id,
        invoice_id=event.invoice_id,
        paid_at=paid_at or (seen.paid_at if seen else None),
        voided_at=voided_at or (seen.voided_at if seen else None),
        answered=seen.answered if seen else False,
    )
    work.put(kept)
    return kept
