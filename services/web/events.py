"""What web hears: the courses it shows, and the keys."""

from __future__ import annotations

from services.web.commands.courses import record_course
from shared.contracts.partners import KeyIssued, KeyRevoked
from shared.contracts.registration import CourseCancelled, CoursePublished
from shared.runtime.hears import Hears
from shared.runtime.keys import record_key, record_revoked


def hears_of() -> Hears:
    """The subscriptions of web."""
    hears = Hears("web")
    hears(CoursePublished)(record_course)
    hears(CourseCancelled)(record_course)
    hears(KeyIssued)(record_key)
    hears(KeyRevoked)(record_revoked)
    return hears
