"""What this service said is heard by it again after its database was restored from a backup: an
invoice that was said keeps its number, and nobody else gets it (runtime.md §6, decision 103).

The rest comes back by itself: invoices, settlements and credits from what others said, under the
same ids; payments and refunds from the gateway, by its report and by the keys of refunds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.billing.commands.number import said_number, series_of
from services.billing.models import Counter, Invoice
from shared.contracts.billing import InvoiceIssued
from shared.runtime.plans import needs
from shared.runtime.work import Work


def _needs(event: InvoiceIssued) -> Sequence[tuple[type[Any], Any]]:
    counters = [series_of("invoice", event.number), said_number(event.registration_id)]
    return [(Invoice, event.invoice_id), *((Counter, one) for one in counters)]


@needs(_needs)
async def recall_number(work: Work, event: InvoiceIssued) -> None:
    """Its number is taken; it is given it again when it is made again."""
    series, last = series_of("invoice", event.number), int(event.number.rpartition("-")[2])
    counter = work.get(Counter, series)
    if counter is None or counter.last < last:
        work.put(Counter(series=series, last=last))
    if work.get(Invoice, event.invoice_id) is None:
        work.put(Counter(series=said_number(event.registration_id), last=last))
