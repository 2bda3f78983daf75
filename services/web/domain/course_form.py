"""A form for a course → the course as its file has it (`spread` is the way back).

Nothing is judged here: what a field holds is handed on as it was typed wherever it is not what the
field is for, and registration says what is wrong with it. Inputs are named by where they stand in
the course: `price/amount`, `sessions/3/meeting/url`, and `sessions/3/+` for all that has no field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.web.domain.course_fields import BOX, FIELDS, ROWS, SECTIONS, Field
from shared.dates import parse_day
from shared.errors import Refusal

Typed = Mapping[str, str]
MOST_ROWS = 400
YES_NO = {"yes": True, "no": False}
_ROW = re.compile(r"([a-z]+)/([0-9]{1,4})/.")


@dataclass(frozen=True)
class Composed:
    """`rows` are, by list, the numbers in the form of the entries of the course. `twice` has (box,
    place in it) of what both a box and a field say."""

    course: dict[str, Any]
    rows: Mapping[str, list[int]]
    twice: list[tuple[str, str]]


def begun() -> dict[str, str]:
    """The form before anything is typed."""
    return {
        "delivery": "live_online", "language": "en", "price/currency": "USD",
        "sessions/0/id": "s1", "instructors/0/name": "",
    }  # fmt: skip


def numbers(typed: Typed, rows: str) -> list[int]:
    """The rows of a list that the form has, in order."""
    found = {int(one[2]) for name in typed if (one := _ROW.match(name)) and one[1] == rows}
    return sorted(found)[:MOST_ROWS]


def names(typed: Typed) -> Iterator[str]:
    """All places of the form, in the order in which they stand: fields, lists, rows, boxes."""
    for section in SECTIONS:
        yield from (one.path for one in section.fields)
        for rows in section.rows:
            yield rows.name
            for number in numbers(typed, rows.name):
                yield f"{rows.name}/{number}"
                yield from (f"{rows.name}/{number}/{one.path}" for one in rows.all)
                yield f"{rows.name}/{number}/{BOX}"
    yield BOX


def boxes(typed: Typed) -> list[str]:
    """The names of all boxes of the form that hold something."""
    named = [one.path for one in FIELDS if one.kind == "box"] + [BOX]
    named += [f"{rows}/{number}/{BOX}" for rows in ROWS for number in numbers(typed, rows)]
    return [name for name in named if typed.get(name, "").strip()]


def compose(typed: Typed, read: Mapping[str, Any]) -> Composed:
    """The course of a form; `read` has what its boxes say, an object each but for the fields that
    are boxes. Rows in which nothing is typed are no entries."""
    twice: list[tuple[str, str]] = []
    course = _filled(FIELDS, typed, "", read)
    kept: dict[str, list[int]] = {}
    for rows in ROWS.values():
        entries = []
        for number in numbers(typed, rows.name):
            at = f"{rows.name}/{number}/"
            entry = _filled(rows.all, typed, at, read)
            twice += [(at + BOX, path) for path in _merge(entry, read.get(at + BOX) or {})]
            if entry:
                entries.append(entry)
                kept.setdefault(rows.name, []).append(number)
        if entries:
            course[rows.name] = entries
    twice += [(BOX, path) for path in _merge(course, read.get(BOX) or {})]
    return Composed(course, kept, twice)


def added(typed: Typed, name: str) -> dict[str, str]:
    """The form with one row more. A session comes a week after the last, at the same time."""
    found = numbers(typed, name)
    if name not in ROWS or len(found) >= MOST_ROWS:
        return dict(typed)
    last, at = f"{name}/{found[-1] if found else 0}/", f"{name}/{found[-1] + 1 if found else 0}/"
    row = {ROWS[name].fields[0].path: ""}
    if name == "sessions":
        row = {path: typed.get(last + path, "") for path in ("from", "to", "location")}
        row |= {"id": _next_id(typed.get(last + "id", "")), "date": ""}
        with suppress(Refusal, OverflowError):
            row["date"] = str(parse_day(typed.get(last + "date", "")) + timedelta(weeks=1))
    return {**typed, **{at + path: value for path, value in row.items()}}


def dropped(typed: Typed, row: str) -> dict[str, str]:
    """The form without a row, such as `sessions/3`."""
    if not re.fullmatch(r"[a-z]+/[0-9]{1,4}", row):
        return dict(typed)
    return {name: value for name, value in typed.items() if not name.startswith(f"{row}/")}


def _next_id(last: str) -> str:
    found = re.fullmatch(r"(.*?)([0-9]{1,9})", last)
    return f"{found[1]}{int(found[2]) + 1}" if found else ("s1" if not last else f"{last}-2")


def _filled(
    fields: tuple[Field, ...], typed: Typed, at: str, read: Mapping[str, Any]
) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for one in fields:
        name = at + one.path
        text = typed.get(name, "").replace("\r\n", "\n").strip()
        if not text:
            continue
        value = read.get(name) if one.kind == "box" else value_of(one, text)
        inside = said
        *path, last = one.path.split("/")
        for step in path:
            inside = inside.setdefault(step, {})
        inside[last] = value
    return said


def value_of(one: Field, text: str) -> Any:
    """What a field says; the text itself where it is not what the field is for."""
    if one.kind == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if one.kind == "words":
        return [word.strip() for word in text.split(",") if word.strip()]
    if one.kind in ("whole", "number") and re.fullmatch(r"[0-9]{1,15}", text):
        return int(text)
    return YES_NO.get(text, text) if one.kind == "yes-no" else text


def _merge(into: dict[str, Any], more: Mapping[str, Any], at: str = "") -> list[str]:
    """Put in what is only in `more`; gives the places that both name."""
    twice: list[str] = []
    for name, value in more.items():
        known = into.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            twice += _merge(known, value, f"{at}{name}/")
        elif name in into:
            twice.append(f"{at}{name}")
        else:
            into[name] = value
    return twice
