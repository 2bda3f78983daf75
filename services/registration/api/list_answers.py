"""What the operators' lists answer, for the OpenAPI document only (see `answers.py`)."""

from __future__ import annotations

from pydantic import BaseModel

from services.registration.api.values import Moment, MoneyAnswer


class MethodAnswer(BaseModel):
    """How it is paid."""

    method: str


class RegistrationLine(BaseModel):
    """One registration; name, e-mail and profession are null once the person is erased.

    `statement` is what the person stated to get their price, for staff to check.
    """

    registration_id: str
    person_id: str
    status: str
    name: str | None
    email: str | None
    profession: str | None
    organisation: str | None
    payment: MethodAnswer
    price: MoneyAnswer
    price_id: str
    statement: str | None
    complimentary: bool
    requested_at: Moment
    hold_expires_at: Moment | None
    offer_expires_at: Moment | None
    confirmed_at: Moment | None
    cancel_requested_at: Moment | None


class RegistrationList(BaseModel):
    """A page; `next` is the `after` of the following one, null on the last."""

    items: list[RegistrationLine]
    next: str | None


class RegistrationCounts(BaseModel):
    """State → how many are in it."""

    counts: dict[str, int]


class WaitingLine(BaseModel):
    """One who waits; `ticket` is the order of arrival."""

    registration_id: str
    person_id: str
    ticket: int
    name: str | None
    email: str | None
    waitlisted_at: Moment


class WaitingList(BaseModel):
    """A page, the first in line first; `next` is the `after` of the following one."""

    items: list[WaitingLine]
    next: str | None
