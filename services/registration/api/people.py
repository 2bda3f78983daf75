"""People: corrected, asked about the disclosure; the operators' lists of a course."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from services.registration.api.answers import Acknowledged, Corrected
from services.registration.api.bodies import CorrectBody, DisclosureBody
from services.registration.api.list_answers import RegistrationCounts, RegistrationList, WaitingList
from services.registration.api.numbers import NumberDep
from services.registration.api.shown import moment
from services.registration.commands.admission import CourseUnknown
from services.registration.commands.people import Acknowledge, Correct, acknowledge, correct
from services.registration.domain.texts import Number
from services.registration.models import Course, Person, Registration
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.auth import CallerDep
from shared.runtime.caller import Caller
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, ReaderDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["people"], route_class=Direct)
Status = Literal[
    "requested",
    "waitlisted",
    "offered",
    "confirmed",
    "expired",
    "lapsed",
    "cancelled",
    "transferred",
    "completed",
]
Ids = Annotated[
    str | None,
    Query(
        max_length=8_000,
        pattern=r"^[^\x00]*$",
        description="Only those with one of these registration ids, with commas between",
    ),
]
ACT = problems(401, 403, 404, 409, 425)

_LINES = """
SELECT r.registration_id, r.person_id, r.state, r.method, r.price_minor, r.currency, r.organisation,
       r.requested_at, r.hold_expires_at, r.offer_expires_at, r.confirmed_at,
       r.cancel_requested_at, r.price_id, r.complimentary, p.name, p.email, p.profession,
       (SELECT w.said ->> 'statement' FROM words w WHERE w.registration_id = r.registration_id
        AND w.person_id = r.person_id AND w.said ? 'statement'
        ORDER BY w.revision DESC LIMIT 1) AS statement
FROM registrations r LEFT JOIN people o ON o.person_id = r.person_id
LEFT JOIN people p ON p.person_id = coalesce(o.merged_into, o.person_id)
WHERE r.course_id = $1 AND ($2::text IS NULL OR r.state = $2)
  AND ($3::text IS NULL OR r.registration_id > $3)
"""
_LIST = f"{_LINES} ORDER BY r.registration_id LIMIT $4"
_THOSE = f"{_LINES} AND r.registration_id = ANY($5::text[]) ORDER BY r.registration_id LIMIT $4"
_COUNTS = """
SELECT state, count(*) AS n FROM registrations WHERE course_id = $1 GROUP BY state ORDER BY state
"""
_LINE = """
SELECT r.registration_id, r.person_id, r.ticket, r.requested_at, p.name, p.email
FROM registrations r LEFT JOIN people o ON o.person_id = r.person_id
LEFT JOIN people p ON p.person_id = coalesce(o.merged_into, o.person_id)
WHERE r.course_id = $1 AND r.state = 'waitlisted' AND ($2::bigint IS NULL OR r.ticket > $2)
ORDER BY r.ticket LIMIT $3
"""


@router.put(
    "/registration/v1/registrations/{registration_id}/attendee",
    responses={200: {"model": Corrected}, **ACT},
)
async def put_attendee(
    registration_id: PathId,
    body: CorrectBody,
    caller: CallerDep,
    edge: EdgeDep,
    once: OptionalOnce,
    number: NumberDep,
) -> Response:
    """Correct a person: a learner their zone, locale, birth day and texts, an operator everything.

    Texts: `phone` with `sms_consent` agrees to them, either of them empty stops them. An operator
    can only stop them. With the `version` that was seen nobody else's correction is lost.
    """

    def answer(done: tuple[Registration, Person]) -> tuple[int, Any]:
        row, person = done
        named = ("person_id", "version", "name", "email", "zone", "locale", "profession")
        return 200, {
            "registration_id": row.registration_id,
            **{name: getattr(person, name) for name in named},
            "licenses": person.licenses,
            "birth_day": person.birth_day,
            "phone": person.phone,
            "sms_consent": person.sms_consent,
            "sms_consent_at": moment(person.sms_consent_at),
        }

    command = correction(registration_id, caller, body, number)
    return await edge.run(correct, command, once=once, answer=answer)


def correction(registration_id: str, caller: Caller, body: CorrectBody, number: Number) -> Correct:
    """What is asked for: only the fields that were sent."""
    changes = body.model_dump(exclude_unset=True, exclude_none=True, exclude={"reason", "version"})
    return Correct(registration_id, caller, changes, number, body.reason, body.version)


@router.post(
    "/registration/v1/registrations/{registration_id}/disclosure",
    responses={200: {"model": Acknowledged}, **ACT},
)
async def post_disclosure(
    registration_id: PathId,
    body: DisclosureBody,
    caller: CallerDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Accept the disclosure in force."""

    def answer(row: Registration) -> tuple[int, Any]:
        return 200, {
            "registration_id": row.registration_id,
            "disclosure_version": row.disclosure_version,
            "accepted_at": moment(row.disclosed_at),
        }

    command = Acknowledge(registration_id, caller, body.disclosure_version)
    return await edge.run(acknowledge, command, once=once, answer=answer)


@router.get(
    "/registration/v1/courses/{course_id}/registrations",
    responses={200: {"model": RegistrationList}, **problems(401, 403, 404)},
)
async def list_registrations(
    course_id: PathId,
    _caller: OperatorDep,
    reader: ReaderDep,
    status: Annotated[Status | None, Query()] = None,
    ids: Ids = None,
    limit: Limit = PAGE,
    after: After = None,
) -> dict[str, Any]:
    """Everybody of a course, in order of arrival; with `ids` those of them that have one of these,
    and are of this course."""
    if await reader.get(Course, course_id) is None:
        raise CourseUnknown("There is no such course.")
    place = (course_id, status, after, limit + 1)
    if ids is None:
        records = await reader.fetch(_LIST, *place)
    else:
        records = await reader.fetch(_THOSE, *place, ids.split(","))
    items = [
        {
            "registration_id": r["registration_id"],
            "person_id": r["person_id"],
            "status": r["state"],
            "name": r["name"],
            "email": r["email"],
            "profession": r["profession"],
            "organisation": r["organisation"],
            "payment": {"method": r["method"]},
            "price": {"amount": r["price_minor"], "currency": r["currency"]},
            "price_id": r["price_id"],
            "statement": r["statement"],
            "complimentary": r["complimentary"],
            "requested_at": moment(r["requested_at"]),
            "hold_expires_at": moment(r["hold_expires_at"]),
            "offer_expires_at": moment(r["offer_expires_at"]),
            "confirmed_at": moment(r["confirmed_at"]),
            "cancel_requested_at": moment(r["cancel_requested_at"]),
        }
        for r in records[:limit]
    ]
    return {"items": items, "next": items[-1]["registration_id"] if len(records) > limit else None}


@router.get(
    "/registration/v1/courses/{course_id}/registrations/counts",
    responses={200: {"model": RegistrationCounts}, **problems(401, 403, 404)},
)
async def count_registrations(
    course_id: PathId, _caller: OperatorDep, reader: ReaderDep
) -> dict[str, Any]:
    """How many registrations of a course are in each state; of a state that none is in nothing is
    said."""
    if await reader.get(Course, course_id) is None:
        raise CourseUnknown("There is no such course.")
    records = await reader.fetch(_COUNTS, course_id)
    return {"counts": {record["state"]: record["n"] for record in records}}


@router.get(
    "/registration/v1/courses/{course_id}/waitlist",
    responses={200: {"model": WaitingList}, **problems(401, 403, 404)},
)
async def list_waiting(
    course_id: PathId,
    _caller: OperatorDep,
    reader: ReaderDep,
    limit: Limit = PAGE,
    after: Annotated[int | None, Query(ge=0, le=2**62)] = None,
) -> dict[str, Any]:
    """Those who wait for a seat, the first in line first; `ticket` is the order of arrival."""
    if await reader.get(Course, course_id) is None:
        raise CourseUnknown("There is no such course.")
    records = await reader.fetch(_LINE, course_id, after, limit + 1)
    items = [
        {
            "registration_id": r["registration_id"],
            "person_id": r["person_id"],
            "ticket": r["ticket"],
            "name": r["name"],
            "email": r["email"],
            "waitlisted_at": moment(r["requested_at"]),
        }
        for r in records[:limit]
    ]
    return {"items": items, "next": str(items[-1]["ticket"]) if len(records) > limit else None}
