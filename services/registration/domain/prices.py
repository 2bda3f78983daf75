"""Prices beside the list price: early bird, by a statement, by a code, for a group (domain.md §4).

    prices:
      - {id: early, label: early bird, amount: "169.00", when: {until: 2020-09-30}}
      - {id: member, percent_off: 15, when: {statement: Your member number}}
      - {id: spring, amount: 14900, when: {code: SPRING-2020, most: 50, until: 2020-09-15}}
      - {id: team, percent_off: 10, when: {at_least: 5}}

The lowest price that a person is entitled to holds. A percentage takes off its share of the list
price, half up to the minor unit. A day ends as it does in the course's zone.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.registration.domain.reading import Node
from shared.dates import parse_day, parse_instant, rfc3339, start_of_day
from shared.errors import Refusal
from shared.money import Money, parse_amount

Price = dict[str, Any]
KNOWN = ("id", "label", "amount", "percent_off", "when")
WHEN = ("until", "statement", "code", "most", "at_least")
_KINDS = {"statement": "statement", "code": "code", "at_least": "group"}  # else it is early bird
_LEAST_CODE = 4  # letters and digits


@dataclass(frozen=True, slots=True)
class Given:
    """The price that holds: the empty id is the list price.

    `kept` is the price that whoever waits for a seat is entitled to when they get one.
    """

    price_id: str
    amount: int
    kept: str = ""


def read_prices(node: Node, listed: Mapping[str, Any], zone: str) -> dict[str, list[Price]]:
    """Prices of a course file: `prices` that everybody may know of, and, apart, `code_prices`, each
    with the digest of its code and how often it may be used."""
    read = [_read(each, listed, zone) for each in node.items(most=50) if each.table()]
    for what, several in (("id", "price_id"), ("code", "digest")):
        for value, times in Counter(price.get(several) for price in read).items():
            if value and times > 1:
                shown = f"{what} {value}" if what == "id" else what
                node.wrong(f"The {shown} is there {times} times.")
    return {
        "prices": [price for price in read if price["kind"] != "code"],
        "code_prices": [price for price in read if price["kind"] == "code"],
    }


def _read(node: Node, listed: Mapping[str, Any], zone: str) -> Price:
    node.unknown(KNOWN)
    price_id, label = node.at("id").slug(), node.at("label").text(most=100, needed=False)
    return {
        "price_id": price_id,
        "label": label or price_id.replace("-", " ").replace("_", " "),
        "amount": {"amount": _amount(node, listed), "currency": listed["currency"]},
        **_when(node.at("when"), zone),
    }


def _amount(node: Node, listed: Mapping[str, Any]) -> int:
    amount, percent = node.at("amount"), node.at("percent_off")
    whole = Money(listed["amount"], listed["currency"])
    if amount.absent == percent.absent:
        node.wrong("A price has an amount, or a percent_off: one of the two.")
        return whole.amount
    if amount.absent:
        off = percent.decimal(least="0.01")
        left = whole - whole.percent(off)
        if left.amount < 0:
            percent.wrong("No more than 100 per cent can be taken off.")
        return max(0, left.amount)
    try:
        minor = parse_amount(amount.value, whole.currency)
    except Refusal as why:
        amount.refused(why)
        return whole.amount
    if not 0 <= minor <= whole.amount:
        amount.wrong("A price is neither negative nor above the list price.")
    return minor


def _when(node: Node, zone: str) -> Price:
    made: Price = {"kind": "early", "until": None, "ends_at": None, "statement": "", "at_least": 0}
    if not node.table():
        return made
    node.unknown(WHEN)
    kinds = [kind for name, kind in _KINDS.items() if not node.at(name).absent]
    if len(kinds) > 1 or (not kinds and node.at("until").absent):
        node.wrong("When is it given: until a day, by a statement, by a code, or at_least so many?")
    made["kind"] = kinds[0] if kinds else "early"
    if not node.at("until").absent:
        made |= _until(node.at("until"), zone)
    if made["kind"] == "statement":
        made["statement"] = node.at("statement").text(most=200)
    if made["kind"] == "group":
        made["at_least"] = node.at("at_least").whole(least=2, most=500, fallback=2)
    if made["kind"] == "code":
        made |= _code(node.at("code"), node.at("most"))
    elif not node.at("most").absent:
        node.at("most").wrong("Only a code is counted.")
    return made


def _until(node: Node, zone: str) -> Price:
    """A day is meant with all of it; an instant is the first one at which it is over."""
    try:
        if isinstance(node.value, str) and len(node.value) > len("2020-09-30"):
            ends = parse_instant(node.value)
            return {"until": rfc3339(ends), "ends_at": rfc3339(ends)}
        day = parse_day(node.value)
        ends = start_of_day(day + timedelta(days=1), zone or "UTC")
        return {"until": day.isoformat(), "ends_at": rfc3339(ends)}
    except (Refusal, OverflowError):
        node.wrong("A day such as 2020-09-30, or an instant such as 2020-09-30T22:00:00Z.")
        return {}


def _code(code: Node, most: Node) -> Price:
    text = code.text(most=100)
    if text and len(_plain(text)) < _LEAST_CODE:
        code.wrong(f"A code has at least {_LEAST_CODE} letters and digits.")
    uses = None if most.absent else most.whole(least=1, most=1_000_000, fallback=1)
    return {"digest": code_digest(text), "most": uses}


def _plain(code: str) -> str:
    return "".join(character for character in code.upper() if character.isalnum())


def code_digest(code: str) -> str:
    """What is kept of a code, however people write it."""
    return hashlib.sha256(_plain(code).encode()).hexdigest()


def without_codes(prices: Sequence[Price]) -> list[Price]:
    """As they stand in the course's document: no code leaves a trace there."""
    return [{k: v for k, v in each.items() if k not in {"digest", "most"}} for each in prices]


def is_over(price: Mapping[str, Any], now: datetime) -> bool:
    """Whether it is not given any more; exactly at its end is after it."""
    return price["ends_at"] is not None and now >= parse_instant(price["ends_at"])


def for_group(prices: Sequence[Mapping[str, Any]], lines: int) -> set[str]:
    """The prices that an order of so many is entitled to."""
    return {
        each["price_id"] for each in prices if each["kind"] == "group" and lines >= each["at_least"]
    }


def given(
    listed: int, prices: Sequence[Mapping[str, Any]], entitled: Collection[str], now: datetime
) -> Given:
    """The lowest of the list price, what applies by itself, and what one is entitled to."""
    running = [each for each in prices if not is_over(each, now)]
    asked = [each for each in running if each["price_id"] in entitled]
    early = [each for each in running if each["kind"] == "early"]
    kept = min(asked, key=_cost, default=None)
    lowest = min([*asked, *early], key=_cost, default=None)
    keeps = kept["price_id"] if kept else ""
    if lowest is None or _cost(lowest) >= listed:
        return Given("", listed, keeps)
    return Given(lowest["price_id"], _cost(lowest), keeps)


def _cost(price: Mapping[str, Any]) -> int:
    return int(price["amount"]["amount"])
