"""Carrying out a decision: refunds, credits, the ledger, and the fact that says it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.billing.commands.account import Account
from services.billing.commands.credit import issue_credit, restore_credit
from services.billing.commands.open_invoice import lower_invoice
from services.billing.commands.posting import post
from services.billing.commands.refund import request_refund
from services.billing.commands.saying import about
from services.billing.domain import ledger
from services.billing.domain.decision import Decision, NewCredit, Paid
from services.billing.domain.standing import DUE
from services.billing.models import Credit, Refund, Settlement
from shared.contracts.billing import CancellationSettled, RefundPart, Restored, Trace
from shared.money import Money
from shared.runtime.rows import replace


@dataclass(frozen=True)
class Settled:
    """A decision, what it was decided on, and how much of that an open invoice still asks for.

    `before` is what had been paid by then, where only a part of it was judged.
    """

    decision: Decision
    judged: Sequence[Paid]
    due: int = 0
    before: int | None = None

    @property
    def paid(self) -> int:
        return self.total - self.due if self.before is None else self.before

    @property
    def total(self) -> int:
        return sum(part.amount for part in self.judged)

    @property
    def not_due(self) -> int:
        """What the invoice does not ask for any more."""
        return sum(part.amount for part in self.decision.refunds if part.tender == DUE)

    @property
    def cash(self) -> int:
        return self.decision.cash - self.not_due

    @property
    def waiting(self) -> int:
        """The part of a new credit that waits until the invoice is paid."""
        credit = self.decision.credit
        return min(self.due - self.not_due, credit.amount) if credit else 0

    @property
    def restored(self) -> int:
        return sum(part.amount for part in self.decision.restored)

    @property
    def new_credit(self) -> NewCredit | None:
        """What is issued now."""
        new = self.decision.credit
        if new is None or new.amount == self.waiting:
            return None
        return NewCredit(new.amount - self.waiting, new.expires_on)

    def restored_lines(self, owed: dict[str, int]) -> ledger.Lines:
        """What goes back to credits that were spent: booked apart from what is issued anew."""
        return ledger.settle(
            deferred=-owed.get(ledger.DEFERRED, 0),
            earned=-owed.get(ledger.REVENUE, 0),
            credited=self.restored,
        )

    def lines(self, owed: dict[str, int]) -> ledger.Lines:
        """What else is booked; what nobody gets back is forfeited."""
        issued = self.new_credit.amount if self.new_credit else 0
        given = self.cash + self.restored + issued + self.waiting + self.not_due
        return ledger.settle(
            deferred=-owed.get(ledger.DEFERRED, 0),
            earned=-owed.get(ledger.REVENUE, 0),
            refunds=self.cash,
            credited=issued,
            fee=self.decision.fee,
            forfeited=self.total - given - self.decision.fee,
            not_due=self.not_due,
        )


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
    fact = _fact(account, settlement, settled, refunds, credit, more)
    work.put(
        replace(
            settlement,
            settled_at=work.now,
            outcome=decision.outcome,
            paid_minor=settled.total,
            fee_minor=decision.fee,
            decided=_kept(fact),
            waiting_minor=settled.waiting,
            waiting_until=decision.credit.expires_on if decision.credit else None,
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


def _fact(
    account: Account,
    settlement: Settlement,
    settled: Settled,
    refunds: Sequence[Refund],
    credit: Credit | None,
    more: Mapping[str, Any],
) -> CancellationSettled:
    registration, decision, terms = account.registration, settled.decision, account.terms
    cause, _, session_id = settlement.cause.partition("/")
    version = terms.policy.get("version") if terms else None
    still_due = account.share.due if account.on_account else 0

    def money(amount: int) -> Money:
        return Money(amount, registration.currency)

    return CancellationSettled(
        **about(registration),
        invoice_id=registration.invoice_id,
        cause=cause,
        session_id=session_id or None,
        by=settlement.by,
        requested_at=settlement.requested_at,
        settled_at=account.work.now,
        policy_version=version if isinstance(version, int) else None,
        outcome=decision.outcome,
        overridden=settlement.override is not None,
        paid=money(settled.paid),
        fee=money(decision.fee),
        refunds=tuple(
            RefundPart(
                tender=refund.tender,
                amount=money(refund.amount_minor),
                refund_id=refund.refund_id,
                payment_id=refund.payment_id,
            )
            for refund in refunds
        ),
        restored=tuple(
            Restored(
                credit_id=part.ref,
                amount=money(part.amount),
                expires_on=part.expires_on,
            )
            for part in decision.restored
        ),
        credit=None
        if credit is None or settled.new_credit is None
        else Restored(
            credit_id=credit.credit_id,
            amount=money(settled.new_credit.amount),
            expires_on=credit.expires_on,
        ),
        still_due=money(still_due) if still_due else None,
        trace=tuple(Trace(rule=step.rule, because=step.because) for step in decision.trace),
        **more,
    )


def _kept(fact: CancellationSettled) -> dict[str, Any]:
    """What the view shows of it later."""
    wanted = {"outcome", "fee", "refunds", "restored", "credit", "still_due", "trace"}
    moved = {"moved", "to_registration_id", "to_course_id"} if fact.to_registration_id else set()
    return fact.model_dump(mode="json", include=wanted | moved)
