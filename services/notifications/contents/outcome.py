"""What a cancellation came to: in a sentence or two, in a few words, and in amounts."""

from __future__ import annotations

from typing import Any

from services.notifications.contents.common import Common
from services.notifications.contents.payer import PaidBy
from shared.languages import marked


def outcome(
    settled: dict[str, Any], organisation: str | None, payer: PaidBy, c: Common
) -> tuple[str, str]:
    """The headline, and a few words for the subject line: what is still owed before all else."""
    cash = [part for part in settled["refunds"] if part["amount"]["amount"]]
    back = [part for part in settled["restored"] if part["amount"]["amount"]]
    credit, said, short, say = settled["credit"], [], [], c.tongue.say
    if settled["still_due"]:
        said.append(_owed(settled, organisation, payer, c))
        short.append(say("%(amount)s still to pay", amount=c.money(settled["still_due"])))
    if _moved(settled):
        moved = _MOVED if payer.yours else _MOVED_OF_OTHERS
        said.append(say(moved, amount=c.money(settled["moved"])))
    for part in cash:
        amount = c.money(part["amount"])
        said.append(payer.gets(part["tender"], amount, _less(settled, cash, c)))
        short.append(
            say("%(amount)s back", amount=amount)
            if payer.yours
            else say("%(amount)s back to %(whom)s", amount=amount, whom=payer.whom)
        )
    if credit and credit["amount"]["amount"]:
        said.append(_credit(credit, payer, c))
        short.append(say("a credit of %(amount)s", amount=c.money(credit["amount"])))
    for part in back:
        full, few = _BACK_ON[payer.yours and bool(part["theirs"])]
        amount = c.money(part["amount"])
        said.append(say(full, amount=amount))
        short.append(say(few, amount=amount))
    if not said:
        nothing = _NOTHING[settled["cause"] == "transferred", bool(settled["paid"]["amount"])]
        said = [say(nothing)]
    start = {"share_due": "", "transferred": say("Moved")}.get(settled["cause"], say("Cancelled"))
    return " ".join(said), ", ".join(filter(None, [start, *short]))


_MOVED = marked("%(amount)s of what you paid is for your new course.")
_MOVED_OF_OTHERS = marked("%(amount)s of what was paid is for your new course.")
_BACK_ON = {  # by whether it is the reader's credit: the sentence, and the few words
    True: (
        marked("%(amount)s is back on the credit you paid with."),
        marked("%(amount)s back on your credit"),
    ),
    False: (
        marked("%(amount)s is back on the credit it was paid with."),
        marked("%(amount)s back on the credit"),
    ),
}
_NOTHING = {  # by whether it was moved, and whether anything was paid
    (True, True): marked("Your registration was moved. Nothing comes back, by the terms."),
    (True, False): marked("Your registration was moved. Nothing had been charged."),
    (False, True): marked("Your registration is cancelled. Nothing comes back, by the terms."),
    (False, False): marked("Your registration is cancelled. Nothing had been charged."),
}
_OWES = {  # by whether it is the reader who owes, and whether it is the fee alone
    (True, True): marked("You still owe %(amount)s, the cancellation fee."),
    (True, False): marked("You still owe %(amount)s on the invoice."),
    (False, True): marked("%(who)s still owes %(amount)s, the cancellation fee."),
    (False, False): marked("%(who)s still owes %(amount)s on the invoice."),
}
_HAS = {  # by whether it is the reader's, and whether it ends
    (True, True): marked("You have a credit of %(amount)s, good until %(day)s."),
    (True, False): marked("You have a credit of %(amount)s."),
    (False, True): marked("%(who)s has a credit of %(amount)s, good until %(day)s."),
    (False, False): marked("%(who)s has a credit of %(amount)s."),
}


def _moved(settled: dict[str, Any]) -> bool:
    """Whether money went on to another registration."""
    return bool(settled.get("moved") and settled["moved"]["amount"])


def _owed(settled: dict[str, Any], organisation: str | None, payer: PaidBy, c: Common) -> str:
    """`You still owe $30.00, the cancellation fee.`; what waits for the payment is said with it."""
    yours, fee = payer.yours and not organisation, settled["fee"] == settled["still_due"]
    amount = c.money(settled["still_due"])
    said = c.tongue.say(_OWES[yours, fee], who=organisation or payer.who, amount=amount)
    if settled["outcome"] == "credit" and not settled["credit"]:
        return f"{said} {c.tongue.say('Once it is paid, that becomes a credit.')}"
    return said


def _less(settled: dict[str, Any], cash: list[dict[str, Any]], c: Common) -> str:
    """`($199.00 minus the $30.00 cancellation fee)`, where that is the whole sum."""
    if not settled["fee"]["amount"] or len(cash) > 1 or settled["restored"]:
        return ""
    return c.tongue.say(
        # L10N: behind what comes back, with the blank before it
        " (%(paid)s minus the %(fee)s cancellation fee)",
        paid=c.money(settled["paid"]),
        fee=c.money(settled["fee"]),
    )


def _credit(credit: dict[str, Any], payer: PaidBy, c: Common) -> str:
    ends = credit["expires_on"]
    return c.tongue.say(
        _HAS[payer.yours, bool(ends)],
        who=payer.who,
        amount=c.money(credit["amount"]),
        day=c.day(ends) if ends else "",
    )


def amounts(
    settled: dict[str, Any], invoice: dict[str, Any], payer: PaidBy, c: Common
) -> list[tuple[str, str, str]]:
    """Label, amount and a note, from what was paid to what comes back; of an open invoice from
    what it asked for to what it still asks for."""
    if settled["still_due"] and "total" in invoice:
        return _of_invoice(settled, invoice, c)
    say, fee = c.tongue.say, settled["fee"]
    rows = [(say("Paid"), c.money(settled["paid"]), "", settled["paid"])]
    rows.append((say("Cancellation fee"), f"−{c.money(fee)}", "", fee))
    rows += [
        (payer.row(part["tender"]), c.money(part["amount"]), "", part["amount"])
        for part in settled["refunds"]
    ]
    if _moved(settled):
        moved = settled["moved"]
        rows.append((say("For your new course"), c.money(moved), "", moved))
    for part in settled["restored"]:
        yours = payer.yours and part["theirs"]
        label = say("Back on your credit") if yours else say("Back on the credit")
        rows.append((label, c.money(part["amount"]), _until(part, c), part["amount"]))
    if settled["credit"]:
        part = settled["credit"]
        rows.append((say("New credit"), c.money(part["amount"]), _until(part, c), part["amount"]))
    return [(label, said, note) for label, said, note, amount in rows if amount["amount"]]


def _of_invoice(
    settled: dict[str, Any], invoice: dict[str, Any], c: Common
) -> list[tuple[str, str, str]]:
    total, paid, due, say = invoice["total"], settled["paid"], settled["still_due"], c.tongue.say
    dropped = total["amount"] - paid["amount"] - due["amount"]
    less = [(say("Paid"), paid["amount"]), (say("No longer to pay"), dropped)]
    return [
        (say("Invoice %(number)s", number=invoice["number"]), c.money(total), ""),
        *(
            (name, f"−{c.money({**total, 'amount': amount})}", "")
            for name, amount in less
            if amount > 0
        ),
    ]


def _until(part: dict[str, Any], c: Common) -> str:
    """`good until …`; nothing where it does not end."""
    ends = part["expires_on"]
    return c.tongue.say("good until %(day)s", day=c.day(ends)) if ends else ""
