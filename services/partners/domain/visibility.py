"""What a partner may see (domain.md §8): its own courses, the types and the fields it is given.

Whoever shows something asks here with the partner's row of that moment, so that an allow-list that
was narrowed holds at once, for what was said before too. Nothing that is not named is seen, but for
the ids by which events belong together; and of its courses, those it had before among them, every
partner hears who was erased.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.errors import Invalid, fault

ERASED = "person.erased.v1"  # said by partners alone: others see the end of a key instead
ALL = "*"
ALWAYS = frozenset(
    {
        "course_id",
        "registration_id",
        "person_id",
        "session_id",
        "item_id",
        "certificate_id",
        "invoice_id",
        "version",
    }
)
_VERSION = re.compile(r"\.v[0-9]+$")


class ListsInvalid(Invalid):
    """Allow-lists that name what there is not."""

    slug = "lists-invalid"


@dataclass(frozen=True)
class View:
    """What one partner may see: exactly these courses, and of all types those that each of these
    lists names (its own, and whatever narrows it), with these fields of their data. Of `former`
    courses it sees who was erased, for it may have what it was told of them."""

    courses: frozenset[str]
    types: tuple[frozenset[str], ...]
    fields: frozenset[str]
    former: frozenset[str] = frozenset()

    def sees(self, type_: str, course_id: str) -> bool:
        """Whether it sees events of that type of that course."""
        courses = self.courses | self.former if type_ == ERASED else self.courses
        return course_id in courses and self.sees_type(type_)

    def sees_type(self, type_: str) -> bool:
        """Whether it sees events of that type, of its courses."""
        own, *narrower = self.types
        return (type_ == ERASED or names(own, type_)) and all(names(n, type_) for n in narrower)

    def seen_of(self, type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """As much of an event's data as it sees."""
        seen = _fields_of(type_, self.fields)
        return {name: value for name, value in data.items() if seen is None or name in seen}

    def only(self, types: Collection[str], courses: Collection[str]) -> View:
        """The same, and no more than it wants to hear of; an empty list leaves nothing out."""
        return View(
            self.courses & frozenset(courses) if courses else self.courses,
            (*self.types, frozenset(types)) if types else self.types,
            self.fields,
            self.former & frozenset(courses) if courses else self.former,
        )


def view_of(
    courses: Collection[str],
    types: Collection[str],
    fields: Collection[str],
    former: Collection[str] = (),
) -> View:
    """What allow-lists come to. A type is named with its version, or without it for all versions,
    or `*` for every type. A field is named for all types (`price`), for one (`<type>/price`), or
    all of one type are (`<type>/*`)."""
    had = frozenset(former) - frozenset(courses)
    return View(frozenset(courses), (frozenset(types),), frozenset(fields), had)


def names(types: Collection[str], type_: str) -> bool:
    """Whether a list of types names this one."""
    return ALL in types or type_ in types or _stem(type_) in types


def unknown_types(types: Collection[str], known: Collection[str]) -> list[int]:
    """The places in a list at which none of the known types is named."""
    return [
        place
        for place, name in enumerate(types)
        if name != ALL and not any(names((name,), kind) for kind in known)
    ]


def check_lists(types: Collection[str], fields: Collection[str], known: Collection[str]) -> None:
    """Refuses lists that name what there is not: nothing would ever be seen by it, and nobody would
    know why."""
    no_type = "There is no such type: name one as it is in the events, with or without version."
    no_field = "Name a field, or <type>/<field>, or <type>/* for all of one type."
    faults = [fault(f"/types/{place}", no_type) for place in unknown_types(types, known)]
    faults += [fault(f"/fields/{place}", no_field) for place in unknown_fields(fields, known)]
    if faults:
        raise ListsInvalid("These lists name what there is not.", errors=faults)


def unknown_fields(fields: Collection[str], known: Collection[str]) -> list[int]:
    """The places in a list of fields at which no field is named, or that of an unknown type."""
    return [place for place, name in enumerate(fields) if not _is_field(name, known)]


def _is_field(name: str, known: Collection[str]) -> bool:
    kind, slash, field = name.rpartition("/")
    if not slash:
        return field not in ("", ALL)
    return field != "" and kind != ALL and not unknown_types((kind,), known)


@lru_cache(maxsize=4_096)  # asked of each event that is shown; of lists there are few
def _fields_of(type_: str, fields: frozenset[str]) -> frozenset[str] | None:
    own: set[str] = set()
    for name in fields:
        kind, slash, field = name.rpartition("/")
        if slash and kind not in (type_, _stem(type_)):
            continue
        if slash and field == ALL:
            return None
        own.add(field)
    return ALWAYS | own


def _stem(type_: str) -> str:
    return _VERSION.sub("", type_)
