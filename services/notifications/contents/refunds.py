"""The letters about a refund: it is on its way or was handed over, or did not arrive."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common
from services.notifications.contents.payer import CASH, PaidBy, paid_by


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
        to = payer.organisation or payer.where(told["tender"])
        short = say("%(amount)s sent back to %(whom)s", amount=amount, whom=payer.whom)
        headline = say("%(amount)s is back on its way to %(to)s.", amount=amount, to=to)
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
    where = payer.where(told["tender"])
    owed = say("We still owe you the money.")
    if not payer.yours:
        owed = say("We still owe the money to %(whom)s.", whom=payer.whom)
    return {
        **_common(case, told, payer, c),
        "tried": say(
            "We tried to send %(amount)s back to %(where)s, and the bank did not take it.",
            amount=c.money(told["amount"]),
            where=where,
        ),
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
