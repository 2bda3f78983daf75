"""The letters about a refund: it is on its way or was handed over, or did not arrive."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common
from services.notifications.contents.payer import CASH, PaidBy, paid_by
from shared.languages import marked

_ON_ITS_WAY = {  # by tender, and whether it is the reader's own
    ("card", True): marked("%(amount)s is on its way back to your card."),
    ("card", False): marked("%(amount)s is on its way back to the card it was paid with."),
    ("transfer", True): marked("%(amount)s is on its way back to the bank account it came from."),
    ("transfer", False): marked("%(amount)s is on its way back to the bank account it came from."),
}
_TRIED = {  # the same, of what the bank did not take
    ("card", True): marked("We tried to send %(amount)s back to your card. The bank refused it."),
    ("card", False): marked(
        "We tried to send %(amount)s back to the card it was paid with. The bank refused it."
    ),
    ("transfer", True): marked(
        "We tried to send %(amount)s back to the bank account it came from. The bank refused it."
    ),
    ("transfer", False): marked(
        "We tried to send %(amount)s back to the bank account it came from. The bank refused it."
    ),
}


def settled(case: Case, c: Common) -> dict[str, Any]:
    told = case.facts["refunds"][case.message.subject]
    payer, cash = paid_by(case, told, c), told["tender"] == CASH
    amount, say = c.money(told["amount"]), c.tongue.say
    if cash:
        short = say("%(amount)s given back to %(whom)s in cash", amount=amount, whom=payer.whom)
        headline = say(
            "%(amount)s was given back to %(whom)s in cash.", amount=amount, whom=payer.whom
        )
    else:
        short = say("%(amount)s sent back to %(whom)s", amount=amount, whom=payer.whom)
        way = _ON_ITS_WAY.get((told["tender"], payer.yours))
        if way is None or payer.organisation:
            way = marked("%(amount)s is on its way back to %(whom)s.")
        headline = say(way, amount=amount, whom=payer.whom)
    return {
        **_common(case, told, payer, c),
        "short": short,
        "headline": headline,
        "takes": payer.takes(),
        "cash": cash,
        "settled_at": c.moments(told["settled_at"]),
    }


def failed(case: Case, c: Common) -> dict[str, Any]:
    told = case.facts["refunds"][case.message.subject]
    payer, say = paid_by(case, told, c), c.tongue.say
    tried = _TRIED.get((told["tender"], payer.yours))
    if tried is None:
        tried = marked("We tried to send %(amount)s back to %(whom)s. The bank refused it.")
    owed = say("We still owe you the money.")
    if not payer.yours:
        owed = say("We still owe the money to %(whom)s.", whom=payer.whom)
    return {
        **_common(case, told, payer, c),
        "tried": say(tried, amount=c.money(told["amount"]), whom=payer.whom),
        "owed": owed,
        "card": told["tender"] == "card",
        "by_hand": told.get("by_hand", False),
    }


def _common(case: Case, told: dict[str, Any], payer: PaidBy, c: Common) -> dict[str, Any]:
    return {
        "amount": c.money(told["amount"]),
        "where": payer.where(told["tender"]),
        "organisation": payer.organisation,
        "has_page": case.has_page,
        "reference": case.message.subject,
    }
