"""Store what is heard of a registration, as it is heard; then decide again.

Order within a topic and key is given, order across topics is not. So each fact has its own place in
the registration's row, and whoever comes first makes the row: a stub, until registration itself has
spoken (`token_version`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.certificates.commands.decide import around, decide_again
from services.certificates.commands.retention import without_evidence
from services.certificates.domain import life
from services.certificates.domain.life import Standing
from services.certificates.models import Course, Person, Registration
from shared.contracts import attendance, billing, registration
from shared.dates import rfc3339
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

Change = Callable[[Registration], Registration]


# --- registrations --------------------------------------------------------------------------------


def _about(event: Any) -> Plan:
    [reg] = yield [(Registration, event.registration_id)]
    keys = around(event.registration_id, event.course_id, event.person_id)
    if reg is not None:  # a substitution has another person; a stub may have been told wrongly
        keys += [(Course, reg.course_id), (Person, reg.person_id)]
    return keys


about_registration = needs(_about)


def _learn(work: Work, event: Any, change: Change) -> None:
    known = work.get(Registration, event.registration_id)
    before = known or Registration(
        registration_id=event.registration_id,
        course_id=event.course_id,
        person_id=event.person_id,
    )
    after = change(before)
    course = work.get(Course, after.course_id)
    if course is None:
        work.put(Course(course_id=after.course_id))  # so that there is a row to lock from now on
    elif course.evidence_ended_at is not None:
        after = without_evidence(after)  # what is replayed after its years is not kept again
    if known is None or after != known:
        work.put(after)
        decide_again(work, after)


def _spoken(event: Any, version: int | None = None, **changes: Any) -> Change:
    """What registration itself says also tells whose it is, and its token's version.

    `version` is the token's, where the event carries one.
    """

    def change(reg: Registration) -> Registration:
        turns = life.whose(reg.token_version, version)
        return replace(
            reg,
            course_id=event.course_id,
            person_id=event.person_id if turns else reg.person_id,
            token_version=max(version or 1, reg.token_version or 1),
            **changes,
        )

    return change


def _accepting(event: Any, spoken: Change) -> Change:
    """A disclosure is accepted by a person: of whoever is substituted nothing is carried over."""
    accepted: registration.DisclosureAccepted | None = event.disclosure

    def change(before: Registration) -> Registration:
        reg = spoken(before)
        theirs = reg.disclosures.get(event.person_id, [])
        if accepted is None or accepted.version in theirs:
            return reg
        theirs = sorted([*theirs, accepted.version])
        return replace(reg, disclosures={**reg.disclosures, event.person_id: theirs})

    return change


def _standing(reg: Registration) -> Standing:
    return life.standing(reg.basis is not None, reg.ended["how"] if reg.ended else None)


@about_registration
async def requested(work: Work, event: registration.RegistrationRequested) -> None:
    """A registration begins, or a place on the waiting list became one."""
    also: dict[str, Any] = {"paid": True} if event.price.amount == 0 else {}
    if event.role:  # said once, with the first step; a stub of before has none
        also["role"] = event.role
    _learn(work, event, _accepting(event, _spoken(event, event.token_version, **also)))


@about_registration
async def waitlisted(work: Work, event: registration.RegistrationWaitlisted) -> None:
    """In line: its token is good from now on."""
    _learn(work, event, _accepting(event, _spoken(event, event.token_version)))


@about_registration
async def acknowledged(work: Work, event: registration.RegistrationAcknowledged) -> None:
    """A version of the disclosure was accepted; its true time is registration's to keep."""
    _learn(work, event, _accepting(event, _spoken(event)))


@about_registration
async def confirmed(work: Work, event: registration.RegistrationConfirmed) -> None:
    """The seat is taken for good, also after a hold had ended, but not after a cancellation."""
    spoken = _spoken(event, event.token_version, basis=event.basis)

    def change(reg: Registration) -> Registration:
        goes = life.goes(_standing(reg), Standing.CONFIRMED)
        return replace(spoken(reg), ended=None) if goes else spoken(reg)

    _learn(work, event, change)


@about_registration
async def gave_back(work: Work, event: registration.RegistrationShareDue) -> None:
    """The share of a cancelled session was taken back: a make-up date is not held for them."""
    spoken = _spoken(event)

    def change(before: Registration) -> Registration:
        reg = spoken(before)
        return replace(reg, given_back=sorted({*reg.given_back, event.session_id}))

    _learn(work, event, change)


@about_registration
async def substituted(work: Work, event: registration.RegistrationSubstituted) -> None:
    """A colleague comes instead: awards are the new person's, with the new disclosure."""
    _learn(work, event, _accepting(event, _spoken(event, event.token_version)))


@about_registration
async def links_asked(work: Work, event: registration.RegistrationLinkRequested) -> None:
    """Links were asked for; where they were made anew, all of an older version are dead."""
    _learn(work, event, _spoken(event, event.token_version))


def _end(work: Work, event: Any, how: str, at: datetime) -> None:
    spoken = _spoken(event)

    def change(reg: Registration) -> Registration:
        if not life.goes(_standing(reg), life.end_of(how)):
            return spoken(reg)
        return replace(spoken(reg), ended={"how": how, "at": rfc3339(at)})

    _learn(work, event, change)


@about_registration
async def cancelled(work: Work, event: registration.RegistrationCancelled) -> None:
    """Cancelled; what it came to, billing says."""
    _end(work, event, "cancelled", event.requested_at)


@about_registration
async def transferred(work: Work, event: registration.RegistrationTransferred) -> None:
    """Its value went to another registration."""
    _end(work, event, "transferred", event.requested_at)


@about_registration
async def expired(work: Work, event: registration.RegistrationExpired) -> None:
    """The hold ended unpaid."""
    _end(work, event, "expired", event.expired_at)


@about_registration
async def unseated(work: Work, event: registration.RegistrationUnseated) -> None:
    """Paid too late."""
    _end(work, event, "unseated", event.requested_at)


@about_registration
async def lapsed(work: Work, event: registration.RegistrationLapsed) -> None:
    """The offer was not taken."""
    _end(work, event, "lapsed", event.lapsed_at)


# --- money and attendance -------------------------------------------------------------------------


@about_registration
async def invoice_paid(work: Work, event: billing.InvoicePaid) -> None:
    """Paid; a goodwill refund later does not undo it."""
    _learn(work, event, lambda reg: replace(reg, paid=True))


@about_registration
async def cancellation_settled(work: Work, event: billing.CancellationSettled) -> None:
    """What a cancellation came to decides whether attendance still earns something."""
    if event.cause == "cancelled":
        _learn(work, event, lambda reg: replace(reg, outcome=event.outcome))


@about_registration
async def dispute_opened(work: Work, event: billing.DisputeOpened) -> None:
    """Not issued is withheld; issued stands, with a task for staff."""

    def change(reg: Registration) -> Registration:
        return replace(reg, disputes={event.dispute_id: "open", **reg.disputes})

    _learn(work, event, change)


@about_registration
async def dispute_closed(work: Work, event: billing.DisputeClosed) -> None:
    """Won: as before."""

    def change(reg: Registration) -> Registration:
        return replace(reg, disputes={**reg.disputes, event.dispute_id: event.result})

    _learn(work, event, change)


@about_registration
async def attended(work: Work, event: attendance.AttendanceSettled) -> None:
    """Attendance of one session; of two statements the one with the higher version holds."""

    def change(reg: Registration) -> Registration:
        known = reg.attended.get(event.session_id)
        if known and known["version"] >= event.evidence_version:
            return reg
        one = {
            "seconds": event.seconds,
            "present": event.present,
            "version": event.evidence_version,
            "ends_at": rfc3339(event.session_ends_at),
        }
        return replace(reg, attended={**reg.attended, event.session_id: one})

    _learn(work, event, change)
