"""What attendance hears, and what it does about it."""

from __future__ import annotations

from datetime import timedelta

from services.attendance.commands import courses, people, reporting, roll
from services.attendance.commands.recalling import completed_recaller, settled_recaller
from shared.contracts.attendance import AttendanceSettled, SessionCompleted
from shared.contracts.course import Course
from shared.contracts.partners import KeyIssued, KeyRevoked, PartnerAttendanceReported
from shared.contracts.registration import (
    CourseCancelled,
    CoursePublished,
    PersonRecorded,
    RegistrationAcknowledged,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationLapsed,
    RegistrationLinkRequested,
    RegistrationRequested,
    RegistrationShareDue,
    RegistrationSubstituted,
    RegistrationTransferred,
    RegistrationUnseated,
    RegistrationWaitlisted,
)
from shared.runtime.hears import Hears, own_words
from shared.runtime.keys import record_key, record_revoked
from shared.runtime.plans import needs
from shared.runtime.work import Work


def hears_of(grace: timedelta) -> Hears:
    """The subscriptions; `grace` is how long a session waits for its report after its end."""
    hears = Hears("attendance")

    @hears(CoursePublished)
    @hears(CourseCancelled)
    @needs(courses.keep_needs)
    async def keep_course(work: Work, event: Course) -> None:
        await courses.keep_course(work, event, grace)

    hears(RegistrationRequested)(roll.enrol)
    hears(RegistrationWaitlisted)(roll.enrol)
    hears(RegistrationConfirmed)(roll.confirm)
    hears(RegistrationLapsed)(roll.lapse)
    hears(RegistrationExpired)(roll.lapse)
    hears(RegistrationUnseated)(roll.end)
    hears(RegistrationTransferred)(roll.end)
    hears(RegistrationCancelled)(roll.end)
    hears(RegistrationSubstituted)(roll.substitute)
    hears(RegistrationLinkRequested)(roll.renew)
    hears(RegistrationAcknowledged)(roll.acknowledge)
    hears(RegistrationShareDue)(roll.give_back)
    hears(PersonRecorded)(people.record_person)
    hears.tombstone(PersonRecorded)(people.forget_person)
    hears(PartnerAttendanceReported)(reporting.keep_partner_report)
    hears(KeyIssued)(record_key)
    hears(KeyRevoked)(record_revoked)
    return hears


def recalls_of(grace: timedelta) -> Hears:
    """What it said itself, heard again by a database that was restored from a backup."""
    recalls = Hears(own_words("attendance"))
    recalls(AttendanceSettled)(settled_recaller(grace))
    recalls(SessionCompleted)(completed_recaller(grace))
    return recalls
