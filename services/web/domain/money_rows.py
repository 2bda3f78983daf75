"""Invoices, refunds and credits as rows of tables, and what they come to: each currency by itself.

A row names nobody but an organisation; who it is stands on the registration's page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from services.web.domain.refund_acts import acts_of
from services.web.domain.tables import Row
from shared.dates import parse_instant
from shared.money import Money

Item = Mapping[str, Any]
REPLACED = "replaced"
# Why money went back, by what billing calls it; a session's id may stand behind it.
_CAUSES = {
    "share_due": "session cancelled",
    "unseated": "no seat was left",
    "transferred": "moved to another course",
    "surplus": "paid too much or too late",
    "dashboard": "given back at the gateway",
}


def sums_of(rows: Iterable[Row], column: str) -> list[dict[str, Any]]:
    """What a column of amounts comes to, a sum for each currency, as money. What another row took
    the place of counts there."""
    sums: Counter[str] = Counter()
    for row in rows:
        if row["status"] == REPLACED:
            continue
        sums[row["currency"]] += row["money"][column]["amount"]
    return [{"amount": amount, "currency": code} for code, amount in sorted(sums.items())]


def invoice_row(item: Item, now: datetime) -> dict[str, Any]:
    """One that is open after its day is overdue."""
    due_at = item.get("due_at")
    late = item["status"] == "open" and bool(due_at) and parse_instant(due_at) < now
    return _row(item, "due", "paid", "to_pay", "total") | {
        "number": item["number"],
        "status": "overdue" if late else item["status"],
        "organisation": item.get("organisation"),
        "method": item["method"],
        "issued": _minute(item["issued_at"]),
        "until": _minute(due_at),
        "pay": item["invoice_id"] if item["status"] in ("open", "void") else "",
        "document": f"/console/money/papers/{_one(item)}/invoice.pdf",
    }


def refund_row(item: Item, _now: datetime) -> dict[str, Any]:
    """With its credit note, where there is one."""
    note = str(item.get("credit_note") or "").rpartition("/")[2]
    return _row(item, "amount") | {
        "number": item.get("invoice_number"),
        "refund_id": item["refund_id"],
        "status": REPLACED if item.get("replaced") else item["status"],
        "cause": _cause(str(item["cause"]).partition("/")[0]),
        "why": _words(item.get("failure")),
        "tender": item["tender"],
        "requested": _minute(item["requested_at"]),
        "settled": _minute(item.get("settled_at")),
        "payment_id": item["payment_id"],
        "gateway_ref": item.get("gateway_ref"),
        "reference": item.get("reference"),
        "acts": acts_of(item),
        "document": f"/console/money/papers/{_one(item)}/{note}" if note else None,
    }


def refunds_in(bill: Item) -> list[dict[str, Any]]:
    """The refunds of a registration's statement, as its page shows them."""
    return [
        {
            "refund_id": item["refund_id"],
            "amount": item["amount"],
            "status": REPLACED if item.get("replaced") else item["status"],
            "cause": _cause(str(item.get("cause") or "").partition("/")[0]),
            "why": _words(item.get("failure")),
            "requested": _minute(item.get("requested_at")),
            "acts": acts_of(item),
        }
        for item in bill.get("refunds") or ()
    ]


def credit_row(item: Item, _now: datetime) -> dict[str, Any]:
    """With the invoice that it came out of, and without its code."""
    number = item.get("invoice_number")
    return _row(item, "balance", "amount") | {
        "number": number,
        "credit_id": item["credit_id"],
        "status": item["status"],
        "until": item.get("expires_on"),
        "issued": _minute(item["issued_at"]),
        "holder": item.get("organisation") or "a person",
        "origin": item["origin"],
        "transferred_from": item.get("transferred_from"),
        "document": f"/console/money/papers/{_one(item)}/invoice.pdf" if number else None,
    }


def _row(item: Item, *amounts: str) -> dict[str, Any]:
    """What all have: where it belongs, and its amounts, both to be counted with and to be shown."""
    known = {name: item[name] for name in amounts}
    return {
        "registration_id": item["registration_id"],
        "course_id": item.get("course_id"),
        "currency": known[amounts[0]]["currency"],
        "money": known,
        **{name: _major(money) for name, money in known.items()},
    }


def _major(money: Mapping[str, Any]) -> Decimal:
    return Decimal(Money(money["amount"], money["currency"]).major)


def _one(item: Item) -> str:
    return quote(str(item["registration_id"]), safe="")


def _minute(instant: Any) -> str:
    return str(instant or "")[:16].replace("T", " ")


def _cause(slug: str) -> str:
    return _CAUSES.get(slug) or _words(slug)


def _words(slug: Any) -> str:
    return str(slug or "").replace("_", " ").replace("-", " ")
