"""What of a course is due to the body that jointly sponsors it: for staff, and for that body."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.api.sheets import CSV, Number, attached, rows_of
from services.billing.commands.turnover import Heads, heads_of, turnover_of
from services.billing.domain.sponsor_share import Due, Turnover, share_due
from services.billing.models import Course
from shared.dates import rfc3339
from shared.errors import Forbidden, NotFound
from shared.money import Money
from shared.runtime.asking import PartnerDep, PathId
from shared.runtime.caller import Caller
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["sponsors"])


class BoardBody(BaseModel):
    """Certificates that hold by now; `board` is null for certificates of participation."""

    board: str | None
    certificates: int


class DueBody(BaseModel):
    """A part of the share. `what`: percent_of_earned, percent_of_collected, per_attendee,
    per_certificate."""

    what: str
    count: int | None
    percent: str | None
    of: MoneyBody | None
    amount: MoneyBody


class TurnoverBody(BaseModel):
    """Money of the course in one currency, and the share in it."""

    currency: str
    collected: MoneyBody
    refunded: MoneyBody
    redeemed: MoneyBody
    earned: MoneyBody
    parts: list[DueBody]
    share_due: MoneyBody


class SettlementBody(BaseModel):
    """`attendees` were present at one session at least, presenters left out. Nobody is named."""

    course_id: str
    title: str
    partner_id: str | None
    as_of: str
    attendees: int
    certificates: list[BoardBody]
    turnover: list[TurnoverBody]


@router.get(
    "/billing/v1/courses/{course_id}/settlement-statement",
    response_model=SettlementBody,
    responses={200: {"content": CSV}, **problems(401, 403, 404)},
)
async def settlement_statement(
    course_id: PathId,
    caller: PartnerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    format_: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Any:
    """Attendees, certificates by board, what came in, went back and was earned, and the share that
    is due of it by what the course's file agrees on."""
    course = await reader.get(Course, course_id)
    _admit(caller, course)
    assert course is not None
    heads = await heads_of(reader.fetch, course_id)
    turnover = await turnover_of(reader.fetch, course_id)
    shares = [_shared(course, each, heads) for each in turnover or _nothing(course)]
    told = {
        "course_id": course.course_id,
        "title": course.title,
        "partner_id": course.partner_id,
        "as_of": rfc3339(edge.now()),
        "attendees": heads.attendees,
        "certificates": [
            {"board": board, "certificates": count} for board, count in heads.certificates
        ],
        "turnover": shares,
    }
    if format_ == "csv":
        name = attached(f"settlement-{course_id}")
        return Response(rows_of(_sheet(told)), media_type="text/csv", headers=name)
    return told


def _admit(caller: Caller, course: Course | None) -> None:
    """The operator, and the partner who is the joint sponsor of just this course."""
    own = course is not None and course.partner_id is not None
    if not caller.operator and not (own and course and caller.partner == course.partner_id):
        raise Forbidden("course-of-another", "This key is not of the course's joint sponsor.")
    if course is None:
        raise NotFound("course-unknown", "Billing knows no such course.")


def _nothing(course: Course) -> list[Turnover]:
    """Amounts a head are due also where no money was ever asked for."""
    share = course.share or {}
    heads = [share[name] for name in ("per_attendee", "per_certificate") if share.get(name)]
    return [Turnover(heads[0]["currency"])] if heads else []


def _shared(course: Course, turnover: Turnover, heads: Heads) -> dict[str, Any]:
    parts = share_due(course.share or {}, turnover, heads.attendees, heads.issued)
    currency = turnover.currency
    return {
        "currency": currency,
        "collected": money(turnover.collected, currency),
        "refunded": money(turnover.refunded, currency),
        "redeemed": money(turnover.redeemed, currency),
        "earned": money(turnover.earned, currency),
        "parts": [_part(part) for part in parts],
        "share_due": money(sum(part.amount.amount for part in parts), currency),
    }


def _part(part: Due) -> dict[str, Any]:
    return {
        "what": part.what,
        "count": part.count,
        "percent": part.percent,
        "of": part.of.as_json() if part.of else None,
        "amount": part.amount.as_json(),
    }


def _sheet(told: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    """The same as a table: what, of whom or what, how many, how much."""
    yield ("what", "of", "count", "amount", "currency")
    yield ("attendees", told["title"], told["attendees"], None, None)
    for row in told["certificates"]:
        of = row["board"] or "participation"
        yield ("certificates", of, row["certificates"], None, None)
    for each in told["turnover"]:
        for name in ("collected", "refunded", "redeemed", "earned"):
            yield (name, None, None, *_amount(each[name]))
        for part in each["parts"]:
            of = f"{part['percent']}%" if part["percent"] else None
            yield (part["what"], of, part["count"], *_amount(part["amount"]))
        yield ("share_due", None, None, *_amount(each["share_due"]))


def _amount(amount: dict[str, Any]) -> tuple[Number, str]:
    return Number(Money(amount["amount"], amount["currency"]).major), amount["currency"]
