"""A cancellation is decided again: the provider cancelled as well, or staff say so (domain.md §2).

The provider's was at the same instant, or the learner's was only quicker through: of two outcomes
the better one holds. What the first one kept is held again as before it, what it gave stays given;
then the other one is decided on what is left. New entries say so, none is edited.
"""

from __future__ import annotations

from dataclasses import replace as copy
from datetime import datetime

from services.billing.commands.account import Account
from services.billing.commands.credit import issued_out_of, restore_credit, void_credit
from services.billing.commands.outcome import in_short
from services.billing.commands.posting import post
from services.billing.domain.decision import CREDIT, Paid, Restored
from services.billing.domain.ledger import CREDITS, DEFERRED, FEES, FORFEITED, balanced
from services.billing.domain.refund_policy import runs_on
from services.billing.domain.standing import Standing
from services.billing.models import Credit, Settlement
from shared.contracts.registration import RegistrationCancelled
from shared.runtime.rows import replace

PROVIDER = "provider"


def reopens(settlement: Settlement, event: RegistrationCancelled) -> bool:
    """Whether what was decided as another's cancellation turns out to be the provider's."""
    return event.by == PROVIDER != settlement.by


def reopen(account: Account, settlement: Settlement, event: RegistrationCancelled) -> None:
    """Undo what the first outcome kept, and let it be decided as the provider's."""
    if settlement.settled_at is not None:
        _hold_again(account, settlement, event.requested_at)
        for credit in _restored(account):
            _prolong(account, credit, event)
    account.work.put(
        replace(
            settlement,
            requested_at=event.requested_at,
            by=event.by,
            prefer=event.prefer,
            override=event.override.model_dump(mode="json") if event.override else None,
            settled_at=None,
            waiting_minor=0,
        )
    )


def decided_by_staff(account: Account, settlement: Settlement, outcome: str) -> int:
    """Undo what was kept, and let it be decided as staff say; gives what was taken off a credit."""
    unspent = _hold_again(account, settlement, account.work.now)
    first = settlement.otherwise
    if settlement.override is None and settlement.decided is not None:
        first = in_short(settlement.decided)
    account.work.put(
        replace(
            settlement,
            override={"outcome": outcome},
            otherwise=first,
            settled_at=None,
            waiting_minor=0,
        )
    )
    return unspent


def _hold_again(account: Account, settlement: Settlement, at: datetime) -> int:
    """The fee, what was forfeited, and what is unspent of the new credit, are held for the learner
    as before; gives the last."""
    owed = account.balances()
    kept = [(name, -owed.get(name, 0)) for name in (FEES, FORFEITED)]
    unspent = sum(void_credit(account, credit) for credit in issued_out_of(account))
    back = [*kept, (CREDITS, unspent)]
    lines = balanced([*back, (DEFERRED, -sum(amount for _, amount in back))])
    rid, currency = account.registration_id, account.registration.currency
    post(
        account.work,
        rid,
        "reopened",
        settlement.cause,
        lines,
        currency,
        at,
        corrects=settlement.booked,
    )
    return unspent


def _restored(account: Account) -> list[Credit]:
    """The credits that something went back to because of this registration."""
    ids = sorted({entry.credit_id for entry in account.entries() if entry.kind == "restored"})
    found = [account.work.get(Credit, credit_id) for credit_id in ids]
    return [credit for credit in found if credit is not None]


def _prolong(account: Account, credit: Credit, event: RegistrationCancelled) -> None:
    """What went back to a credit runs as long as where the provider alone had cancelled."""
    assert account.terms is not None
    until = runs_on(account.terms.policy, credit.expires_on, event.requested_at)
    if until != credit.expires_on:
        restore_credit(account, Restored(0, until, credit.credit_id))


def without_spent(account: Account, standing: Standing) -> Standing:
    """What is left to be judged: not what was spent of a credit that was given for it."""
    given = {credit.credit_id for credit in issued_out_of(account)}
    moved = [e for e in account.entries() if e.kind in ("issued", "voided")]
    spent = sum(entry.amount_minor for entry in moved if entry.credit_id in given)
    if not spent:
        return standing
    left: list[Paid] = []
    for part in standing.paid:
        taken = 0 if part.tender == CREDIT else min(spent, part.amount)
        spent -= taken
        if part.amount > taken:
            left.append(copy(part, amount=part.amount - taken))
    return copy(standing, paid=left)
