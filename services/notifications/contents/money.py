"""Letters about money. Amounts are billing's, as it really decided them; none is computed here."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.commands.held_credits import is_readers
from services.notifications.contents.common import Common
from services.notifications.contents.payer import CASH, paid_by
from services.notifications.contents.seat import open_hold
from services.notifications.domain.story import SEATED
from shared.dates import parse_instant

_TENDERS = {"card": "Card", "credit": "Credit", "transfer": "Bank transfer", "cash": "Cash"}
_DECLINED = {
    "card-declined": "The card was declined.",
    "insufficient-funds": "There was not enough money on the card.",
    "expired-card": "The card has expired.",
}
LAST_REMINDER = 3


def payment_failed(case: Case, c: Common) -> dict[str, Any]:
    failure = case.facts["failures"][case.message.subject]
    hold = open_hold(case)
    return {
        "price": c.money(failure["amount"]),
        "reason": _DECLINED.get(failure["reason"], "The bank did not accept the payment."),
        "pay_by": c.moments(hold) if hold else None,
    }


def receipt(case: Case, c: Common) -> dict[str, Any]:
    invoice = case.facts["invoices"][case.message.subject]
    provider = case.course.body["provider"]
    lines = invoice["lines"] or [
        {"description": case.course.body["title"], "amount": invoice["total"], "quantity": 1}
    ]
    return {
        "number": invoice["number"],
        "total": c.money(invoice["total"]),
        "paid_at": c.moments(invoice["paid_at"]),
        "paid_day": c.day(invoice["paid_at"]),
        "organisation": invoice["organisation"],
        "seller": [provider["name"], *filter(None, [provider["address"]])],
        "items": [
            (
                line["description"],
                c.money(line["amount"]),
                f"{line['quantity']} ×" if line["quantity"] > 1 else "",
            )
            for line in lines
        ],
        "file": c.file(
            f"/billing/v1/registrations/{case.registration.registration_id}/invoice.pdf"
        ),
        "tenders": [_tender(tender, case, c) for tender in invoice["tenders"]],
    }


def invoice_reminder(case: Case, c: Common) -> dict[str, Any]:
    told = case.facts["reminded"][case.message.subject]
    return {
        "number": told["number"],
        "due": c.money(told["due"]),
        "due_day": c.day(told["due_at"]),
        "overdue": parse_instant(told["due_at"]) < case.now,
        "seated": case.registration.state in SEATED,
        "last": told["level"] >= LAST_REMINDER,
        "organisation": told["organisation"],
        "seller": case.course.body["provider"]["name"],
        "bank": _bank(case.course.body["provider"]),
        "file": c.file(
            f"/billing/v1/registrations/{case.registration.registration_id}/invoice.pdf"
        ),
    }


def _bank(provider: dict[str, Any]) -> list[str]:
    return [line.strip() for line in provider.get("bank", "").splitlines() if line.strip()]


def _tender(tender: dict[str, Any], case: Case, c: Common) -> tuple[str, str, str]:
    known = tender["credit_id"] and is_readers(case.registration, case.reader, tender["credit_id"])
    code = c.credit_code(tender["credit_id"]) if known else ""
    return _TENDERS.get(tender["tender"], tender["tender"]), c.money(tender["amount"]), code


def refund(case: Case, c: Common) -> dict[str, Any]:
    told = case.facts["refunds"][case.message.subject]
    payer, tender = paid_by(case, told), told["tender"]
    return {
        "amount": c.money(told["amount"]),
        "where": payer.where(tender),
        "to": payer.organisation or payer.where(tender),
        "whom": payer.whom,
        "bank": payer.bank,
        "organisation": payer.organisation,
        "cash": tender == CASH,
        "card": tender == "card",
        "has_page": case.has_page,
        "settled_at": c.moments(told["settled_at"]) if told.get("settled_at") else None,
        "by_hand": told.get("by_hand", False),
        "reference": case.message.subject,
    }
