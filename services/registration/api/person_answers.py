"""What operators are answered about people, for the OpenAPI document only (see `answers.py`)."""

from __future__ import annotations

from pydantic import BaseModel

from services.registration.api.values import AttendeeAnswer, Moment


class KnownAs(BaseModel):
    """The person that a merged one is shown as."""

    name: str
    email: str


class TheirRegistration(BaseModel):
    registration_id: str
    course_id: str
    status: str
    requested_at: Moment


class PersonLine(AttendeeAnswer):
    """A person as recorded; `merged` are the ids that were merged into this one."""

    merged_into: str | None
    recorded_at: Moment
    known_as: KnownAs | None
    merged: list[str]
    registrations: list[TheirRegistration]


class PersonList(BaseModel):
    """A page; `next` is the `after` of the following one, null on the last."""

    items: list[PersonLine]
    next: str | None


class PersonChangeAnswer(BaseModel):
    """One who was merged, or parted: `act` is merged or unmerged, `other` whom with."""

    at: Moment
    by: str
    act: str
    other: str
    reason: str


class PersonWhole(PersonLine):
    """The same with what staff did, oldest first."""

    changes: list[PersonChangeAnswer]


class Merged(BaseModel):
    """`merged_into` is the person whose data both ids show now."""

    person_id: str
    version: int
    merged_into: str


class Parted(BaseModel):
    """On record by themselves again."""

    person_id: str
    version: int


class Gone(BaseModel):
    """`erased` are all ids under which they were known."""

    person_id: str
    erased: list[str]
