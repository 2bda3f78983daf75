"""What a preview answers, for the OpenAPI document only (see `answers.py`)."""

from __future__ import annotations

from pydantic import BaseModel

from services.registration.api.values import LicenseAnswer, Moment, MoneyAnswer, PolicyWords


class FieldChange(BaseModel):
    """A field of a person; `before` and `after` are licences where it is those."""

    field: str
    before: str | list[LicenseAnswer]
    after: str | list[LicenseAnswer]


class CorrectionPreview(BaseModel):
    """`changes` is empty where all is as it was. `links_mailed_to` is the new address, where there
    is one; `merged` are the ids that show this person's data too."""

    person_id: str
    changes: list[FieldChange]
    links_mailed_to: str | None
    merged: list[str]


class Former(BaseModel):
    """Who comes now: the boards that would give them credit."""

    boards: list[str]


class SubstitutionPreview(BaseModel):
    """`boards` would give the colleague credit; `status` stays what it is. `transfer_ends` is the
    course where a seat is held to move there, which would be let go; `accommodation_unanswered`:
    what the former person asked for to take part has no answer yet, and would get none."""

    registration_id: str
    status: str
    boards: list[str]
    warnings: list[str]
    former: Former
    transfer_ends: str | None
    accommodation_unanswered: bool


class TransferPreview(BaseModel):
    """The registration that would be made. `due` is what it costs more: above zero it would be
    held as `requested` until `hold_expires_at`, and the old one stay until that is paid."""

    transferred_from: str
    status: str
    course_id: str
    price: MoneyAnswer
    price_id: str
    policy: PolicyWords | None
    hold_expires_at: Moment | None = None
    due: MoneyAnswer


class MergePreview(BaseModel):
    """`merged_into` is whose data both would show; `along` are ids merged into this one before,
    which come along. `changed` is false where they are one person already."""

    person_id: str
    merged_into: str
    along: list[str]
    changed: bool


class BreakAnswer(BaseModel):
    """A break within a session."""

    starts_at: Moment
    ends_at: Moment


class SessionTime(BaseModel):
    """When a session takes place, whether it does (`status`), the minutes taught in it, and until
    when one may register for its course then."""

    status: str
    zone: str
    starts_at: Moment
    ends_at: Moment
    breaks: list[BreakAnswer]
    instruction_minutes: int
    registration_closes_at: Moment


class MovePreview(BaseModel):
    """`version` of the course it would be; `changed` is false where all is so already. `warnings`
    hinder nothing."""

    course_id: str
    session_id: str
    version: int
    changed: bool
    before: SessionTime
    after: SessionTime
    warnings: list[str]
