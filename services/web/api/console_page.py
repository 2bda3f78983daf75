"""What every page of the console is made with: who looks, what they may, and the way to owners."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from services.web.api.common import OwnersDep, course_of, key_of
from services.web.api.signed_in import SENDS_FORMS, Signed, SignedDep, needs_role
from services.web.board import sittings_of
from services.web.commands.looking import Looked, looked
from services.web.domain.board import Sitting
from services.web.domain.roles import Act, may
from services.web.domain.tables import (
    Column,
    Row,
    csv_of,
    found,
    lines_of,
    titles_of,
    view_of,
)
from services.web.domain.typed import typed_in
from services.web.owners import Answer
from services.web.render import HEADERS, PERSONAL, Pages
from services.web.staff import Desk
from services.web.unheard import FIELD, unheard_of
from shared.errors import Unavailable
from shared.runtime.asking import PlatformSecretDep
from shared.runtime.database import Reader
from shared.runtime.edge import Edge


@dataclass(frozen=True)
class Section:
    """A part of the console, as the rail names it."""

    name: str
    title: str
    path: str
    act: Act


SECTIONS = (
    Section("today", "Today", "/console", "read"),
    Section("courses", "Courses", "/console/courses", "read"),
    Section("people", "People", "/console/people", "people"),
    Section("money", "Money", "/console/money", "money"),
    Section("messages", "Messages", "/console/messages", "people"),
    Section("certificates", "Certificates", "/console/certificates", "read"),
    Section("partners", "Partners", "/console/partners", "system"),
    Section("system", "System", "/console/system", "read"),
)


@dataclass(frozen=True)
class Choices:
    """A field by which a table is narrowed; `choices` are (value, word)."""

    name: str
    title: str
    chosen: str
    choices: Sequence[tuple[str, str]]


ReadsDep = Annotated[Signed, Depends(needs_role("read"))]
PeopleDep = Annotated[Signed, Depends(needs_role("people"))]
MoneyDep = Annotated[Signed, Depends(needs_role("money"))]
SystemDep = Annotated[Signed, Depends(needs_role("system"))]
RunsDep = Annotated[Signed, Depends(needs_role("run"))]


async def desk_of(
    request: Request, signed: SignedDep, owners: OwnersDep, secret: PlatformSecretDep
) -> Desk:
    """FastAPI dependency: the owners, called in the name of who is signed in."""
    return Desk(owners, secret, f"console:{signed.subject}", unheard_of(request))


DeskDep = Annotated[Desk, Depends(desk_of)]


async def note(edge: Edge, act: str, about: str) -> None:
    """Keep that whoever is signed in was shown people. Raises Unavailable where that cannot be
    kept: then nothing is shown."""
    kept = await edge.run(looked, Looked(act, about), answer=lambda _: (204, None))
    if kept.status_code != 204:
        raise Unavailable("not-kept", "This cannot be shown just now.")


def show(
    request: Request,
    pages: Pages,
    signed: Signed,
    here: str,
    template: str,
    status: int = 200,
    **shown: Any,
) -> Response:
    """A page of the console; `here` is the section that the rail marks. Its template knows whether
    something was sent of which nobody knows whether it was done (`unsure`), and its forms carry
    that along."""
    carried = unheard_of(request).carried
    sections = [one for one in SECTIONS if may(signed.roles, one.act)]
    return pages.page(
        request,
        f"console/{template}",
        status,
        personal=True,
        headers=SENDS_FORMS,
        signed=signed,
        here=here,
        sections=sections,
        may=partial(may, signed.roles),
        unsure=bool(carried),
        carried_keys=carried,
        **shown,
    )


def answered(form: Mapping[str, str]) -> dict[str, str]:
    """A form that its owner refused. Another try is another request: the answer is kept with its
    key, and what held it up may be gone by then. Only what was not answered keeps its key."""
    return {**form, "key": ""}


def keyed(form: Mapping[str, str]) -> dict[str, Any]:
    """For `show`: the key that this form is sent with, a new one where it has none."""
    return {"key": key_of(dict(form))}


def away(
    request: Request, pages: Pages, signed: Signed, here: str, owner: str, status: int = 200
) -> Response:
    """What the page is about cannot be read. Where a form was sent, what was typed is kept, and so
    is what it was refused for, if it was."""
    unheard = unheard_of(request)
    if form := unheard.form:
        said = unheard.refused
        return once_more(request, pages, signed, here, owner, form, refused=said)
    return show(request, pages, signed, here, "away.html", status, owner=owner)


def once_more(
    request: Request,
    pages: Pages,
    signed: Signed,
    here: str,
    owner: str,
    form: Mapping[str, str],
    *,
    look: tuple[str, str] | None = None,
    parts: bool = False,
    refused: str = "",
) -> Response:
    """503: what was sent, ready to be sent again as the same request, where its own page cannot be
    shown. `look` is a page that shows whether it was done, and its name, where that is not known;
    `parts`: its form is one with files; `refused`: what its owner refused it for."""
    fields = {name: text for name, text in form.items() if name not in ("csrf", "key", FIELD)}
    return show(
        request, pages, signed, here, "once_more.html", 503,
        owner=owner, action=request.url.path, fields=fields, key=key_of(dict(form)),
        typed=typed_in(form), look=look, parts=parts, refused=refused,
    )  # fmt: skip


def sheet(
    rows: Sequence[Row], columns: Sequence[Column], query: Mapping[str, str], name: str
) -> Response:
    """All rows that a view finds, as a file."""
    return _file(csv_of(found(rows, columns, view_of(query)), columns), name)


async def whole_sheet(
    pages: AsyncIterator[Answer],
    row_of: Callable[[Mapping[str, Any]], Row],
    columns: Sequence[Column],
    query: Mapping[str, str],
    name: str,
    named: str = "items",
) -> Response | Answer:
    """A list of any length as a file, page after page in the owner's order: the rows in which all
    words of the view stand. Whole or none: Away is raised, and a refusal is given back, before
    anything was sent. No more than a page is held as rows, and the file as text. `named` is what
    the owner calls what stands in its list."""
    view = replace(view_of(query), sort="")
    parts = [titles_of(columns)]
    async for answer in pages:
        if not answer.ok:
            return answer
        rows = [row_of(item) for item in answer.body.get(named) or ()]
        parts.append(lines_of(found(rows, columns, view), columns))
    return _file("".join(parts), name)


def _file(text: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    headers = HEADERS | PERSONAL | disposition
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


async def sitting_of(reader: Reader, course_id: str, session_id: str) -> Sitting | None:
    """The session as the board knows it; None where there is none."""
    course = await course_of(reader, course_id)
    sittings = sittings_of(course) if course is not None else []
    return next((one for one in sittings if one.session_id == session_id), None)
