"""What all money facts of a registration have."""

from __future__ import annotations

from typing import Any

from shared.contracts import reference
from shared.contracts.event import Day, Event, Id, Money, Part, Text

ABOUT = reference.ABOUT
PAYER = {"kind": "person", "id": reference.PERSON_ID}
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


class Payer(Part):
    """Who paid: `kind` is person or organisation, `id` the person's or its name."""

    kind: Text = "person"
    id: Text


class Tender(Part):
    """A way in which part of it was paid."""

    tender: Text
    amount: Money
    payment_id: Id | None = None
    credit_id: Id | None = None
    credit_expires_on: Day | None = None
