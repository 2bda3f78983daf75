"""What an invoice and a credit note say, ready to be printed: words and amounts, no layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.dates import day_of
from shared.money import Money

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
TENDERS = {"card": "card", "credit": "credit", "transfer": "bank transfer", "cash": "cash"}
ERASED = "Name erased"


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sold a course, as its version at purchase said."""

    name: str
    zone: str
    address: str = ""
    contact: str = ""
    tax_id: str = ""
    bank: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Seller:
        return cls(**{name: str(kept.get(name) or "") for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Item:
    """What is charged or credited, for whom; without the tax, which stands apart."""

    description: str
    amount: int
    attendee: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An amount below the items: a tax, a payment, what is left."""

    label: str
    amount: int


@dataclass(frozen=True, slots=True)
class Document:
    """One document. `facts` are pairs of a label and its words; empty words are not printed.

    `summed` come between the items and the total: net and taxes, where there are any. What was paid
    of the total is `settled`, and `left` what is still to be paid.
    """

    kind: str
    number: str
    issued_at: datetime
    seller: Seller
    buyer: Sequence[str]
    currency: str
    facts: Sequence[tuple[str, str]]
    items: Sequence[Item]
    taxes: Sequence[Row] = ()
    settled: Sequence[Row] = ()
    left: Row | None = None
    notes: Sequence[str] = ()


def page_of(made: Document) -> dict[str, Any]:
    """All that is printed, as JSON; see `templates/invoice.typ`."""
    day = day_of(made.issued_at, made.seller.zone)
    net = sum(item.amount for item in made.items)
    total = net + sum(row.amount for row in made.taxes)
    taxed = [Row("Net", net), *made.taxes] if made.taxes else []

    def rows(many: Iterable[Row]) -> list[list[str]]:
        return [[row.label, amount_of(row.amount, made.currency)] for row in many]

    return {
        "lang": "en",
        "kind": made.kind,
        "number": made.number,
        "issued": [day.year, day.month, day.day],
        "seller": {
            "name": made.seller.name,
            "lines": _lines(made.seller.address, made.seller.contact),
            "tax_id": made.seller.tax_id,
        },
        "buyer": list(made.buyer),
        "facts": [[label, words] for label, words in made.facts if words],
        "currency": made.currency,
        "of": "Net amount" if made.taxes else "Amount",
        "items": [
            [item.description, item.attendee, amount_of(item.amount, made.currency)]
            for item in made.items
        ],
        "attendees": any(item.attendee for item in made.items),
        "summed": rows(taxed),
        "total": rows([Row("Total", total)])[0],
        "settled": rows(made.settled),
        "left": rows([made.left])[0] if made.left else None,
        "bank": _lines(made.seller.bank) if made.left and made.left.amount > 0 else [],
        "notes": list(made.notes),
    }


def amount_of(minor: int, currency: str) -> str:
    """`1,234.50`; a minus is a minus sign."""
    whole, point, decimals = Money(abs(minor), currency).major.partition(".")
    return f"{'−' if minor < 0 else ''}{int(whole):,}{point}{decimals}"


def day_words(day: date) -> str:
    """`14 September 2020`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment_words(at: datetime, zone: str) -> str:
    """The day of an instant, in a zone."""
    return day_words(day_of(at, zone))


def paid_row(tender: str, amount: int, at: datetime | None, zone: str) -> Row:
    """`Paid by card on 14 September 2020`."""
    by = TENDERS.get(tender, tender)
    on = f" on {moment_words(at, zone)}" if at else ""
    return Row(f"Paid by {by}{on}", -amount)


def _lines(*texts: str) -> list[str]:
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]
