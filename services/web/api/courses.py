"""A course's page."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api import cancelling
from services.web.api.asked import asked_of
from services.web.api.boards import boards_of, fit_of
from services.web.api.common import (
    OwnersDep,
    PagesDep,
    Visitor,
    VisitorDep,
    course_of,
    new_key,
)
from services.web.api.missing import missing
from services.web.domain import zones
from services.web.domain.register_form import Form
from services.web.domain.said import Tongue
from services.web.owners import Answer, Owners, or_none, segment
from shared.contracts.course import Course
from shared.contracts.registration import CourseCancelled
from shared.runtime.edge import EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)


@router.get("/courses/{course_id}")
async def course_page(
    course_id: str,
    request: Request,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    edge: EdgeDep,
    visitor: VisitorDep,
) -> Response:
    """Everything one wants to know before registering, and the form."""
    course = await course_of(reader, course_id)
    if course is None:
        return missing(request, pages, "course")
    now = edge.now()
    asked = await asked_of(course, reader, now)
    tongue = pages.tongue(request)
    shown = await shown_of(course, owners, visitor, now, asked, tongue)
    fit = fit_of(course, shown["boards"], asked["professions"], request.query_params)
    typed = {"profession": fit.profession, "state_0": fit.state} if fit else {}
    shown |= {"fit": fit, "form": Form(typed, new_key(), [])}
    return visitor.remember(pages.page(request, "course.html", **shown))


async def shown_of(
    course: Course,
    owners: Owners,
    visitor: Visitor,
    now: datetime,
    asked: dict[str, Any],
    tongue: Tongue,
) -> dict[str, Any]:
    """What a course's page shows: its own facts, and what its owners say just now."""
    counted, (bands, quotes_away) = await asyncio.gather(
        or_none(
            owners.ask("registration", f"/registration/v1/courses/{segment(course.course_id)}")
        ),
        cancelling.bands_of(course, owners, asked["today"].amount, now),
    )
    zone = visitor.zone or course.zone
    boards, may_miss = boards_of(course, tongue)
    return {
        "course": course,
        "boards": boards,
        "may_miss": may_miss,
        "cancelled_because": course.reason if isinstance(course, CourseCancelled) else "",
        "zone": zone,
        "guessed": visitor.guessing,
        "one_clock": _one_clock(course, zone),
        "now": now,
        "open": is_open(course, now),
        "seats": seats_of(counted),
        "asks": asks_of(counted),
        **asked,
        "bands": bands,
        "quotes_away": quotes_away,
        "policy_zone": str(course.policy.get("zone") or course.zone),
        "policy_text": str(course.policy.get("text") or _policy_text(counted)),
        "starts_at": course.sessions[0].starts_at if course.sessions else now,
    }


def is_open(course: Course, now: datetime) -> bool:
    """Whether the form is shown; the owner decides when it is sent."""
    starts = min((s.starts_at for s in course.sessions), default=None)
    closes = course.registration_closes_at or starts
    opens = course.registration_opens_at
    return (
        course.status == "published"
        and (closes is None or now < closes)
        and (opens is None or now >= opens)
    )


def seats_of(counted: Answer | None) -> int | None:
    """Seats left, None where nobody can say."""
    seats = counted.body.get("seats") if counted and counted.ok else None
    left = seats.get("left") if isinstance(seats, dict) else None
    return left if isinstance(left, int) else None


def asks_of(counted: Answer | None) -> list[str]:
    """What else of a person a board's registry needs, as registration says."""
    asks = counted.body.get("asks") if counted and counted.ok else None
    return [str(each) for each in asks] if isinstance(asks, list) else []


def _policy_text(counted: Answer | None) -> str:
    policy = counted.body.get("policy") if counted and counted.ok else None
    return str(policy.get("text") or "") if isinstance(policy, dict) else str(policy or "")


def _one_clock(course: Course, zone: str) -> bool:
    """Whether all sessions begin at the same time of day, here and there."""
    walls = {
        (zones.wall_of(s.starts_at, zone), zones.wall_of(s.starts_at, course.zone))
        for s in course.sessions
    }
    return len(walls) < 2
