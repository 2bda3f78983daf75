"""What is kept of how a registration stands with its invoice, against its lines and what came."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from cli.invariants.registry import Finding, Outside

_KEPT = "SELECT registration_id, invoice_id, invoice_state FROM registrations"
_LINES = "SELECT registration_id, invoice_id, kind, amount_minor FROM invoice_lines"
_PARTS = "SELECT registration_id, applied_minor FROM payment_parts"
_ENTRIES = "SELECT entry_id, registration_id, kind, amount_minor, corrects FROM credit_entries"


async def states_are_kept(outside: Outside) -> AsyncIterator[Finding]:
    kept = await outside.rows("billing", _KEPT)
    asked: Counter[Any] = Counter()
    moved: Counter[Any] = Counter()
    withdrawn: Counter[Any] = Counter()
    for line in await outside.rows("billing", _LINES):
        share = line["registration_id"], line["invoice_id"]
        asked[share] += line["amount_minor"]
        moved[share] += line["amount_minor"] if line["kind"] == "transfer" else 0
        taken_back = line["kind"] in ("withdrawn", "reinstated")
        withdrawn[share] += line["amount_minor"] if taken_back else 0
    came: Counter[str] = Counter()
    for part in await outside.rows("billing", _PARTS):
        came[part["registration_id"]] += part["applied_minor"]
    entries = await outside.rows("billing", _ENTRIES)
    released = {one["corrects"] for one in entries if one["kind"] == "restored"}
    for one in entries:
        if one["kind"] == "redeemed" and one["entry_id"] not in released:
            came[one["registration_id"]] -= one["amount_minor"]
    for row in kept:
        share = row["registration_id"], row["invoice_id"]
        paid = came[row["registration_id"]]
        if row["invoice_id"] is None:
            is_so = None
        elif asked[share] > paid:
            is_so = "open"
        else:
            settled = paid or (moved[share] and not withdrawn[share])
            is_so = "paid" if settled else "void"
        if row["invoice_state"] != is_so:
            detail = f"{row['invoice_state']} is kept, and it is {is_so}"
            yield Finding(row["registration_id"], detail)
