"""Numbers without gaps: a series is a row, locked last, and given back if the batch is."""

from __future__ import annotations

from services.billing.models import Counter
from shared.runtime.rows import build
from shared.runtime.work import Work


def next_number(work: Work, series: str) -> str:
    """`2020-000001` of the series `invoice/2020`; its counter must have been planned."""
    counter = work.get(Counter, series)
    last = (counter.last if counter else 0) + 1
    work.put(build(Counter, {"series": series, "last": last}))
    return f"{series.rpartition('/')[2]}-{last:06d}"
