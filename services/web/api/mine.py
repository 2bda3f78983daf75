"""My registration: its state in plain words, and everything that can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.attending import sessions_of
from services.web.api.common import (
    OwnersDep,
    PagesDep,
    course_of,
    new_key,
    registration_of,
)
from services.web.api.credit import credit_of
from services.web.api.missing import missing
from services.web.domain import mine, zones
from services.web.domain.awards import lacks
from services.web.owners import Answer, Owners, segment, together
from shared.contracts.course import Course
from shared.dates import parse_instant
from shared.runtime.asking import PlatformSecretDep
from shared.runtime.edge import EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Known:
    """What the owners say of one registration; None for each that is away, or a moment behind."""

    registration: Answer
    billing: Answer | None
    attendance: Answer | None
    certificates: Answer | None

    def body(self, owner: str) -> dict[str, Any]:
        """What an owner said, empty where it said nothing of use."""
        answer: Answer | None = getattr(self, owner)
        return dict(answer.body) if answer and answer.ok else {}

    def away(self) -> list[str]:
        """Owners that could not be asked. One that is only behind (425) is not away."""
        asked = ("billing", "attendance", "certificates")
        return [owner for owner in asked if getattr(self, owner) is None]


async def ask_all(owners: Owners, registration_id: str, token: str) -> Known | str:
    """What all owners say; or what is wrong with the link: `dead-link`, `link`, `away`, …"""
    at = segment(registration_id)
    first, *rest = await together(
        owners.ask("registration", f"/registration/v1/registrations/{at}", token),
        owners.ask("billing", f"/billing/v1/registrations/{at}", token),
        owners.ask("attendance", f"/attendance/v1/registrations/{at}", token),
        owners.ask("certificates", f"/certificates/v1/registrations/{at}", token),
    )
    if first is None:
        return "away"
    return why_not(first) or Known(first, *rest)


def why_not(answer: Answer) -> str:
    """What a page says instead, where the registration itself cannot be shown."""
    if answer.ok:
        return ""
    return {401: "dead-link", 403: "link", 404: "link", 410: "dead-link", 425: "settling"}.get(
        answer.status, "away"
    )


@router.get("/r/{token}")
async def my_registration(
    token: str,
    request: Request,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    edge: EdgeDep,
    secret: PlatformSecretDep,
) -> Response:
    """Everything about one registration, and the next thing to do first."""
    registration_id = registration_of(secret, token)
    if registration_id is None:
        return missing(request, pages, "link")
    known = await ask_all(owners, registration_id, token)
    if isinstance(known, str):
        return missing(request, pages, known)
    said = known.body("registration")
    course = await course_of(reader, str(said.get("course_id", "")))
    if course is None:
        return missing(request, pages, "settling")
    now = edge.now()
    state = str(said.get("status") or "")
    credit = credit_of(course, state, known.body("certificates"), now, request.query_params)
    money = known.body("billing")
    joins = (said.get("links") or {}).get("join") or {}
    paying = request.cookies.get("paying") == registration_id
    zone = zones.known((said.get("attendee") or {}).get("zone"), course.zone) or course.zone
    paid = mine.is_paid(money)
    return pages.page(
        request,
        "mine.html",
        personal=True,
        token=token,
        key=new_key(),
        course=course,
        said=said,
        state=state,
        paid=paid,
        price_said=mine.price_said(said, {each.price_id: each.label for each in course.prices}),
        waiting=_waiting(state, money, paying=paying),
        zone=zone,
        now=now,
        away=known.away(),
        money_said=money,
        sessions=sessions_of(
            course, state, known.body("attendance"), joins, now, mine.given_back(said)
        ),
        begun=any(session.starts_at <= now for session in course.sessions),
        **credit,
        disclosure=_disclosure(course, state, said, asked=lacks(credit["lines"], "disclosure")),
        choice=mine.whole_choice(said),
        shares=mine.shares(said),
        other_key=new_key(),
        hold_ends=_instant(said.get("hold_expires_at")),
        offer_ends=_instant(said.get("offer_expires_at")),
        notice=request.query_params.get("n", ""),
    )


def _waiting(state: str, money: dict[str, Any], *, paying: bool) -> bool:
    """Whether something is on its way that the page should show by itself."""
    paid = mine.is_paid(money)
    if state == "cancelled":
        return paid and not money.get("outcome")
    return state == "requested" and (paid or paying)


def _disclosure(course: Course, state: str, said: dict[str, Any], *, asked: bool) -> str:
    """The version to be accepted again; empty where none is.

    Before the course is over it opens the door; after it, only awards may still wait for it.
    """
    seen = said.get("disclosure") or {}
    current = seen.get("current")
    wanted = state in ("requested", "confirmed") or (state == "completed" and asked)
    if not wanted or course.disclosure is None or not current:
        return ""
    return str(current) if seen.get("accepted") != current else ""


def _instant(text: Any) -> datetime | None:
    return parse_instant(text) if text else None
