"""Whom nobody knows in a session: a page for each, where staff say who it was, and why.

Those whom attendance takes for them are named first. Anybody else is found by the search of the
people, for a course may have thousands, and no list of them all helps anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.web.api.common import PagesDep, course_of, key_of, see
from services.web.api.console_finding import recorded
from services.web.api.console_named import names_of
from services.web.api.console_page import (
    DeskDep,
    RunsDep,
    answered,
    away,
    keyed,
    note,
    once_more,
    show,
)
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.domain.unmatched import Choice, choices_of, found_in
from services.web.owners import Answer, Away, or_none, segment
from services.web.render import Pages
from services.web.staff import Desk
from shared.runtime.database import Reader
from shared.runtime.edge import Edge, EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)
_PATH = "/console/courses/{course_id}/sessions/{session_id}/unmatched/{unmatched_id}"
_HINTS = 20  # of one person: more have that name by chance, and are searched for
_WORDS = 254  # letters of a search: an address


@dataclass(frozen=True)
class Matching:
    """Who of staff says who it was, and of whom."""

    request: Request
    pages: Pages
    signed: Signed
    desk: Desk
    reader: Reader
    edge: Edge
    course_id: str
    session_id: str
    unmatched_id: str

    @property
    def path(self) -> str:
        """Where attendance has them."""
        return f"/attendance/v1/unmatched/{segment(self.unmatched_id)}"

    @property
    def session(self) -> str:
        """The page of the session."""
        return f"/console/courses/{segment(self.course_id)}/sessions/{segment(self.session_id)}"


async def matching_of(
    course_id: str,
    session_id: str,
    unmatched_id: str,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
    reader: ReaderDep,
    edge: EdgeDep,
) -> Matching:
    """FastAPI dependency: for whom may run courses."""
    return Matching(request, pages, signed, desk, reader, edge, course_id, session_id, unmatched_id)


MatchingDep = Annotated[Matching, Depends(matching_of)]


@router.get(_PATH)
async def ask(asked: MatchingDep) -> Response:
    """Who was it?"""
    return await _page(asked, {})


@router.post(_PATH)
async def match(asked: MatchingDep, form: TheirFormDep) -> Response:
    """Say who somebody was, or that they are nobody's, and why; or only search (`find`)."""
    if "find" in form:
        return await _page(asked, form)
    reason, who = form.get("reason", "").strip(), form.get("registration_id", "").strip()
    if not reason or not who:
        lacks = "Choose who it was." if reason else "Say why you think so."
        return await _page(asked, form, lacks, 422)
    body = {"registration_id": None if who == "nobody" else who, "reason": reason}
    try:
        done = await asked.desk.act("attendance", f"{asked.path}/match", body, key=key_of(form))
    except Away:
        return _again(asked, form)
    if not done.ok:
        said, kept = done.detail or "Attendance refused it.", answered(form)
        return await _page(asked, kept, said, done.status)
    return see(asked.session, personal=True)


def _again(asked: Matching, form: Mapping[str, str]) -> Response:
    return once_more(
        asked.request, asked.pages, asked.signed, "courses", "attendance", form,
        look=(asked.session, "the session"), refused=asked.desk.unheard.refused,
    )  # fmt: skip


async def _page(
    asked: Matching, form: Mapping[str, str], wrong: str = "", status: int = 200
) -> Response:
    course = await course_of(asked.reader, asked.course_id)
    known = await or_none(asked.desk.ask("attendance", asked.path))
    if known is None and form:  # what was typed is kept, also by who only searched
        return _again(asked, form)
    if known is None:
        return away(asked.request, asked.pages, asked.signed, "courses", "attendance")
    if course is None or not _is_here(known, asked):
        return missing(asked.request, asked.pages)
    await note(asked.edge, "console.course-people-read", asked.course_id)
    chosen = form.get("registration_id", "")
    words = form.get("q", "").strip()[:_WORDS]
    found, more = await _found(asked, words)
    hints = list(known.body.get("hints") or ())[:_HINTS]
    also = [known.body.get("matched_to"), "" if chosen == "nobody" else chosen]
    ids = [*(str(one["registration_id"]) for one in hints), *(str(one) for one in also if one)]
    names, named = await names_of(asked.desk, asked.course_id, ids)
    return _show(
        asked,
        "session_unmatched.html",
        status,
        course=course,
        session=asked.session,
        one=known.body,
        names=names,
        unnamed=not named,
        people=choices_of(hints, found or [], names, chosen),
        chosen=chosen,
        words=words,
        found=found,
        more=more,
        form=form,
        wrong=wrong,
        **keyed(form),
    )


def _is_here(known: Answer, asked: Matching) -> bool:
    place = (known.body.get("course_id"), known.body.get("session_id"))
    return known.ok and place == (asked.course_id, asked.session_id)


def _show(asked: Matching, template: str, status: int = 200, **shown: Any) -> Response:
    return show(asked.request, asked.pages, asked.signed, "courses", template, status, **shown)


async def _found(asked: Matching, words: str) -> tuple[list[Choice] | None, bool]:
    """The registrations in the course of whom a search finds, and whether there may be more; None
    where nobody was searched for, or registration did not search."""
    listed = await or_none(recorded(asked.desk, words)) if words else None
    if listed is None or (listed.refused is not None and not listed.refused.searched):
        return None, False
    return found_in(listed.items, asked.course_id), listed.more
