"""What a decision came to: its amounts, the fact that says it, and what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as copy
from typing import Any

from services.billing.commands.account import Account
from services.billing.commands.saying import about, payer_of
from services.billing.domain import ledger
from services.billing.domain.decision import Decision, NewCredit, Paid
from services.billing.domain.standing import DUE
from services.billing.models import Credit, Refund, Settlement
from shared.contracts.billing import CancellationSettled, Payer, RefundPart, Restored, Trace
from shared.money import Money


@dataclass(frozen=True)
class Settled:
    """A decision, what it was decided on, and how much of that an open invoice still asks for.

    `before` is what had been paid by then, where only a part of it was judged. `policy` is the
    document that ruled, where that may be another than the snapshot.
    """

    decision: Decision
    judged: Sequence[Paid]
    due: int = 0
    before: int | None = None
    policy: Mapping[str, Any] | None = None

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
        return copy(new, amount=new.amount - self.waiting)

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


def fact_of(
    account: Account,
    settlement: Settlement,
    settled: Settled,
    refunds: Sequence[Refund],
    credit: Credit | None,
    more: Mapping[str, Any],
) -> CancellationSettled:
    registration, decision, terms = account.registration, settled.decision, account.terms
    cause, _, session_id = settlement.cause.partition("/")
    policy = settled.policy if settled.policy is not None else terms.policy if terms else {}
    still_due = account.share.due if account.on_account else 0
    kind, payer = payer_of(registration)

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
        policy_version=policy.get("version"),
        outcome=decision.outcome,
        overridden=settlement.override is not None,
        otherwise=(settlement.otherwise or {}).get("outcome"),
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
        payer=Payer(kind=kind, id=payer),
        trace=tuple(
            Trace(rule=step.rule, because=step.because, values=dict(step.values))
            for step in decision.trace
        ),
        **more,
    )


def kept(fact: CancellationSettled) -> dict[str, Any]:
    """What the view shows of it later."""
    wanted = {"outcome", "fee", "refunds", "restored", "credit", "still_due", "trace"}
    moved = {"moved", "to_registration_id", "to_course_id"} if fact.to_registration_id else set()
    decided = {"otherwise"} if fact.otherwise else set()
    return fact.model_dump(mode="json", include=wanted | moved | decided)


def in_short(decided: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept of an outcome, in a few values: beside what came of it in the end."""
    new, restored = decided.get("credit"), decided.get("restored") or ()
    given = [*restored, *([new] if new else [])]
    return {
        "outcome": decided["outcome"],
        "fee": decided["fee"]["amount"],
        "cash": sum(part["amount"]["amount"] for part in decided["refunds"]),
        "credited": sum(part["amount"]["amount"] for part in given),
        "expires_on": new["expires_on"] if new else None,
    }


def as_decided(decision: Decision) -> dict[str, Any]:
    """The same of a decision that did not come to be."""
    new = decision.credit
    return {
        "outcome": decision.outcome,
        "fee": decision.fee,
        "cash": decision.cash,
        "credited": decision.credited,
        "expires_on": new.expires_on.isoformat() if new and new.expires_on else None,
    }
