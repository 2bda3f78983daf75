"""Reading what a policy document says beside its windows, noting faults instead of raising."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from shared.contracts.policy_faults import Faults, clean, whole
from shared.contracts.policy_model import (
    ALLOCATIONS,
    DELIVERIES,
    OUTCOMES,
    Fee,
    ProviderCancels,
)
from shared.contracts.policy_windows import expiry, fee
from shared.dates import parse_day, zone_of


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
