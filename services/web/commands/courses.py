"""Keep the read models."""

from __future__ import annotations

from services.web.models import Course
from shared.contracts.course import Course as CourseSaid
from shared.runtime.plans import needs
from shared.runtime.work import Work


@needs(lambda said: [(Course, said.course_id)])
async def record_course(work: Work, said: CourseSaid) -> None:
    """The course as it stands now; an older version than the one known changes nothing."""
    known = work.get(Course, said.course_id)
    if known is not None and known.version >= said.version:
        return
    work.put(
        Course(
            course_id=said.course_id,
            version=said.version,
            status=said.status,
            first_start=min((s.starts_at for s in said.sessions), default=None),
            last_end=max((s.ends_at for s in said.sessions), default=None),
            document=said.model_dump(mode="json"),
        )
    )
