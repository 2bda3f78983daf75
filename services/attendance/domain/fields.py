"""Fields: how one field of a line is read, and the sentence that says what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from services.attendance.domain.keeping import LONGEST
from shared.dates import parse_instant
from shared.errors import Malformed, Refusal

T = TypeVar("T", str, str | None)
_LARGEST = 8_000  # characters of a line


def why(refusal: Refusal) -> str:
    """The sentence for `refused[].detail`."""
    return refusal.detail or refusal.slug


def line_object(line: Any) -> Mapping[str, Any]:
    """A line as an object that can be kept; Malformed says why it cannot."""
    if not isinstance(line, dict):
        raise Malformed("line-malformed", "A line is an object.")
    try:
        text = json.dumps(line, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError):
        raise Malformed("line-malformed", "A line is text that JSON and UTF-8 can hold.") from None
    if len(text) > _LARGEST:
        raise Malformed("line-malformed", f"A line has at most {_LARGEST} characters.")
    if "\\u0000" in text and _has_nul(line):
        raise Malformed("line-malformed", "Text holds no NUL.")
    return line


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(_has_nul(part) for part in value)
    return isinstance(value, str) and "\x00" in value


def id_of(value: T, name: str) -> T:
    """An id, which is no e-mail address: those are personal, and lines are never changed."""
    if value is not None and "@" in value:
        raise Malformed("line-malformed", f"{name} is an id, not an e-mail address.")
    return value


def needed_text(given: Mapping[str, Any], name: str) -> str:
    """Text that a line cannot be without; Malformed where it is."""
    value = optional_text(given, name)
    if value is None:
        raise Malformed("line-malformed", f"{name} is missing.")
    return value


def optional_text(given: Mapping[str, Any], name: str) -> str | None:
    """Text, or a whole number as text (platforms are not of one mind); empty means absent."""
    value = given.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Malformed("line-malformed", f"{name} is text.")
    if len(value) > LONGEST:
        raise Malformed("line-malformed", f"{name} is longer than {LONGEST} characters.")
    return value


def needed_instant(given: Mapping[str, Any], name: str) -> datetime:
    """An instant that a line cannot be without, in UTC; Malformed where it is none."""
    if name not in given:
        raise Malformed("line-malformed", f"{name} is missing.")
    try:
        return parse_instant(given[name])
    except Refusal as refusal:
        raise Malformed("line-malformed", f"{name}: {why(refusal)}") from None
