"""The approvals calendar: which approvals end while their course still needs them (domain.md §9a).

Staff are warned 90 and 30 days before the last day. An approval is of no interest once the course
is over; a recording needs it until the last day on which it can be watched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

WARNINGS = (90, 30)  # days before the end, the earliest first


@dataclass(frozen=True)
class Period:
    """One board's approval of one course. `until` is its last day, `needed_until` the course's;
    `after` are sessions that are taught, or can be watched, later than it holds."""

    board: str
    holder: str
    number: str
    until: date
    needed_until: date
    after: tuple[str, ...] = ()

    def days_left(self, today: date) -> int:
        """0 on its last day, less than 0 when it is over."""
        return (self.until - today).days

    def needed(self, today: date) -> bool:
        """Whether the course still goes on."""
        return today <= self.needed_until


def warning(period: Period, today: date) -> int | None:
    """The warning that stands today: 90, 30 (also when it is over), or None."""
    if not period.needed(today):
        return None
    left = period.days_left(today)
    return min((days for days in WARNINGS if left <= days), default=None)


def next_look(periods: Iterable[Period], today: date) -> date | None:
    """The next day on which a warning begins or ends; None if none will."""
    days: set[date] = set()
    for period in periods:
        begins = [period.until - timedelta(days=before) for before in WARNINGS]
        begins = [day for day in begins if period.needed(day)]
        ends = [period.needed_until + timedelta(days=1)] if begins else []
        days.update(day for day in (*begins, *ends) if day > today)
    return min(days, default=None)
