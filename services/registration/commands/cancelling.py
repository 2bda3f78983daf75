"""Cancel: by the learner until the first session, by staff whenever there is a reason (§2).

A cancellation never waits for money: what it gives is billing's to decide, from `requested_at`,
the receipt of the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.registration.commands.access import by, only_operator, owned
from services.registration.commands.accommodating import ACCOMMODATION
from services.registration.commands.holds import VOIDED
from services.registration.commands.in_force import bought_version, in_force
from services.registration.commands.offers import freeing, offer_freed
from services.registration.commands.price_codes import count_use
from services.registration.commands.saying import about
from services.registration.commands.standing import (
    certificates_of,
    require_no_certificate,
    require_not_begun,
)
from services.registration.commands.steps import keep_words, step
from services.registration.commands.transfers import end_pending
from services.registration.commands.withdrawn import WHOLE, end, ending
from services.registration.models import Course, Registration, Withdrawal
from shared.contracts.registration import Evidence, Override, RegistrationCancelled
from shared.dates import rfc3339
from shared.errors import Invalid, fault
from shared.runtime.caller import Caller
from shared.runtime.plans import Plan, needs
from shared.runtime.work import Work


@dataclass(frozen=True)
class Overriding:
    """Staff decide otherwise than the policy."""

    outcome: Literal["refund", "credit", "nothing"]
    reason: str


@dataclass(frozen=True)
class Cancel:
    """A request to cancel, received by us at `received_at`.

    Staff alone may say that it arrived earlier (`arrived_at`, with `evidence`), or override.
    `policy` is the choice between the one that was bought and the one now in force.
    """

    registration_id: str
    caller: Caller
    received_at: datetime
    reason: str = ""
    override: Overriding | None = None
    arrived_at: datetime | None = None
    evidence: str = ""
    policy: Literal["snapshot", "newer"] | None = None


def _cancel_needs(c: Cancel) -> Plan:
    [row] = yield [(Registration, c.registration_id)]
    if row is None:
        return []
    yield [(Course, row.course_id), (Withdrawal, (row.course_id, WHOLE)), bought_version(row)]
    ends = yield from ending(row)
    return [*freeing(row), *ends, certificates_of(c.registration_id)]


@needs(_cancel_needs)
async def cancel(work: Work, c: Cancel) -> Registration:
    """Cancel and free the seat for the next in line; a second time changes nothing."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    if c.override or c.arrived_at or c.evidence:
        only_operator(c.caller, "override, or say when a request arrived")
    if row.state == "cancelled":
        return row
    require_no_certificate(work, row)
    course = work.get(Course, row.course_id)
    assert course is not None
    gone = work.get(Withdrawal, (row.course_id, WHOLE))
    if gone is not None:
        return _cancelled_with_its_course(work, row, gone, c)
    requested_at = _requested_at(row, c)
    if c.override is None:
        require_not_begun(row, course, requested_at)
    done = step(
        work,
        row,
        "cancel",
        seat="none",
        by=by(c.caller),
        why=_why(c),
        facts=_facts(c),
        offer_expires_at=None,
        ticket=None,
        cancel_requested_at=requested_at,
        hold_expires_at=None,
    )
    assert done is not None
    end_pending(work, row)
    _keep_words(work, done, c)
    if c.caller.operator:
        work.audit("registration.cancelled", row.registration_id, _why(c))
    work.close_task(VOIDED, row.registration_id)
    work.close_task(ACCOMMODATION, row.registration_id, "cancelled")
    work.drop_due("expire_hold", row.registration_id)
    work.drop_due("expire_offer", row.registration_id)
    work.emit(
        RegistrationCancelled(
            **about(done),
            requested_at=requested_at,
            by="operator" if c.caller.operator else "learner",
            was=row.state,
            reason=_why(c),
            override=Override(outcome=c.override.outcome) if c.override else None,
            evidence=Evidence(received_at=requested_at) if _late(c) else None,
            **in_force(work, row, c.policy),
        )
    )
    if row.state == "requested":
        count_use(work, row, -1)
    if row.seat != "none":
        offer_freed(work, course)
    return done


def _cancelled_with_its_course(
    work: Work, row: Registration, gone: Withdrawal, c: Cancel
) -> Registration:
    """The provider was first, whenever this request was received: everything comes back (§2).

    Who means to have a credit instead says so by choosing it.
    """
    override = c.override.outcome if c.override else None
    done = end(work, row, gone, outcome="refund", by=by(c.caller), override=override)
    _keep_words(work, done, c)
    if c.caller.operator:
        work.audit("registration.cancelled", row.registration_id, _why(c))
    return done


def _requested_at(row: Registration, c: Cancel) -> datetime:
    """When the request counts from: not in the future, not before the registration."""
    if c.arrived_at is None:
        return c.received_at
    if c.arrived_at > c.received_at:
        raise _impossible("A request cannot arrive in the future.")
    if c.arrived_at < row.requested_at:
        raise _impossible("A request cannot arrive before its registration.")
    return c.arrived_at


def _impossible(detail: str) -> Invalid:
    return Invalid("received-at-invalid", detail, errors=[fault("/received_at", detail)])


def _late(c: Cancel) -> bool:
    """Whether staff say that the request arrived before they entered it."""
    return c.arrived_at is not None or bool(c.evidence)


def _why(c: Cancel) -> str:
    """Why, in one of our words: what people write is no part of a fact or of the history."""
    if c.override is not None:
        return "override"
    if _late(c):
        return "evidence-held"
    return "operator-request" if c.caller.operator else "learner-request"


def _facts(c: Cancel) -> dict[str, Any]:
    """Kept in the history: when it was really received, and what staff decided."""
    facts: dict[str, Any] = {"received_at": rfc3339(c.received_at)}
    if c.arrived_at is not None:
        facts["arrived_at"] = rfc3339(c.arrived_at)
    if c.override is not None:
        facts["override"] = c.override.outcome
    if c.policy is not None:
        facts["policy"] = c.policy
    return facts


def _keep_words(work: Work, row: Registration, c: Cancel) -> None:
    override = c.override.reason if c.override else ""
    said = {"reason": c.reason, "override": override, "evidence": c.evidence}
    keep_words(work, row, said, c.caller, row.person_id)
