"""A registration ends because its provider cancelled the course: everything back, once (§2)."""

from __future__ import annotations

from services.registration.commands.accommodating import ACCOMMODATION
from services.registration.commands.holds import VOIDED
from services.registration.commands.saying import about
from services.registration.commands.steps import note, step
from services.registration.commands.transfers import end_pending, pending_needs
from services.registration.domain.withdrawal import Outcome, has_paid
from services.registration.models import Choice, Registration, Seats, Withdrawal
from shared.contracts.registration import Override, RegistrationCancelled
from shared.runtime.plans import Plan
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

CHOICE = "end_choice"  # the deadline of a learner's choice
WHOLE = ""  # the session id of what concerns the course as a whole
WHY = "course-cancelled"
BLOCKED = "withdrawal-blocked"  # the kind of task: a certificate stands in a cancelled course


def default(gone: Withdrawal) -> Outcome:
    """What those get who say nothing."""
    return "credit" if gone.prefer_credit else "refund"


def may_choose(row: Registration, gone: Withdrawal) -> bool:
    """Whether there is money of which to choose what becomes.

    Who was confirmed only afterwards, by a payment that was under way, had been told that all of
    it comes back.
    """
    if row.confirmed_at is None or row.confirmed_at > gone.cancelled_at:
        return False
    return has_paid(row.method, row.basis, row.price_minor, complimentary=row.complimentary)


def ending(row: Registration) -> Plan:
    """What one locks to end a registration of a cancelled course."""
    moving = yield from pending_needs(row)
    return [
        *moving,
        (Seats, row.course_id),
        (Registration, row.registration_id),
        (Choice, (row.registration_id, WHOLE)),
        task_key(BLOCKED, row.registration_id),
        task_key(VOIDED, row.registration_id),
        task_key(ACCOMMODATION, row.registration_id),
    ]


def ask_about_certificate(work: Work, row: Registration) -> None:
    """A certificate stands in its way: staff revoke it first."""
    work.open_task(
        BLOCKED,
        row.registration_id,
        "The course was cancelled, but a certificate was issued for this registration: revoke it, "
        "then cancel the registration.",
        {"registration_id": row.registration_id, "course_id": row.course_id},
    )


def end(
    work: Work,
    row: Registration,
    gone: Withdrawal,
    *,
    outcome: Outcome,
    by: str,
    override: str | None = None,
) -> Registration:
    """Cancel it for the provider; of a cancelled course no seat is offered to the next."""
    done = step(
        work,
        row,
        "cancel",
        seat="none",
        by=by,
        why=WHY,
        facts={"outcome": outcome} | ({"override": override} if override else {}),
        cancel_requested_at=gone.cancelled_at,
        hold_expires_at=None,
        offer_expires_at=None,
        choose_until=None,
        ticket=None,
    )
    assert done is not None
    end_pending(work, row)
    for deadline in ("expire_hold", "expire_offer", CHOICE):
        work.drop_due(deadline, row.registration_id)
    work.close_task(VOIDED, row.registration_id)
    work.close_task(BLOCKED, row.registration_id, "cancelled")
    work.close_task(ACCOMMODATION, row.registration_id, "cancelled")
    _give(work, done, gone, was=row.state, outcome=outcome, by=by, override=override)
    return done


def better(work: Work, row: Registration, gone: Withdrawal, *, by: str) -> None:
    """It was cancelled at the same instant, or later and quicker: everything comes back after all.

    Said a second time, by the provider: billing gives what the first outcome kept.
    """
    noted = note(
        work, row, "cancel", by=by, why=WHY, facts={"outcome": "refund"}, choose_until=None
    )
    _give(work, noted, gone, was="cancelled", outcome="refund", by=by)


def _give(
    work: Work,
    row: Registration,
    gone: Withdrawal,
    *,
    was: str,
    outcome: Outcome,
    by: str,
    override: str | None = None,
) -> None:
    work.put(
        Choice(
            registration_id=row.registration_id,
            session_id=WHOLE,
            outcome=outcome,
            chosen_at=work.now,
            by=by,
        )
    )
    work.emit(
        RegistrationCancelled(
            **about(row),
            requested_at=gone.cancelled_at,
            by="provider",
            was=was,
            reason=WHY,
            prefer=outcome,
            override=Override(outcome=override) if override else None,
        )
    )
