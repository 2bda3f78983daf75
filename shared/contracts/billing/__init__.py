"""What billing says: invoices, refunds and disputes by registration, credits by credit (events.md).

An invoice, and a payment, may be for many registrations. Each fact about it is said once for each
of them: `lines`, `total`, `due`, `tenders` and amounts are that registration's share, never the
whole. So a copy of an invoice is keyed by registration and invoice.

`outcome` is refund, credit or nothing; `tender` is card, credit, transfer or cash.
"""

from shared.contracts.billing.base import OfMoney, Payer, Tender
from shared.contracts.billing.credits import (
    CreditExpired,
    CreditIssued,
    CreditRedeemed,
    CreditRestored,
    CreditVoided,
    Holder,
    OfCredit,
)
from shared.contracts.billing.disputes import DisputeClosed, DisputeOpened
from shared.contracts.billing.invoices import (
    CreditApplied,
    CreditRefused,
    InvoiceIssued,
    InvoicePaid,
    InvoiceReminded,
    InvoiceVoided,
    Line,
)
from shared.contracts.billing.payments import PaymentFailed
from shared.contracts.billing.refunds import RefundFailed, RefundRequested, RefundSettled
from shared.contracts.billing.settlements import CancellationSettled, RefundPart, Restored, Trace

__all__ = [
    "CancellationSettled",
    "CreditApplied",
    "CreditExpired",
    "CreditIssued",
    "CreditRedeemed",
    "CreditRefused",
    "CreditRestored",
    "CreditVoided",
    "DisputeClosed",
    "DisputeOpened",
    "Holder",
    "InvoiceIssued",
    "InvoicePaid",
    "InvoiceReminded",
    "InvoiceVoided",
    "Line",
    "OfCredit",
    "OfMoney",
    "Payer",
    "PaymentFailed",
    "RefundFailed",
    "RefundPart",
    "RefundRequested",
    "RefundSettled",
    "Restored",
    "Tender",
    "Trace",
]
