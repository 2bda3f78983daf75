"""The door: a personal join link leads to the meeting, or says why not."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.attendance.domain.door import Holder, LinkDead, Room, enter, personal
from services.attendance.domain.roll import Standing
from services.attendance.domain.schedule import State
from services.attendance.models import Course, Registrant, Registration, Session
from shared.dates import zone_of
from shared.errors import NotFound, Refusal
from shared.runtime.asking import PathId, PlatformSecretDep, PublicUrlDep
from shared.runtime.database import Reader
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import STATUS, of_refusal, problems
from shared.runtime.rows import where
from shared.runtime.tokens import PERSONAL, check, mint

router = APIRouter(tags=["door"])
_TEMPLATES = Path(__file__).parent.parent / "templates"
_DAY = "%A, %-d %B %Y, %H:%M %Z"
_NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.get("/attendance/join/{token}", status_code=303, responses=problems(404, 409, 410, 425))
async def join(
    token: PathId,
    request: Request,
    reader: ReaderDep,
    edge: EdgeDep,
    secret: PlatformSecretDep,
    public_url: PublicUrlDep,
) -> Response:
    """To the meeting, with the registration's id, from the door's opening to completion."""
    known = check(secret, "join", token)
    if known is None or "/" not in known[0]:
        return _answer(request, NotFound("join-link-unknown", "This is not a link of ours."))
    registration_id, _, session_id = known[0].partition("/")
    registration = await reader.get(Registration, registration_id)
    session, course = await _where_to(reader, registration, session_id)
    holder = _holder(registration, session_id)
    try:
        url = enter(known[1], holder, _room(session, course), edge.now())
        url = await _own_way(reader, session, registration_id) or personal(url, registration_id)
    except LinkDead as why:
        return _answer(request, why)
    except Refusal as why:
        # The link lives, so its holder may be led to the registration's own page.
        mine = mint(secret, PERSONAL, registration_id, known[1])
        return _answer(request, why, session, course, f"{public_url}/r/{mine}")
    return RedirectResponse(url, 303, _NO_STORE)


async def _where_to(
    reader: Reader, registration: Registration | None, session_id: str
) -> tuple[Session | None, Course | None]:
    if registration is None:
        return None, None
    course_id = registration.course_id
    return await reader.get(Session, (course_id, session_id)), await reader.get(Course, course_id)


async def _own_way(reader: Reader, session: Session | None, registration_id: str) -> str | None:
    """The address that the platform gave this very person, into the meeting that stands now."""
    told = await reader.find(where(Registrant, registration_id=registration_id))
    ways = [
        each
        for each in told
        if session is not None
        and (each.course_id, each.session_id) == (session.course_id, session.session_id)
        and each.meeting_id == session.meeting_id
        and each.join_url
    ]
    return max(ways, key=lambda each: (each.told_at, each.registrant_id)).join_url if ways else None


def _holder(registration: Registration | None, session_id: str) -> Holder | None:
    if registration is None:
        return None
    return Holder(
        Standing(registration.standing),
        registration.token_version,
        registration.disclosure_version,
        session_id in registration.given_back,
    )


def _room(session: Session | None, course: Course | None) -> Room | None:
    if session is None:
        return None
    wanted = course.disclosure_version if course else None
    return Room(State(session.state), session.opens_at, session.meeting_url, wanted)


def _answer(
    request: Request,
    why: Refusal,
    session: Session | None = None,
    course: Course | None = None,
    mine: str | None = None,
) -> Response:
    """A problem document, or a page where a browser asks; the same status and headers."""
    problem = of_refusal(why)
    if "text/html" not in request.headers.get("accept", ""):
        return problem
    text = (
        _templates()
        .get_template("door.html")
        .render(
            slug=why.slug,
            detail=why.detail,
            title=(course.title if course else ""),
            opens=_local(session.opens_at if session else None, course, _DAY),
            starts=_local(session.starts_at if session else None, course, "%H:%M %Z"),
            wait=why.facts.get("retry_after"),
            newer=why.facts.get("newer") or isinstance(why, NotFound),
            mine=mine,
        )
    )
    headers = {**_NO_STORE}
    if "retry-after" in problem.headers:
        headers["Retry-After"] = problem.headers["retry-after"]
    return HTMLResponse(text, STATUS[why.kind], headers)


def _local(at: datetime | None, course: Course | None, pattern: str) -> str:
    """An instant in the course's zone, as people write it; empty where it is not known."""
    if at is None or course is None:
        return ""
    return f"{at.astimezone(zone_of(course.zone)):{pattern}}"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
