"""Reading what names people is audited: who read which roster, report or file, and when."""

from __future__ import annotations

from dataclasses import dataclass

from services.certificates.commands.reports import known_course
from services.certificates.models import Course
from shared.runtime.plans import needs
from shared.runtime.work import Work


@dataclass(frozen=True)
class Read:
    """`what` is a dotted verb (`roster.read`), `about` what else tells which."""

    course_id: str
    what: str
    about: str = ""


@needs(lambda c: [(Course, c.course_id)])
async def read(work: Work, c: Read) -> None:
    """Keep that it was read. Raises CourseNotThere."""
    known_course(work.get(Course, c.course_id))
    work.audit(c.what, c.course_id, c.about)
