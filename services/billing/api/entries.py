"""The ledger of one registration, line by line, with what stands on each account after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from services.billing.api.sheets import Number, rows_of
from shared.dates import rfc3339
from shared.money import Money
from shared.runtime.database import Reader

_LEDGER = """
SELECT e.transaction_id, e.account, e.amount_minor, e.currency, t.kind, t.occurred_at,
  t.booked_at, t.corrects
FROM ledger_entries e JOIN ledger_transactions t USING (transaction_id)
WHERE e.registration_id = $1 ORDER BY t.occurred_at, t.booked_at, e.transaction_id, e.line
"""


async def entries_of(reader: Reader, registration_id: str) -> list[dict[str, Any]]:
    """Its lines, in the order in which things happened."""
    return _running(await reader.fetch(_LEDGER, registration_id))


def sheet_of(ledger: list[dict[str, Any]]) -> str:
    """The ledger's lines as CSV; amounts are decimals of major units, debits positive."""
    named = ("transaction_id", "occurred_at", "booked_at", "kind", "account")
    head = (*named, "amount", "balance", "currency", "corrects")
    return rows_of([head, *(_cells(line, named) for line in ledger)])


def _cells(line: dict[str, Any], named: tuple[str, ...]) -> list[Any]:
    amounts = [Money(line[name], line["currency"]).major for name in ("amount", "balance")]
    return [
        *(line[name] for name in named),
        *map(Number, amounts),
        line["currency"],
        line["corrects"],
    ]


def _running(records: Iterable[Any]) -> list[dict[str, Any]]:
    """Lines with what stands on their account after each."""
    balances: Counter[str] = Counter()
    lines = []
    for record in records:
        balances[record["account"]] += record["amount_minor"]
        lines.append(_line(record) | {"balance": balances[record["account"]]})
    return lines


def _line(record: Any) -> dict[str, Any]:
    return {
        "transaction_id": record["transaction_id"],
        "kind": record["kind"],
        "account": record["account"],
        "amount": record["amount_minor"],
        "currency": record["currency"],
        "occurred_at": rfc3339(record["occurred_at"]),
        "booked_at": rfc3339(record["booked_at"]),
        "corrects": record["corrects"],
    }
