"""What all facts of awards and certificates have."""

from __future__ import annotations

from shared.contracts import reference
from shared.contracts.event import Event, Id

ABOUT = reference.ABOUT


class OfAward(Event):
    """Base of the facts of one registration's awards and certificates."""

    topic = "certificates.certificates"
    key = "registration_id"

    registration_id: Id
    course_id: Id
    person_id: Id
