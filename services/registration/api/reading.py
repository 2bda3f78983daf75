"""A registration as it is read: its state, its history, its links."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from fastapi import APIRouter

from services.registration.api.accommodation import accommodation_shown
from services.registration.api.choices import choices_of, given_back
from services.registration.api.complaints import complaints_shown
from services.registration.api.offered import offer_of
from services.registration.api.registration_answers import RegistrationAnswer
from services.registration.api.shown import links, moment, policy_shown, session_shown
from services.registration.commands.access import owned
from services.registration.commands.complaining import ACTS
from services.registration.commands.prerequisites import met_before
from services.registration.models import (
    Course,
    CourseVersion,
    History,
    Person,
    PrerequisiteMet,
    Registration,
    Words,
)
from shared.runtime.asking import PathId, PlatformSecretDep, PublicUrlDep
from shared.runtime.auth import CallerDep
from shared.runtime.caller import Caller
from shared.runtime.database import Reader
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["registrations"])
OWN = problems(401, 403, 404, 425)


@router.get(
    "/registration/v1/registrations/{registration_id}",
    responses={200: {"model": RegistrationAnswer}, **OWN},
)
async def show_registration(
    registration_id: PathId,
    caller: CallerDep,
    reader: ReaderDep,
    secret: PlatformSecretDep,
    public_url: PublicUrlDep,
    edge: EdgeDep,
) -> dict[str, Any]:
    """State, history, links: for the learner whose it is, and for operators."""
    row = owned(caller, registration_id, await reader.get(Registration, registration_id))
    course = await reader.get(Course, row.course_id)
    then = await reader.get(CourseVersion, (row.course_id, row.course_version))
    person = await _person(reader, row.person_id)
    # Words first: each was written with its step, so none is read without it.
    written = await reader.find(where(Words, registration_id=registration_id))
    past = await reader.find(where(History, registration_id=registration_id, order=("revision",)))
    met = await reader.find(met_before(registration_id))
    assert course is not None
    assert then is not None
    now_version = await reader.get(CourseVersion, (row.course_id, course.version))
    sessions = (now_version or then).document["sessions"]
    zone = person.zone if person else course.terms["zone"]
    choices = await choices_of(reader, row, course, then.document, edge.now())
    return {
        "registration_id": row.registration_id,
        "course_id": row.course_id,
        "course_title": course.terms["title"],
        "course_version": row.course_version,
        "status": row.state,
        "position": await _place_in_line(reader, row),
        "attendee": _attendee(person),
        "organisation": row.organisation,
        "price": {"amount": row.price_minor, "currency": row.currency},
        "price_id": row.price_id,
        "complimentary": row.complimentary,
        "role": row.role or None,
        "payment": {"method": row.method, "basis": row.basis},
        "policy": policy_shown(then.document["policy"], whole=True),
        "disclosure": {
            "accepted": row.disclosure_version,
            "accepted_at": moment(row.disclosed_at),
            "current": course.terms["disclosure_version"],
        },
        "prerequisites": [_met(each) for each in met if each.person_id == row.person_id],
        "accommodation": accommodation_shown(row, past, written),
        "complaints": complaints_shown(row, past, written, everybody=caller.operator),
        "offer": await offer_of(reader, row, course, met, edge.now()),
        "starts_at": moment(row.first_start),
        "requested_at": moment(row.requested_at),
        "transferred_from": row.transferred_from,
        "transferred_to": row.transfer_to if row.state == "transferred" else None,
        "hold_expires_at": moment(row.hold_expires_at),
        "offer_expires_at": moment(row.offer_expires_at),
        "confirmed_at": moment(row.confirmed_at),
        "cancel_requested_at": moment(row.cancel_requested_at),
        "course_status": course.status,
        "choices": choices,
        "sessions": [session_shown(session, zone) for session in sessions],
        "links": links(
            row,
            _going(course, sessions, given_back(choices)),
            public_url,
            secret,
        ),
        "history": [
            _happened(each, caller, words)
            for each in past
            for words in [_words(each, written, row, caller)]
            # that somebody who was here before complained is theirs and staff's
            if caller.operator or words or each.act not in ACTS
        ],
    }


def _going(
    course: Course, sessions: Sequence[Mapping[str, Any]], without: Collection[str]
) -> list[str]:
    """The sessions that one may join: none of a cancelled course."""
    if course.status != "published":
        return []
    going = [each["session_id"] for each in sessions if each.get("status") != "cancelled"]
    return [each for each in going if each not in without]


async def _person(reader: Reader, person_id: str) -> Person | None:
    """Whoever that id stands for: of who was merged, the one they were merged into."""
    person = await reader.get(Person, person_id)
    if person is None or person.merged_into is None:
        return person
    return await reader.get(Person, person.merged_into) or person


def _attendee(person: Person | None) -> dict[str, Any] | None:
    if person is None:
        return None
    named = ("person_id", "name", "email", "zone", "locale", "profession", "licenses",
             "birth_day", "phone", "sms_consent", "version")  # fmt: skip
    agreed = {"sms_consent_at": moment(person.sms_consent_at)}
    return {name: getattr(person, name) for name in named} | agreed


def _met(one: PrerequisiteMet) -> dict[str, Any]:
    met = "waived" if one.certificate_id is None else "certificate"
    return {"course_id": one.course_id, "met": met, "met_at": moment(one.met_at)}


def _words(
    entry: History, written: list[Words], row: Registration, caller: Caller
) -> dict[str, str] | None:
    """What was written at this step, to operators and to the person who wrote it."""
    found = next((one for one in written if one.revision == entry.revision), None)
    if found is None or not (caller.operator or found.person_id == row.person_id):
        return None
    return found.said


def _happened(entry: History, caller: Caller, words: dict[str, str] | None) -> dict[str, Any]:
    """Staff also see the facts of it."""
    shown: dict[str, Any] = {
        "at": moment(entry.at),
        "by": entry.by,
        "act": entry.act,
        "before": entry.before,
        "status": entry.state,
        "why": entry.why,
    }
    shown |= {"words": words} if words else {}
    return shown | {"facts": entry.facts} if caller.operator else shown


async def _place_in_line(reader: Reader, row: Registration) -> int | None:
    if row.state != "waitlisted":
        return None
    [found] = await reader.fetch(
        "SELECT count(*) AS place FROM registrations"
        " WHERE course_id = $1 AND state = 'waitlisted' AND ticket <= $2",
        row.course_id,
        row.ticket,
    )
    return int(found["place"])
