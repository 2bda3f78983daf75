"""A session for staff: who was there and for how long, and who could not be matched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, course_of, new_key
from services.web.api.console_named import Named, all_names, names_of
from services.web.api.console_page import DeskDep, ReadsDep, away, note, sheet, show
from services.web.api.missing import missing
from services.web.board import sittings_of
from services.web.domain.board import line_of
from services.web.domain.roles import may
from services.web.domain.tables import Column, Table, View, table, view_of
from services.web.domain.unmatched import hinted
from services.web.owners import or_none, segment
from services.web.staff import Desk
from shared.runtime.edge import EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)
_PATH = "/console/courses/{course_id}/sessions/{session_id}"
ATTENDED = (
    Column("name", "Name"),
    Column("minutes", "Minutes", number=True),
    Column("present", "Present"),
    Column("now", "Now"),
    Column("flag", "To look at"),
    Column("registration_id", "Registration", hidden=True),
)
_AFTER = "unmatched"  # in the address: behind whom the page of those not matched begins
_STRANGERS = 50  # of those not matched, on a page
_HINTS = 5  # of each of them there; their own page has more
_NONE: Mapping[str, Any] = {}
WITHOUT_NAMES = (Column("registration_id", "Registration"), *ATTENDED[1:-1])


@router.get(_PATH)
async def session(
    course_id: str,
    session_id: str,
    request: Request,
    pages: PagesDep,
    signed: ReadsDep,
    desk: DeskDep,
    reader: ReaderDep,
    edge: EdgeDep,
) -> Response:
    """The session as it stands; names for whoever may see people."""
    now = edge.now()
    course = await course_of(reader, course_id)
    sittings = sittings_of(course) if course is not None else []
    sitting = next((one for one in sittings if one.session_id == session_id), None)
    if sitting is None:
        return missing(request, pages)
    there = f"{segment(course_id)}/{segment(session_id)}"
    seen = await or_none(desk.ask("attendance", f"/attendance/v1/sessions/{there}", timeout=10))
    if seen is None:
        return away(request, pages, signed, "courses", "attendance")
    query = request.query_params
    sees = may(signed.roles, "people")
    records = seen.body.get("records") or ()
    view, as_file = view_of(query, [_AFTER]), query.get("format") == "csv"
    names, named = Named({}, whole=True)
    if sees:
        await note(edge, "console.course-people-read", course_id)
    everybody = sees and (_by_name(view) or as_file)
    if everybody:
        names, named = await all_names(desk, course_id)
    columns = ATTENDED if names else WITHOUT_NAMES
    rows = [_row(item, names) for item in records]
    if as_file and named:  # whole or none: a file is read where nobody says what it lacks
        return sheet(rows, columns, query, f"{course_id}-{session_id}-attendance")
    shown = table(rows, columns, view)
    strangers = await _strangers(desk, course_id, session_id, query) if sees else _NONE
    if sees and not everybody:
        names, named = await names_of(desk, course_id, _on_page(shown, strangers or _NONE))
        shown = _named(shown, names)
    return show(
        request,
        pages,
        signed,
        "courses",
        "session.html",
        503 if as_file else 200,
        cut=as_file,
        unnamed=not named,
        line=line_of(sitting, None, seen.body if seen.ok else None, now),
        table=shown,
        strangers=[
            {**one, "key": new_key(), "choices": hinted(one["hints"][:_HINTS], names)}
            for one in (strangers or _NONE).get("items") or ()
        ],
        unsaid=strangers is None,
        after=query.get(_AFTER, ""),
        following=(strangers or _NONE).get("next"),
        done=query.get("done", ""),
        now=now,
    )


def _by_name(view: View) -> bool:
    """Whether everybody's name is needed to know who stands on the page."""
    return bool(view.words) or view.column == "name"


async def _strangers(
    desk: Desk, course_id: str, session_id: str, query: Mapping[str, str]
) -> Mapping[str, Any] | None:
    """A page of those who wait to be matched, as attendance gives it; None where it does not."""
    of = f"course_id={segment(course_id)}&session_id={segment(session_id)}&limit={_STRANGERS}"
    after = query.get(_AFTER, "")[:200]
    more = f"&after={segment(after)}" if after else ""
    listed = await or_none(desk.ask("attendance", f"/attendance/v1/unmatched?{of}{more}"))
    return listed.body if listed is not None and listed.ok else None


def _on_page(shown: Table, strangers: Mapping[str, Any]) -> Iterator[str]:
    """The registrations whose names stand on the page."""
    yield from (str(row["registration_id"]) for row in shown.rows)
    for one in strangers.get("items") or ():
        yield from (str(hint["registration_id"]) for hint in one["hints"][:_HINTS])


def _named(shown: Table, names: Mapping[str, str]) -> Table:
    """The same page with names; where they are not known, as it was."""
    if not names:
        return shown
    rows = tuple({**row, "name": names.get(row["name"], row["name"])} for row in shown.rows)
    return replace(shown, columns=ATTENDED, rows=rows)


def _row(item: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    registration_id = str(item["registration_id"])
    flags = ["evidence now says less"] if item.get("flagged") else []
    flags += [str(doubt).replace("-", " ") for doubt in item.get("doubts") or ()]
    inside = "in the room" if item.get("in_room") else "in the lobby" if item.get("waiting") else ""
    return {
        "registration_id": registration_id,
        "name": names.get(registration_id, registration_id),
        "minutes": int(item.get("seconds") or 0) // 60,
        "present": "present" if item.get("present") else "not yet" if inside else "absent",
        "now": inside,
        "flag": ", ".join(flags),
    }
