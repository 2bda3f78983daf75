"""What a certificate said of attendance, where nothing else says it any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.certificates.models import Certificate, Course, Document
from shared.runtime.work import Work

_OF_ATTENDANCE = ("sessions", "dates", "missed_label", "missed", "partly", "required")
NOTHING: Mapping[str, Any] = {}


def attendance_said(work: Work, by: Certificate) -> Mapping[str, Any]:
    """The parts of a page that rest on evidence which has ended; empty while there is evidence.

    Who was there for 90 minutes is not said to have missed the session because the seconds are gone
    by now (domain.md §9): a page that is made then says what the one before it said.
    """
    course = work.get(Course, by.course_id)
    if course is None or course.evidence_ended_at is None:
        return NOTHING
    document = work.get(Document, by.certificate_id)
    page = document.page if document is not None else NOTHING
    return {name: page[name] for name in _OF_ATTENDANCE if name in page}
