"""A registration's sessions as a calendar to subscribe to (RFC 5545); calendars poll it for years.

It takes a token of its own, which opens nothing else: whoever runs the reader's calendar keeps the
address. The personal token and the operator's key are taken too.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.notifications.commands.case import Sender
from services.notifications.commands.feed import listed
from services.notifications.commands.theirs import for_them
from services.notifications.contents.common import CALENDAR
from services.notifications.feed import feed
from services.notifications.models import CalendarEntry, Course, Person, Registration
from shared.errors import Gone, NotFound, TooEarly
from shared.runtime.asking import PathId, PlatformSecretDep
from shared.runtime.auth import caller_of
from shared.runtime.caller import Caller, for_subject
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where
from shared.runtime.tokens import check

router = APIRouter(route_class=Direct)
_HEADERS = {"Cache-Control": "private, max-age=300", "Vary": "Authorization"}
_PATH = "/notifications/v1/registrations/{registration_id}/calendar.ics"


async def subscriber_of(request: Request, secret: PlatformSecretDep) -> Caller:
    """FastAPI dependency: who follows, by a feed's own token or any other that is good."""
    known = check(secret, CALENDAR, request.query_params.get("t", ""))
    if known is None:
        return await caller_of(request)
    subject, version = known
    return Caller("holder", f"calendar:{subject}", subject=subject, version=version)


@router.get(
    _PATH,
    response_class=Response,
    responses={
        200: {"content": {"text/calendar": {}}},
        304: {"description": "As the one with that ETag"},
        **problems(401, 403, 404, 410, 422, 425),
    },
)
@router.head(_PATH, include_in_schema=False)
async def calendar_feed(
    registration_id: PathId,
    request: Request,
    subscriber: Annotated[Caller, Depends(subscriber_of)],
    reader: ReaderDep,
) -> Response:
    """Every session, cancelled ones too, with the UIDs of the mails (METHOD:PUBLISH).

    410 where the link was replaced by a newer one, or the person erased: calendars then stop.
    """
    row = await reader.get(Registration, registration_id)
    theirs = subscriber.kind == "holder" and subscriber.subject == registration_id
    if row is not None and theirs and subscriber.version < row.token_version:
        raise Gone("token-dead", "This calendar is not kept any more: its link was replaced.")
    for_subject(subscriber, registration_id, row.token_version if row else None)
    if row is None:
        raise NotFound("registration-unknown", "There is no such registration.")
    sender: Sender = request.app.state.sender
    body = await _body(reader, row, sender)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {**_HEADERS, "ETag": tag}
    asked = {one.strip() for one in request.headers.get("if-none-match", "").split(",")}
    if {tag, f"W/{tag}", "*"} & asked:
        return Response(None, 304, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="sessions.ics"'
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


async def _body(reader: Reader, row: Registration, sender: Sender) -> bytes:
    """Four reads by key; what is not known yet will be in a moment."""
    course = await reader.get(Course, row.course_id)
    person = await reader.get(Person, row.person_id)
    if person is not None and person.erased:
        raise Gone("registration-erased", "This calendar is not kept any more.")
    if course is None or course.version == 0 or person is None or person.version == 0:
        raise TooEarly("not-known-yet", "This is not known here yet; try again in a moment.")
    told = await reader.find(where(CalendarEntry, registration_id=row.registration_id))
    entries = listed(row, for_them(course, row), told)
    if not entries:
        raise NotFound("nothing-to-follow", "This course has no session at a set time.")
    return feed(row, for_them(course, row), person, entries, sender)
