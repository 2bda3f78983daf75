"""Numbers without gaps: a series is a row, locked last, and given back if the batch is.

A number that was said, and is not in a database that was restored from a backup, waits in a row of
its own for the registration that it was said of (`recalling.py`).
"""

from __future__ import annotations

from services.billing.models import Counter
from shared.runtime.rows import build
from shared.runtime.work import Work


def next_number(work: Work, series: str) -> str:
    """`2020-000001` of the series `invoice/2020`; its counter must have been planned."""
    counter = work.get(Counter, series)
    last = (counter.last if counter else 0) + 1
    work.put(build(Counter, {"series": series, "last": last}))
    return _number(series, last)


def number_for(work: Work, series: str, registration_id: str) -> str:
    """The number that was said of it before, else the next; both counters must be planned."""
    said = work.get(Counter, said_number(registration_id))
    return _number(series, said.last) if said else next_number(work, series)


def said_number(registration_id: str) -> str:
    """Where the number waits that was said of a registration's invoice."""
    return f"said/{registration_id}"


def series_of(kind: str, number: str) -> str:
    """The series of `2020-000001`: `invoice/2020`."""
    return f"{kind}/{number.partition('-')[0]}"


def _number(series: str, last: int) -> str:
    return f"{series.rpartition('/')[2]}-{last:06d}"
