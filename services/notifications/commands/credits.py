"""Credits are heard of: each is kept with the registration that it came out of.

Billing says what moves on a credit under the registration that moved it, which may be another; a
row of its own leads back to the one whose learner is told when it ends.
"""

from __future__ import annotations

from typing import Any

from services.notifications.commands.hear import fact_needs, hear_fact
from services.notifications.commands.planning import settle, to_settle_again
from services.notifications.commands.remember import remember
from services.notifications.models import Credit, Registration
from shared.contracts.billing import CreditIssued, OfCredit
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


def _of_a_registration(event: CreditIssued) -> bool:
    return None not in (event.registration_id, event.course_id, event.person_id)


def _issued_needs(event: CreditIssued) -> Plan:
    known = (Credit, event.credit_id)
    facts = (yield from fact_needs(event)) if _of_a_registration(event) else []
    return [*facts, known]


@needs(_issued_needs)
async def hear_credit(work: Work, event: CreditIssued) -> None:
    """A new credit; one that was handed on to somebody has nobody here to be told."""
    if not _of_a_registration(event):
        return
    if work.get(Credit, event.credit_id) is None:
        about = str(event.registration_id)
        work.put(Credit(credit_id=event.credit_id, registration_id=about))
    await hear_fact(work, event)


def _moved_needs(event: OfCredit) -> Plan:
    [credit] = yield [(Credit, event.credit_id)]
    [row] = (yield [(Registration, credit.registration_id)]) if credit else [None]
    return (yield from to_settle_again(row)) if row else []


@needs(_moved_needs)
async def hear_credit_moved(work: Work, event: Any) -> None:
    """What is left on it, and until when."""
    credit = work.get(Credit, event.credit_id)
    row = work.get(Registration, credit.registration_id) if credit else None
    if row is not None:
        row = replace(row, facts=remember(row.facts, event))
        work.put(row)
        settle(work, row)
