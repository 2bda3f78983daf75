"""What all facts of a registration have."""

from __future__ import annotations

from shared.contracts import reference
from shared.contracts.event import Event, Id

ABOUT = reference.ABOUT


class OfRegistration(Event):
    """Base of the facts of one registration."""

    topic = "registration.registrations"
    key = "registration_id"

    registration_id: Id
    course_id: Id
    person_id: Id
