"""The lists of money that staff see: each with its columns, and what is said of an empty one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.web.domain.money_rows import Item, credit_row, invoice_row, refund_row
from services.web.domain.tables import Column


@dataclass(frozen=True)
class MoneyList:
    """A list of billing's: `path` there; `summed` is the column whose sum is told, and in what
    words; `row_of` an item and the time it is."""

    name: str
    title: str
    path: str
    states: tuple[str, ...]
    columns: tuple[Column, ...]
    summed: str
    words: str
    empty: str
    row_of: Callable[[Item, datetime], dict[str, Any]]


_CURRENCY = Column("currency", "Currency", hidden=True)
_REGISTRATION = Column("registration_id", "Registration", hidden=True)
_DOCUMENT = Column("document", "Document")
INVOICES = MoneyList(
    "invoices",
    "Invoices",
    "/billing/v1/invoices",
    ("open", "paid", "void"),
    (
        Column("number", "Invoice"),
        Column("status", "State"),
        Column("due", "Asked for", number=True, money=True),
        Column("to_pay", "To pay", number=True, money=True),
        Column("issued", "Issued, UTC"),
        Column("until", "Due, UTC"),
        Column("organisation", "Organisation"),
        Column("course_id", "Course"),
        _DOCUMENT,
        _CURRENCY,
        Column("total", "As charged", hidden=True, money=True),
        Column("paid", "Paid", hidden=True, money=True),
        Column("method", "Method", hidden=True),
        _REGISTRATION,
    ),
    "to_pay",
    "to pay",
    "No invoice fits. What is charged for a registration stands here, with what is still to pay.",
    invoice_row,
)
REFUNDS = MoneyList(
    "refunds",
    "Refunds",
    "/billing/v1/refunds",
    ("requested", "submitted", "unknown", "failed", "succeeded"),
    (
        Column("number", "Invoice"),
        Column("status", "State"),
        Column("amount", "Amount", number=True, money=True),
        Column("cause", "Because"),
        Column("why", "What is wrong"),
        Column("requested", "Asked for, UTC"),
        Column("settled", "Settled, UTC"),
        Column("course_id", "Course"),
        _DOCUMENT,
        _CURRENCY,
        Column("refund_id", "Refund", hidden=True),
        Column("tender", "Tender", hidden=True),
        Column("payment_id", "Payment", hidden=True),
        Column("gateway_ref", "At the gateway", hidden=True),
        Column("reference", "Reference", hidden=True),
        _REGISTRATION,
    ),
    "amount",
    "of refunds",
    "No refund fits. Money that goes back stands here from when it is asked for until it arrived.",
    refund_row,
)
CREDITS = MoneyList(
    "credits",
    "Credits",
    "/billing/v1/credits",
    ("active", "frozen", "expired", "voided"),
    (
        Column("number", "Out of invoice"),
        Column("status", "State"),
        Column("balance", "Left", number=True, money=True),
        Column("amount", "Issued for", number=True, money=True),
        Column("until", "Last day"),
        Column("issued", "Issued, UTC"),
        Column("holder", "Holder"),
        Column("origin", "Because"),
        Column("course_id", "Course"),
        _DOCUMENT,
        _CURRENCY,
        Column("credit_id", "Credit", hidden=True),
        Column("transferred_from", "Handed on from", hidden=True),
        _REGISTRATION,
    ),
    "balance",
    "left",
    "No credit fits. What learners may still spend stands here; its code is on the registration’s"
    " page.",
    credit_row,
)
LISTS = {one.name: one for one in (INVOICES, REFUNDS, CREDITS)}
