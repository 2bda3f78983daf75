"""Billing's tables, by noun, in the order in which a batch locks them.

The registration guards the rest. A table's place in that order is where its class is declared
(`shared/runtime/table.py`), and so the order of the imports below: it is no matter of taste, and
`tests/rules/billing/test_lock_order.py` holds it. A noun's module imports no other noun's rows.

Invoices, the ledger and the entries of credits are append-only; the database sees to it, and to it
that every ledger transaction balances per currency (domain.md §3).
"""

# ruff: noqa: I001

from __future__ import annotations

from services.billing.models.base import Base
from services.billing.models.registrations import Registration, Terms
from services.billing.models.invoices import GroupOrder, Invoice, InvoiceLine
from services.billing.models.payments import Checkout, Payment, PaymentPart
from services.billing.models.disputes import Dispute, DisputePart
from services.billing.models.settlements import Settlement
from services.billing.models.refunds import Refund
from services.billing.models.credits import Credit, CreditEntry
from services.billing.models.documents import CreditNote, DocumentFile
from services.billing.models.ledger import LedgerTransaction, LedgerEntry
from services.billing.models.closing import ClosedMonth, MonthClosing
from services.billing.models.gateway import GatewayEvent
from services.billing.models.movements import GatewayCursor, GatewayMovement
from services.billing.models.reconciliation import FindingRow, Reconciliation
from services.billing.models.copies import (
    Attended,
    Certificate,
    Course,
    HeldSession,
    Person,
    Seller,
)
from services.billing.models.counters import Counter

__all__ = [
    "Attended",
    "Base",
    "Certificate",
    "Checkout",
    "ClosedMonth",
    "Counter",
    "Course",
    "Credit",
    "CreditEntry",
    "CreditNote",
    "Dispute",
    "DisputePart",
    "DocumentFile",
    "FindingRow",
    "GatewayCursor",
    "GatewayEvent",
    "GatewayMovement",
    "GroupOrder",
    "HeldSession",
    "Invoice",
    "InvoiceLine",
    "LedgerEntry",
    "LedgerTransaction",
    "MonthClosing",
    "Payment",
    "PaymentPart",
    "Person",
    "Reconciliation",
    "Refund",
    "Registration",
    "Seller",
    "Settlement",
    "Terms",
]
