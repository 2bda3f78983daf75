"""Letters about money. Amounts are billing's, as it really decided them; none is computed here."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.commands.held_credits import is_readers
from services.notifications.contents.common import Common
from services.notifications.contents.seat import open_hold
from services.notifications.domain.story import SEATED
from shared.dates import parse_instant
from shared.languages import marked

_TENDERS = {
    "card": marked("Card"),
    "credit": marked("Credit"),
    "transfer": marked("Bank transfer"),
    "cash": marked("Cash"),
}
_DECLINED = {
    "card-declined": marked("The card was declined."),
    "insufficient-funds": marked("There was not enough money on the card."),
    "expired-card": marked("The card has expired."),
}
_REFUSED = marked("The bank did not accept the payment.")
LAST_REMINDER = 3


def payment_failed(case: Case, c: Common) -> dict[str, Any]:
    failure = case.facts["failures"][case.message.subject]
    hold = open_hold(case)
    return {
        "price": c.money(failure["amount"]),
        "reason": c.tongue.say(_DECLINED.get(failure["reason"], _REFUSED)),
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
    bank = _bank(case.course.body["provider"])
    return {
        "number": told["number"],
        "due": c.money(told["due"]),
        "due_day": c.day(told["due_at"]),
        "overdue": parse_instant(told["due_at"]) < case.now,
        "seated": case.registration.state in SEATED,
        "last": told["level"] >= LAST_REMINDER,
        "organisation": told["organisation"],
        "seller": case.course.body["provider"]["name"],
        "bank": bank,
        "payable_to": [case.course.body["provider"]["name"], *bank],
        "file": c.file(
            f"/billing/v1/registrations/{case.registration.registration_id}/invoice.pdf"
        ),
    }


def _bank(provider: dict[str, Any]) -> list[str]:
    return [line.strip() for line in provider.get("bank", "").splitlines() if line.strip()]


def _tender(tender: dict[str, Any], case: Case, c: Common) -> tuple[str, str, str]:
    known = tender["credit_id"] and is_readers(case.registration, case.reader, tender["credit_id"])
    code = c.credit_code(tender["credit_id"]) if known else ""
    named = _TENDERS.get(tender["tender"])
    label = c.tongue.say(named) if named else tender["tender"]
    return label, c.money(tender["amount"]), code
