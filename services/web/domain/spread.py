"""A course as its file has it → what the fields of its form hold, and what is left for boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from services.web.domain.course_fields import BOX, FIELDS, ROWS, Field
from services.web.domain.course_form import YES_NO, value_of
from shared.money import EXPONENTS, LARGEST


def spread(course: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """What the fields of a form hold for a course, and what is left for its boxes, by their names.
    A value that its field could not give back as it is stays in the box."""
    left: dict[str, Any] = deepcopy(dict(course))
    price = left.get("price")
    currency = str(price.get("currency")) if isinstance(price, dict) else ""
    typed: dict[str, str] = {}
    told: dict[str, Any] = {}
    for rows in ROWS.values():
        entries = left.get(rows.name)
        if isinstance(entries, list) and all(isinstance(one, dict) and one for one in entries):
            del left[rows.name]
            for number, entry in enumerate(entries):
                at = f"{rows.name}/{number}/"
                typed |= {f"{at}{rows.fields[0].path}": ""} | _taken(rows.all, entry, at, currency)
                told |= {at + BOX: entry} if entry else {}
    for one in FIELDS:
        if one.kind == "box" and one.path in left:
            told[one.path] = left.pop(one.path)
    typed |= _taken(FIELDS, left, "", currency)
    return typed, told | ({BOX: left} if left else {})


def _taken(
    fields: tuple[Field, ...], left: dict[str, Any], at: str, currency: str
) -> dict[str, str]:
    """The texts of fields; what they carry is taken out of `left`."""
    typed: dict[str, str] = {}
    for one in fields:
        for holder, last in _held(left, one.path.split("/")):
            text = _text(one, holder[last], currency)
            if text is not None:
                typed[at + one.path] = text
                del holder[last]
    for name in [name for name, value in left.items() if value == {}]:
        del left[name]
    return typed


def _held(inside: dict[str, Any], path: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    for step in path[:-1]:
        further = inside.get(step)
        if not isinstance(further, dict):
            return
        inside = further
    if path[-1] in inside:
        yield inside, path[-1]


def _text(one: Field, value: Any, currency: str) -> str | None:
    """The text from which a field says that value again; None where there is none."""
    if one.kind == "amount":
        text = _major(value, currency)
    elif one.kind == "yes-no":
        text = next((word for word, said in YES_NO.items() if said is value), None)
    elif isinstance(value, bool) or one.kind == "box":
        return None
    elif isinstance(value, list) and all(isinstance(each, str) for each in value):
        text = {"lines": "\n", "words": ", "}.get(one.kind, "\x00").join(value)
    elif isinstance(value, float) and one.kind == "number":
        return str(value)
    else:
        text = str(value) if isinstance(value, str | int) else None
    if text is None or (one.kind == "choice" and text not in dict(one.choices)):
        return None
    again = value_of(one, text.strip())
    same = again == value or (one.kind in ("amount", "number") and str(again) == text)
    whole = one.wide or "\n" not in text
    return text if same and whole and text == text.strip() and text else None


def _major(value: Any, currency: str) -> str | None:
    """Minor units as an amount is typed: `199.00`."""
    if isinstance(value, str):
        return value
    if not isinstance(value, int) or isinstance(value, bool) or currency not in EXPONENTS:
        return None
    places = EXPONENTS[currency]
    if not 0 <= value <= LARGEST:
        return None
    digits = str(value).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits
