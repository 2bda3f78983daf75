"""Letters about a seat."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from services.notifications.commands.case import Case
from services.notifications.commands.course_seen import course_of
from services.notifications.contents.common import Common
from services.notifications.contents.registered import registered
from services.notifications.contents.terms import terms_of
from services.notifications.domain.seat import line_ends_at
from shared.dates import parse_instant
from shared.languages import marked

STATUS = {
    "requested": marked("Held for you until it is paid"),
    "waitlisted": marked("On the waiting list"),
    "offered": marked("A seat is offered to you"),
    "confirmed": marked("Confirmed"),
    "completed": marked("Completed"),
    "cancelled": marked("Cancelled"),
    "transferred": marked("Moved to another course"),
    "expired": marked("Ended: it was not paid in time"),
    "lapsed": marked("Ended: no seat became free in time"),
    "unseated": marked("Ended: no seat was left"),
}


def price_of(case: Case, c: Common) -> str:
    """What this person is charged, else what the course costs by its invoice; may be unknown."""
    requested = case.facts.get("requested")
    return c.money(requested["price"]) if requested else ""


def list_price_of(case: Case, c: Common) -> str:
    """What the course costs by its list: what a seat costs whoever waits is only known when they
    take it, at the price of that day, and stands on their page."""
    price = case.course.body.get("price")
    return c.money(price) if price and price["amount"] else ""


def to_pay(case: Case, c: Common) -> str:
    """What is asked for until the hold ends: of a seat that somebody moves to, the difference."""
    requested = case.facts["requested"]
    issued = [one["due"] for one in case.facts.get("invoices", {}).values() if one.get("due")]
    if issued:
        return c.money(issued[-1])
    before = requested.get("transferred_price") or {"amount": 0}
    left = max(0, requested["price"]["amount"] - before["amount"])
    return c.money(requested["price"] | {"amount": left})


def open_hold(case: Case) -> str | None:
    """The instant until which the seat is held unpaid; None once it is paid."""
    requested = case.facts.get("requested")
    paid = "confirmed" in case.facts or any(
        invoice.get("paid_at") for invoice in case.facts.get("invoices", {}).values()
    )
    return None if paid or not requested else requested["hold_expires_at"]


def _terms(case: Case, c: Common) -> dict[str, Any]:
    lines, ends = terms_of(case.facts.get("requested"), c.locale)
    return {"terms": lines, "term_ends": [(said, c.moments(at)) for said, at in ends]}


def received(case: Case, c: Common) -> dict[str, Any]:
    requested = case.facts["requested"]
    hold, accepted = open_hold(case), requested["disclosure"]
    disclosure = None
    if accepted:
        disclosure = [
            c.tongue.say("The disclosure of %(version)s", version=accepted["version"]),
            c.moments(accepted["accepted_at"])[0],
        ]
    return {
        "price": price_of(case, c),
        "to_pay": to_pay(case, c),
        "moves": requested.get("transferred_from") is not None,
        "pay_by": c.moments(hold) if hold else None,
        "pay_by_short": c.short(hold) if hold else None,
        "disclosure": disclosure,
        **_terms(case, c),
    }


def confirmed(case: Case, c: Common) -> dict[str, Any]:
    basis = case.facts["confirmed"]["basis"]
    boards = [board["board"] for board in case.course.body["boards"]]
    return {
        "registered": registered(case, c),
        "price": price_of(case, c),
        "boards": boards,
        "in_calendar": len(case.entries),
        **_terms(case, c),
        "on_invoice": basis == "invoice" and open_hold(case) is None and not _paid(case),
    }


def waitlisted(case: Case, c: Common) -> dict[str, Any]:
    ends = _line_ends(case)
    return {
        "price": list_price_of(case, c),
        "position": case.facts["waitlisted"]["position"],
        "ends": c.moments(ends) if ends else None,
    }


def waitlist_ended(case: Case, c: Common) -> dict[str, Any]:
    return {"ended": c.moments(case.message.due_at), "courses_page": c.sender.public_url}


def offer(case: Case, c: Common) -> dict[str, Any]:
    until = _offered_until(case)
    return {
        "price": list_price_of(case, c),
        "until": c.moments(until),
        "until_short": c.short(until),
    }


def offer_ended(case: Case, c: Common) -> dict[str, Any]:
    """`closed`: nobody can register any more, and nobody else is offered the seat."""
    course = f"{c.sender.public_url}/courses/{quote(case.course.course_id, safe='')}"
    ends = _line_ends(case)
    return {
        "until": c.moments(_offered_until(case)),
        "closed": ends is not None and ends <= case.now,
        "course_page": course,
        "courses_page": c.sender.public_url,
    }


def _offered_until(case: Case) -> str:
    offers: dict[str, str] = case.facts["offers"]
    return max(offers.items(), key=lambda one: parse_instant(one[0]))[1]


def _line_ends(case: Case) -> datetime | None:
    return line_ends_at(course_of(case.course, ()))


def links(case: Case, c: Common) -> dict[str, Any]:
    said = STATUS.get(case.registration.state)
    return {"status": c.tongue.say(said) if said else ""}


def _paid(case: Case) -> bool:
    return any(invoice.get("paid_at") for invoice in case.facts.get("invoices", {}).values())
