"""Credits that came out of money that is in dispute: frozen meanwhile, taken back if it is lost."""

from __future__ import annotations

from services.billing.commands.account import Account
from services.billing.commands.saying import about
from services.billing.models import Credit, CreditEntry
from shared.contracts.billing import CreditVoided, Holder
from shared.money import Money
from shared.runtime.rows import replace

ACTIVE, FROZEN, VOIDED = "active", "frozen", "voided"


def issued_out_of(account: Account) -> list[Credit]:
    """The credits that were issued because of it, oldest first."""
    ids = {entry.credit_id for entry in account.entries() if entry.kind == "issued"}
    found = [account.work.get(Credit, credit_id) for credit_id in ids]
    known = [credit for credit in found if credit is not None]
    return sorted(known, key=lambda credit: (credit.issued_at, credit.credit_id))


def freeze(account: Account) -> None:
    """Nothing can be spent of them until the bank has decided."""
    for credit in issued_out_of(account):
        if credit.state == ACTIVE:
            account.work.put(replace(credit, state=FROZEN))


def thaw(account: Account) -> None:
    """They are good again, as long as they ever were."""
    for credit in issued_out_of(account):
        if credit.state == FROZEN:
            account.work.put(replace(credit, state=ACTIVE))


def take_back(account: Account, credit: Credit, amount: int, reason: str) -> None:
    """So much of what is unspent is not the holder's any more; the caller books it."""
    if not amount:
        return
    work, balance = account.work, credit.balance_minor - amount
    left = replace(credit, balance_minor=balance, state=credit.state if balance else VOIDED)
    work.put(left)
    entry_id = work.new_id(f"credit/{account.registration_id}/{credit.credit_id}/{reason}")
    work.put(
        CreditEntry(
            entry_id=entry_id,
            credit_id=credit.credit_id,
            registration_id=account.registration_id,
            kind=VOIDED,
            amount_minor=-amount,
            currency=credit.currency,
            occurred_at=work.now,
        )
    )
    work.emit(
        CreditVoided(
            **about(account.registration),
            credit_id=credit.credit_id,
            holder=Holder(kind=credit.holder_kind, id=credit.holder_id),
            amount=Money(amount, credit.currency),
            balance=Money(balance, credit.currency),
            expires_on=credit.expires_on,
            reason=reason,
            voided_at=work.now,
        )
    )
