"""Why a cancellation came out as it did, step by step, in the reader's language and time.

Billing says each step in an English sentence, with its figures beside it. Where a fact has none (it
is older), or a rule is not known here, its own sentence is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.contents.common import Common
from shared.languages import marked

Values = Mapping[str, Any]

_PLAIN = {  # by rule: what has no figures
    "nothing-paid": marked("Nothing had been paid: there is no fee, and nothing to give back."),
    "provider-cancels": marked("We cancelled it ourselves."),
    "hole": marked("The terms name no fee for this kind of course, so there is none."),
    "nothing": marked("By the terms nothing comes back then."),
    "no-fee": marked("Moved in time, it keeps all that it is worth, without a fee."),
    "not-due": marked("What was still to be paid is not asked for any more."),
    "unseated": marked("The payment came too late, and no seat was left: everything comes back."),
}
_WINDOW = {  # by outcome, and whether the window ends
    ("refund", True): marked("The request came in time for money back, given until %(ends)s."),
    ("credit", True): marked("The request came in time for a credit, given until %(ends)s."),
    ("nothing", True): marked("By the terms nothing comes back until %(ends)s."),
    ("refund", False): marked("By the terms there is money back at any time."),
    ("credit", False): marked("By the terms there is a credit at any time."),
    ("nothing", False): marked("The request came when the terms give nothing back any more."),
}
_INSTEAD = {
    "refund": marked("As it was chosen, it comes back as money, without a fee."),
    "credit": marked("As it was chosen, it becomes a credit, without a fee."),
}
_OVERRIDE = {
    "value": marked("Our staff decided that what it is worth goes along."),
    "refund": marked("Our staff decided, otherwise than the terms, that the money comes back."),
    "credit": marked("Our staff decided, otherwise than the terms, that there is a credit."),
    "nothing": marked("Our staff decided, otherwise than the terms, that nothing comes back."),
}
_ALLOCATION = {
    "credit_first": marked("The fee is taken from what was paid by credit first."),
    "card_first": marked("The fee is taken from what was paid in money first."),
    "pro_rata": marked("The fee is shared by all that it was paid with."),
}
_REFUND = {
    "card": marked("%(amount)s goes back to the card it was paid with."),
    "transfer": marked("%(amount)s goes back to the bank account it came from."),
    "cash": marked("%(amount)s is given back in cash."),
    "due": marked("%(amount)s of the invoice does not have to be paid any more."),
}
_RESTORED = {  # by whether it runs longer
    False: marked("What was paid by credit goes back to that credit, which ends as before."),
    True: marked("What was paid by credit goes back to that credit, which now runs longer."),
}
_POLICY = {  # by which terms hold, and what was chosen
    ("newer", None): marked("Our newer terms give no less of anything, and so they hold."),
    ("snapshot", None): marked(
        "The terms of the booking hold: our newer ones give nothing better."
    ),
    ("choice", "snapshot"): marked(
        "There was a choice between the terms of the booking and our newer ones: those of the "
        "booking were chosen."
    ),
    ("choice", "newer"): marked(
        "There was a choice between the terms of the booking and our newer ones: the newer ones "
        "were chosen."
    ),
    ("choice", None): marked(
        "There was a choice between the terms of the booking and our newer ones. Nothing was "
        "chosen, so those of the booking hold."
    ),
}
_SURPLUS = {
    "money": marked("%(amount)s goes back to where it came from."),
    "credit": marked("%(amount)s stays a credit."),
}


def because(step: Mapping[str, Any], c: Common) -> str:
    """The sentence of one step, as a fact has it."""
    rule, values = step["rule"], step.get("values") or {}
    sentence = _sentence(rule, values)
    if sentence is None:
        return str(step["because"])
    return c.tongue.say(sentence, **_said(values, c))


def _sentence(rule: str, values: Values) -> str | None:
    outcome = values.get("outcome")
    if not values:
        return _PLAIN.get(rule)
    found: Mapping[str, str | None] = {
        "window": _WINDOW.get((str(outcome), "ends" in values)),
        "base": marked("%(paid)s had been paid."),
        "moved": marked("%(amount)s of it pays for the other course.")
        if "amount" in values
        else marked("We had moved the start: what counts is the one that gives more."),
        "instead": _INSTEAD.get(str(outcome)),
        "override": _OVERRIDE.get(str(outcome)),
        "fee": _fee(values) if rule == "fee" else None,
        "allocation": _ALLOCATION.get(str(values.get("way"))),
        "refund": _REFUND.get(str(values.get("tender")), _SURPLUS["money"]),
        "restored": _RESTORED[bool(values.get("runs_on"))],
        "credit": marked("The credit of %(amount)s can be used until the end of %(until)s.")
        if values.get("until")
        else marked("The credit of %(amount)s does not end."),
        "policy": _POLICY.get((str(values.get("verdict")), _chosen(values))),
        "surplus": _SURPLUS.get(str(values.get("as"))),
        "to-pay": marked("The other course still asks for %(amount)s."),
        "share": marked("The share of the session is %(minutes)s of %(total)s minutes."),
    }
    return found.get(rule)


def _fee(values: Values) -> str:
    fee, paid = values["fee"]["amount"], values["paid"]["amount"]
    if not fee:
        return marked("There is no fee.")
    if fee == paid:
        return marked("The fee is as much as was paid: %(fee)s.")
    return marked("The fee for cancelling is %(fee)s.")


def _chosen(values: Values) -> str | None:
    chosen = values.get("choice")
    known = values.get("verdict") == "choice" and chosen in ("snapshot", "newer")
    return str(chosen) if known else None


def _said(values: Values, c: Common) -> dict[str, str]:
    """The figures as a reader says them."""
    said = {key: str(value) for key, value in values.items()}
    said |= {key: c.money(dict(value)) for key, value in values.items() if isinstance(value, dict)}
    if "ends" in values:  # of a window, as a moment
        said["ends"] = " / ".join(c.moments(values["ends"]))
    if values.get("until"):
        said["until"] = c.day(values["until"])
    return said
