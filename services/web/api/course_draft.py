"""What somebody typed into the form for a course: the course that it says, and where in the form a
fault of that course belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.web.course_file import Unreadable, read_part, written
from services.web.domain.course_fields import BOX, FIELDS, ROWS, Field
from services.web.domain.course_form import Composed, boxes, compose
from services.web.domain.spread import spread


@dataclass(frozen=True)
class Fault:
    """What is wrong: `name` is the input it belongs to, or the row, or the list; the empty text is
    the whole. `label` says the same in words, `line` which line of a box (0: none)."""

    name: str
    label: str
    detail: str
    line: int = 0


@dataclass(frozen=True)
class Draft:
    """A course as it was typed, with what is wrong with the boxes themselves."""

    composed: Composed
    lines: Mapping[str, Mapping[str, int]]
    faults: list[Fault]

    @property
    def course(self) -> dict[str, Any]:
        return self.composed.course

    def at(self, pointer: str, detail: str) -> Fault:
        """A fault of the course, as registration says it, where it was typed."""
        steps = pointer.split("/")[1:]
        rows = self.composed.rows.get(steps[0], []) if steps else []
        place = int(steps[1]) if len(steps) > 1 and steps[1].isdecimal() else len(rows)
        if place >= len(rows):
            if steps and steps[0] in ROWS and len(steps) < 3:
                return _fault(steps[0], detail)
            return self._beside("", FIELDS, "/".join(steps), detail)
        row, path = f"{steps[0]}/{rows[place]}", "/".join(steps[2:])
        if not path:
            return _fault(row, detail, place)
        found = self._beside(f"{row}/", ROWS[steps[0]].all, path, detail, place)
        return found if found.name else _fault(row, detail, place)

    def _beside(
        self, at: str, fields: Iterable[Field], path: str, detail: str, place: int = 0
    ) -> Fault:
        """Beside the field of a path, in the line of a box that says it, or beside the first field
        of what is lacking as a whole."""
        for one in fields:
            if one.kind == "box" and (path == one.path or path.startswith(f"{one.path}/")):
                line = _line(self.lines.get(one.path, {}), path.removeprefix(one.path))
                return _fault(one.path, detail, line=line)
        if line := _line(self.lines.get(at + BOX, {}), f"/{path}"):
            return _fault(at + BOX, detail, place, line)
        for one in fields:
            if path == one.path or path.startswith(f"{one.path}/"):
                return _fault(at + one.path, detail, place)
        for one in fields:
            if path and one.path.startswith(f"{path}/"):
                return _fault(at + one.path, detail, place)
        return _fault("", detail)


def drafted(typed: Mapping[str, str]) -> Draft:
    """The draft that a form says."""
    read: dict[str, Any] = {}
    lines: dict[str, dict[str, int]] = {}
    faults: list[Fault] = []
    for name in boxes(typed):
        try:
            said, places = read_part(typed[name].replace("\r\n", "\n"))
        except Unreadable as why:
            faults.append(_fault(name, str(why), line=why.line))
            continue
        if name.endswith(BOX) and not isinstance(said, dict | None):
            faults.append(_fault(name, "Names with their values are needed here: `name: value`."))
            continue
        if said is not None:
            read[name], lines[name] = said, places
    composed = compose(typed, read)
    for box, path in composed.twice:
        detail = f"`{path}` has a field of its own, and it is filled in: say it once."
        faults.append(_fault(box, detail, line=_line(lines[box], f"/{path}")))
    return Draft(composed, lines, faults)


def form_of_course(course: Mapping[str, Any]) -> dict[str, str]:
    """The form filled with a course."""
    typed, told = spread(course)
    return typed | {name: written(value) for name, value in told.items()}


def _line(places: Mapping[str, int], pointer: str) -> int:
    """The line of what a pointer names, or of the nearest part around it; 0 for none of it."""
    while pointer and pointer not in places:
        pointer = pointer.rpartition("/")[0]
    return places.get(pointer, 0) if pointer else 0


def _fault(name: str, detail: str, place: int | None = None, line: int = 0) -> Fault:
    """`place` counts the rows that say something; where it is not known, the row itself does."""
    rows, _, inside = name.partition("/")
    if rows not in ROWS:
        label = "Everything else" if name == BOX else _label(FIELDS, name)
        return Fault(name, label, detail, line)
    number, _, path = inside.partition("/")
    if not number:
        return Fault(name, f"{rows.capitalize()}", detail)
    which = f"{ROWS[rows].one.capitalize()} {(int(number) if place is None else place) + 1}"
    label = _label(ROWS[rows].all, path)
    return Fault(name, f"{which}, {label[:1].lower()}{label[1:]}" if label else which, detail, line)


def _label(fields: Iterable[Field], path: str) -> str:
    if path == BOX:
        return "everything else"
    return next((one.label for one in fields if one.path == path), "")
