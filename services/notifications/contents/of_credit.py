"""What is said of credits, and the letters about one alone: it waited for an invoice, or ends."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.commands.held_credits import end_of_credit, end_of_part
from services.notifications.contents.common import Common
from services.notifications.contents.payer import PaidBy
from shared.languages import marked

GOOD_FOR = marked("Another course or workshop of ours")
GOOD_FOR_ALL = marked("Any course or workshop of ours")


def credits_of(
    case: Case, settled: dict[str, Any], payer: PaidBy, c: Common
) -> list[dict[str, Any]]:
    """The credits of an outcome that the reader may know the codes of."""
    say = c.tongue.say
    fresh = say("Your new credit") if payer.yours else say("The new credit")
    spent = say("The credit you paid with") if payer.yours else say("The credit it was paid with")
    new = [(fresh, settled["credit"])] if settled["credit"] else []
    old = [(spent, part) for part in settled["restored"]]
    return [
        {
            "title": title,
            "code": c.credit_code(part["credit_id"]),
            "amount": c.money(part["amount"]),
            "until": c.moments(ends) if (ends := end_of_part(case.registration, part)) else None,
            "terms": c.tongue.say(GOOD_FOR),
        }
        for title, part in [*new, *old]
        if part["amount"]["amount"] and part["theirs"]
    ]


def credit_issued(case: Case, c: Common) -> dict[str, Any]:
    """The credit that waited until the invoice was paid, that is not whoever came's, or that staff
    gave (`goodwill`)."""
    credit = case.facts["credits"][case.message.subject]
    payers = (invoice["organisation"] for invoice in case.facts.get("invoices", {}).values())
    goodwill = credit["origin"] == "goodwill"
    return {
        "amount": c.money(credit["amount"]),
        "until": c.day(credit["expires_on"]) if credit["expires_on"] else None,
        "ends": c.moments(end_of_credit(credit)) if credit["expires_on"] else None,
        "code": c.credit_code(case.message.subject),
        "goodwill": goodwill,
        "terms": c.tongue.say(GOOD_FOR_ALL if goodwill else GOOD_FOR),
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
