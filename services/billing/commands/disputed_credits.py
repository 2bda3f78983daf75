"""Credits that came out of money that is in dispute: frozen meanwhile, taken back if it is lost."""

from __future__ import annotations

from services.billing.commands.account import Account
from services.billing.commands.credit import (
    freeze_credit,
    issued_out_of,
    thaw_credit,
    void_credit,
)
from services.billing.commands.saying import about, of_credit
from services.billing.models import Credit, CreditEntry, Dispute, DisputePart
from shared.contracts.billing import CreditVoided
from shared.runtime.rows import replace, where


def freeze(account: Account, dispute_id: str) -> None:
    """Nothing can be spent of them until the bank has decided."""
    for credit in issued_out_of(account):
        freeze_credit(account, credit, dispute_id)


def thaw(account: Account, dispute_id: str) -> None:
    """They are good again, as long as they ever were; or wait for another dispute that is open."""
    other = _another_open(account, dispute_id)
    for credit in issued_out_of(account):
        if other is None:
            thaw_credit(account, credit, dispute_id)
        elif credit.state == "frozen" and credit.frozen_by == dispute_id:
            account.work.put(replace(credit, frozen_by=other))


def _another_open(account: Account, dispute_id: str) -> str | None:
    """The registration's first other dispute that the bank has yet to decide."""
    work, others = account.work, []
    for part in work.find(where(DisputePart, registration_id=account.registration_id)):
        dispute = work.get(Dispute, part.dispute_id) if part.dispute_id != dispute_id else None
        if dispute is not None and dispute.state == "open":
            others.append((dispute.opened_at, dispute.dispute_id))
    return min(others)[1] if others else None


def revoke(account: Account, dispute_id: str, beyond: int) -> None:
    """Those of which nothing is left are void; the others are good again. `beyond` is what nobody
    bore: what comes back to a void one later lowers that, so one of which more was spent stays. One
    that was void before, for it was handed on, say, is marked for the same."""
    for credit in issued_out_of(account):
        spent = _spent(account, credit)
        if credit.state == "frozen" and not credit.balance_minor and spent <= beyond:
            void_credit(account, credit)
            beyond -= spent
        elif credit.state == "voided" and credit.frozen_by is None and 0 < spent <= beyond:
            account.work.put(replace(credit, frozen_by=dispute_id))
            beyond -= spent
    thaw(account, dispute_id)


def _spent(account: Account, credit: Credit) -> int:
    """What of a credit with nothing left was spent, and may come back to it."""
    moved = account.work.find(where(CreditEntry, credit_id=credit.credit_id))
    return -sum(e.amount_minor for e in moved if e.kind in ("redeemed", "restored"))


def take_back(account: Account, credit: Credit, amount: int, reason: str) -> None:
    """So much of what is unspent is not the holder's any more; the caller books it."""
    if not amount:
        return
    work, left = account.work, replace(credit, balance_minor=credit.balance_minor - amount)
    work.put(left)
    entry_id = work.new_id(f"credit/{account.registration_id}/{credit.credit_id}/{reason}")
    work.put(
        CreditEntry(
            entry_id=entry_id,
            credit_id=credit.credit_id,
            registration_id=account.registration_id,
            kind="voided",
            amount_minor=-amount,
            currency=credit.currency,
            occurred_at=work.now,
        )
    )
    work.emit(
        CreditVoided(
            **about(account.registration),
            **of_credit(left, amount),
            reason=reason,
            voided_at=work.now,
        )
    )
