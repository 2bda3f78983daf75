"""Values that several answers share, for the OpenAPI document only (see `answers.py`)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class MoneyAnswer(BaseModel):
    """Whole minor units of a currency."""

    amount: int
    currency: str


class PolicyWords(BaseModel):
    """The refund policy that was agreed to."""

    version: int | str
    text: str


class PolicyWhole(PolicyWords):
    """The same, with the document that is computed from."""

    document: dict[str, Any]


class LocalTime(BaseModel):
    """A session by the clocks of one zone."""

    zone: str
    date: str
    begins: Annotated[str, Field(alias="from")]
    to: str
    starts_at: Moment
    ends_at: Moment


class SessionAnswer(BaseModel):
    """A session, in UTC and in local time."""

    session_id: str
    title: str
    starts_at: Moment
    ends_at: Moment
    minutes: int
    instruction_minutes: int
    delivery: str
    location: str
    hours: list[str]
    homework: str
    status: str
    local: LocalTime


class LicenseAnswer(BaseModel):
    profession: str
    state: str
    number: str


class AttendeeAnswer(BaseModel):
    """The person as recorded now; `version` rises with each correction.

    `birth_day` is `MM-DD`, empty where it was not given. `phone` is E.164, of who agreed to texts:
    to the wording `sms_consent`, at `sms_consent_at`; else empty and null.
    """

    person_id: str
    version: int
    name: str
    email: str
    zone: str
    locale: str
    profession: str
    licenses: list[LicenseAnswer]
    birth_day: str
    phone: str
    sms_consent: str
    sms_consent_at: Moment | None
