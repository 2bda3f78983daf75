"""The body that jointly sponsors a course, and what of the course is due to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from services.registration.domain.reading import Node
from shared.errors import Refusal
from shared.money import Money, parse_amount

KNOWN = ("name", "short", "role", "responsible_for", "apa_approved", "partner_id", "share")
SHARE = ("percent", "of", "per_attendee", "per_certificate")


def read_sponsor(node: Node, currency: str) -> dict[str, Any] | None:
    """A joint sponsor of a course file; amounts are in the currency of the course's price."""
    if node.absent or not node.table():
        return None
    node.unknown(KNOWN)
    partner = node.at("partner_id")
    return {
        "name": node.at("name").text(),
        "short": node.at("short").text(needed=False),
        "role": node.at("role").text(needed=False) or "joint sponsor",
        "responsible_for": node.at("responsible_for").text(needed=False),
        "apa_approved": node.at("apa_approved").flag(),
        "partner_id": None if partner.absent else partner.slug(),
        "share": _share(node.at("share"), currency),
    }


def _share(node: Node, currency: str) -> dict[str, Any] | None:
    if node.absent or not node.table():
        return None
    node.unknown(SHARE)
    percent, of = node.at("percent"), node.at("of")
    part = "0" if percent.absent else percent.decimal()
    if Decimal(part) > 100:
        percent.wrong("A share is at most 100 per cent.")
    if percent.absent and not of.absent:
        of.wrong("This says of what a percent is; there is none.")
    heads = {name: _a_head(node.at(name), currency) for name in ("per_attendee", "per_certificate")}
    if percent.absent and not any(heads.values()):
        node.wrong("A share is a percent, an amount per_attendee or per_certificate, or several.")
    return {
        "percent": part,
        "of": "earned" if of.absent else of.choice(("earned", "collected"), "earned"),
        **heads,
    }


def _a_head(node: Node, currency: str) -> dict[str, Any] | None:
    if node.absent:
        return None
    try:
        amount = parse_amount(node.value, currency)
    except Refusal as why:
        node.refused(why)
        return None
    if amount < 0:
        node.wrong("An amount a head is not negative.")
    return dict(Money(amount, currency).as_json())
