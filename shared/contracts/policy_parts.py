"""Reading the parts of a policy document from any JSON, noting faults instead of raising."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from shared.contracts.policy_model import (
    ALLOCATIONS,
    DELIVERIES,
    ORIGINS,
    OUTCOMES,
    Expiry,
    Fee,
    ProviderCancels,
    Until,
    Window,
)
from shared.dates import parse_day, zone_of
from shared.errors import fault

_BEFORE = {
    "days_before_start": ("days", 3_660),
    "business_days_before_start": ("business_days", 2_600),
    "hours_before_start": ("hours", 87_840),
}
_LENGTHS = {"years": 100, "months": 1_200, "days": 36_500}
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")
_LARGEST_FEE = 10**12
_WINDOW = frozenset({"until", "outcome", "fee", "of", "expires", "for"})


class Faults(list[dict[str, str]]):
    """The faults found so far, each with its pointer."""

    def note(self, at: str, detail: str) -> None:
        self.append(fault(at, detail))

    def unknown(self, at: str, given: Mapping[Any, Any], known: frozenset[str]) -> None:
        for name in given:
            if name not in known:
                self.note(f"{at}/{pointed(name)}", "A policy has no such field here.")


def pointed(name: Any) -> str:
    """A name as part of a JSON pointer (RFC 6901), cut where it is very long."""
    readable = str(name)[:60].encode("utf-8", "replace").decode()
    return readable.replace("~", "~0").replace("/", "~1")


def whole(value: Any, least: int, most: int) -> int | None:
    """That whole number, or None where it is none or out of range."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    return None


def clean(value: Any, longest: int) -> str | None:
    """That text, or None where it is none, too long, or nothing a database takes."""
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return value


def until(found: Faults, at: str, given: Any) -> Until | None:
    if isinstance(given, str) and given in {"start", "forever"}:
        return Until(given)  # type: ignore[arg-type]
    if not isinstance(given, dict):
        found.note(at, 'It is "start", "forever", or a count of days or hours before the start.')
        return None
    before = [name for name in _BEFORE if name in given]
    found.unknown(at, given, frozenset({*_BEFORE, "inclusive"}))
    if len(before) != 1:
        found.note(at, f"It names exactly one of {', '.join(_BEFORE)}.")
        return None
    unit, most = _BEFORE[before[0]]
    count = whole(given[before[0]], 0, most)
    if count is None:
        found.note(f"{at}/{before[0]}", f"It is a whole number from 0 to {most}.")
    inclusive = given.get("inclusive", True)
    if not isinstance(inclusive, bool):
        found.note(f"{at}/inclusive", "It is true or false.")
    if count is None or not isinstance(inclusive, bool):
        return None
    return Until(unit, count, inclusive)  # type: ignore[arg-type]


def percent(found: Faults, at: str, given: Any) -> Fee | None:
    """`n` of `{percent: n}`: a number or a decimal string from 0 to 100, at most 4 decimals."""
    number: Decimal | None = None
    if whole(given, 0, 100) is not None or (isinstance(given, float) and isfinite(given)):
        number = Decimal(str(given))
    elif isinstance(given, str) and _PERCENT.fullmatch(given):
        number = Decimal(given)
    if number is None or not 0 <= number <= 100 or number != round(number, 4):
        found.note(at, "It is a number from 0 to 100, with at most four decimals.")
        return None
    return Fee(percent=number)


def fee(found: Faults, at: str, given: Any) -> Fee | None:
    """One fee: minor units, or `{percent: n}`."""
    if isinstance(given, dict) and set(given) == {"percent"}:
        return percent(found, f"{at}/percent", given["percent"])
    minor = whole(given, 0, _LARGEST_FEE)
    if minor is None:
        found.note(at, "A fee is whole minor units (3000 for 30.00), or {percent: n}.")
        return None
    return Fee(fixed=minor)


def fees(found: Faults, at: str, given: dict[Any, Any]) -> dict[str, Fee] | None:
    """Fees by kind of product."""
    if not given or len(given) > 100 or "percent" in given:
        found.note(at, "It is {percent: n} alone, or up to 100 kinds of product with a fee each.")
        return None
    kinds: dict[str, Fee] = {}
    for kind, one in given.items():
        if not clean(kind, 100):
            found.note(f"{at}/{pointed(kind)}", "A kind of product is a short name.")
        read = fee(found, f"{at}/{pointed(kind)}", one)
        if read is not None:
            kinds[str(kind)] = read
    return kinds


def expiry(found: Faults, at: str, given: Any) -> Expiry | None:
    if not isinstance(given, dict):
        found.note(at, "It is one of years, months or days with a number, and from.")
        return None
    found.unknown(at, given, frozenset({*_LENGTHS, "from"}))
    origin = given.get("from")
    if origin not in ORIGINS:
        found.note(f"{at}/from", f"It is one of {', '.join(ORIGINS)}.")
    units = [name for name in _LENGTHS if name in given]
    if not units and origin == "year_end":
        return Expiry("years", 0, "year_end")
    if len(units) != 1:
        found.note(at, "It names exactly one of years, months, days.")
        return None
    least = 0 if origin == "year_end" else 1
    count = whole(given[units[0]], least, _LENGTHS[units[0]])
    if count is None:
        found.note(f"{at}/{units[0]}", f"It is a whole number from {least}.")
    if count is None or origin not in ORIGINS:
        return None
    return Expiry(units[0], count, str(origin))  # type: ignore[arg-type]


def window(found: Faults, at: str, given: Any) -> Window | None:
    """One window; None where anything in it is wrong."""
    if not isinstance(given, dict):
        found.note(at, "A window is an object with until and outcome.")
        return None
    before = len(found)
    found.unknown(at, given, _WINDOW)
    end = until(found, f"{at}/until", given.get("until"))
    outcome = given.get("outcome")
    if outcome not in OUTCOMES:
        found.note(f"{at}/outcome", f"It is one of {', '.join(OUTCOMES)}.")
    one, by_kind, asked = Fee(), None, given.get("fee")
    if isinstance(asked, dict) and set(asked) != {"percent"}:
        by_kind = fees(found, f"{at}/fee", asked)
    elif asked is not None:
        one = fee(found, f"{at}/fee", asked) or Fee()
    if outcome == "nothing" and (by_kind or one not in {Fee(), Fee(percent=Decimal(0))}):
        found.note(f"{at}/fee", "Where nothing is given there is nothing to take a fee from.")
    if given.get("of", "paid") != "paid":
        found.note(f"{at}/of", "It is paid: what was actually paid.")
    if given.get("for") not in (None, "another_learning_product"):
        found.note(f"{at}/for", "It is another_learning_product.")
    expires = None
    if given.get("expires") is not None:
        expires = expiry(found, f"{at}/expires", given["expires"])
    if len(found) > before or end is None:
        return None
    return Window(end, outcome, one, by_kind, expires, given.get("for") or "")  # type: ignore[arg-type]


def provider_cancels(found: Faults, at: str, given: Any) -> ProviderCancels:
    """What it says beyond this is the provider's own note and has no effect."""
    if not isinstance(given, dict):
        found.note(at, "It is an object.")
        return ProviderCancels()
    outcome = given.get("outcome", "refund")
    if outcome not in OUTCOMES:
        found.note(f"{at}/outcome", f"It is one of {', '.join(OUTCOMES)}.")
    taken = given.get("fee")
    one = Fee() if taken is None else fee(found, f"{at}/fee", taken) or Fee()
    expires = given.get("expires")
    until_when = None if expires is None else expiry(found, f"{at}/expires", expires)
    days = whole(given.get("restored_days", 90), 0, 36_500)
    if days is None:
        found.note(f"{at}/restored_days", "It is a whole number of days.")
    return ProviderCancels(outcome, one, until_when, days or 0)


def deliveries(found: Faults, at: str, given: Any) -> tuple[str, ...]:
    """Those it covers; all where it does not say."""
    if given is None:
        return DELIVERIES
    if not isinstance(given, list) or not given or any(one not in DELIVERIES for one in given):
        found.note(at, f"It is a list of {', '.join(DELIVERIES)}.")
        return DELIVERIES
    return tuple(dict.fromkeys(given))


def allocation(found: Faults, at: str, given: Any) -> Any:
    if given is not None and given not in ALLOCATIONS:
        found.note(at, f"It is one of {', '.join(ALLOCATIONS)}.")
    return given if given in ALLOCATIONS else "credit_first"


def holidays(found: Faults, at: str, given: Any) -> frozenset[date]:
    """Days that are no business days; from YAML they come as dates already."""
    if given is None:
        return frozenset()
    if not isinstance(given, list) or len(given) > 1_000:
        found.note(at, "It is a list of days such as 2020-11-26.")
        return frozenset()
    days = set()
    for place, one in enumerate(given):
        try:
            is_day = isinstance(one, date) and not isinstance(one, datetime)
            days.add(one if is_day else parse_day(one))
        except ValueError:
            found.note(f"{at}/{place}", "A day is written 2020-11-26.")
    return frozenset(days)


def zone(found: Faults, at: str, given: Any) -> str:
    try:
        return zone_of(given).key
    except ValueError:
        found.note(at, "It is a zone of the tz database, such as America/New_York.")
        return "UTC"


def version(found: Faults, at: str, given: Any) -> int | str:
    number, words = whole(given, 0, 10**9), clean(given, 100)
    if number is None and not words:
        found.note(at, "It is a whole number or a short text.")
    return words or number or 0
