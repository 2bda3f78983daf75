"""A month of the books, as billing tells it, for staff."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from shared.dates import add_months, parse_instant

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_SETTLES = timedelta(hours=1)  # behind its end, until when billing closes no month
# What finance asks for first, in this order; amounts are minor units.
_ACCOUNTS = (
    ("credit_liability", "Credits that learners hold"),
    ("deferred_revenue", "Paid for what is yet to be taught"),
    ("receivable", "Still to be paid"),
    ("fees", "Cancellation fees"),
    ("forfeits", "Forfeits"),
    ("breakage", "Credits that ended"),
)


def may_close(said: Mapping[str, Any], now: datetime) -> bool:
    """Whether it is open, and has been over for long enough."""
    ends_at = said.get("ends_at")
    return (
        said.get("status") != "closed"
        and bool(ends_at)
        and (now >= parse_instant(ends_at) + _SETTLES)
    )


def by_months(month: str, count: int) -> str:
    """So many months later; empty where the calendar has none."""
    year, number = (int(part) for part in month.split("-"))
    try:
        return add_months(date(year, number, 1), count).strftime("%Y-%m")
    except ValueError:
        return ""


def books_of(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Currency → (what, opening, change, closing) of each account, as money."""

    def worth(amount: int, currency: str) -> dict[str, Any]:
        return {"amount": amount, "currency": currency}

    return [
        {
            "currency": one["currency"],
            "rows": [
                (
                    title,
                    worth(one[name]["opening"], one["currency"]),
                    worth(one[name]["closing"] - one[name]["opening"], one["currency"]),
                    worth(one[name]["closing"], one["currency"]),
                )
                for name, title in _ACCOUNTS
            ],
        }
        for one in said.get("currencies") or ()
    ]
