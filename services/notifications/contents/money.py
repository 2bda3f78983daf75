"""Letters about money. Amounts are billing's, as it really decided them; none is computed here."""

from __future__ import annotations

from typing import Any

from services.notifications.case import Case
from services.notifications.contents.common import Common
from services.notifications.contents.seat import open_hold

_TENDERS = {"card": "Card", "credit": "Credit", "transfer": "Bank transfer", "cash": "Cash"}
_FEE = "Cancellation fee"
_DECLINED = {
    "card-declined": "The card was declined.",
    "insufficient-funds": "There was not enough money on the card.",
    "expired-card": "The card has expired.",
}
_WHERE = {"card": "your card", "transfer": "your bank account", "cash": "you, in cash"}


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


def cancellation_settled(case: Case, c: Common) -> dict[str, Any]:
    settled = case.facts["settlements"][case.message.subject]
    headline, short = _outcome(settled, c)
    requested = case.facts.get("requested")
    return {
        "headline": headline,
        "short": short,
        "by_provider": settled["by"] == "provider" or settled["cause"] == "unseated",
        "what": _what(settled, case.course.body["title"]),
        "amounts": _amounts(settled, c),
        "credits": _credits(settled, c),
        "on_its_way": any(part["amount"]["amount"] for part in settled["refunds"]),
        "received_at": c.moments(settled["requested_at"]),
        "first_session": c.moments(requested["starts_at"]) if requested else None,
        "because": [step["because"] for step in settled["trace"]],
    }


def _what(settled: dict[str, Any], title: str) -> str:
    if settled["cause"] == "unseated":
        return (
            f"Your payment for {title} came after the hold had ended, and no seat was left. "
            "We are sorry. You get everything back."
        )
    if settled["cause"] == "share_due":
        return f"One session of {title} was cancelled. This is your share of it. Your seat stays."
    if settled["cause"] == "transferred":
        return f"Your registration for {title} was moved to another course."
    if settled["by"] == "provider":
        return f"We had to cancel your registration for {title}. We are sorry."
    return (
        f"Your registration for {title} is cancelled. The join links no longer work; you can take "
        "the sessions out of your calendar."
    )


def _outcome(settled: dict[str, Any], c: Common) -> tuple[str, str]:
    """The headline, and a few words for the subject line."""
    cash = [part for part in settled["refunds"] if part["amount"]["amount"]]
    back = [part for part in settled["restored"] if part["amount"]["amount"]]
    credit, said, short = settled["credit"], [], []
    for part in cash:
        where = {"card": " on your card"}.get(part["tender"], "")
        said.append(f"You'll get {c.money(part['amount'])} back{where}{_less(settled, cash, c)}.")
        short.append(f"{c.money(part['amount'])} back")
    if credit and credit["amount"]["amount"]:
        amount = c.money(credit["amount"])
        until = _until(credit, c)
        said.append(f"You have a credit of {amount}{f', {until}' if until else ''}.")
        short.append(f"a credit of {amount}")
    for part in back:
        said.append(f"{c.money(part['amount'])} is back on the credit you paid with.")
        short.append(f"{c.money(part['amount'])} back on your credit")
    if not said:
        paid = settled["paid"]["amount"]
        why = "Nothing comes back, by the terms." if paid else "Nothing had been charged."
        said = [f"Your registration is cancelled. {why}"]
    start = "" if settled["cause"] == "share_due" else "Cancelled"
    return " ".join(said), ", ".join(filter(None, [start, *short]))


def _less(settled: dict[str, Any], cash: list[dict[str, Any]], c: Common) -> str:
    """`($199.00 minus the $30.00 cancellation fee)`, where that is the whole sum."""
    if not settled["fee"]["amount"] or len(cash) > 1 or settled["restored"]:
        return ""
    return f" ({c.money(settled['paid'])} minus the {c.money(settled['fee'])} cancellation fee)"


def _amounts(settled: dict[str, Any], c: Common) -> list[tuple[str, str, str]]:
    rows = [("Paid", settled["paid"], ""), (_FEE, settled["fee"], "")]
    rows += [
        (f"Back to {_WHERE.get(part['tender'], part['tender'])}", part["amount"], "")
        for part in settled["refunds"]
    ]
    for name, part in [
        *[("Back on your credit", part) for part in settled["restored"]],
        *([("New credit", settled["credit"])] if settled["credit"] else []),
    ]:
        rows.append((name, part["amount"], _until(part, c)))
    if settled["still_due"]:
        rows.append(("Still to pay", settled["still_due"], ""))
    return [
        (name, f"{'−' if name == _FEE else ''}{c.money(amount)}", note)
        for name, amount, note in rows
        if amount["amount"]
    ]


def _until(part: dict[str, Any], c: Common) -> str:
    """`good until …`; nothing where it does not end."""
    return f"good until {c.day(part['expires_on'])}" if part["expires_on"] else ""


def _credits(settled: dict[str, Any], c: Common) -> list[dict[str, Any]]:
    new = [("Your new credit", settled["credit"])] if settled["credit"] else []
    old = [("The credit you paid with", part) for part in settled["restored"]]
    return [
        {
            "title": title,
            "code": c.credit_code(part["credit_id"]),
            "amount": c.money(part["amount"]),
            "until": c.day(part["expires_on"]) if part["expires_on"] else None,
            "terms": "Another course or workshop of ours",
        }
        for title, part in [*new, *old]
        if part["amount"]["amount"]
    ]


def refund(case: Case, c: Common) -> dict[str, Any]:
    told = case.facts["refunds"][case.message.subject]
    return {
        "amount": c.money(told["amount"]),
        "where": _WHERE.get(told["tender"], "you"),
        "settled_at": c.moments(told["settled_at"]) if told.get("settled_at") else None,
        "reference": case.message.subject,
    }
