"""The ledger as beancount reads it: a text file of plain double entry, to be audited elsewhere.

Each function gives lines of text; amounts are decimals of the currency's own length, exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from services.billing.domain import ledger
from shared.money import Money

_NAMES = {
    ledger.RECEIVABLE: "Assets:Receivable",
    ledger.CASH: "Assets:Cash:Gateway",
    ledger.BANK: "Assets:Cash:Bank",
    ledger.DISPUTES: "Assets:Disputes",
    ledger.DEFERRED: "Liabilities:Deferred-Revenue",
    ledger.CREDITS: "Liabilities:Credits",
    ledger.REFUNDS: "Liabilities:Refunds-Payable",
    ledger.TAX: "Liabilities:Tax",
    ledger.TAX_FEES: "Liabilities:Tax-Of-Fees",
    ledger.REVENUE: "Income:Revenue",
    ledger.FEES: "Income:Fees",
    ledger.FORFEITED: "Income:Forfeited",
    ledger.BREAKAGE: "Income:Breakage",
    ledger.LOSSES: "Expenses:Losses",
}
_BEGINNING = date(1970, 1, 1)


def account_of(account: str) -> str:
    """The name of an account there."""
    return _NAMES[account]


def head(title: str) -> list[str]:
    """How a file begins: its title, and every account there is."""
    opened = [f"{_BEGINNING} open {name}" for name in _NAMES.values()]
    return [f"option {_text('title')} {_text(title)}", "", *opened, ""]


def transaction(
    day: date, kind: str, lines: Iterable[tuple[str, int, str]], meta: Mapping[str, str]
) -> list[str]:
    """A transaction of that day; `meta` says what it is about."""
    told = [f"{day} * {_text(kind)}"]
    told += [f"  {name}: {_text(value)}" for name, value in meta.items() if value]
    told += [
        f"  {account_of(account)}  {Money(amount, currency)}" for account, amount, currency in lines
    ]
    return [*told, ""]


def assertions(last: date, balances: Mapping[tuple[str, str], int]) -> list[str]:
    """What each account must stand at when `last` is over: (account, currency) → minor units."""
    after = last + timedelta(days=1)
    return [
        f"{after} balance {account_of(account)}  {Money(amount, currency)}"
        for (account, currency), amount in sorted(balances.items())
    ]


def _text(value: str) -> str:
    """A string of beancount's, on one line."""
    flat = " ".join(value.split())
    escaped = flat.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
