"""Places in what a partner sends, as JSON pointers (RFC 6901), and what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Place = tuple[str, ...]
MOST_TOKENS = 12
LONGEST = 300  # characters of a pointer
LONGEST_TEXT = 2_000
MOST_VALUES = 2_000  # of one item
_LONGEST_NAME = 200
_LARGEST = 10**18
_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")
_BAD_ESCAPE = re.compile(r"~(?![01])")


class Fault(NamedTuple):
    """What is wrong, and where: a pointer into the line as it was sent; empty is the whole line.
    Never what stood there, for it may be a name."""

    pointer: str
    detail: str


class Wrong(Exception):
    """A value that cannot be read."""

    def __init__(self, place: Place, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(pointer_of(place), detail)


def worded(faults: Sequence[Fault]) -> str:
    """All of them as one text for people."""
    return " ".join(f"{one.pointer[1:]}: {one.detail}".removeprefix(": ") for one in faults)


def pointer_of(place: Sequence[str | int]) -> str:
    """A place as it is written; what cannot be written is escaped."""
    written = "".join("/" + str(each).replace("~", "~0").replace("/", "~1") for each in place)
    return written.encode("utf-8", "backslashreplace").decode()


def place_of(pointer: object) -> Place | None:
    """The place that is meant; None where this is no pointer, or one longer than anybody needs."""
    if not isinstance(pointer, str) or len(pointer) > LONGEST or not pointer.isprintable():
        return None
    if _BAD_ESCAPE.search(pointer):
        return None
    if pointer == "":
        return ()
    first, *tokens = pointer.split("/")
    if first or len(tokens) > MOST_TOKENS:
        return None
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)


def value_at(item: object, place: Place) -> Any:
    """What stands there; None where nothing does."""
    for token in place:
        if isinstance(item, Mapping):
            item = item.get(token)
        elif isinstance(item, list) and _INDEX.fullmatch(token) and int(token) < len(item):
            item = item[int(token)]
        else:
            return None
    return item


def text_at(item: object, place: Place, shown: Place) -> str:
    """What stands there as a text without blanks around it; empty where nothing does.

    `shown` is the place as the partner knows it. Raises Wrong for what is no text, number or truth.
    """
    value = value_at(item, place)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) < _LARGEST:
        return str(value)
    if not isinstance(value, str):
        raise Wrong(shown, "Give it as a text.")
    if len(value) > LONGEST_TEXT:
        raise Wrong(shown, f"At most {LONGEST_TEXT} characters.")
    return value.strip()


def leaves(item: object) -> Iterator[Place]:
    """The places at which something stands: texts, numbers, truths. Raises Wrong for an item that
    is larger or deeper than any line is."""
    todo: list[tuple[Place, object]] = [((), item)]
    count = 0
    while todo:
        place, value = todo.pop()
        count += 1
        if count > MOST_VALUES or len(place) > MOST_TOKENS:
            raise Wrong((), f"At most {MOST_VALUES} values, {MOST_TOKENS} deep.")
        if isinstance(value, Mapping):
            if any(len(name) > _LONGEST_NAME for name in value):
                raise Wrong(place, f"Names of fields have at most {_LONGEST_NAME} characters.")
            todo += [((*place, name), each) for name, each in reversed([*value.items()])]
        elif isinstance(value, list):
            todo += [((*place, str(at)), each) for at, each in reversed([*enumerate(value)])]
        elif value is not None and value != "":
            yield place
