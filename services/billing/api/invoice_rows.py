"""What is printed on invoices and credit notes, read in a handful of statements however many they
are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.billing.commands.take import is_incomplete
from services.billing.domain.documents import ERASED, Seller
from services.billing.domain.share import Share, share_of
from services.billing.domain.tax import Tax
from services.billing.models import GroupOrder, Invoice, InvoiceLine
from services.billing.models import Seller as SellerRow
from shared.errors import NotFound, TooEarly
from shared.runtime.database import Reader
from shared.runtime.rows import where

_WHO = """
SELECT r.registration_id, r.course_id, r.organisation, r.group_id,
  payer.name AS payer, payer.erased AS payer_erased, p.name AS attendee, p.erased,
  t.tax, t.course_version, t.schedule
FROM registrations r
LEFT JOIN people p ON p.person_id = r.person_id
LEFT JOIN people payer ON payer.person_id = r.payer_id
LEFT JOIN terms t ON t.registration_id = r.registration_id
WHERE r.registration_id = ANY($1) ORDER BY r.requested_at, r.registration_id
"""
_MONEY = """
SELECT p.tender, p.paid_at, a.registration_id, a.applied_minor AS amount
FROM payment_parts a JOIN payments p USING (payment_id)
WHERE a.registration_id = ANY($1) AND a.invoice_id = $2 AND a.applied_minor > 0
ORDER BY p.paid_at, p.payment_id
"""
_SPENT = """
SELECT registration_id, -sum(amount_minor)::bigint AS amount, min(occurred_at) AS paid_at
FROM credit_entries WHERE registration_id = ANY($1)
  AND (kind = 'redeemed' OR kind = 'restored' AND corrects IS NOT NULL)
GROUP BY registration_id, credit_id ORDER BY min(occurred_at)
"""


@dataclass(frozen=True)
class Paid:
    """What was paid by one tender, whatever was given back since."""

    registration_id: str
    tender: str
    amount: int
    paid_at: Any


@dataclass(frozen=True)
class One:
    """One registration of an invoice, with its lines."""

    registration_id: str
    organisation: str | None
    group_id: str | None
    payer: str
    attendee: str
    tax: Tax | None
    schedule: Sequence[Any]
    lines: Sequence[InvoiceLine]


@dataclass(frozen=True)
class Printable:
    """An invoice, whole or one share of it."""

    invoice: Invoice
    seller: Seller
    ones: Sequence[One]
    paid: Sequence[Paid]

    def share(self, one: One) -> Share:
        """How one of them stands with the invoice."""
        paid = sum(p.amount for p in self.paid if p.registration_id == one.registration_id)
        return share_of([(line.kind, line.amount_minor) for line in one.lines], paid)

    @property
    def is_withdrawn(self) -> bool:
        """Whether nothing is asked for by it any more, and nothing was ever paid."""
        return all(self.share(one).state == "void" for one in self.ones)

    @property
    def is_final(self) -> bool:
        """Whether it may be kept as it is printed now. A payment that was made in time may come
        after the end of the hold and have a withdrawn share asked for again."""
        return not any(self.share(one).state == "void" for one in self.ones)


async def printable(
    reader: Reader, invoice_id: str, registration_id: str | None = None
) -> Printable:
    """All that is to be printed; of one share only what is its own.

    Raises TooEarly while not all was heard of yet that an invoice says: it is made but once.
    """
    invoice = await reader.get(Invoice, invoice_id)
    if invoice is None:
        raise NotFound("invoice-unknown", "There is no such invoice.")
    if is_incomplete(await reader.get(GroupOrder, invoice_id)):
        raise TooEarly("not-known-yet", "This invoice is still being made out; try again.")
    lines = await reader.find(where(InvoiceLine, invoice_id=invoice_id))
    if registration_id is not None:
        lines = [line for line in lines if line.registration_id == registration_id]
    ids = sorted({line.registration_id for line in lines})
    who = await reader.fetch(_WHO, ids)
    money = await reader.fetch(_MONEY, ids, invoice_id)
    spent = await reader.fetch(_SPENT, ids)
    return Printable(
        invoice=invoice,
        seller=await _seller(reader, who),
        ones=[_one(row, lines) for row in who],
        paid=[
            *[Paid(r["registration_id"], "credit", r["amount"], r["paid_at"]) for r in spent],
            *[Paid(r["registration_id"], r["tender"], r["amount"], r["paid_at"]) for r in money],
        ],
    )


def _one(row: Any, lines: Sequence[InvoiceLine]) -> One:
    return One(
        registration_id=row["registration_id"],
        organisation=row["organisation"],
        group_id=row["group_id"],
        payer=_name(row["payer"], erased=row["payer_erased"]),
        attendee=_name(row["attendee"], erased=row["erased"]),
        tax=Tax.of(row["tax"]),
        schedule=row["schedule"] or (),
        lines=[line for line in lines if line.registration_id == row["registration_id"]],
    )


def _name(name: str | None, *, erased: bool) -> str:
    if name is None:
        raise TooEarly("not-known-yet", "Whom this is for is not known here yet; try again.")
    return ERASED if erased else " ".join(name.split())


async def _seller(reader: Reader, who: Sequence[Any]) -> Seller:
    """Who sold it, by the course's version at purchase; of several the earliest."""
    first = min(who, key=lambda row: row["course_version"] or 0)
    kept = await reader.get(SellerRow, (first["course_id"], first["course_version"]))
    if kept is None:
        raise TooEarly("not-known-yet", "Who sells this is not known here yet; try again.")
    return Seller.of(kept.seller)
