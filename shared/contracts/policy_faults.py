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


DEEPEST = 20  # lists and objects within one another; a policy needs six


def unclean(given: Any) -> str | None:
    """What no database or reader takes of it, in words: NUL, lone surrogates, endless nesting."""
    left = [(given, 0)]
    while left:
        one, depth = left.pop()
        if isinstance(one, dict | list):
            if depth == DEEPEST:
                return f"A policy is nested at most {DEEPEST} levels deep."
            inside = [*one, *one.values()] if isinstance(one, dict) else one
            left += [(each, depth + 1) for each in inside]
        elif isinstance(one, str) and clean(one, len(one)) is None:
            return "Text in a policy holds neither NUL nor lone surrogates."
    return None
