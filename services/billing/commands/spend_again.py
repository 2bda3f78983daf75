"""Credits that were released are spent again where the rest is paid all the same (domain.md §2).

The page asked for the rest beside them. What is paid for it after the hold, or heard of after a
cancellation, pays the whole as long as the credits are still there: as a card alone would.
"""

from __future__ import annotations

from datetime import datetime

from services.billing.commands.account import Account
from services.billing.commands.credit import redeem_credit
from services.billing.commands.posting import post
from services.billing.domain.ledger import CREDITS, RECEIVABLE, move
from services.billing.domain.redemption import is_over, left_of
from services.billing.models import Credit, CreditEntry
from shared.runtime.rows import where

Released = tuple[CreditEntry, int, datetime]


def released(account: Account, paid_at: datetime) -> list[Released]:
    """What was spent and released, how much of it is still there, and as of when.

    Paid in time, as of the order, however late that is heard; else the credit must be good when it
    is paid.
    """
    if not account.share.withdrawn:
        return []
    expired = account.registration.expired_at
    ends = [end for end in (account.ended_at, expired) if end is not None]
    in_time = all(paid_at < end for end in ends)
    entries = account.entries()
    gone = {entry.corrects for entry in entries if entry.kind == "restored"}
    last = {e.credit_id: e for e in entries if e.kind == "redeemed" and e.entry_id in gone}
    found = []
    for credit_id in sorted(last):
        entry = last[credit_id]
        at = entry.occurred_at if in_time else paid_at
        left = min(-entry.amount_minor, _left(account, credit_id, at))
        if left > 0:
            found.append((entry, left, at))
    return found


def spend_again(account: Account, there: list[Released], amount: int) -> None:
    """So much of its share is paid by them; it asks for that again."""
    for entry, left, at in there:
        part = min(amount, left)
        if part:
            redeem_credit(account, entry.credit_id, part, at)
            lines = move(part, debit=CREDITS, credit=RECEIVABLE)
            rid, ref = account.registration_id, entry.credit_id
            post(account.work, rid, "credit-redeemed", ref, lines, entry.currency, at)
        amount -= part


def _left(account: Account, credit_id: str, at: datetime) -> int:
    """What of a credit can be spent then."""
    credit = account.work.get(Credit, credit_id)
    assert credit is not None
    if credit.state in ("frozen", "voided") or is_over(credit.expires_at, at):
        return 0
    moves = account.work.find(where(CreditEntry, credit_id=credit_id))
    expired = [(e.occurred_at, e.amount_minor) for e in moves if e.kind == "expired"]
    return left_of(credit.balance_minor, expired, credit.expires_at)
