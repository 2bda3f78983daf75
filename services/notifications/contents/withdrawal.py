"""The letters that a course or a session is cancelled: why, and what happens with the money."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common
from services.notifications.contents.timetable import timetable
from shared.dates import parse_instant

_IN_LINE = ("waitlisted", "offered")


def course_cancelled(case: Case, c: Common) -> dict[str, Any]:
    body, facts = case.course.body, case.facts
    was = facts.get("cancelled", {}).get("was") or case.registration.state
    return {
        "reason": body.get("reason") or "",
        "in_line": was in _IN_LINE,
        "money": money_of(facts, was),
        "choice": _choice(case, c) if was == "confirmed" else None,
    }


def money_of(facts: dict[str, Any], was: str) -> str:
    """`none`: nothing was asked for; `held`: not paid yet; `invoice`: still to be paid; `paid`."""
    price = facts.get("requested", {}).get("price", {}).get("amount", 0)
    if not price:
        return "none"
    if any(invoice.get("paid_at") for invoice in facts.get("invoices", {}).values()):
        return "paid"
    if was != "confirmed":
        return "held"
    return "invoice" if facts.get("confirmed", {}).get("basis") == "invoice" else "paid"


def _choice(case: Case, c: Common) -> dict[str, Any] | None:
    """Until when they may choose, and what they get otherwise; None where there is no choice.

    Who was confirmed only after the course was cancelled gets everything back, without a choice.
    """
    until = case.course.body.get("choose_until")
    confirmed = case.facts.get("confirmed", {})
    basis, since = confirmed.get("basis"), confirmed.get("confirmed_at")
    if until is None or parse_instant(until) <= case.now or basis in ("free", "credit"):
        return None
    if since and parse_instant(since) > parse_instant(case.course.body["cancelled_at"]):
        return None
    if case.registration.state != "confirmed" or money_of(case.facts, "confirmed") == "none":
        return None
    return {
        "until": c.moments(until),
        "until_short": c.short(until),
        "credit": bool(case.course.body.get("prefer_credit")),
    }


def session_cancelled(case: Case, c: Common) -> dict[str, Any]:
    """The session as it would have been; whether there is a share of it to take back."""
    sessions = case.course.body["sessions"]
    session = next(one for one in sessions if one["session_id"] == case.message.subject)
    going = {**session, "status": "scheduled"}
    [shown] = timetable([going], c.yours, c.theirs, c.locale, lambda _: "")
    return {
        "session": shown,
        "topic": session["title"] or shown["about"],
        "reason": session["cancelled_reason"],
        "share": money_of(case.facts, "confirmed") in ("paid", "invoice"),
    }
