"""Looking at a course and publishing it, from whatever it was made: the calls of registration, and
what comes after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from services.web.api.common import new_key, see
from services.web.api.console_page import once_more, show
from services.web.api.signed_in import Signed
from services.web.owners import Answer, segment
from services.web.render import Pages
from services.web.staff import Desk

Course = Mapping[str, Any]
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True)
class There:
    """A course of that id is published already, in a version or with codes that whoever sent it was
    not told of, and says something else: nothing was done now. `told` is the version they were told
    of, if any; `again`: it was sent before without an answer, so it may have been done then. `over`
    is what a form says that was told of it, `codes` what would become of its codes."""

    known: Mapping[str, Any]
    told: str
    again: bool
    over: str
    codes: Sequence[Mapping[str, Any]]


def over(found: Mapping[str, Any]) -> str:
    """What a form says of a course whose place it takes, once it was told of it: the version in
    force, and the mark of its codes, which no version counts."""
    return f"{found['course_id']} {found['in_force']} {found.get('codes_mark', '')}".strip()


async def looked_at(desk: Desk, course: Course) -> Answer:
    """What publishing it would come to, or its faults; nothing is published. Raises Away."""
    course_id = course.get("id")
    named = isinstance(course_id, str) and _ID.fullmatch(course_id)
    # What can be no id has no address either: its fault is told with all others.
    body = course if named else {name: value for name, value in course.items() if name != "id"}
    path = f"/registration/v1/courses/{course_id if named else '-'}/check"
    return await desk.act("registration", path, body)


async def sent(desk: Desk, course: Course, *, key: str, told: str) -> Answer | There:
    """Publish it. Of a course that is there already, `told` is `over` of it. Raises Away, also
    where it did not come to publishing.

    What is in force is asked of the check, for the course's page may be a second old. A version
    that nobody was told of, and that says just this, is what was sent before: the same request then
    gives its first answer, and changes nothing otherwise. What the check refuses publishing does.
    """
    path = f"/registration/v1/courses/{segment(str(course['id']))}"
    known = await desk.ask("registration", path)
    if not known.searched:  # nobody knows what it would take the place of
        return known
    found = await looked_at(desk, course)
    there = _in_the_way(known, found, told)
    if there is not None:
        said = known.body if known.ok else {"title": course.get("title")}
        said = {**said, "course_id": there["course_id"], "version": there["in_force"]}
        codes = there.get("codes_changed") or ()
        again = bool(desk.unheard.keys)
        return There(said, _version(there, told), again, over(there), codes)
    return await desk.act("registration", path, course, key=key, method="PUT")


def _in_the_way(known: Answer, found: Answer, told: str) -> Course | None:
    """What is in force, if whoever sends it was not told of that and it says something else."""
    if found.ok:
        it = found.body
        unseen = it["in_force"] is not None and told != over(it)
        return it if unseen and it["changed"] else None
    if not known.ok:
        return None
    it = {"course_id": known.body.get("course_id"), "in_force": known.body.get("version")}
    return it if _version(it, told) != str(it["in_force"]) else None


def _version(there: Course, told: str) -> str:
    """The version of that course which a form was told of."""
    course_id, version, *_ = [*told.split(" "), ""]
    return version if course_id == there.get("course_id") and version.isdecimal() else ""


def not_known(
    request: Request,
    pages: Pages,
    signed: Signed,
    course: Course,
    form: Mapping[str, str],
    *,
    parts: bool = False,
) -> Response:
    """Registration did not answer: the same request."""
    look = (f"/console/courses/{segment(str(course['id']))}", f"the course {course['id']}")
    return once_more(
        request, pages, signed, "courses", "registration", form, look=look, parts=parts
    )


def preview(
    request: Request,
    pages: Pages,
    signed: Signed,
    found: Answer,
    action: str,
    fields: Mapping[str, str],
    file: str = "",
    there: There | None = None,
) -> Response:
    """What it would be, with all that was sent, to be published or changed from there; `file` is
    what a form comes to, empty where it came from a file. `there`: it was to be published, and
    another version is in force than the one that was looked at."""
    it = found.body
    return show(
        request,
        pages,
        signed,
        "courses",
        "course_check.html",
        action=action,
        it=it,
        over="" if it.get("new") else over(it),
        fields=fields,
        file=file,
        of_file=not file,
        there=there,
        key=new_key(),
    )


def published(
    request: Request,
    pages: Pages,
    signed: Signed,
    course_id: str,
    done: Answer,
    *,
    title: str = "Published",
) -> Response:
    """On to the course; where it is odd, that is said first, under what was done."""
    warnings = [
        str(one.get("detail")) if isinstance(one, dict) else str(one)
        for one in done.body.get("warnings") or ()
    ]
    if not warnings:
        return see(f"/console/courses/{segment(course_id)}", personal=True)
    return show(
        request, pages, signed, "courses", "published.html",
        done=done.body, warnings=warnings, title=title,
    )  # fmt: skip
