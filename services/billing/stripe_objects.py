"""Stripe's JSON in our words: payments, refunds, disputes, movements, what a refusal means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from services.billing.domain.seen import (
    DisputeSeen,
    Failure,
    Hint,
    Movement,
    PaymentSeen,
    RefundSeen,
)
from services.billing.stripe_amounts import from_stripe, nearest

Moment = Callable[[int | None], datetime | None]
_OVER = frozenset({"charge_already_refunded", "amount_too_large", "charge_disputed"})
_NO_MONEY = frozenset({"insufficient_funds", "balance_insufficient"})
_GONE = frozenset(
    {"expired_card", "expired_or_canceled_card", "lost_card", "stolen_card"}
    | {"lost_or_stolen_card", "account_closed"}
)
_REFUSALS = frozenset({400, 402, 404})  # every other status leaves it open what was done
_Status = Literal["pending", "succeeded", "failed"]
_REFUNDS: Mapping[str, _Status] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
_DISPUTES: Mapping[str, Literal["open", "won", "lost"]] = {  # inquiries move no money: not in here
    "needs_response": "open",
    "under_review": "open",
    "appeal_needs_response": "open",
    "appeal_under_review": "open",
    "won": "won",
    "lost": "lost",
}
_EVENTS = {
    "payment_intent.succeeded": "payment.succeeded",
    "payment_intent.payment_failed": "payment.failed",
    "refund.created": "refund.created",
    "refund.updated": "refund.updated",
    "refund.failed": "refund.failed",
    "charge.dispute.created": "dispute.opened",
    "charge.dispute.updated": "dispute.updated",
    "charge.dispute.closed": "dispute.closed",
    "charge.dispute.funds_withdrawn": "dispute.withdrawn",
    "charge.dispute.funds_reinstated": "dispute.reinstated",
}
_Kind = Literal["charge", "refund", "refund_failed", "dispute", "dispute_won", "fee", "payout"]
_KINDS: Mapping[str, _Kind] = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund_failed",
    "payment_failure_refund": "refund_failed",
    "payout": "payout",
    "payout_cancel": "payout",
    "payout_failure": "payout",
    "topup": "payout",
    "topup_reversal": "payout",
}


def payment(found: Mapping[str, Any], moment: Moment) -> PaymentSeen:
    """A payment intent, its charge with it. It fails with a card, and may succeed with the next: it
    was paid when its charge was made, not when the payer first tried."""
    error = found.get("last_payment_error") or {}
    status: _Status = "succeeded" if found["status"] == "succeeded" else "pending"
    if found["status"] == "canceled" or (found["status"] == "requires_payment_method" and error):
        status = "failed"
    reason = str(error.get("decline_code") or error.get("code") or "")
    currency = _currency(found)
    return PaymentSeen(
        payment_id=str(found["id"]),
        status=status,
        amount_minor=from_stripe(int(found["amount"]), currency),
        currency=currency,
        reference=str((found.get("metadata") or {}).get("reference") or ""),
        created_at=moment(_charged(found) if status == "succeeded" else found.get("created")),
        reason=reason if status == "failed" else "",
    )


def _charged(found: Mapping[str, Any]) -> int | None:
    """When it was paid; None where only the charge's id is there."""
    charge = found.get("latest_charge")
    created = charge.get("created") if isinstance(charge, Mapping) else None
    return int(created) if created else None


def refund(found: Mapping[str, Any]) -> RefundSeen:
    """A refund; without a key of ours it was made in the dashboard."""
    currency = _currency(found)
    status = _REFUNDS.get(found["status"], "pending")
    reason = str(found.get("failure_reason") or "") if status == "failed" else ""
    return RefundSeen(
        refund_id=str(found["id"]),
        status=status,
        payment_id=_payment_of(found),
        amount_minor=from_stripe(int(found["amount"]), currency),
        key=str((found.get("metadata") or {}).get("key") or ""),
        reason=reason,
        failure=_meaning(reason) if status == "failed" else "",
    )


def dispute(found: Mapping[str, Any], moment: Moment) -> DisputeSeen | None:
    """A dispute; None for an inquiry, which moves no money."""
    status = _DISPUTES.get(found["status"])
    if status is None:
        return None
    currency = _currency(found)
    return DisputeSeen(
        dispute_id=str(found["id"]),
        payment_id=_payment_of(found),
        amount_minor=from_stripe(int(found["amount"]), currency),
        currency=currency,
        status=status,
        reason=str(found.get("reason") or ""),
        opened_at=moment(found.get("created")),
    )


def movements(found: Mapping[str, Any]) -> Iterator[Movement]:
    """A balance transaction: what moved, and what Stripe keeps of it."""
    currency, at = _currency(found), datetime.fromtimestamp(found["created"], UTC)
    source = found.get("source") or {}
    kind = _kind(found)
    payment_id = _payment_of(source)
    about = payment_id if kind == "charge" and payment_id else str(source.get("id") or found["id"])
    amount = from_stripe(int(found["amount"]), currency)
    yield Movement(str(found["id"]), kind, about, payment_id, amount, currency, at)
    if fee := nearest(int(found.get("fee") or 0), currency):
        yield Movement(f"{found['id']}{FEE}", "fee", about, payment_id, -fee, currency, at)


FEE = ":fee"  # behind a balance transaction's id: its second movement


def hint(event: Mapping[str, Any]) -> Hint | None:
    """What an event is about; None where it is nothing that billing looks at."""
    kind, found = _EVENTS.get(str(event["type"])), event["data"]["object"]
    if kind is None or (kind.startswith("dispute.") and found.get("status") not in _DISPUTES):
        return None
    return Hint(event["id"], kind, found["id"])


def refusal(status: int | None, error: Mapping[str, Any]) -> Failure:
    """What a refusal means; empty where it is not known whether anything was done."""
    if status not in _REFUSALS or error.get("code") == "rate_limit":
        return ""
    if error.get("code") in _OVER or error.get("param") == "amount":
        return "over"
    return _meaning(str(error.get("decline_code") or error.get("code") or ""))


def is_of_the_amount(status: int | None, error: Mapping[str, Any]) -> bool:
    """Whether a page is refused for what it asks for; anything else is a fault of ours to mend."""
    about = f"{error.get('code')} {error.get('param')}"
    return bool(refusal(status, error)) and ("amount" in about or "currency" in about)


def _meaning(code: str) -> Failure:
    if code in _NO_MONEY:
        return "balance"
    return "instrument" if code in _GONE else "refused"


def _kind(found: Mapping[str, Any]) -> _Kind:
    if found["type"] == "adjustment":
        category = str(found.get("reporting_category") or "")
        if category.startswith("dispute"):
            return "dispute_won" if category == "dispute_reversal" else "dispute"
    return _KINDS.get(found["type"], "fee")


def _payment_of(found: Mapping[str, Any]) -> str:
    return str(found.get("payment_intent") or found.get("charge") or "")


def _currency(found: Mapping[str, Any]) -> str:
    return str(found["currency"]).upper()
