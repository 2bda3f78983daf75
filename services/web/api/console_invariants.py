"""The invariants' last word for staff: when it was said, what holds, and what does not."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_page import ReadsDep, show
from services.web.api.invariants import last_check
from services.web.domain.checked import spoken
from shared.runtime.clock import wall
from shared.runtime.edge import ReaderDep

router = APIRouter(include_in_schema=False)


@router.get("/console/system/invariants")
async def invariants(
    request: Request, pages: PagesDep, signed: ReadsDep, reader: ReaderDep
) -> Response:
    """As whoever checked last told it; web itself looks into nobody's database."""
    last = await last_check(reader)
    word = spoken(last.results, last.began_at, last.told_at, last.by) if last else None
    return show(request, pages, signed, "system", "invariants.html", word=word, now=wall())
