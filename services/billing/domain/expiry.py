"""When credits end (domain.md §2, §3; interfaces.md §10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from shared.dates import add_months, add_years

_LAST = date.max - timedelta(days=1)  # no zone can say when a later day ends
DAYS_AT_LEAST = 90  # of a restored credit, where the provider cancelled


def expires_on(expires: Mapping[str, Any] | None, issued: date, session: date) -> date | None:
    """The last day of a new credit, in the policy's zone; None: it does not expire.

    Counted from the receipt day of the cancelling request, the day of the original session, or
    the end of the year of the request; 29 February becomes 28 February. Beyond what a calendar
    can say it does not expire either.
    """
    if expires is None:
        return None
    start = _start(expires.get("from"), issued, session)
    try:
        if expires.get("years") is not None:
            last = add_years(start, int(expires["years"]))
        elif expires.get("months") is not None:
            last = add_months(start, int(expires["months"]))
        else:
            last = start + timedelta(days=int(expires.get("days") or 0))
    except (OverflowError, ValueError):
        return None
    return last if last < _LAST else None


def restored_until(original: date | None, requested: date, days: int | None) -> date | None:
    """A restored credit keeps its expiry; with `days`, it runs at least so long from that day."""
    if original is None or days is None:
        return original
    try:
        last = max(original, requested + timedelta(days=days))
    except OverflowError:
        return None
    return last if last < _LAST else None


def _start(basis: Any, issued: date, session: date) -> date:
    if basis == "original_session":
        return session
    if basis == "year_end":
        return date(issued.year, 12, 31)
    return issued
