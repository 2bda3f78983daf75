"""Noting what is wrong in a document, with JSON pointers, whatever the document is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.errors import fault


class Faults(list[dict[str, str]]):
    """The faults found so far, each with its pointer."""

    def note(self, at: str, detail: str) -> None:
        self.append(fault(at, detail))

    def unknown(self, at: str, given: Mapping[Any, Any], known: frozenset[str]) -> None:
        for name in given:
            if name not in known:
                self.note(f"{at}/{pointed(name)}", "A policy has no such field here.")


def pointed(name: Any) -> str:
    """A name as part of a JSON pointer (RFC 6901), cut where it is very long."""
    readable = str(name)[:60].encode("utf-8", "replace").decode()
    return readable.replace("~", "~0").replace("/", "~1")


def whole(value: Any, least: int, most: int) -> int | None:
    """That whole number, or None where it is none or out of range."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    return None


def clean(value: Any, longest: int) -> str | None:
    """That text, or None where it is none, too long, or nothing a database takes."""
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return value


def unclean(given: Any) -> bool:
    """Whether any text in it, names too, is nothing a database takes: NUL, lone surrogates."""
    left = [given]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and clean(one, len(one)) is None:
            return True
    return False
