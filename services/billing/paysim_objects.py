"""The simulator's JSON in our words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from services.billing.domain.seen import (
    DisputeSeen,
    Failure,
    Hint,
    Movement,
    PaymentSeen,
    RefundSeen,
)
from shared.errors import Malformed

Moment = Callable[[int | None], datetime | None]
_GONE = frozenset({"card_gone", "account_closed"})


def payment(found: Mapping[str, Any], moment: Moment) -> PaymentSeen:
    """A payment; `moment` says what its clock means to us."""
    return PaymentSeen(
        payment_id=str(found["id"]),
        status=found["status"],
        amount_minor=int(found["amount"]),
        currency=str(found["currency"]),
        reference=str(found["reference"]),
        created_at=moment(int(found["created"])),
        reason=str(found.get("failure_code") or ""),
    )


def dispute(found: Mapping[str, Any], moment: Moment) -> DisputeSeen:
    """A dispute."""
    return DisputeSeen(
        dispute_id=str(found["id"]),
        payment_id=str(found["payment_id"]),
        amount_minor=int(found["amount"]),
        currency=str(found["currency"]),
        status=found["status"],
        reason=str(found.get("reason") or ""),
        opened_at=moment(found.get("opened")),
        closed_at=moment(found.get("closed")),
    )


def refund(found: Mapping[str, Any]) -> RefundSeen:
    """A refund; without a key of ours it was made by hand."""
    return RefundSeen(
        refund_id=str(found["id"]),
        status=found["status"],
        payment_id=str(found["payment_id"]),
        amount_minor=int(found["amount"]),
        key=str(found.get("key") or ""),
        reason=str(found.get("failure_message") or ""),
        failure=_failure(found),
    )


def _failure(found: Mapping[str, Any]) -> Failure:
    """Why one that was made failed after all."""
    if found["status"] != "failed":
        return ""
    return "instrument" if found.get("failure_code") in _GONE else "refused"


def movement(found: Mapping[str, Any]) -> Movement:
    """A movement of our money there, by its clock."""
    return Movement(
        movement_id=str(found["id"]),
        kind=found["kind"],
        object_id=str(found["object_id"]),
        payment_id=str(found.get("payment_id") or ""),
        amount_minor=int(found["amount"]),
        currency=str(found["currency"]),
        at=datetime.fromtimestamp(int(found["created"]), UTC),
    )


def hint(body: bytes) -> Hint:
    """What a webhook tells of; Malformed where it is no event."""
    try:
        event = json.loads(body)
        found = Hint(event["id"], event["type"], event["data"]["id"])
    except (ValueError, KeyError, TypeError, RecursionError) as why:
        raise Malformed("malformed", "The webhook is not an event.") from why
    if any(
        not isinstance(text, str) or "\x00" in text or len(text) > 200 or not text
        for text in (found.event_id, found.type, found.object_id)
    ):
        raise Malformed("malformed", "The webhook is not an event.")
    return found


def code_of(answer: httpx.Response) -> str:
    """The simulator's word for a refusal; empty for what went well."""
    if answer.is_success:
        return ""
    try:
        return str(answer.json().get("code") or answer.status_code)
    except (ValueError, AttributeError):
        return str(answer.status_code)
