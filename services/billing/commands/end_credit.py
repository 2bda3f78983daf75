"""The end of a credit: what is left on it then is nobody's any more, and booked as breakage.

Booked on the accounts of the registration that it came out of, whoever touched it last. Those are
not locked for it: nothing is ever decided by what stands on CREDITS, BREAKAGE or LOSSES.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.billing.commands.posting import post
from services.billing.commands.saying import of_credit
from services.billing.domain.ledger import BREAKAGE, CREDITS, LOSSES, Lines, move
from services.billing.domain.redemption import is_over
from services.billing.models import Credit, CreditEntry
from shared.contracts.billing import CreditExpired, CreditVoided
from shared.runtime.due import Due
from shared.runtime.plans import needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work

EXPIRE = "expire_credit"
_TICK = timedelta(microseconds=1)


@needs(lambda due: [(Credit, due.ref)])
async def expire_credit(work: Work, due: Due) -> None:
    """Its last day is over. One that is frozen waits until the bank has decided."""
    credit = work.get(Credit, due.ref)
    if credit is not None and credit.state == "active":
        settle_end(work, credit, f"due/{due.due_at.isoformat()}")


def settle_end(work: Work, credit: Credit, ref: str) -> None:
    """What follows by itself when a credit came, was given something or was freed: it ends now or
    later, and one that is revoked keeps nothing. `ref` tells apart what one unit does to it."""
    if credit.state == "voided":
        _revoke(work, credit, ref)
    elif credit.state != "frozen" and is_over(credit.expires_at, work.now):
        _expire(work, credit, ref)
    elif credit.state == "active" and credit.expires_at is not None:
        work.plan_due(EXPIRE, credit.credit_id, credit.expires_at + _TICK)
    elif credit.expires_at is None:
        work.drop_due(EXPIRE, credit.credit_id)


def unexpire(work: Work, credit: Credit, amount: int, ref: str) -> Credit:
    """So much of it had not ended yet when it was spent: a new entry corrects the one that took
    it. It stays expired, for it is spent at once."""
    taken = [e for e in work.find(where(CreditEntry, credit_id=credit.credit_id)) if _took(e)]
    last = max(taken, key=lambda entry: (entry.occurred_at, entry.entry_id))
    lines = move(amount, debit=BREAKAGE, credit=CREDITS)
    name = f"{ref}/{credit.credit_id}/unexpired"
    _book(work, credit, "expired", "credit-unexpired", name, amount, lines, last.entry_id)
    back = replace(credit, balance_minor=credit.balance_minor + amount)
    work.put(back)
    return back


def _took(entry: CreditEntry) -> bool:
    return entry.kind == "expired" and entry.amount_minor < 0


def _expire(work: Work, credit: Credit, ref: str) -> None:
    left = credit.balance_minor
    ended = replace(credit, balance_minor=0, state="expired")
    work.put(ended)
    work.drop_due(EXPIRE, credit.credit_id)
    if left:
        lines = move(left, debit=CREDITS, credit=BREAKAGE)
        _book(work, credit, "expired", "credit-expired", ref, -left, lines)
        work.emit(
            CreditExpired(**_where_from(credit), **of_credit(ended, left), expired_at=work.now)
        )


def _revoke(work: Work, credit: Credit, ref: str) -> None:
    """The payment that it came out of was lost to the bank: what comes back to it is ours, and
    lowers that loss."""
    left = credit.balance_minor
    revoked = replace(credit, balance_minor=0)
    work.put(revoked)
    if left:
        lines = move(left, debit=CREDITS, credit=LOSSES)
        _book(work, credit, "voided", "credit-revoked", ref, -left, lines)
        work.emit(
            CreditVoided(
                **_where_from(credit),
                **of_credit(revoked, left),
                reason="dispute-lost",
                voided_at=work.now,
            )
        )


def _where_from(credit: Credit) -> dict[str, Any]:
    return {"registration_id": credit.registration_id, "course_id": credit.course_id}


def _book(
    work: Work,
    credit: Credit,
    kind: str,
    booked: str,
    ref: str,
    amount: int,
    lines: Lines,
    corrects: str | None = None,
) -> None:
    """An entry of the credit, and what it is in the ledger."""
    entry_id = work.new_id(f"credit/{ref}/{booked}")
    work.put(
        CreditEntry(
            entry_id=entry_id,
            credit_id=credit.credit_id,
            registration_id=credit.registration_id,
            kind=kind,
            amount_minor=amount,
            currency=credit.currency,
            occurred_at=work.now,
            corrects=corrects,
        )
    )
    post(work, credit.registration_id, booked, entry_id, lines, credit.currency, work.now)
