"""What `inbound` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Inbound, Part
from holdfast_client.models.parts import License


class Attendee(Part):
    """A person as the partner names them; `birth_day` is `MM-DD`, where a course asks for it."""

    name: str
    email: str
    profession: str | None = None
    licenses: tuple[License, ...] | None = None
    birth_day: str | None = None
    zone: str | None = None
    locale: str | None = None


class AttendanceLine(Inbound):
    """One line that is sent in; `id` is yours.

    One interval, of a registration or of a person as the partner names them.
    """

    TYPE: ClassVar[str] = "attendance"

    id: str
    course_id: str
    session_id: str
    joined_at: AwareDatetime
    left_at: AwareDatetime
    registration_id: str | None = None
    attendee: Attendee | None = None


class RegistrationLine(Inbound):
    """One line that is sent in; `id` is yours.

    A partner asks for a seat for one of its people.

    `prerequisites` are numbers of this person's certificates of earlier courses.
    """

    TYPE: ClassVar[str] = "registration"

    id: str
    course_id: str
    attendee: Attendee
    disclosure_version: str | None = None
    payment_method: str | None = None
    organisation: str | None = None
    prerequisites: tuple[str, ...] | None = None
