"""A joint sponsor's view of a course: the roster of its boards, the certificates in its name, and
who was erased. To itself, and to operators as it sees it. What evaluations come to is asked of
certificates, and what is due to it of billing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse, StreamingResponse

from services.partners.api.sheets import (
    CERTIFICATES,
    CSV,
    ERASURES,
    ROSTER,
    attached,
    certificate_rows,
    roster_rows,
    rows_of,
)
from services.partners.commands import sponsoring
from services.partners.domain.rosters import CONFIRMED, ISSUED, Sight
from services.partners.domain.sponsored import CourseOfAnother, TypeNotGiven, sponsor_of
from services.partners.models import Partner
from shared.dates import rfc3339
from shared.runtime.asking import PAGE, After, Limit, PartnerDep, PathId
from shared.runtime.caller import Caller
from shared.runtime.database import Reader
from shared.runtime.edge import Edge, EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(prefix="/partners/v1/courses/{course_id}", tags=["joint sponsors"])
Form = Annotated[Literal["json", "csv"], Query(alias="format")]
Lines = AsyncIterator[dict[str, Any]]
Rows = Callable[[Mapping[str, Any]], Iterable[Sequence[Any]]]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}, **CSV}},
    **problems(401, 403, 404),
}


@router.get("/roster", response_class=Response, responses=_ANSWERS)
async def roster(
    course_id: PathId,
    caller: PartnerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    limit: Limit = PAGE,
    after: After = None,
    format_: Form = "json",
) -> Response:
    """Who registered whom a board serves whose approval the sponsor holds, by registration: those
    who had a seat for good, and how it stands. Names, licences, attendance and awards as far as
    the sponsor was given them; `csv` is the whole of it, a line a board."""
    sight = await _sight(caller, reader, course_id, CONFIRMED)
    found = sponsoring.lines(reader.fetch, sight, after or "")
    return await _answered(caller, edge, sight, "roster", found, limit, format_)


@router.get("/certificates", response_class=Response, responses=_ANSWERS)
async def certificates(
    course_id: PathId,
    caller: PartnerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    limit: Limit = PAGE,
    after: After = None,
    format_: Form = "json",
) -> Response:
    """Certificates for the sponsor's boards, by registration, those that hold no more among them;
    a page has all of a registration. No name is in it."""
    sight = await _sight(caller, reader, course_id, ISSUED)
    found = sponsoring.certificates(reader.fetch, sight, after or "")
    return await _answered(caller, edge, sight, "certificates", found, limit, format_)


@router.get("/erasures", response_class=Response, responses=_ANSWERS)
async def erasures(
    course_id: PathId,
    caller: PartnerDep,
    reader: ReaderDep,
    limit: Limit = PAGE,
    after: After = None,
    format_: Form = "json",
) -> Response:
    """Who of the course was erased: delete what you have of them. The same is told by event."""
    await _sight(caller, reader, course_id, None)
    if format_ == "csv":
        return _sheet(["erasures", course_id], ERASURES, _erased(reader, course_id), _as_it_is)
    found = await sponsoring.erased(reader.fetch, course_id, after or "", limit + 1)
    items = [_erasure(one) for one in found[:limit]]
    following = items[-1]["person_id"] if len(found) > limit else None
    return JSONResponse({"items": items, "next": following})


async def _sight(caller: Caller, reader: Reader, course_id: str, type_: str | None) -> Sight:
    """Raises CourseOfAnother for whoever is not the course's joint sponsor, whether the course is
    there or not; TypeNotGiven where it is not given the events that all of it is made of."""
    if not caller.operator:
        partner = await reader.get(Partner, caller.partner or "")
        if partner is None or course_id not in partner.courses:
            raise CourseOfAnother("This key is not of the course's joint sponsor.")
    course = await sponsoring.course_of(reader.fetch, course_id)
    sponsor = sponsor_of(course)
    if sponsor is None or not (caller.operator or caller.partner == sponsor):
        raise CourseOfAnother("This key is not of the course's joint sponsor.")
    partner = await reader.get(Partner, sponsor)
    if partner is None:
        raise CourseOfAnother("The course's joint sponsor is no partner yet.")
    sight = sponsoring.sight_of(partner, course)
    if type_ is not None and not sight.sees(type_):
        stem = type_.removesuffix(".v1")
        raise TypeNotGiven(f"{sponsor} is not given {stem}: an operator adds it to its types.")
    return sight


async def _answered(
    caller: Caller, edge: Edge, sight: Sight, what: str, found: Lines, limit: int, form: str
) -> Response:
    if caller.operator and what == "roster":
        asked = sponsoring.Read("roster.read", sight.course_id, sight.partner_id)
        noted = await edge.run(sponsoring.read, asked, answer=lambda _: (200, {}))
        if noted.status_code != 200:
            return noted
    if form == "csv":
        head, rows = (ROSTER, roster_rows) if what == "roster" else (CERTIFICATES, certificate_rows)
        return _sheet([what, sight.course_id], head, found, rows)
    return JSONResponse(await _page(found, limit))


async def _page(found: Lines, limit: int) -> dict[str, Any]:
    """At most so many, and the rest of the last one's registration."""
    items: list[dict[str, Any]] = []
    async for one in found:
        if len(items) >= limit and one["registration_id"] != items[-1]["registration_id"]:
            return {"items": items, "next": items[-1]["registration_id"]}
        items.append(one)
    return {"items": items, "next": None}


def _sheet(name: Sequence[str], head: Sequence[str], found: Lines, rows: Rows) -> Response:
    async def lines() -> AsyncIterator[str]:
        yield rows_of([head])
        async for one in found:
            yield rows_of(rows(one))

    return StreamingResponse(lines(), media_type="text/csv", headers=attached(*name))


async def _erased(reader: Reader, course_id: str) -> Lines:
    after = ""
    while found := await sponsoring.erased(reader.fetch, course_id, after, sponsoring.SUBJECTS):
        for one in found:
            yield _erasure(one)
        after = found[-1][0]


def _erasure(one: tuple[str, Any, str]) -> dict[str, Any]:
    person_id, at, event_id = one
    return {"person_id": person_id, "erased_at": rfc3339(at) if at else None, "event_id": event_id}


def _as_it_is(one: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
    yield [one[name] for name in ERASURES]
