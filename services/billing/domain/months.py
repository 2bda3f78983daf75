"""Months of the books, in the zone in which they are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.dates import add_months, start_of_day
from shared.errors import Invalid

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
SETTLES = timedelta(hours=1)  # after its end a month may be closed: what was begun in it is through


class MonthInvalid(Invalid):
    """Not a month, such as 2020-10."""

    slug = "month-invalid"


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the books: from `starts_at` until just before `ends_at`."""

    name: str
    zone: str
    starts_at: datetime
    ends_at: datetime


def is_next(name: str, before: str) -> bool:
    """Whether it is the month after that one."""
    return add_months(date.fromisoformat(f"{before}-01"), 1).isoformat()[:7] == name


def month_of(name: str, zone: str) -> Month:
    """The month of that name, such as `2020-10`."""
    found = _MONTH.fullmatch(name)
    if found is None or not 1900 <= int(found.group(1)) <= 9000:
        raise MonthInvalid("A month is a year and a month, such as 2020-10.")
    first = date(int(found.group(1)), int(found.group(2)), 1)
    return Month(name, zone, start_of_day(first, zone), start_of_day(add_months(first, 1), zone))
