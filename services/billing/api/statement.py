"""The statement of one registration (interfaces.md §10 "Billing view")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.api.disputes import disputes_of
from services.billing.api.entries import entries_of
from services.billing.api.payer import PayerBody, somebody_else
from services.billing.api.their_credits import credit_body, is_told, was_handed_on
from services.billing.commands.parts import (
    Came,
    awaits_value,
    came_by,
    paid_parts,
    share_from,
    standing_of,
    was_confirmed,
)
from services.billing.domain.decision import Paid
from services.billing.domain.share import Share
from services.billing.domain.standing import Standing
from services.billing.models import (
    Course,
    Credit,
    CreditEntry,
    CreditNote,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentPart,
    Refund,
    Registration,
    Settlement,
    Terms,
)
from shared.dates import rfc3339
from shared.errors import TooEarly
from shared.runtime.database import Reader
from shared.runtime.rows import where

ENDINGS = ("cancelled", "transferred")


class Statement(BaseModel):
    """Ledger amounts are signed minor units, and `balance` is what then stands on that account;
    `outcome` is there once a cancellation was settled, `payer` where somebody else than whoever
    comes now paid, and has back what is given back."""

    invoice: dict[str, Any] | None
    payments: list[dict[str, Any]]
    refunds: list[dict[str, Any]]
    credits: list[dict[str, Any]]
    ledger: list[dict[str, Any]]
    balances: dict[str, int]
    paid: MoneyBody | None
    disputes: list[dict[str, Any]] = []
    credit_notes: list[dict[str, Any]] = []
    outcome: dict[str, Any] | None = None
    payer: PayerBody | None = None


@dataclass(frozen=True)
class Loaded:
    """All rows of one registration, as one reader saw them."""

    registration: Registration
    terms: Terms | None
    course: Course | None
    invoice: Invoice | None
    share: Share
    came: list[Came]
    refunds: list[Refund]
    settlements: list[Settlement]
    entries: list[CreditEntry]
    credits: dict[str, Credit]
    ledger: list[dict[str, Any]]
    credit_notes: list[CreditNote]
    disputes: list[dict[str, Any]]

    def paid(self) -> list[Paid]:
        """What was paid and not given back."""
        return paid_parts(self.came, self.refunds, self.entries, self.credits)

    def standing(self) -> Standing:
        """What a cancellation would be judged on. Raises TooEarly while what another registration
        brings is still to come: nothing true can be said of it until then."""
        if awaits_value(self.registration, self.settlements):
            raise TooEarly("not-known-yet", "What was moved here is not known yet; try again.")
        return standing_of(
            self.registration,
            self.terms,
            self.course,
            paid=self.paid(),
            due=self.share.due,
            confirmed=was_confirmed(self.registration, self.settlements),
        )

    def as_json(self, code_of: Callable[[str], str], *, operator: bool) -> dict[str, Any]:
        """As clients see it: of the credits, a learner only what is theirs to know."""
        reg, currency = self.registration, self.registration.currency
        balances: dict[str, int] = {}
        for line in self.ledger:
            balances[line["account"]] = balances.get(line["account"], 0) + line["amount"]
        paid = sum(part.amount for part in self.paid())
        return {
            "invoice": _invoice(self.invoice, self.share, reg),
            "payments": [_payment(came) for came in self.came if came.part.amount_minor],
            "refunds": [_refund(refund, self.refunds) for refund in self.refunds],
            "disputes": self.disputes,
            "credits": [
                credit_body(credit, code_of if operator or is_told(reg, credit) else None)
                for credit in self.credits.values()
                if operator or not was_handed_on(reg, credit)
            ],
            "credit_notes": [_credit_note(note) for note in self.credit_notes],
            "ledger": self.ledger,
            "balances": balances,
            "paid": money(paid, currency) if currency else None,
            "outcome": next((s.decided for s in self.settlements if s.cause in ENDINGS), None),
            "payer": somebody_else(reg),
        }


async def load(reader: Reader, registration: Registration) -> Loaded:
    """Everything of one registration."""
    rid = registration.registration_id
    invoice_id = registration.invoice_id
    entries = await reader.find(where(CreditEntry, registration_id=rid))
    ids = {entry.credit_id for entry in entries}
    found = [await reader.get(Credit, credit_id) for credit_id in sorted(ids)]
    lines = await reader.find(where(InvoiceLine, registration_id=rid)) if invoice_id else []
    parts = await reader.find(where(PaymentPart, registration_id=rid)) if invoice_id else []
    payments = [await reader.get(Payment, part.payment_id) for part in parts]
    return Loaded(
        registration=registration,
        terms=await reader.get(Terms, rid),
        course=await reader.get(Course, registration.course_id),
        invoice=await reader.get(Invoice, invoice_id) if invoice_id else None,
        share=share_from(lines, parts, entries),
        came=came_by([one for one in payments if one is not None], parts),
        refunds=await reader.find(where(Refund, registration_id=rid, order=("requested_at",))),
        settlements=await reader.find(where(Settlement, registration_id=rid)),
        entries=entries,
        credits={credit.credit_id: credit for credit in found if credit is not None},
        ledger=await entries_of(reader, rid),
        credit_notes=await reader.find(where(CreditNote, registration_id=rid)),
        disputes=await disputes_of(reader, rid),
    )


def _invoice(
    invoice: Invoice | None, share: Share, registration: Registration
) -> dict[str, Any] | None:
    """Of an invoice that is for others too, only this registration's share."""
    if invoice is None:
        return None
    return {
        "invoice_id": invoice.invoice_id,
        "number": invoice.number,
        "total": money(share.charged, invoice.currency),
        "due": money(share.asked, invoice.currency),
        "to_pay": money(share.due, invoice.currency),
        "status": share.state,
        "issued_at": rfc3339(invoice.issued_at),
        "due_at": rfc3339(invoice.due_at) if invoice.due_at else None,
        "pdf": f"/billing/v1/registrations/{registration.registration_id}/invoice.pdf",
        "credits_refused": registration.credits_refused or [],
    }


def _payment(came: Came) -> dict[str, Any]:
    payment = came.payment
    return {
        "payment_id": payment.payment_id,
        "amount": money(came.part.amount_minor, payment.currency),
        "status": payment.state,
        "tender": payment.tender,
        "paid_at": rfc3339(payment.paid_at),
    }


def _refund(refund: Refund, all_: list[Refund]) -> dict[str, Any]:
    """`replaced` where another attempt took its place; `failure` is `lost` where the payer's bank
    gave the money back itself, `others` while what left too little for it is looked up."""
    return {
        "refund_id": refund.refund_id,
        "amount": money(refund.amount_minor, refund.currency),
        "status": refund.state,
        "tender": refund.tender,
        "cause": refund.cause,
        "replaced": any(other.replaces == refund.refund_id for other in all_),
        "failure": refund.failure if refund.state == "failed" and refund.failure else None,
        "requested_at": rfc3339(refund.requested_at),
    }


def _credit_note(note: CreditNote) -> dict[str, Any]:
    return {
        "number": note.number,
        "amount": money(note.amount_minor, note.currency),
        "tax": money(note.tax_minor, note.currency),
        "cause": note.cause,
        "issued_at": rfc3339(note.issued_at),
        "pdf": f"/billing/v1/registrations/{note.registration_id}/credit-notes/{note.number}.pdf",
    }
