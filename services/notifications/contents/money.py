"""Letters about money. Amounts are billing's, as it really decided them; none is computed here."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common
from services.notifications.contents.seat import open_hold

_TENDERS = {"card": "Card", "credit": "Credit", "transfer": "Bank transfer", "cash": "Cash"}
_DECLINED = {
    "card-declined": "The card was declined.",
    "insufficient-funds": "There was not enough money on the card.",
    "expired-card": "The card has expired.",
}
WHERE = {"card": "your card", "transfer": "your bank account", "cash": "you, in cash"}


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
        "tenders": [_tender(tender, c) for tender in invoice["tenders"]],
    }


def _tender(tender: dict[str, Any], c: Common) -> tuple[str, str, str]:
    code = c.credit_code(tender["credit_id"]) if tender["credit_id"] else ""
    return _TENDERS.get(tender["tender"], tender["tender"]), c.money(tender["amount"]), code


def refund(case: Case, c: Common) -> dict[str, Any]:
    told = case.facts["refunds"][case.message.subject]
    return {
        "amount": c.money(told["amount"]),
        "where": WHERE.get(told["tender"], "you"),
        "settled_at": c.moments(told["settled_at"]) if told.get("settled_at") else None,
        "by_hand": told.get("by_hand", False),
        "reference": case.message.subject,
    }
