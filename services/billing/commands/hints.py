"""Looks at objects of the gateway: what a webhook named, or what is there and nobody told of."""

from __future__ import annotations

from services.billing.models import Payment
from shared.runtime.work import Work

DUE = "look_up"


def look_at_payment(work: Work, payment: Payment) -> None:
    """Look at a payment again, for now it can be divided."""
    look = {"gateway": payment.gateway, "type": "payment", "object_id": payment.payment_id}
    work.plan_due(DUE, f"{payment.gateway}/again/{payment.payment_id}", work.now, payload=look)


def look_at_refund(work: Work, gateway: str, refund_id: str) -> None:
    """Look at a refund whose webhook has not come (yet)."""
    look = {"gateway": gateway, "type": "refund", "object_id": refund_id}
    work.plan_due(DUE, f"{gateway}/beside/{refund_id}", work.now, payload=look)
