"""The letter about what a cancellation came to."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.commands.held_credits import is_readers
from services.notifications.contents.common import Common
from services.notifications.contents.of_credit import credits_of
from services.notifications.contents.payer import CASH, PaidBy, paid_by

_FEE = "Cancellation fee"
BETTER = "cancelled/provider"  # decided again, because the provider cancelled too


def cancellation_settled(case: Case, c: Common) -> dict[str, Any]:
    settled = _whose(case, case.facts["settlements"][case.message.subject])
    invoice = case.facts.get("invoices", {}).get(settled["invoice_id"], {})
    payer = paid_by(case, settled)
    headline, short = _outcome(settled, invoice.get("organisation"), payer, c)
    tenders = {part["tender"] for part in settled["refunds"] if part["amount"]["amount"]}
    requested = case.facts.get("requested")
    return {
        "headline": headline,
        "short": short,
        "by_provider": settled["by"] == "provider" or settled["cause"] == "unseated",
        "what": _what(settled, case.course.body["title"], case.message.subject, payer),
        "amounts": _amounts(settled, invoice, payer, c),
        "still_due": ("Still to pay", c.money(settled["still_due"]))
        if settled["still_due"]
        else None,
        "credits": credits_of(settled, payer, c),
        "on_its_way": bool(tenders),
        "bank": payer.bank if tenders - {CASH} else None,
        "told": payer.yours or bool(payer.organisation),
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


def _what(settled: dict[str, Any], title: str, about: str, payer: PaidBy) -> str:
    everything = f"{'You get' if payer.yours else f'{payer.who} gets'} everything back."
    if about == BETTER:
        return (
            f"You had cancelled {title} just before we had to cancel it ourselves. What that gives "
            f"is better. {everything} There is no fee. This replaces what we wrote before; a "
            "credit that we gave you then does not hold any more."
        )
    if settled["cause"] == "unseated":
        return (
            f"The payment for {title} came after the hold had ended, and no seat was left. "
            f"We are sorry. {everything}"
        )
    if settled["cause"] == "share_due":
        share = f"{'your' if payer.yours else 'the'} share"
        return (
            f"One session of {title} was cancelled. This is {share} of it. Your seat in the "
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


def _outcome(
    settled: dict[str, Any], organisation: str | None, payer: PaidBy, c: Common
) -> tuple[str, str]:
    """The headline, and a few words for the subject line: what is still owed before all else."""
    cash = [part for part in settled["refunds"] if part["amount"]["amount"]]
    back = [part for part in settled["restored"] if part["amount"]["amount"]]
    credit, said, short = settled["credit"], [], []
    if settled["still_due"]:
        said.append(_owed(settled, organisation, payer, c))
        short.append(f"{c.money(settled['still_due'])} still to pay")
    if _moved(settled):
        paid = "you paid" if payer.yours else "was paid"
        said.append(f"{c.money(settled['moved'])} of what {paid} is for your new course.")
    for part in cash:
        amount, less = c.money(part["amount"]), _less(settled, cash, c)
        said.append(f"{payer.gets} {amount} {payer.back(part['tender'])}{less}.")
        short.append(f"{amount} back{'' if payer.yours else f' to {payer.whom}'}")
    if credit and credit["amount"]["amount"]:
        amount = c.money(credit["amount"])
        until = _until(credit, c)
        said.append(f"{payer.has} a credit of {amount}{f', {until}' if until else ''}.")
        short.append(f"a credit of {amount}")
    for part in back:
        yours = payer.yours and part["theirs"]
        which = ("you paid with", "your") if yours else ("it was paid with", "the")
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


def _owed(settled: dict[str, Any], organisation: str | None, payer: PaidBy, c: Common) -> str:
    """`You still owe $30.00, the cancellation fee.`; what waits for the payment is said with it."""
    owes = f"{organisation} still owes" if organisation else payer.owes
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
    settled: dict[str, Any], invoice: dict[str, Any], payer: PaidBy, c: Common
) -> list[tuple[str, str, str]]:
    if settled["still_due"] and "total" in invoice:
        return _of_invoice(settled, invoice, c)
    rows = [("Paid", settled["paid"], ""), (_FEE, settled["fee"], "")]
    rows += [(payer.row(part["tender"]), part["amount"], "") for part in settled["refunds"]]
    if _moved(settled):
        rows.append(("For your new course", settled["moved"], ""))
    for name, part in [
        *[
            (f"Back on {'your' if payer.yours and part['theirs'] else 'the'} credit", part)
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
