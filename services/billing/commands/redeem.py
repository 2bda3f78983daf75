"""The credits that an order names are spent on it, under the lock of their rows (domain.md §3).

A bad one is refused by a slug and leaves the invoice open for the rest; the order stands.
"""

from __future__ import annotations

from services.billing.commands.account import Account
from services.billing.commands.account_needs import account_needs
from services.billing.commands.credit import redeem_credit
from services.billing.commands.offered import offered
from services.billing.commands.posting import post
from services.billing.domain.ledger import CREDITS, RECEIVABLE, move
from services.billing.domain.redemption import Offered, Order, left_of, refusal, spend
from services.billing.models import Credit, CreditEntry
from shared.contracts.billing import CreditApplied, CreditRefused
from shared.contracts.registration import RegistrationRequested
from shared.money import Money
from shared.runtime.plans import Plan
from shared.runtime.rows import replace, where
from shared.runtime.work import Work

Redeemed = tuple[tuple[CreditApplied, ...], tuple[CreditRefused, ...]]


def redeem_needs(event: RegistrationRequested) -> Plan:
    """The registration's account, and each credit with its movements. Not asked for where none is
    named, which is the hot path."""
    account = yield from account_needs(event.registration_id)
    return [
        *account,
        *[(Credit, credit_id) for credit_id in event.credit_ids],
        *[where(CreditEntry, credit_id=credit_id) for credit_id in event.credit_ids],
    ]


def redeem_asked(account: Account, event: RegistrationRequested) -> Redeemed:
    """What of each credit pays for it, and why others do not. Its lines must stand.

    Where others already pay the price, a good one is neither spent nor refused.
    """
    if not event.credit_ids:
        return (), ()
    work = account.work
    order = Order(
        at=event.requested_at,
        currency=event.price.currency,
        course_id=event.course_id,
        kind=event.kind,
        of_others=frozenset(event.credits_of_others),
    )
    good: list[Offered] = []
    refused: list[CreditRefused] = []
    for credit_id in dict.fromkeys(event.credit_ids):
        credit = _offered(work, credit_id)
        why = refusal(credit, order) if credit else "unknown"
        if why is not None:
            refused.append(CreditRefused(credit_id=credit_id, reason=why))
        elif credit is not None:
            good.append(credit)
    _keep(account, refused)
    applied = [
        _spend(account, credit, part, event) for credit, part in spend(account.share.due, good)
    ]
    return tuple(applied), tuple(refused)


def _offered(work: Work, credit_id: str) -> Offered | None:
    credit = work.get(Credit, credit_id)
    if credit is None:
        return None
    moves = work.find(where(CreditEntry, credit_id=credit_id))
    expired = [(e.occurred_at, e.amount_minor) for e in moves if e.kind == "expired"]
    return offered(credit, left_of(credit.balance_minor, expired, credit.expires_at))


def _keep(account: Account, refused: list[CreditRefused]) -> None:
    if refused:
        kept = [each.model_dump() for each in refused]
        account.work.put(replace(account.registration, credits_refused=kept))


def _spend(
    account: Account, credit: Offered, part: int, event: RegistrationRequested
) -> CreditApplied:
    work, at = account.work, event.requested_at
    redeem_credit(account, credit.credit_id, part, at)
    lines = move(part, debit=CREDITS, credit=RECEIVABLE)
    rid, ref = account.registration_id, credit.credit_id
    post(work, rid, "credit-redeemed", ref, lines, credit.currency, at)
    return CreditApplied(credit_id=ref, amount=Money(part, credit.currency))
