"""Copies of others' courses and people, kept as they stand; and forgetting a person."""

from __future__ import annotations

from typing import Any

from services.certificates.commands import approvals, banks, saying
from services.certificates.commands.decide import around, decide_again
from services.certificates.commands.forms import with_form
from services.certificates.commands.knowledge import is_over
from services.certificates.commands.reminding import plan_reports
from services.certificates.commands.retention import plan_end
from services.certificates.models import (
    Certificate,
    Course,
    Document,
    DocumentFile,
    Duplicate,
    Person,
    Registration,
    ReportLine,
)
from shared.contracts import attendance, registration
from shared.dates import parse_instant, rfc3339
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

_WITH_THE_NAME: tuple[type[Document | DocumentFile], ...] = (Document, DocumentFile)
# What nobody can do any more about a certificate whose holder was erased.
_NEEDS_A_NAME = (saying.NOT_CONFORMING, saying.NOT_REISSUED)


@needs(lambda event: [(Course, event.course_id)])
async def course(work: Work, event: Any) -> None:
    """A course as it stands now."""
    before = work.get(Course, event.course_id) or Course(course_id=event.course_id)
    wanted = event.disclosure.version if event.disclosure and event.disclosure.required else None
    since = {"version": wanted, "since": rfc3339(event.published_at)}
    known = replace(before, disclosures={**before.disclosures, str(event.version): since})
    known = with_form(known, event.version, event.evaluation)
    if event.version > known.version:
        document = _as_held(event)
        known = replace(known, version=event.version, document=document)
    if known != before:
        work.put(known)
        plan_reports(work, known)
        plan_end(work, known)
        work.plan_due("decide_course", event.course_id, work.now)
        approvals.plan_look(work, before, known)
        banks.plan_look(work, before, known)


def _as_held(event: Any) -> dict[str, Any]:
    """The course's document. One that the provider cancelled was held as far as it had come:
    "every session" then means every session held (domain.md §2)."""
    document: dict[str, Any] = event.model_dump(mode="json")
    if isinstance(event, registration.CourseCancelled):
        for session, said in zip(document["sessions"], event.sessions, strict=True):
            if said.ends_at > event.cancelled_at:
                session["status"] = "cancelled"
    return document


@needs(lambda event: [(Course, event.course_id)])
async def session_completed(work: Work, event: attendance.SessionCompleted) -> None:
    """How much was taught; with the last session, everybody's awards are decided."""
    known = work.get(Course, event.course_id) or Course(course_id=event.course_id)
    taught = known.taught
    if not _older(event, taught.get(event.session_id)):
        one = {
            "minutes": event.instruction_minutes,
            "at": rfc3339(event.settled_at or event.completed_at),
            "completed_at": rfc3339(event.completed_at),
            "ends_at": rfc3339(event.ends_at),
        }
        taught = {**taught, event.session_id: one}
    last = max(filter(None, [known.last_completed_at, event.completed_at]))
    known = replace(known, taught=taught, last_completed_at=last)
    work.put(known)
    held = [s for s in known.document.get("sessions", []) if s["status"] != "cancelled"]
    if is_over(known) or not held:
        work.plan_due("decide_course", event.course_id, work.now)


def _older(event: attendance.SessionCompleted, told: dict[str, Any] | None) -> bool:
    """Whether what is said is older than what is known: a session that was opened again is
    completed later (decision 118), and of one completion more may be said afterwards."""
    if told is None:
        return False
    said = event.completed_at, event.settled_at or event.completed_at
    at = parse_instant(told["at"])
    if "completed_at" not in told:  # kept by an earlier release
        return said[1] < at
    return said < (parse_instant(told["completed_at"]), at)


def _of(person_id: str) -> Query[Registration]:
    return where(Registration, person_id=person_id)


def _of_person(person_id: str) -> Plan:
    query = _of(person_id)
    [found] = yield [query]
    keys = [key for reg in found for key in around(reg.registration_id, reg.course_id, person_id)]
    return [(Person, person_id), query, *keys]


@needs(lambda event: _of_person(event.person_id))
async def person(work: Work, event: registration.PersonRecorded) -> None:
    """A person as recorded now."""
    known = work.get(Person, event.person_id) or Person(person_id=event.person_id)
    if known.erased or event.version <= known.version:
        return
    work.put(
        replace(
            known,
            version=event.version,
            name=event.name,
            email=event.email,
            profession=event.profession,
            licenses=[one.model_dump(mode="json") for one in event.licenses],
            birth_day=event.birth_day,
        )
    )
    for reg in work.find(where(Registration, person_id=event.person_id)):
        decide_again(work, reg)


def _of_erased(person_id: str) -> Plan:
    query, registered = where(Certificate, person_id=person_id), _of(person_id)
    [found] = yield [query]
    return [
        (Person, person_id),
        registered,
        query,
        where(ReportLine, person_id=person_id),
        *((kept, one.certificate_id) for one in found for kept in _WITH_THE_NAME),
        *(where(Duplicate, certificate_id=one.certificate_id) for one in found),
        *(task_key(kind, saying.place_of(one)) for one in found for kind in _NEEDS_A_NAME),
    ]


@needs(_of_erased)
async def forget(work: Work, person_id: str) -> None:
    """A person is gone: our copy goes, all documents with the name, and what staff wrote; numbers
    and hashes stay. So does evidence, by ids, until its years are over (`retention.py`), and with
    it the reports that have gone out: no call shows them any more, only the activity file."""
    work.put(Person(person_id=person_id, erased=True))
    for reg in work.find(_of(person_id)):
        if reg.reopened and reg.reopened["words"]:  # staff may have written a name
            work.put(replace(reg, reopened={**reg.reopened, "words": ""}))
    for line in work.find(where(ReportLine, person_id=person_id)):
        work.put(replace(line, mark=""))  # a digest that who guesses a licence's number could try
    for certificate in work.find(where(Certificate, person_id=person_id)):
        # Staff may have written a name; and what is being made of a draft that is gone is not kept,
        # nor taken for a later one: whoever has the registration next goes on counting.
        work.put(replace(certificate, words="", draft=-abs(certificate.draft)))
        for kept in _WITH_THE_NAME:
            row = work.get(kept, certificate.certificate_id)
            if row is not None:
                work.delete(row)
        for made in work.find(where(Duplicate, certificate_id=certificate.certificate_id)):
            work.put(replace(made, pdf=None))
        for kind in _NEEDS_A_NAME:
            work.close_task(kind, saying.place_of(certificate), "holder erased")
