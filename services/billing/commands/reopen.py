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
from services.billing.commands.end_credit import unexpire
from services.billing.commands.outcome import in_short
from services.billing.commands.parts import DASHBOARD
from services.billing.commands.posting import post
from services.billing.domain.decision import CREDIT, Paid, Restored
from services.billing.domain.ledger import CREDITS, DEFERRED, FEES, FORFEITED, LOSSES, balanced
from services.billing.domain.refund_policy import runs_on
from services.billing.domain.standing import Standing
from services.billing.models import Credit, CreditEntry, LedgerEntry, Settlement
from shared.contracts.registration import RegistrationCancelled
from shared.runtime.rows import replace, where

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
    as before; gives what is held of the last. Of that credit what was also given back in the
    gateway's dashboard is not held: it ends our loss."""
    owed = account.balances()
    kept = [(name, -owed.get(name, 0)) for name in (FEES, FORFEITED)]
    twice = _given_twice(account)
    unspent = sum(void_credit(account, credit) for credit in issued_out_of(account))
    twice = min(twice, unspent)
    back = [(CREDITS, unspent), *kept]
    held = sum(amount for _, amount in back) - twice
    lines = balanced([*back, (LOSSES, -twice), (DEFERRED, -held)])
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
    return unspent if not twice else 0


def _given_twice(account: Account) -> int:
    """What is our loss because refunds of a dashboard gave back what was a credit by then."""
    made = {refund.booked for refund in account.refunds() if refund.cause == DASHBOARD}
    entries = account.work.find(where(LedgerEntry, registration_id=account.registration_id))
    lost = sum(
        entry.amount_minor
        for entry in entries
        if entry.account == LOSSES and entry.transaction_id in made
    )
    return max(0, min(lost, account.balances().get(LOSSES, 0)))


def _restored(account: Account) -> list[Credit]:
    """The credits that something went back to because of this registration."""
    ids = sorted({entry.credit_id for entry in account.entries() if entry.kind == "restored"})
    found = [account.work.get(Credit, credit_id) for credit_id in ids]
    return [credit for credit in found if credit is not None]


def _prolong(account: Account, credit: Credit, event: RegistrationCancelled) -> None:
    """What went back to a credit runs as long as where the provider alone had cancelled."""
    assert account.terms is not None
    until = runs_on(account.terms.policy, credit.expires_on, event.requested_at)
    if until == credit.expires_on:
        return
    ended = _ended_since(account, credit)
    if ended > 0:
        unexpire(account.work, credit, ended, f"{account.registration_id}/runs-on")
    restore_credit(account, Restored(0, until, credit.credit_id))


def _ended_since(account: Account, credit: Credit) -> int:
    """What of it ended after something went back to it: that would not have, had it run on."""
    moves = account.work.find(where(CreditEntry, credit_id=credit.credit_id))
    rid = account.registration_id
    back = min(e.occurred_at for e in moves if (e.registration_id, e.kind) == (rid, "restored"))
    ends = [e for e in moves if e.kind == "expired"]
    since = {e.entry_id for e in ends if e.amount_minor < 0 and e.occurred_at >= back}
    return -sum(e.amount_minor for e in ends if e.entry_id in since or e.corrects in since)


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
