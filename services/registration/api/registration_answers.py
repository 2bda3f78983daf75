"""A registration as it is shown, for the OpenAPI document only (see `answers.py`)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from services.registration.api.values import (
    AttendeeAnswer,
    Moment,
    MoneyAnswer,
    PolicyWhole,
    SessionAnswer,
)


class PaymentAnswer(BaseModel):
    """How it is paid, and on what basis it was confirmed."""

    method: str
    basis: str | None


class DisclosureAnswer(BaseModel):
    """Which disclosure was accepted, and which is in force."""

    accepted: str | None
    accepted_at: Moment | None
    current: str | None


class LinksAnswer(BaseModel):
    """Addresses; `join` is by session, and empty while the registration is not confirmed."""

    page: str
    join: dict[str, str]
    calendar: str
    cancel: str
    quote: str
    checkout: str


class AccommodationAnswer(BaseModel):
    """What whoever comes needs to take part, and what staff said."""

    request: str
    requested_at: Moment
    answer: str | None
    answered_at: Moment | None


class PrerequisiteAnswer(BaseModel):
    """An earlier course that was asked for; `met` is certificate, or waived."""

    course_id: str
    met: str
    met_at: Moment


class ComplaintAnswer(BaseModel):
    """What was complained of, by when an answer is promised, and the answer, if there is one.
    `theirs`: it is of the person who comes now; else of one who was here before them. `thread` is
    the number of the first of whoever wrote it: those of one thread are of one person."""

    number: int
    thread: int
    complaint: str
    complained_at: Moment | None
    answer_by: Moment | None
    answer: str | None
    answered_at: Moment | None
    theirs: bool


class HistoryAnswer(BaseModel):
    """One thing that happened; `facts` are for operators, `words` also for who wrote them."""

    at: Moment
    by: str
    act: str
    before: str | None
    status: str
    why: str
    words: dict[str, str] | None = None
    facts: dict[str, Any] | None = None


class ChoiceAnswer(BaseModel):
    """What may be chosen for what the provider cancelled: the course, or a session of it.

    `otherwise` is what is given to who says nothing; null: nothing, the seat stays as it is.
    `outcome` is what was given, null while it was not.
    """

    session_id: str | None
    until: Moment | None
    otherwise: str | None
    open: bool
    outcome: str | None


class OfferAnswer(BaseModel):
    """What taking an offered seat comes to today.

    `price` is of the kind that was asked for at first; null: that is not given any more, and
    `price_today` is what an empty `price` takes it at. A certificate of each of
    `prerequisites_missing` is asked for since.
    """

    price: MoneyAnswer | None
    price_today: MoneyAnswer
    prerequisites_missing: list[str]


class RegistrationAnswer(BaseModel):
    """A registration, whole."""

    registration_id: str
    course_id: str
    course_title: str
    course_version: int
    status: str
    position: int | None
    attendee: AttendeeAnswer | None
    organisation: str | None
    price: MoneyAnswer
    price_id: str
    complimentary: bool
    role: str | None
    payment: PaymentAnswer
    policy: PolicyWhole | None
    disclosure: DisclosureAnswer
    prerequisites: list[PrerequisiteAnswer]
    accommodation: AccommodationAnswer | None
    complaints: list[ComplaintAnswer]
    offer: OfferAnswer | None
    starts_at: Moment
    requested_at: Moment
    transferred_from: str | None
    transferred_to: str | None
    hold_expires_at: Moment | None
    offer_expires_at: Moment | None
    confirmed_at: Moment | None
    cancel_requested_at: Moment | None
    course_status: str
    choices: list[ChoiceAnswer]
    sessions: list[SessionAnswer]
    links: LinksAnswer
    history: list[HistoryAnswer]
