"""My registration: its state in plain words, and everything that can be done about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import (
    OwnersDep,
    PagesDep,
    course_of,
    new_key,
    registration_of,
)
from services.web.api.missing import missing
from services.web.domain import mine, zones
from services.web.owners import Answer, Owners, segment, together
from shared.contracts.course import Course
from shared.contracts.registration import CourseCancelled
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
    money = known.body("billing")
    joins = (said.get("links") or {}).get("join") or {}
    paying = request.cookies.get("paying") == registration_id
    state = str(said.get("status") or "")
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
        **_awards(known.body("certificates")),
        certificates=known.body("certificates").get("certificates") or [],
        evaluation=_evaluation(course, state, known.body("certificates"), now),
        disclosure=_disclosure(course, state, said),
        choice=mine.whole_choice(said),
        shares=mine.shares(said),
        other_key=new_key(),
        hold_ends=_instant(said.get("hold_expires_at")),
        offer_ends=_instant(said.get("offer_expires_at")),
        notice=request.query_params.get("n", ""),
    )


def sessions_of(
    course: Course,
    state: str,
    attended: dict[str, Any],
    joins: dict[str, str],
    now: datetime,
    given_back: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Each session with what can be done or was done about it; `given_back` are those of which the
    share was taken, whose make-up dates are for the others."""
    records = {
        record.get("session_id"): record
        for record in attended.get("sessions") or ()
        if isinstance(record, dict)
    }
    return [
        {
            "session": session,
            "standing": "given_back"
            if session.session_id in given_back and session.status != "cancelled"
            else mine.standing(
                session.starts_at,
                session.ends_at,
                session.opens_minutes_before,
                now,
                going=state in ("confirmed", "completed"),
                cancelled=session.status == "cancelled" or _fell(course, session.ends_at),
            ),
            "record": records.get(session.session_id),
            "join": joins.get(session.session_id),
        }
        for session in course.sessions
    ]


def _fell(course: Course, ends_at: datetime) -> bool:
    """Whether a session was not over when the provider cancelled the course."""
    return isinstance(course, CourseCancelled) and ends_at > course.cancelled_at


def _waiting(state: str, money: dict[str, Any], *, paying: bool) -> bool:
    """Whether something is on its way that the page should show by itself."""
    paid = mine.is_paid(money)
    if state == "cancelled":
        return paid and not money.get("outcome")
    return state == "requested" and (paid or paying)


def _awards(said: dict[str, Any]) -> dict[str, Any]:
    """The awards, and of those withheld: what can still come, and what a board is not there for."""
    awards = [award for award in said.get("awards") or () if isinstance(award, dict)]
    withheld = [award for award in awards if award.get("status") == "withheld"]
    elsewhere = [a for a in withheld if "profession" in {u["condition"] for u in a["unmet"]}]
    return {
        "awards": awards,
        "not_serving": elsewhere,
        "missing_for": [award for award in withheld if award not in elsewhere],
    }


def _evaluation(course: Course, state: str, said: dict[str, Any], now: datetime) -> str:
    """`open`, `done`, or empty where there is nothing to evaluate."""
    if course.evaluation is None or state not in ("confirmed", "completed"):
        return ""
    if said.get("evaluated_at") or said.get("evaluated"):
        return "done"
    begun = any(s.starts_at <= now for s in course.sessions if s.status != "cancelled")
    return "open" if begun else ""


def _disclosure(course: Course, state: str, said: dict[str, Any]) -> str:
    """The version to be accepted again before joining; empty where none is."""
    seen = said.get("disclosure") or {}
    current = seen.get("current")
    if state not in ("requested", "confirmed") or course.disclosure is None or not current:
        return ""
    return str(current) if seen.get("accepted") != current else ""


def _instant(text: Any) -> datetime | None:
    return parse_instant(text) if text else None
