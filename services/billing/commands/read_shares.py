"""How many registrations stand with their invoices, read at once: for lists, and to look whether
what is kept of it is so. One that is decided about is read with its locks (`account.py`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from services.billing.domain.share import Share, share_of

Fetch = Callable[..., Awaitable[Sequence[Any]]]
_LINES = """
SELECT registration_id, invoice_id, kind, amount_minor FROM invoice_lines
WHERE registration_id = ANY($1)
"""
_CAME = """
SELECT registration_id, sum(applied_minor)::bigint AS amount FROM payment_parts
WHERE registration_id = ANY($1) GROUP BY registration_id
"""
_SPENT = """
SELECT e.registration_id, -sum(e.amount_minor)::bigint AS amount FROM credit_entries e
WHERE e.registration_id = ANY($1) AND e.kind = 'redeemed' AND NOT EXISTS (
  SELECT FROM credit_entries b WHERE b.registration_id = e.registration_id
    AND b.kind = 'restored' AND b.corrects = e.entry_id)
GROUP BY e.registration_id
"""


async def read_shares(fetch: Fetch, invoices: Mapping[str, str]) -> dict[str, Share]:
    """Registration → its share of its invoice, out of what was charged and what came.

    `invoices` gives each registration's invoice; `fetch` is that of a reader or of a connection.
    """
    ids = list(invoices)
    if not ids:
        return {}
    lines = defaultdict(list)
    for line in await fetch(_LINES, ids):
        if line["invoice_id"] == invoices[line["registration_id"]]:
            lines[line["registration_id"]].append((line["kind"], line["amount_minor"]))
    paid = dict.fromkeys(ids, 0)
    for statement in (_CAME, _SPENT):
        for row in await fetch(statement, ids):
            paid[row["registration_id"]] += row["amount"]
    return {one: share_of(lines[one], paid[one]) for one in ids}
