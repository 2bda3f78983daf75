"""Reading one window of a policy document, noting faults instead of raising."""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite
from typing import Any

from shared.contracts.policy_faults import Faults, clean, pointed, whole
from shared.contracts.policy_model import ORIGINS, OUTCOMES, Expiry, Fee, Until, Window

_BEFORE = {
    "days_before_start": ("days", 3_660),
    "business_days_before_start": ("business_days", 2_600),
    "hours_before_start": ("hours", 87_840),
}
_LENGTHS = {"years": 100, "months": 1_200, "days": 36_500}
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")
_LARGEST_FEE = 10**12
_WINDOW = frozenset({"until", "outcome", "fee", "of", "expires", "for", "transferable"})


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


def _terms(found: Faults, at: str, given: dict[Any, Any]) -> None:
    """What a credit of this window is good for, and for whom."""
    if given.get("for") not in (None, "another_learning_product"):
        found.note(f"{at}/for", "It is another_learning_product.")
    if not isinstance(given.get("transferable", False), bool):
        found.note(f"{at}/transferable", "It is true or false.")


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
    _terms(found, at, given)
    expires = None
    if given.get("expires") is not None:
        expires = expiry(found, f"{at}/expires", given["expires"])
    if len(found) > before or end is None:
        return None
    only_for, anyone = given.get("for") or "", given.get("transferable") is True
    return Window(end, outcome, one, by_kind, expires, only_for, anyone)  # type: ignore[arg-type]
