"""Whose the registrations of a course are, for a page that has their ids: for staff who may see
people. Registration is asked for those on the page, not for everybody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from services.web.owners import or_none, segment
from services.web.staff import Desk

_AT_ONCE = 200  # as many as registration gives in one call


class Named(NamedTuple):
    """Registration id → name, as far as registration says; `whole` is false where it is away or
    refuses: then a page says so, and a file is not made."""

    names: dict[str, str]
    whole: bool


async def names_of(desk: Desk, course_id: str, ids: Iterable[str]) -> Named:
    """Whose those are."""
    found, whole = dict[str, str](), True
    wanted = list(dict.fromkeys(ids))
    for begin in range(0, len(wanted), _AT_ONCE):
        those = segment(",".join(wanted[begin : begin + _AT_ONCE]))
        part = await _names(desk, f"{_path(course_id)}?ids={those}")
        found, whole = found | part.names, whole and part.whole
    return Named(found, whole)


async def all_names(desk: Desk, course_id: str) -> Named:
    """The same of everybody in the course, to search and to sort by: many calls, so only then."""
    return await _names(desk, _path(course_id))


def _path(course_id: str) -> str:
    return f"/registration/v1/courses/{segment(course_id)}/registrations"


async def _names(desk: Desk, path: str) -> Named:
    listed = await or_none(desk.all_of("registration", path, most=None))
    names = {
        str(one["registration_id"]): str(one.get("name") or "erased")
        for one in (listed.items if listed else ())
    }
    return Named(names, listed is not None and listed.refused is None)
