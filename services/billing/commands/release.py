"""Credits that were spent on an order which came to nothing go back whole (domain.md §3).

The hold ended, or it was cancelled, before the rest was paid: nothing was sold, so there is no fee,
and each keeps its own end, or runs on where it was the provider who cancelled. What is paid after
that spends them again, if it is no more than the rest.
"""

from __future__ import annotations

from datetime import date

from services.billing.commands.account import Account
from services.billing.commands.credit import restore_credit
from services.billing.commands.parts import spent_entries, was_confirmed
from services.billing.commands.posting import post
from services.billing.commands.reopen import PROVIDER
from services.billing.domain.decision import Restored
from services.billing.domain.ledger import CREDITS, RECEIVABLE, move
from services.billing.domain.refund_policy import runs_on
from services.billing.models import Credit, CreditEntry


def release_credits(account: Account) -> None:
    """Give back what was spent of credits where it ended before it was ever paid in full."""
    registration = account.registration
    ended = account.ended_at is not None or registration.expired_at is not None
    confirmed = was_confirmed(registration, account.settlements)
    if ended and not confirmed and account.share.due:
        for entry in spent_entries(account.entries()):
            _release(account, entry)


def _release(account: Account, entry: CreditEntry) -> None:
    work, amount = account.work, -entry.amount_minor
    credit = work.get(Credit, entry.credit_id)
    assert credit is not None
    lines = move(amount, debit=RECEIVABLE, credit=CREDITS)
    rid, ref = account.registration_id, entry.entry_id
    post(work, rid, "credit-released", ref, lines, entry.currency, work.now)
    part = Restored(amount, _until(account, credit), credit.credit_id)
    restore_credit(account, part, corrects=entry.entry_id)


def _until(account: Account, credit: Credit) -> date | None:
    """Its own end; some time from then, where the provider cancelled."""
    for settlement in account.settlements:
        if settlement.cause == "cancelled" and settlement.by == PROVIDER and account.terms:
            return runs_on(account.terms.policy, credit.expires_on, settlement.requested_at)
    return credit.expires_on
