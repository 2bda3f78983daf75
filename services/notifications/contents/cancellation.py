"""The letter about what a cancellation came to."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.commands.held_credits import is_readers
from services.notifications.contents.because import because
from services.notifications.contents.common import Common
from services.notifications.contents.of_credit import credits_of
from services.notifications.contents.outcome import amounts, outcome
from services.notifications.contents.payer import CASH, PaidBy, paid_by
from shared.languages import marked

BETTER = "cancelled/provider"  # decided again, because the provider cancelled too


def cancellation_settled(case: Case, c: Common) -> dict[str, Any]:
    settled = _whose(case, case.facts["settlements"][case.message.subject])
    invoice = case.facts.get("invoices", {}).get(settled["invoice_id"], {})
    payer = paid_by(case, settled, c)
    headline, short = outcome(settled, invoice.get("organisation"), payer, c)
    tenders = {part["tender"] for part in settled["refunds"] if part["amount"]["amount"]}
    requested = case.facts.get("requested")
    return {
        "headline": headline,
        "short": short,
        "by_provider": settled["by"] == "provider" or settled["cause"] == "unseated",
        "what": _what(settled, case.course.body["title"], case.message.subject, payer),
        "amounts": amounts(settled, invoice, payer, c),
        "still_due": (c.tongue.say("Still to pay"), c.money(settled["still_due"]))
        if settled["still_due"]
        else None,
        "credits": credits_of(case, settled, payer, c),
        "on_its_way": _on_its_way(tenders, payer),
        "received_at": c.moments(settled["requested_at"]),
        "first_session": c.moments(requested["starts_at"]) if requested else None,
        "because": [because(step, c) for step in settled["trace"]],
    }


def _whose(case: Case, settled: dict[str, Any]) -> dict[str, Any]:
    """The same, with `theirs` at each credit: whether it is the reader's, who may know its code."""

    def told(part: dict[str, Any]) -> dict[str, Any]:
        return part | {"theirs": is_readers(case.registration, case.reader, part["credit_id"])}

    new = told(settled["credit"]) if settled["credit"] else None
    return {**settled, "credit": new, "restored": [told(part) for part in settled["restored"]]}


_BETTER = marked(
    "You had cancelled %(title)s just before we had to cancel it ourselves. What that gives is "
    "better. You get everything back. There is no fee. This replaces what we wrote before; a "
    "credit that we gave you then does not hold any more."
)
_BETTER_FOR_OTHERS = marked(
    "You had cancelled %(title)s just before we had to cancel it ourselves. What that gives is "
    "better. %(who)s gets everything back. There is no fee. This replaces what we wrote before; a "
    "credit that we gave you then does not hold any more."
)
_UNSEATED = marked(
    "The payment for %(title)s came after the hold had ended, and no seat was left. We are sorry. "
    "You get everything back."
)
_UNSEATED_FOR_OTHERS = marked(
    "The payment for %(title)s came after the hold had ended, and no seat was left. We are sorry. "
    "%(who)s gets everything back."
)
_SHARE = marked(
    "One session of %(title)s was cancelled. This is your share of it. Your seat in the others "
    "stays yours; a make-up date, if there is one, is not for you."
)
_SHARE_OF_OTHERS = marked(
    "One session of %(title)s was cancelled. This is the share of it. Your seat in the others "
    "stays yours; a make-up date, if there is one, is not for you."
)
_TRANSFERRED = marked(
    "Your registration for %(title)s was moved to another course, of which we write apart. The "
    "join links of this one no longer work."
)
_BY_PROVIDER = marked("We had to cancel your registration for %(title)s. We are sorry.")
_BY_LEARNER = marked(
    "Your registration for %(title)s is cancelled. The join links no longer work; you can take the "
    "sessions out of your calendar."
)


def _what(settled: dict[str, Any], title: str, about: str, payer: PaidBy) -> str:
    if about == BETTER:
        said = _BETTER if payer.yours else _BETTER_FOR_OTHERS
    elif settled["cause"] == "unseated":
        said = _UNSEATED if payer.yours else _UNSEATED_FOR_OTHERS
    elif settled["cause"] == "share_due":
        said = _SHARE if payer.yours else _SHARE_OF_OTHERS
    elif settled["cause"] == "transferred":
        said = _TRANSFERRED
    else:
        said = _BY_PROVIDER if settled["by"] == "provider" else _BY_LEARNER
    return payer.tongue.say(said, title=title, who=payer.who)


def _on_its_way(tenders: set[str], payer: PaidBy) -> str:
    """How long it takes, and that we write again; empty where no money goes back."""
    if not tenders:
        return ""
    say, bank = payer.tongue.say, bool(tenders - {CASH})
    if payer.yours or payer.organisation:
        again = (
            say("We write again once it is on its way.")
            if bank
            else say("We write again once it has been given back.")
        )
    else:
        again = (
            say("We write to whoever paid once it is on its way.")
            if bank
            else say("We write to whoever paid once it has been given back.")
        )
    return f"{payer.takes()} {again}" if bank else again
