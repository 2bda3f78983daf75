"""Which window of a policy a request falls into (domain.md §2, interfaces.md §10).

Whole days are calendar days of the policy's zone; every window ends at the start at the latest,
except "forever". A deadline is kept as the first instant that is too late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.billing.domain.decision import PolicyUndefined
from services.billing.domain.fees import fee_of
from shared.dates import business_days_before, day_of, start_of_day, utc
from shared.money import Money

_TICK = timedelta(microseconds=1)
_BEFORE_ALL_TIME = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ending:
    """A window as it lies in time: `ends` is the first instant that is too late, None is never.

    `fee` is in minor units, at most what was paid; None where the window gives nothing back.
    """

    outcome: str
    ends: datetime | None
    fee: int | None


def too_late_from(until: Any, starts_at: datetime, policy: Mapping[str, Any]) -> datetime | None:
    """The first instant after the window; None where it never ends.

    A cut-off of 0 means until the start, and exactly at the start is after it. The day named
    still belongs to the window, unless it says otherwise.
    """
    if until == "forever":
        return None
    if until == "start":
        return starts_at
    unit, count = _span(until)
    inclusive = bool(until.get("inclusive", True))
    if count == 0 and inclusive:
        return starts_at
    try:
        end = _end(unit, count, starts_at, policy, inclusive=inclusive)
    except OverflowError:
        return _BEFORE_ALL_TIME
    return min(end, starts_at)


def window_for(
    policy: Mapping[str, Any], starts_at: datetime, requested_at: datetime
) -> tuple[int, Mapping[str, Any], datetime | None]:
    """The first window whose end lies after the request: its place, itself, where it ends."""
    for place, window in enumerate(windows_of(policy)):
        end = too_late_from(window.get("until"), starts_at, policy)
        if end is None or requested_at < end:
            return place, window, end
    raise PolicyUndefined("The policy has no window for a request at this time.")


def windows_of(policy: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The windows in the order they are tried."""
    windows = policy.get("windows") or ()
    if not windows:
        raise PolicyUndefined("The policy has no windows.")
    return windows  # type: ignore[no-any-return]


def endings(policy: Mapping[str, Any], starts_at: datetime, kind: str, paid: Money) -> list[Ending]:
    """The windows that a learner's request can fall into, in order of time.

    One that ends before the one in front of it does is never reached, and left out.
    """
    starts_at, since = utc(starts_at), _BEFORE_ALL_TIME
    found = []
    for window in windows_of(policy):
        end = too_late_from(window.get("until"), starts_at, policy)
        if end is not None and end <= since:
            continue
        outcome = str(window.get("outcome"))
        fee = None if outcome == "nothing" else fee_of(window.get("fee"), kind, paid)[0]
        found.append(Ending(outcome, end, fee))
        if end is None:
            break
        since = end
    return found


def in_words(until: Any) -> str:
    """`14 days before the start, that day included`."""
    if isinstance(until, str):
        return {"start": "until the start", "forever": "at any time"}.get(until, until)
    unit, count = _span(until)
    words = {"days": "days", "business_days": "business days", "hours": "hours"}[unit]
    inclusive = until.get("inclusive", True)
    if count == 0 and inclusive:
        return "until the start"
    named = "moment" if unit == "hours" else "day"
    return (
        f"until {count} {words} before the start, that {named} {'in' if inclusive else 'ex'}cluded"
    )


def holidays_of(policy: Mapping[str, Any]) -> frozenset[date]:
    """Days that are no business days, beside Saturdays and Sundays."""
    return frozenset(date.fromisoformat(str(day)) for day in policy.get("holidays") or ())


def _span(until: Any) -> tuple[str, int]:
    if isinstance(until, Mapping):
        for unit in ("days", "business_days", "hours"):
            count = until.get(f"{unit}_before_start")
            if count is not None:
                return unit, int(count)
    raise PolicyUndefined("A window of the policy does not say how long it runs.")


def _end(
    unit: str, count: int, starts_at: datetime, policy: Mapping[str, Any], *, inclusive: bool
) -> datetime:
    if unit == "hours":
        exact = starts_at - timedelta(hours=count)
        return exact + _TICK if inclusive else exact
    zone = str(policy["zone"])
    start_day = day_of(starts_at, zone)
    if unit == "days":
        last = start_day - timedelta(days=count)
    else:
        last = business_days_before(start_day, count, holidays_of(policy))
    return start_of_day(last + timedelta(days=1) if inclusive else last, zone)
