"""What all money facts of a registration have."""

from __future__ import annotations

from typing import Any

from shared.contracts import reference
from shared.contracts.event import Day, Event, Id, Money, Part, Text

ABOUT = reference.ABOUT
PRICE = reference.PRICE
INVOICE = {"invoice_id": reference.INVOICE_ID, "number": "2020-000001"}


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


class OfMoney(Event):
    """Base of the money facts of one registration."""

    topic = "billing.registrations"
    key = "registration_id"

    registration_id: Id
    course_id: Id
    person_id: Id


class Tender(Part):
    """A way in which part of it was paid."""

    tender: Text
    amount: Money
    payment_id: Id | None = None
    credit_id: Id | None = None
    credit_expires_on: Day | None = None
