"""Letters about what a cancellation came to, and about the credit that waited for an invoice."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.commands.stories import end_of_credit, is_readers
from services.notifications.contents.common import Common
from services.notifications.contents.money import WHERE

_FEE = "Cancellation fee"
BETTER = "cancelled/provider"  # decided again, because the provider cancelled too
_GOOD_FOR = "Another course or workshop of ours"


def cancellation_settled(case: Case, c: Common) -> dict[str, Any]:
    settled = _whose(case, case.facts["settlements"][case.message.subject])
    invoice = case.facts.get("invoices", {}).get(settled["invoice_id"], {})
    headline, short = _outcome(settled, invoice.get("organisation"), c)
    requested = case.facts.get("requested")
    return {
        "headline": headline,
        "short": short,
        "by_provider": settled["by"] == "provider" or settled["cause"] == "unseated",
        "what": _what(settled, case.course.body["title"], case.message.subject),
        "amounts": _amounts(settled, invoice, c),
        "still_due": ("Still to pay", c.money(settled["still_due"]))
        if settled["still_due"]
        else None,
        "credits": _credits(settled, c),
        "on_its_way": any(part["amount"]["amount"] for part in settled["refunds"]),
        "received_at": c.moments(settled["requested_at"]),
        "first_session": c.moments(requested["starts_at"]) if requested else None,
        "because": [step["because"] for step in settled["trace"]],
    }


def _whose(case: Case, settled: dict[str, Any]) -> dict[str, Any]:
    """The same, with `theirs` at each credit: whether it is the reader's, who may know its code."""

    def told(part: dict[str, Any]) -> dict[str, Any]:
        return part | {"theirs": is_readers(case.registration, case.reader, part["credit_id"])}

    new = told(settled["credit"]) if settled["credit"] else None
    return {**settled, "credit": new, "restored": [told(part) for part in settled["restored"]]}


def _what(settled: dict[str, Any], title: str, about: str) -> str:
    if about == BETTER:
        return (
            f"You had cancelled {title} just before we had to cancel it ourselves. So you get what "
            "that gives: everything back, without a fee. This replaces what we wrote before; a "
            "credit that we gave you then does not hold any more."
        )
    if settled["cause"] == "unseated":
        return (
            f"Your payment for {title} came after the hold had ended, and no seat was left. "
            "We are sorry. You get everything back."
        )
    if settled["cause"] == "share_due":
        return (
            f"One session of {title} was cancelled. This is your share of it. Your seat in the "
            "others stays yours; a make-up date, if there is one, is not for you."
        )
    if settled["cause"] == "transferred":
        return (
            f"Your registration for {title} was moved to another course, of which we write apart. "
            "The join links of this one no longer work."
        )
    if settled["by"] == "provider":
        return f"We had to cancel your registration for {title}. We are sorry."
    return (
        f"Your registration for {title} is cancelled. The join links no longer work; you can take "
        "the sessions out of your calendar."
    )


def _outcome(settled: dict[str, Any], organisation: str | None, c: Common) -> tuple[str, str]:
    """The headline, and a few words for the subject line: what is still owed before all else."""
    cash = [part for part in settled["refunds"] if part["amount"]["amount"]]
    back = [part for part in settled["restored"] if part["amount"]["amount"]]
    credit, said, short = settled["credit"], [], []
    if settled["still_due"]:
        said.append(_owed(settled, organisation, c))
        short.append(f"{c.money(settled['still_due'])} still to pay")
    if _moved(settled):
        said.append(f"{c.money(settled['moved'])} of what you paid is for your new course.")
    for part in cash:
        where = {"card": " on your card"}.get(part["tender"], "")
        said.append(f"You'll get {c.money(part['amount'])} back{where}{_less(settled, cash, c)}.")
        short.append(f"{c.money(part['amount'])} back")
    if credit and credit["amount"]["amount"]:
        amount = c.money(credit["amount"])
        until = _until(credit, c)
        has = "You have" if credit["theirs"] else "Whoever paid has"
        said.append(f"{has} a credit of {amount}{f', {until}' if until else ''}.")
        short.append(f"a credit of {amount}")
    for part in back:
        which = ("you paid with", "your") if part["theirs"] else ("it was paid with", "the")
        said.append(f"{c.money(part['amount'])} is back on the credit {which[0]}.")
        short.append(f"{c.money(part['amount'])} back on {which[1]} credit")
    if not said:
        paid = settled["paid"]["amount"]
        why = "Nothing comes back, by the terms." if paid else "Nothing had been charged."
        what = "was moved" if settled["cause"] == "transferred" else "is cancelled"
        said = [f"Your registration {what}. {why}"]
    start = {"share_due": "", "transferred": "Moved"}.get(settled["cause"], "Cancelled")
    return " ".join(said), ", ".join(filter(None, [start, *short]))


def _moved(settled: dict[str, Any]) -> bool:
    """Whether money went on to another registration."""
    return bool(settled.get("moved") and settled["moved"]["amount"])


def _owed(settled: dict[str, Any], organisation: str | None, c: Common) -> str:
    """`You still owe $30.00, the cancellation fee.`; what waits for the payment is said with it."""
    owes = f"{organisation} still owes" if organisation else "You still owe"
    fee = settled["fee"] == settled["still_due"]
    which = ", the cancellation fee" if fee else " on the invoice"
    said = f"{owes} {c.money(settled['still_due'])}{which}."
    waits = settled["outcome"] == "credit" and not settled["credit"]
    return f"{said} Once it is paid, that becomes a credit." if waits else said


def _less(settled: dict[str, Any], cash: list[dict[str, Any]], c: Common) -> str:
    """`($199.00 minus the $30.00 cancellation fee)`, where that is the whole sum."""
    if not settled["fee"]["amount"] or len(cash) > 1 or settled["restored"]:
        return ""
    return f" ({c.money(settled['paid'])} minus the {c.money(settled['fee'])} cancellation fee)"


def _amounts(
    settled: dict[str, Any], invoice: dict[str, Any], c: Common
) -> list[tuple[str, str, str]]:
    if settled["still_due"] and "total" in invoice:
        return _of_invoice(settled, invoice, c)
    rows = [("Paid", settled["paid"], ""), (_FEE, settled["fee"], "")]
    rows += [
        (f"Back to {WHERE.get(part['tender'], part['tender'])}", part["amount"], "")
        for part in settled["refunds"]
    ]
    if _moved(settled):
        rows.append(("For your new course", settled["moved"], ""))
    for name, part in [
        *[
            (f"Back on {'your' if part['theirs'] else 'the'} credit", part)
            for part in settled["restored"]
        ],
        *([("New credit", settled["credit"])] if settled["credit"] else []),
    ]:
        rows.append((name, part["amount"], _until(part, c)))
    return [
        (name, f"{'−' if name == _FEE else ''}{c.money(amount)}", note)
        for name, amount, note in rows
        if amount["amount"]
    ]


def _of_invoice(
    settled: dict[str, Any], invoice: dict[str, Any], c: Common
) -> list[tuple[str, str, str]]:
    """From what the invoice asked for to what it still asks for."""
    total, paid, due = invoice["total"], settled["paid"], settled["still_due"]
    dropped = total["amount"] - paid["amount"] - due["amount"]
    less = [("Paid", paid["amount"]), ("No longer to pay", dropped)]
    return [
        (f"Invoice {invoice['number']}", c.money(total), ""),
        *(
            (name, f"−{c.money({**total, 'amount': amount})}", "")
            for name, amount in less
            if amount > 0
        ),
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
            "terms": _GOOD_FOR,
        }
        for title, part in [*new, *old]
        if part["amount"]["amount"] and part["theirs"]
    ]


def credit_issued(case: Case, c: Common) -> dict[str, Any]:
    """The credit that waited until the invoice was paid, or that is not whoever came's."""
    credit = case.facts["credits"][case.message.subject]
    payers = (invoice["organisation"] for invoice in case.facts.get("invoices", {}).values())
    return {
        "amount": c.money(credit["amount"]),
        "until": c.day(credit["expires_on"]) if credit["expires_on"] else None,
        "code": c.credit_code(case.message.subject),
        "terms": _GOOD_FOR,
        "has_page": case.has_page,
        "organisation": next(filter(None, payers), None) if credit["organisation"] else None,
    }


def credit_expiring(case: Case, c: Common) -> dict[str, Any]:
    """A credit that ends soon, with what is left on it."""
    credit = case.facts["credits"][case.message.subject]
    payers = (invoice["organisation"] for invoice in case.facts.get("invoices", {}).values())
    return {
        "amount": c.money(credit["balance"]),
        "until": c.day(credit["expires_on"]),
        "ends": c.moments(end_of_credit(credit)),
        "code": c.credit_code(case.message.subject),
        "courses_page": c.sender.public_url,
        "has_page": case.has_page,
        "organisation": next(filter(None, payers), None) if credit["organisation"] else None,
    }
