"""Copies of what others own: courses, and the names that invoices are made out to."""

from __future__ import annotations

from services.billing.models import Course, Person, Seller
from shared.contracts.course import Course as CourseEvent
from shared.contracts.registration import CourseCancelled, PersonRecorded
from shared.runtime.plans import needs
from shared.runtime.work import Work


@needs(
    lambda event: [(Course, event.course_id), (Seller, (event.course_id, event.version))],
)
async def record_course(work: Work, event: CourseEvent) -> None:
    """The newest version counts, whenever it comes; of each it is kept who sold it."""
    known = work.get(Course, event.course_id)
    if work.get(Seller, (event.course_id, event.version)) is None:
        seller = event.provider.model_dump(mode="json") | {"zone": event.zone}
        work.put(Seller(course_id=event.course_id, version=event.version, seller=seller))
    if known is None or known.version < event.version:
        starts = [s.starts_at for s in event.sessions if s.status != "cancelled"]
        sponsor = event.joint_sponsor
        share = sponsor.share if sponsor else None
        work.put(
            Course(
                course_id=event.course_id,
                version=event.version,
                status=event.status,
                starts_at=min(starts, default=None),
                cancelled_at=event.cancelled_at if isinstance(event, CourseCancelled) else None,
                policy=event.policy or None,
                title=event.title,
                partner_id=sponsor.partner_id if sponsor else None,
                share=share.model_dump(mode="json") if share else None,
            )
        )


@needs(lambda event: [(Person, event.person_id)])
async def record_person(work: Work, event: PersonRecorded) -> None:
    """The latest recorded name; nobody who was erased comes back."""
    known = work.get(Person, event.person_id)
    if known is None or (known.version < event.version and not known.erased):
        work.put(Person(person_id=event.person_id, version=event.version, name=event.name))


@needs(lambda person_id: [(Person, person_id)])
async def forget_person(work: Work, person_id: str) -> None:
    """Erased: the name goes, the mark stays; invoices name the person by id."""
    work.put(Person(person_id=person_id, erased=True))
