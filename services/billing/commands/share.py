"""The share of a cancelled session: taken off what is still due, else given back (domain.md §2).

It is settled as soon as it is heard, so that it lowers the base of any later cancellation: an
employer's open invoice asks for less from then on. Only where the difference of a transfer is
still to come, which is no debt yet, it waits for that; and for a bank that holds what would be
given back, until it ends: what is left is then the share's first, before the end is decided on it.
"""

from __future__ import annotations

from dataclasses import replace

from services.billing.commands.account import Account
from services.billing.commands.carry_out import carry_out
from services.billing.commands.outcome import Settled
from services.billing.commands.take import say_paid
from services.billing.domain.decision import CREDIT, Paid, Step
from services.billing.domain.ledger import DISPUTES
from services.billing.domain.refund_policy import runs_on
from services.billing.domain.session_share import due_part, everything_back, share_back
from services.billing.models import Settlement


def give_share(account: Account, settlement: Settlement) -> None:
    """Minutes ÷ all minutes of what was charged, from each tender at most what is left of it."""
    minutes, total = settlement.minutes or [0, 0]
    before = account.share
    paid = account.paid_parts()
    if not 0 < minutes <= total or not (paid or before.due):
        return
    if account.awaits_value or (before.due and not account.on_account):
        return
    first = account.paid_at_first()
    lowered, shares = share_back(
        first,
        [minutes, total - minutes],
        0,
        account.registration.currency,
        due=before.due,
        noted=before.noted,
    )
    left = {part.ref: part.amount for part in paid}
    short = any(back > left.get(part.ref, 0) for part, back in zip(first, shares, strict=True))
    if short and account.balances().get(DISPUTES, 0) > 0 and account.ended_at is None:
        return
    parts = [
        _running_on(account, settlement, replace(part, amount=min(back, left.get(part.ref, 0))))
        for part, back in zip(first, shares, strict=True)
    ]
    parts += due_part(lowered)
    of_it = f"A session was cancelled: {minutes} of {total} minutes go back."
    why = Step("share", of_it, {"minutes": minutes, "total": total})
    settled = Settled(
        everything_back(parts, why), parts, lowered, before=sum(part.amount for part in paid)
    )
    carry_out(account, settlement, settled)
    if before.due and account.share.state == "paid":
        say_paid(account, settlement.requested_at)


def _running_on(account: Account, settlement: Settlement, part: Paid) -> Paid:
    """The provider cancelled: what goes back to a credit can be used for some time from then."""
    assert account.terms is not None
    if part.tender != CREDIT:
        return part
    until = runs_on(account.terms.policy, part.credit_expires_on, settlement.requested_at)
    return replace(part, credit_expires_on=until)
