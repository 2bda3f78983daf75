"""A cancelled course, one registration at a time: ended, given a choice first, or left alone.

Each is a unit of its own, done once, whatever crashes, and beside what learners do meanwhile: who
holds the row of the course's seats sees what the other did.
"""

from __future__ import annotations

from services.registration.commands.standing import certificates_of, is_certified
from services.registration.commands.steps import SYSTEM, note
from services.registration.commands.withdrawn import (
    CHOICE,
    WHOLE,
    WHY,
    ask_about_certificate,
    better,
    default,
    end,
    ending,
    may_choose,
)
from services.registration.domain.withdrawal import IN_TIME, fate, is_over
from services.registration.models import Choice, Registration, Withdrawal
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, where
from shared.runtime.work import Work


def registrations_of(due: Due) -> Query[Registration]:
    """Everybody of the course. Nobody joins it any more: its row says that it is cancelled."""
    return where(Registration, course_id=due.ref)


def _one_needs(due: Due) -> Plan:
    registration_id = due.payload["registration_id"]
    [row] = yield [(Registration, registration_id)]
    yield [(Withdrawal, (due.payload["of"], WHOLE)), certificates_of(registration_id)]
    if row is None:
        return []
    return (yield from ending(row))


@needs(_one_needs)
async def withdraw_one(work: Work, due: Due) -> None:
    """What the cancelled course means for one registration: its end, a choice first, or nothing."""
    registration_id = due.payload["registration_id"]
    row = work.get(Registration, registration_id)
    gone = work.get(Withdrawal, (due.payload["of"], WHOLE))
    assert row is not None
    assert gone is not None
    ends = gone.choose_until
    paid = may_choose(row, gone)
    decided = fate(
        row.state,
        paid=paid,
        choosing=not is_over(ends, work.now),
        settled=work.get(Choice, (registration_id, WHOLE)) is not None,
        asked_at=row.cancel_requested_at,
        cancelled_at=gone.cancelled_at,
    )
    if decided in ("cancel", "choose") and is_certified(work, row):
        ask_about_certificate(work, row)
    elif decided == "cancel":
        end(work, row, gone, outcome=default(gone) if paid else "refund", by=SYSTEM)
    elif decided == "better":
        better(work, row, gone, by=SYSTEM)
    elif decided == "choose" and ends is not None and row.choose_until != ends:
        note(work, row, "choose", by=SYSTEM, why=WHY, choose_until=ends)
        work.plan_due(CHOICE, registration_id, ends + IN_TIME)
