"""What every page needs: the templates, the owners, the visitor's clock, what a form sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from services.web.domain import zones
from services.web.models import Course as CourseRow
from services.web.owners import Owners
from services.web.render import HEADERS, PERSONAL, Pages
from shared.contracts.course import Course
from shared.contracts.registration import CourseCancelled, CoursePublished
from shared.errors import Malformed
from shared.runtime.database import Reader
from shared.runtime.tokens import PERSONAL as PERSONAL_TOKEN
from shared.runtime.tokens import check

_KEY = re.compile(r"[0-9a-f]{32}")
_YEAR = 365 * 24 * 60 * 60
MOST_FIELDS = 200
MOST_OF_A_COURSE = 8_000  # fields of the form for a course: of 400 sessions each has its own


async def pages_of(request: Request) -> Pages:
    """FastAPI dependency."""
    pages: Pages = request.app.state.pages
    return pages


async def owners_of(request: Request) -> Owners:
    """FastAPI dependency."""
    owners: Owners = request.app.state.owners
    return owners


async def form_of(request: Request) -> dict[str, str]:
    """FastAPI dependency: the fields of a form, the last of each name; 400 if it is none."""
    return await _read(request, MOST_FIELDS)


async def long_form_of(request: Request) -> dict[str, str]:
    """FastAPI dependency: the same for the form for a course."""
    return await _read(request, MOST_OF_A_COURSE)


async def _read(request: Request, most: int) -> dict[str, str]:
    try:
        text = (await request.body()).decode()
        fields = parse_qsl(text, keep_blank_values=True, max_num_fields=most)
    except ValueError as why:
        raise Malformed("form-unreadable", "This form cannot be read.") from why
    request.state.form = dict(fields)  # for `failing`, should what follows fail
    return dict(fields)


PagesDep = Annotated[Pages, Depends(pages_of)]
OwnersDep = Annotated[Owners, Depends(owners_of)]
FormDep = Annotated[dict[str, str], Depends(form_of)]
LongFormDep = Annotated[dict[str, str], Depends(long_form_of)]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose clock to show; `zone` is None, and `guessing` true, where nobody said."""

    zone: str | None
    guessing: bool
    asked: bool

    def remember(self, response: Response) -> Response:
        """Keep a zone that was asked for, for the next page."""
        if self.asked and self.zone:
            response.set_cookie("zone", self.zone, max_age=_YEAR, samesite="lax", path="/")
        return response


async def visitor_of(request: Request) -> Visitor:
    """FastAPI dependency: the zone asked for, else that of the cookie."""
    asked = zones.known(request.query_params.get("zone"))
    kept = zones.known(unquote(request.cookies.get("zone", "")))
    return Visitor(asked or kept, not (asked or kept), bool(asked))


VisitorDep = Annotated[Visitor, Depends(visitor_of)]


async def course_of(reader: Reader, course_id: str) -> CoursePublished | CourseCancelled | None:
    """The course as its owner last said it."""
    if "\x00" in course_id:
        return None
    row = await reader.get(CourseRow, course_id)
    return said_of(row) if row else None


def said_of(row: CourseRow) -> CoursePublished | CourseCancelled:
    """The event behind a row of the read model."""
    return said_in(row.status, row.document)


def said_in(status: str, document: Mapping[str, Any]) -> CoursePublished | CourseCancelled:
    """The same of the two columns that it is made of."""
    kind: type[Course] = CourseCancelled if status == "cancelled" else CoursePublished
    said = kind.model_validate(document)
    assert isinstance(said, CoursePublished | CourseCancelled)
    return said


def registration_of(secret: str, token: str) -> str | None:
    """The registration that a personal link is for; None where the link is not one of ours."""
    known = check(secret, PERSONAL_TOKEN, token)
    return known[0] if known else None


def new_key() -> str:
    """An Idempotency-Key for a form, made when the form is shown."""
    return uuid4().hex


def key_of(form: dict[str, str]) -> str:
    """The form's key; a new one where it was lost or written by someone else."""
    key = form.get("key", "")
    return key if _KEY.fullmatch(key) else new_key()


def see(path: str, *, personal: bool = False) -> Response:
    """On to another page, by GET."""
    return RedirectResponse(path, 303, HEADERS | (PERSONAL if personal else {}))
