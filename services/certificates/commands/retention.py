"""The end of evidence: when the years of a course's boards are over, what only they asked for goes.

Gone then: attended seconds, claims, accepted disclosures, results and answers of tests and
evaluations, why awards were withheld and what they would have been worth, the reports' bytes and
the digests of their lines, what staff wrote. What stays for ever is
a certificate's number, hash and status, and its file until its holder is erased (domain.md §9).

First the course is marked, so that nothing decides by facts that are going; then a walk goes over
its registrations, and at its end what is kept by course is deleted.
"""

from __future__ import annotations

from datetime import datetime

from services.certificates.commands.reminding import end_of, last_end
from services.certificates.domain.keeping import kept_until
from services.certificates.models import Award, Certificate, Course, Registration, ReportLine
from shared.runtime.due import Due
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

END, ERASE = "end_evidence", "erase_evidence"
_NOTHING_KEPT: dict[str, object] = {
    "disclosures": {},
    "attended": {},
    "claims": {},
    "evaluated_at": None,
    "reopened": None,
    "post_tests": {},
    "declined": {},
    "participation_for": None,
    "presented": {},
}
_BY_COURSE = ("evaluations", "attempts", "report_files")  # the last two are append-only till then


def ends_at(course: Course) -> datetime | None:
    """When the evidence of a course ends; None while it has no session.

    Of a course that was cancelled before it began it ends as if it had been held: what learners
    accepted is kept for as long as the boards ask, and not for ever.
    """
    last = last_end(course) or end_of(course.document.get("sessions", []))
    if last is None:
        return None
    return kept_until(last, course.document["zone"], course.document["boards"])


def plan_end(work: Work, course: Course) -> None:
    """A course was heard of, or anew: it may have been moved, or a board may keep longer."""
    until = ends_at(course)
    if until is not None and course.evidence_ended_at is None:
        work.plan_due(END, course.course_id, until, course.version)


@needs(lambda due: [(Course, due.ref)])
async def end(work: Work, due: Due) -> None:
    """The years are over, by the course as it is known now."""
    course = work.get(Course, due.ref)
    until = ends_at(course) if course is not None else None
    if course is None or until is None or course.evidence_ended_at is not None:
        return
    if work.now < until:
        plan_end(work, course)
        return
    work.put(replace(course, evidence_ended_at=work.now))
    work.plan_due(ERASE, course.course_id, work.now, course.version)
    work.audit("evidence.ended", course.course_id)


def registrations_of(due: Due) -> Query[Registration]:
    """All of the course. One that is heard of from now on is kept without evidence."""
    return where(Registration, course_id=due.ref)


def _of_one(due: Due) -> Plan:
    registration_id = due.payload["registration_id"]
    awards = where(Award, registration_id=registration_id)
    certificates = where(Certificate, registration_id=registration_id)
    yield []
    lines = where(ReportLine, registration_id=registration_id)
    return [(Registration, registration_id), awards, certificates, lines]


@needs(_of_one)
async def erase_one(work: Work, due: Due) -> None:
    """Of a registration stays who it was for, and whether it stood: certificates hang on it."""
    reg = work.get(Registration, due.payload["registration_id"])
    if reg is None:
        return
    without = without_evidence(reg)
    if without != reg:
        work.put(without)
    for award in work.find(where(Award, registration_id=reg.registration_id)):
        kept = replace(award, unmet=[], held=False, kept={})
        if award.status != "granted":  # what it would have been worth is attendance
            kept = replace(kept, credits="0", sessions=[])
        if kept != award:
            work.put(kept)
    for issued in work.find(where(Certificate, registration_id=reg.registration_id)):
        if issued.words:
            work.put(replace(issued, words=""))
    for line in work.find(where(ReportLine, registration_id=reg.registration_id)):
        if line.mark:
            work.put(replace(line, mark=""))


def without_evidence(reg: Registration) -> Registration:
    """A registration as it is kept when its years are over."""
    return replace(reg, **_NOTHING_KEPT)


@alone
@needs(lambda due: [(Course, due.ref)])
async def erase_course(work: Work, due: Due) -> None:
    """What is kept by course: the answers without names, the attempts, the bytes that went out."""
    await work.con.execute("SELECT set_config('holdfast.retention', 'on', true)")
    for table in _BY_COURSE:
        await work.con.execute(f"DELETE FROM {table} WHERE course_id = $1", due.ref)
    work.audit("evidence.erased", due.ref)
