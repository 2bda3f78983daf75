"""Staff decide what a cancellation comes to: where the policy has a hole, or otherwise than it did.

New entries say so, none is edited; what was given is never taken back. Who, why, and what it was
before and after stand in the audit, and what the policy alone had given with the settlement.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.billing.commands.account import Account
from services.billing.commands.account_needs import account_needs
from services.billing.commands.credit import issued_out_of
from services.billing.commands.reopen import decided_by_staff
from services.billing.commands.settle import review
from services.billing.domain.decision import Outcome
from services.billing.models import Registration, Settlement
from shared.errors import Conflict, NotFound, TooEarly
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

_DECIDED = ("cancelled", "transferred")  # causes that are for staff to decide


@dataclass(frozen=True)
class Decide:
    """A staff member's word on a cancellation; `reason` is kept in the audit only."""

    registration_id: str
    outcome: Outcome
    reason: str


class LessThanGiven(Conflict):
    """What was given stays given: money first, then credit."""

    slug = "less-than-given"


def _needs(wanted: Decide) -> Plan:
    return (yield from account_needs(wanted.registration_id))


@needs(_needs)
async def decide(work: Work, wanted: Decide) -> Settlement:
    """What it comes to now. Judged as at the request, on what was not given back by then."""
    account = _known(work, wanted.registration_id)
    settlement = _settlement(account)
    if settlement.settled_at is None:
        work.put(replace(settlement, override={"outcome": wanted.outcome}))
        taken = 0
    else:
        _require_more(account, settlement, wanted.outcome)
        taken = decided_by_staff(account, settlement, wanted.outcome)
    review(work, wanted.registration_id)
    now = _settlement(account)
    if now.settled_at is None or now.decided is None:
        raise Conflict("cancellation-undecided", "The policy cannot be read even so.")
    if taken and now.outcome == "refund" and not now.decided["refunds"]:
        raise LessThanGiven("The fee takes up all the money, and there is a credit by now.")
    before = settlement.outcome or "undecided"
    why = f"{before} -> {wanted.outcome}: {wanted.reason}"
    work.audit("cancellation.decided", wanted.registration_id, why)
    return now


def _known(work: Work, registration_id: str) -> Account:
    if work.get(Registration, registration_id) is None:
        raise NotFound("registration-unknown", "Billing knows no such registration.")
    account = Account(work, registration_id)
    if account.terms is None or account.awaits_value:
        raise TooEarly("not-known-yet", "What it is about is not known yet; try again.")
    return account


def _settlement(account: Account) -> Settlement:
    found = [each for each in account.settlements if each.cause in _DECIDED]
    if not found:
        raise Conflict("not-cancelled", "This registration is not cancelled.")
    return found[0]


def _require_more(account: Account, settlement: Settlement, outcome: Outcome) -> None:
    """Nothing that was given can be taken back by deciding again."""
    if settlement.cause == "transferred":
        detail = "Its value went to another registration; decide there."
        raise Conflict("registration-transferred", detail)
    if settlement.outcome == outcome:
        raise Conflict("already-decided", "That is what it came to.")
    money = any(refund.cause == settlement.cause for refund in account.refunds())
    restored = any(entry.kind == "restored" for entry in account.entries())
    credited = settlement.waiting_minor or restored or issued_out_of(account)
    if money and outcome != "refund":
        raise LessThanGiven("Money was given back already.")
    if credited and outcome == "nothing":
        raise LessThanGiven("A credit was given already.")
