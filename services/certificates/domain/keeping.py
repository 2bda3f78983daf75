"""How long evidence is kept: the longest of a course's boards, counted in years after its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.dates import add_years, day_of, start_of_day

KEEP_YEARS = 7  # where no board says more (boards-and-platforms.md §1.4)


def kept_until(last_end: datetime, zone: str, boards: Iterable[Mapping[str, Any]]) -> datetime:
    """The end of the day, by the course's clock, on which the last board's years are over."""
    years = max((board.get("keep_years") or KEEP_YEARS for board in boards), default=KEEP_YEARS)
    last_day = add_years(day_of(last_end, zone), years)
    return start_of_day(last_day + timedelta(days=1), zone)
