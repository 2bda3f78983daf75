"""Carrying out a decision: refunds, credits, the ledger, and the fact that says it all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.billing.commands.account import Account
from services.billing.commands.credit import restore_credit
from services.billing.commands.issue_credit import issue_credit
from services.billing.commands.open_invoice import lower_invoice
from services.billing.commands.outcome import Settled, fact_of, kept
from services.billing.commands.posting import post
from services.billing.commands.refund import request_refund
from services.billing.domain.standing import DUE
from services.billing.models import Credit, Refund, Settlement
from shared.runtime.rows import replace


def carry_out(account: Account, settlement: Settlement, settled: Settled) -> None:
    """Everything that follows from a decision, in one unit."""
    work, registration, decision = account.work, account.registration, settled.decision
    rid, cause = account.registration_id, settlement.cause
    at, currency = settlement.requested_at, registration.currency
    back = settled.restored_lines(account.balances())
    post(work, rid, "credit-restored", cause, back, currency, at)
    lines = settled.lines(account.balances())
    booked = post(work, rid, cause.partition("/")[0], cause, lines, currency, at)
    settlement = replace(settlement, booked=booked or settlement.booked)
    refunds = _refund(account, settlement, settled)
    for part in decision.restored:
        restore_credit(account, part)
    new = settled.new_credit
    credit = issue_credit(account, new, at) if new else None
    share = settlement.cause.startswith("share_due/")
    lower_invoice(account, settled.not_due, "a session was cancelled" if share else "cancelled")
    say_settled(account, settlement, settled, refunds, credit)


def say_settled(
    account: Account,
    settlement: Settlement,
    settled: Settled,
    refunds: Sequence[Refund],
    credit: Credit | None,
    **more: Any,
) -> None:
    """Keep what it came to, and say it."""
    work, decision = account.work, settled.decision
    fact = fact_of(account, settlement, settled, refunds, credit, more)
    work.put(
        replace(
            settlement,
            settled_at=work.now,
            outcome=decision.outcome,
            paid_minor=settled.total,
            fee_minor=decision.fee,
            decided=kept(fact),
            waiting_minor=settled.waiting,
            waiting_until=decision.credit.expires_on if decision.credit else None,
            waiting_terms=decision.credit.terms if decision.credit else None,
        )
    )
    work.emit(fact)


def _refund(account: Account, settlement: Settlement, settled: Settled) -> list[Refund]:
    return [
        request_refund(
            account,
            part.ref,
            part.amount,
            cause=settlement.cause.partition("/")[0],
            at=settlement.requested_at,
        )
        for part in settled.decision.refunds
        if part.tender != DUE
    ]
