"""Publishing a course from a form: as many rows as it needs, looked at before it is published, by
the same checks as a file. Whatever is pressed, all that was typed is there again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of
from services.web.api.console_page import DeskDep, RunsDep, show
from services.web.api.course_draft import Draft, Fault, drafted
from services.web.api.publishing import (
    There,
    looked_at,
    not_known,
    preview,
    published,
    sent,
)
from services.web.api.signed_in import Signed, TheirLongFormDep
from services.web.course_file import written
from services.web.domain.course_fields import BOX, SECTIONS
from services.web.domain.course_form import added, begun, dropped, names, numbers
from services.web.owners import Answer, Away
from services.web.render import Pages
from services.web.staff import Desk
from services.web.unheard import FIELD
from shared.dates import parse_day
from shared.errors import Refusal

router = APIRouter(include_in_schema=False)
FORM = "/console/publish/form"
_OURS = ("csrf", "key", "do", "over", FIELD)  # of the form, not of the course


@router.get(FORM)
async def ask(request: Request, pages: PagesDep, signed: RunsDep) -> Response:
    """An empty form."""
    return show_form(request, pages, signed, begun())


@router.post(FORM)
async def fill(
    form: TheirLongFormDep, request: Request, pages: PagesDep, signed: RunsDep, desk: DeskDep
) -> Response:
    """A row more or less, a look at what it would be, or publish it: as the button says. Whoever
    presses none (Enter in a field) looks."""
    what, _, which = form.get("do", "").partition(" ")
    if what in ("add", "drop", "edit"):
        changed = {"add": added, "drop": dropped}.get(what, lambda typed, _: typed)
        return show_form(request, pages, signed, changed(form, which))
    draft = drafted(form)
    if draft.faults:
        return show_form(request, pages, signed, form, draft.faults, 422)
    place = (request, pages, signed, desk, form, draft)
    return await (_publish if what == "publish" else _look)(*place)


def show_form(
    request: Request,
    pages: Pages,
    signed: Signed,
    typed: Mapping[str, str],
    faults: Sequence[Fault] = (),
    status: int = 200,
    notes: Sequence[str] = (),
) -> Response:
    """The form as it was typed, each fault beside what it is of."""
    return show(
        request,
        pages,
        signed,
        "courses",
        "course_form.html",
        status,
        action=FORM,
        outline=SECTIONS,
        box=BOX,
        typed=typed,
        numbers={rows.name: numbers(typed, rows.name) for one in SECTIONS for rows in one.rows},
        dated=_days(typed),
        faults=faults,
        notes=notes,
        away=status == 503,
    )


def _days(typed: Mapping[str, str]) -> dict[int, date]:
    """The days of the sessions, where they are days, by their rows."""
    found: dict[int, date] = {}
    for number in numbers(typed, "sessions"):
        with suppress(Refusal):
            found[number] = parse_day(typed.get(f"sessions/{number}/date", "").strip())
    return found


async def _look(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    form: Mapping[str, str],
    draft: Draft,
    there: There | None = None,
) -> Response:
    """What it would be, before anything is published; `there` is what is in force instead of what
    was looked at."""
    try:
        found = await looked_at(desk, draft.course)
    except Away:
        if there and there.again:
            return not_known(request, pages, signed, draft.course, form)
        said = "Registration did not answer, so it could not be looked at. Try again in a minute."
        return show_form(request, pages, signed, form, [Fault("", "", said)], 503)
    if not found.ok:
        return show_form(request, pages, signed, form, _faults(draft, form, found), found.status)
    fields = {name: value for name, value in form.items() if name not in _OURS}
    file = written(draft.course)
    return preview(request, pages, signed, found, FORM, fields, file, there)


async def _publish(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    form: Mapping[str, str],
    draft: Draft,
) -> Response:
    if not draft.course.get("id"):
        return await _look(request, pages, signed, desk, form, draft)
    key, told = key_of(dict(form)), form.get("over", "")
    try:
        done = await sent(desk, draft.course, key=key, told=told)
    except Away:
        return not_known(request, pages, signed, draft.course, {**form, "key": key})
    if isinstance(done, There):
        return await _look(request, pages, signed, desk, form, draft, done)
    if not done.ok:
        return show_form(request, pages, signed, form, _faults(draft, form, done), done.status)
    return published(request, pages, signed, str(draft.course["id"]), done)


def _faults(draft: Draft, form: Mapping[str, str], refused: Answer) -> list[Fault]:
    """Where each fault was typed, in the order of the form."""
    found = [
        draft.at(str(one.get("pointer") or ""), str(one.get("detail")))
        for one in refused.body.get("errors") or ()
    ]
    order = {name: place for place, name in enumerate(names(form))}
    found.sort(key=lambda fault: (order.get(fault.name, -1), fault.line))
    return found or [Fault("", "", refused.detail or "Registration refused it.")]
