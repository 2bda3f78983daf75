"""Invoices and credit notes in words, out of what is kept of them."""

from __future__ import annotations

from collections import Counter as Sums
from collections.abc import Sequence
from datetime import datetime

from services.billing.api.invoice_rows import One, Printable
from services.billing.domain.documents import (
    Document,
    Item,
    Row,
    day_words,
    moment_words,
    paid_row,
)
from services.billing.domain.share import TRANSFER
from services.billing.models import CreditNote
from shared.dates import day_of, parse_instant

CAUSES = {  # by the kind of transaction that is noted
    "cancelled": "Registration cancelled",
    "unseated": "Paid too late, no seat was left",
    "transferred": "Moved to another course",
    "share_due": "Session cancelled",
    "goodwill": "Goodwill",
    "dashboard-refund": "Refund",
    "credit-issued": "Registration cancelled",
    "credit-restored": "Given back to the credit it was paid with",
    "reopened": "Cancelled by us as well",
}
_GIVEN = {
    "refund": "Given back the way it was paid",
    "credit": "Given as a credit",
    "not_due": "No longer to be paid",
    "moved": "Moved to the other registration",
}


def invoice_document(made: Printable, *, whole: bool) -> Document:
    """An invoice as it stands when it is first made: what is charged, and what of it is paid."""
    invoice, zone = made.invoice, made.seller.zone
    shares = [made.share(one) for one in made.ones]
    due = sum(share.due for share in shares)
    on_account = invoice.method == "invoice"
    by = f" by {moment_words(invoice.due_at, zone)}" if on_account and invoice.due_at else ""
    void = made.is_withdrawn
    return Document(
        kind="Invoice",
        number=invoice.number,
        issued_at=invoice.issued_at,
        seller=made.seller,
        buyer=_buyer(made.ones),
        currency=invoice.currency,
        facts=[
            ("Invoice date", moment_words(invoice.issued_at, zone)),
            ("Order no.", invoice.number),
            ("Attendee", "" if whole else made.ones[0].attendee),
            ("Course dates", _dates(made.ones[0], zone)),
        ],
        items=[item for one in made.ones for item in _items(one, whole=whole)],
        taxes=_taxes(made.ones),
        settled=_settled(made, noted=sum(s.noted for s in shares)),
        left=None if void else Row(f"To pay{by}" if due else "Left to pay", due),
        notes=["Nothing is to be paid: this invoice was withdrawn."] if void else [],
    )


def note_document(made: Printable, note: CreditNote) -> Document:
    """A credit note, which is for one share."""
    [one] = made.ones
    invoice, zone = made.invoice, made.seller.zone
    cause = CAUSES.get(note.cause, "Correction")
    what = next((line.description for line in one.lines if line.kind == "course"), "")
    taxes = [Row(one.tax.words, note.tax_minor)] if one.tax and note.tax_minor else []
    given = [Row(_GIVEN[way], -int(part)) for way, part in sorted(note.given.items())]
    return Document(
        kind="Credit note",
        number=note.number,
        issued_at=note.issued_at,
        seller=made.seller,
        buyer=_buyer(made.ones),
        currency=note.currency,
        facts=[
            ("Date", moment_words(note.issued_at, zone)),
            ("For invoice", f"{invoice.number}, {moment_words(invoice.issued_at, zone)}"),
            ("Attendee", one.attendee),
            ("Reason", cause),
        ],
        items=[Item(what, note.amount_minor - sum(row.amount for row in taxes))],
        taxes=taxes,
        settled=given,
    )


def _buyer(ones: Sequence[One]) -> list[str]:
    """The organisation of an order; a group's other members are never named."""
    first = ones[0]
    if first.organisation is None:
        return [first.payer]
    return [first.organisation, *([] if first.group_id else [first.payer])]


def _items(one: One, *, whole: bool) -> list[Item]:
    return [
        Item(line.description, line.amount_minor, one.attendee if whole else "")
        for line in one.lines
        if line.kind in {"course", "discount", "fee"}
    ]


def _taxes(ones: Sequence[One]) -> list[Row]:
    """By rate, in the order in which they are met."""
    by_rate: Sums[str] = Sums()
    for one in ones:
        for line in one.lines:
            if line.kind == "tax":
                by_rate[one.tax.words if one.tax else line.description] += line.amount_minor
    return [Row(label, amount) for label, amount in by_rate.items()]


def _settled(made: Printable, noted: int) -> list[Row]:
    """Paid by which tender; moved along or away; no longer asked for."""
    zone = made.seller.zone
    paid: Sums[tuple[str, datetime]] = Sums()
    for each in made.paid:
        if each.amount:
            paid[each.tender, each.paid_at] += each.amount
    moved: Sums[str] = Sums()
    for line in (line for one in made.ones for line in one.lines if line.kind == TRANSFER):
        moved[line.description] += line.amount_minor
    return [
        *[paid_row(tender, amount, at, zone) for (tender, at), amount in paid.items()],
        *[Row(words, amount) for words, amount in moved.items() if amount],
        *([Row("Credit notes", -noted)] if noted else []),
    ]


def _dates(one: One, zone: str) -> str:
    """The first day and the last, which is when it is delivered."""
    starts = sorted(parse_instant(each["starts_at"]) for each in one.schedule)
    if not starts:
        return ""
    first, last = day_of(starts[0], zone), day_of(starts[-1], zone)
    return day_words(first) if first == last else f"{day_words(first)} to {day_words(last)}"
