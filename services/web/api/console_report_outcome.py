"""What a registry answered to a report: it took it, or refused lines of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import Act, Deed, not_known, perform
from services.web.api.console_paths import reports_page
from services.web.api.console_report import found
from services.web.api.console_reports import AskedHere, SentHere, owners_path
from services.web.domain.register_form import MOST_LINES, Fault
from services.web.domain.report_lines import lines_in, report_row

router = APIRouter(include_in_schema=False)
_PATH = "/console/courses/{course_id}/reports/{number}/outcome"
TOOK = {"accepted": "It took all lines", "some": "It refused some lines", "all": "It refused all"}
_NO_CHOICE = Fault("took", "missing", "Say what the registry answered.")
_NO_LINES = Fault("lines", "missing", "Say which lines, such as: 3, 5-8.")
_TOO_LONG = Fault(
    "lines", "too-long", "That is longer than all lines of a report. Take ranges, such as 5-8."
)
_NOT_ASKED = Fault("lines", "too-much", "Lines are of an answer that refused some of them.")


@router.get(_PATH)
async def ask(course_id: str, number: str, deed: AskedHere) -> Response:
    """What may be noted, and what follows."""
    return await _page(deed, course_id, number)


@router.post(_PATH)
async def answer(course_id: str, number: str, deed: SentHere) -> Response:
    """Note it."""

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _page(deed, course_id, number, faults, status)

    look = (reports_page(course_id, number), f"report {number}")
    body, faults = _body(deed.values)
    it, told = await found(deed.desk, course_id, number)
    act = Act(f"{owners_path(course_id)}/{(it or {}).get('number')}/outcome", body, look,
              owner="certificates")  # fmt: skip
    if it is None:
        return not_known(deed, act) if told is None else deed.missing()
    if faults:
        return await form(faults, 422)
    there = f"{reports_page(course_id, number)}?done=noted"
    return await perform(deed, act, form=form, done=lambda _: there)


def _body(values: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """As certificates takes it; and what is wrong with what was typed."""
    took, typed = values.get("took", ""), values.get("lines", "").strip()
    if took not in TOOK:
        return {}, [_NO_CHOICE]
    if took != "some":
        wrong = [_NOT_ASKED] if typed else []
        return {"outcome": "accepted" if took == "accepted" else "refused"}, wrong
    if len(typed) > MOST_LINES:
        return {}, [_TOO_LONG]
    lines = lines_in(typed) if typed else None
    return {"outcome": "refused", "lines": lines}, [] if lines else [_NO_LINES]


async def _page(
    deed: Deed, course_id: str, number: str, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    it, told = await found(deed.desk, course_id, number)
    if it is None:
        return deed.away("certificates") if told is None else deed.missing()
    return deed.show(
        "report_outcome.html",
        status,
        course_id=course_id,
        it=it,
        row=report_row(it),
        took=TOOK,
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )
