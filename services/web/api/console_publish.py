"""Publishing a course from a file: its faults are shown on the lines where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, new_key
from services.web.api.console_page import DeskDep, RunsDep, show
from services.web.api.publishing import (
    There,
    looked_at,
    not_known,
    preview,
    published,
    sent,
)
from services.web.api.signed_in import Signed, TheirPartsDep
from services.web.course_file import CourseFile, Unreadable, read
from services.web.owners import Answer, Away
from services.web.render import Pages
from services.web.staff import Desk

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Fault:
    """What is wrong, and on which line (0: of the whole); `words` is the line itself."""

    line: int
    words: str
    detail: str
    pointer: str = ""


@router.get("/console/publish")
async def ask(request: Request, pages: PagesDep, signed: RunsDep) -> Response:
    """A file, or its text."""
    return _form(request, pages, signed, "", [])


@router.post("/console/publish")
async def publish(
    parts: TheirPartsDep, request: Request, pages: PagesDep, signed: RunsDep, desk: DeskDep
) -> Response:
    """Publish what was handed in, or look at what it would be, as the button says. Of a course that
    is there already, whoever sends it is told so first, and sends it again."""
    text, do = _text(parts), parts.get("do")
    key = key_of({"key": str(parts.get("key", ""))})
    if do == "edit":
        return _form(request, pages, signed, text, [])
    try:
        file = read(text)
    except Unreadable as why:
        return _form(request, pages, signed, text, [_at(text, why.line, str(why))], 422, key=key)
    if do == "look":
        return await _look(request, pages, signed, desk, text, file)
    form = {"text": text, "key": key}
    form |= {name: str(parts.get(name, "")) for name in ("over",)}
    return await _publish(request, pages, signed, desk, form, file)


async def _publish(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    form: Mapping[str, str],
    file: CourseFile,
) -> Response:
    text = form["text"]
    try:
        done = await sent(desk, file.course, key=form["key"], told=form["over"])
    except Away:
        return not_known(request, pages, signed, file.course, form, parts=True)
    if isinstance(done, There):
        return _form(request, pages, signed, text, [], there=done)
    if not done.ok:
        return _form(request, pages, signed, text, _faults(file, text, done), done.status)
    return published(request, pages, signed, str(file.course["id"]), done)


async def _look(
    request: Request, pages: Pages, signed: Signed, desk: Desk, text: str, file: CourseFile
) -> Response:
    """What it would be; nothing is published."""
    try:
        found = await looked_at(desk, file.course)
    except Away:
        said = "Registration did not answer, so it could not be looked at. Try again in a minute."
        return _form(request, pages, signed, text, [Fault(0, "", said)], 503)
    if not found.ok:
        return _form(request, pages, signed, text, _faults(file, text, found), found.status)
    return preview(request, pages, signed, found, "/console/publish", {"text": text})


def _form(
    request: Request,
    pages: Pages,
    signed: Signed,
    text: str,
    faults: list[Fault],
    status: int = 200,
    *,
    there: There | None = None,
    key: str = "",
) -> Response:
    return show(
        request,
        pages,
        signed,
        "courses",
        "publish.html",
        status,
        text=text,
        faults=faults,
        there=there,
        known=there.known if there else None,
        away=status == 503,
        key=key or new_key(),
    )


def _text(parts: dict[str, bytes | str]) -> str:
    """The file where one was chosen, else what was typed."""
    file, typed = parts.get("file", b""), parts.get("text", "")
    if isinstance(file, bytes) and file.strip():
        return file.decode("utf-8-sig", errors="replace")
    return str(typed).replace("\r\n", "\n")


def _faults(file: CourseFile, text: str, refused: Answer) -> list[Fault]:
    """Each fault at its line, in the order of the lines."""
    errors = refused.body.get("errors") or ()
    found = [
        _at(text, file.line_of(pointer), str(one.get("detail")), pointer)
        for one in errors
        for pointer in [str(one.get("pointer") or "")]
    ]
    found.sort(key=lambda fault: fault.line)
    return found or [Fault(0, "", refused.detail or "Registration refused it.")]


def _at(text: str, line: int, detail: str, pointer: str = "") -> Fault:
    lines = text.splitlines()
    words = lines[line - 1].strip()[:120] if 0 < line <= len(lines) else ""
    return Fault(line, words, detail, pointer)
