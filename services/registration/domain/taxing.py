"""Tax within a course's prices: what its file says, and which rate is somebody's.

Of a course held in person the course's own place decides, else where the learner is. What is paid
is the price that was shown, whatever the rate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.registration.domain.reading import Node

_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
MOST_PERCENT = 100


def read_place(node: Node, *, needed: bool = False) -> str:
    """A country or a part of one by ISO 3166, `DE` or `US-NY`; the empty text where not said."""
    found = node.text(needed=needed, most=20).upper()
    if found and not _PLACE.fullmatch(found):
        node.wrong("A country, or a part of one, by ISO 3166 is needed here: DE, US-NY.")
        return ""
    return found


def read_tax(node: Node, delivery: str) -> dict[str, Any] | None:
    """The tax of a course file; None where it has none."""
    if node.absent or not node.table():
        return None
    node.unknown(("place", "rates", "fee_percent"))
    rates = [_rate(each) for each in node.at("rates").items(most=500)]
    places = [rate["place"] for rate in rates]
    if not rates:
        node.at("rates").wrong("At least one rate is needed here.")
    for at, place in enumerate(places):
        if place in places[:at]:
            node.at("rates").at(at).wrong("This place has a rate already.")
    fee = node.at("fee_percent")
    return {
        "place": read_place(node.at("place"), needed=delivery == "in_person"),
        "rates": rates,
        "fee_percent": "0" if fee.absent else _percent(fee),
    }


def tax_of(terms: Mapping[str, Any], place: str) -> dict[str, Any] | None:
    """The tax within what somebody at that place is charged; None where no rate is for it.

    The rate of the very place counts before that of its country, and that before the one for
    everywhere else.
    """
    tax = terms.get("tax")
    if tax is None:
        return None
    at = tax["place"] if terms["delivery"] == "in_person" else place or tax["place"]
    rates = {rate["place"]: rate for rate in tax["rates"]}
    for known in (at, at.partition("-")[0], ""):
        if known in rates:
            rate = rates[known]
            return {
                "place": at,
                "percent": rate["percent"],
                "label": rate["label"],
                "fee_percent": tax["fee_percent"],
            }
    return None


def _rate(node: Node) -> dict[str, Any]:
    if not node.table():
        return {"place": "", "percent": "0", "label": "Tax"}
    node.unknown(("place", "percent", "label"))
    return {
        "place": read_place(node.at("place")),
        "percent": _percent(node.at("percent")),
        "label": node.at("label").text(needed=False, most=100) or "Tax",
    }


def _percent(node: Node) -> str:
    found = node.decimal()
    if Decimal(found) > MOST_PERCENT:
        node.wrong(f"At most {MOST_PERCENT} per cent fit here.")
        return "0"
    return found
