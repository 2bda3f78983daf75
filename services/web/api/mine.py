"""My registration: its state in plain words, and everything that can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.attending import sessions_of
from services.web.api.behind import behind
from services.web.api.common import OwnersDep, PagesDep, new_key
from services.web.api.credit import credit_of
from services.web.api.failing import unread
from services.web.api.missing import missing
from services.web.domain import mine
from services.web.domain.awards import lacks
from services.web.domain.register_form import MOST_COMPLAINT, MOST_NEEDS
from services.web.owners import Owners
from services.web.render import Pages
from shared.contracts.course import Course
from shared.dates import parse_instant
from shared.runtime.asking import PlatformSecretDep
from shared.runtime.database import Reader
from shared.runtime.edge import Edge, EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """What somebody sent from their page and nobody kept: what it says of that (`notice`), about
    which field, and all that they typed, which stands in its fields again."""

    notice: str = ""
    where: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    @property
    def sent(self) -> bool:
        """Whether a form was sent, be it one with nothing in it."""
        return self.status != 200


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
    said = Refused(request.query_params.get("n", ""))
    return await shown(request, pages, owners, reader, edge, secret, token, said)


async def shown(
    request: Request,
    pages: Pages,
    owners: Owners,
    reader: Reader,
    edge: Edge,
    secret: str,
    token: str,
    refused: Refused,
) -> Response:
    """The page of one registration; after a form of it was refused, with what was typed there."""
    found = await behind(owners, reader, secret, token, billing="", attendance="", certificates="")
    if isinstance(found, str) and refused.sent:
        return unread(request, pages, dict(refused.typed), found)
    if isinstance(found, str):
        return missing(request, pages, found)
    course, said, now = found.course, dict(found.said), edge.now()
    state = str(said.get("status") or "")
    credit = credit_of(course, state, found.body("certificates"), now, request.query_params)
    money = found.body("billing")
    joins = (said.get("links") or {}).get("join") or {}
    paying = request.cookies.get("paying") == found.registration_id
    paid = mine.is_paid(money)
    return pages.page(
        request,
        "mine.html",
        refused.status,
        personal=True,
        token=token,
        key=new_key(),
        course=course,
        said=said,
        state=state,
        paid=paid,
        price_said=mine.price_said(said, {each.price_id: each.label for each in course.prices}),
        # A page that came of a form does not load itself again: it would be sent once more.
        waiting=not refused.sent and _waiting(state, money, paying=paying),
        zone=found.zone,
        now=now,
        away=found.away(),
        money_said=money,
        sessions=sessions_of(
            course, state, found.body("attendance"), joins, now, mine.given_back(said)
        ),
        calendar=mine.calendar(
            (said.get("links") or {}).get("calendar"),
            going=state in ("confirmed", "completed"),
            live=any(session.delivery != "recorded" for session in course.sessions),
        ),
        over=all(session.ends_at <= now for session in course.sessions),
        hands_on=course.status != "cancelled" and mine.hands_on(said, found.first_start, now),
        most_needs=MOST_NEEDS,
        most_complaint=MOST_COMPLAINT,
        begun=any(session.starts_at <= now for session in course.sessions),
        **credit,
        disclosure=_disclosure(course, state, said, asked=lacks(credit["lines"], "disclosure")),
        choice=mine.whole_choice(said),
        shares=mine.shares(said),
        other_key=new_key(),
        hold_ends=_instant(said.get("hold_expires_at")),
        offer_ends=_instant(said.get("offer_expires_at")),
        notice=refused.notice,
        wrong=refused.where,
        typed=refused.typed,
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
