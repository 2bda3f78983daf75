"""What happens to a credit that is there: spent, given back, frozen, voided (domain.md §3).

The row is locked by whoever plans the account on which it was spent or of which it came; callers
book what they give and take, and only what follows by itself is booked here (`end_credit.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.billing.commands.account import Account
from services.billing.commands.end_credit import settle_end, unexpire
from services.billing.commands.offered import is_revoked
from services.billing.commands.saying import about, of_credit
from services.billing.domain.decision import Restored
from services.billing.models import Credit, CreditEntry
from shared.contracts.billing import CreditRedeemed, CreditRestored, CreditVoided
from shared.dates import end_of_day
from shared.runtime.rows import replace


def restore_credit(account: Account, part: Restored, *, corrects: str | None = None) -> None:
    """What was spent goes back to its credit; the caller books it.

    A credit that is over ends again at once, and one that is frozen or revoked stays so: nothing
    that could be spent is left on it. `corrects` names what had been spent on an order that came
    to nothing.
    """
    work = account.work
    credit = work.get(Credit, part.ref)
    assert credit is not None
    expires_at = credit.expires_at
    if part.expires_on != credit.expires_on:
        zone = str(credit.terms["zone"])
        expires_at = end_of_day(part.expires_on, zone) if part.expires_on else None
    stays = credit.state == "frozen" or is_revoked(credit)
    restored = replace(
        credit,
        balance_minor=credit.balance_minor + part.amount,
        expires_on=part.expires_on,
        expires_at=expires_at,
        state=credit.state if stays else "active",
    )
    work.put(restored)
    if part.amount:  # else only its end moves
        entry(account, restored, "restored", part.amount, corrects=corrects)
    work.emit(
        CreditRestored(
            **_said(account, restored, part.amount),
            restored_at=work.now,
        )
    )
    settle_end(work, restored, _ref(account, restored, "restored"))


def redeem_credit(account: Account, credit_id: str, amount: int, at: datetime) -> str:
    """Spend a credit on a registration, by the time of the order; the caller books it.

    What was taken off it at its end, after the order, is put back first. Gives the entry's id.
    """
    work = account.work
    credit = work.get(Credit, credit_id)
    assert credit is not None
    if credit.balance_minor < amount:
        credit = unexpire(work, credit, amount - credit.balance_minor, account.registration_id)
    spent = replace(credit, balance_minor=credit.balance_minor - amount)
    work.put(spent)
    entry_id = entry(account, spent, "redeemed", -amount, at)
    work.emit(CreditRedeemed(**_said(account, spent, amount), redeemed_at=at))
    return entry_id


def void_credit(account: Account, credit: Credit, reason: str = "better-outcome") -> int:
    """Take back what is unspent of a credit, and give how much that is; the caller books it.

    One that is frozen is revoked by it, whatever is left: what comes back to it later does not
    stay.
    """
    unspent = credit.balance_minor
    if credit.state == "voided" or (not unspent and credit.frozen_by is None):
        return 0
    voided = replace(credit, balance_minor=0, state="voided")
    account.work.put(voided)
    if unspent:
        entry(account, voided, "voided", -unspent)
        account.work.emit(
            CreditVoided(
                **_said(account, voided, unspent), reason=reason, voided_at=account.work.now
            )
        )
    return unspent


def freeze_credit(account: Account, credit: Credit, dispute_id: str) -> None:
    """The bank asks back what paid for it: until that is decided, it can neither be spent nor end.

    One that is frozen, has ended or is voided stays as it is.
    """
    if credit.state == "active":
        account.work.put(replace(credit, state="frozen", frozen_by=dispute_id))


def thaw_credit(account: Account, credit: Credit, dispute_id: str) -> None:
    """The dispute was won: as before. One of which the time has passed meanwhile ends now."""
    if credit.state != "frozen" or credit.frozen_by != dispute_id:
        return
    thawed = replace(credit, state="active", frozen_by=None)
    account.work.put(thawed)
    settle_end(account.work, thawed, f"{account.registration_id}/{dispute_id}")


def issued_out_of(account: Account) -> list[Credit]:
    """The credits that its money became, also those handed on since; none that was a gift."""
    ids = sorted({entry.credit_id for entry in account.entries() if entry.kind == "issued"})
    found = [account.work.get(Credit, credit_id) for credit_id in ids]
    return [credit for credit in found if credit is not None and credit.origin != "goodwill"]


def entry(
    account: Account,
    credit: Credit,
    kind: str,
    amount: int,
    at: datetime | None = None,
    corrects: str | None = None,
) -> str:
    """One movement of a credit, because of a registration; gives its id."""
    entry_id = account.work.new_id(f"credit/{_ref(account, credit, kind)}")
    account.work.put(
        CreditEntry(
            entry_id=entry_id,
            credit_id=credit.credit_id,
            registration_id=account.registration_id,
            kind=kind,
            amount_minor=amount,
            currency=credit.currency,
            occurred_at=at or account.work.now,
            corrects=corrects,
        )
    )
    return entry_id


def _ref(account: Account, credit: Credit, kind: str) -> str:
    """Names the next movement of that kind, apart from all others of this unit."""
    same = [e for e in account.entries() if (e.credit_id, e.kind) == (credit.credit_id, kind)]
    return f"{account.registration_id}/{credit.credit_id}/{kind}/{len(same)}"


def _said(account: Account, credit: Credit, amount: int) -> dict[str, Any]:
    return about(account.registration) | of_credit(credit, amount)
