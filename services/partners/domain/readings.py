"""Reading what somebody wrote, part by part; all that is wrong is noted with a pointer to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

from services.partners.domain.places import Place, place_of, pointer_of
from shared.errors import fault

LONGEST_WORD = 200
MOST_FAULTS = 100


class Reading:
    """A document under way; once there are `faults`, what it gives is of no use."""

    def __init__(self) -> None:
        self.faults: list[dict[str, str]] = []

    def named(self, node: object, at: Place, known: Collection[str] | None) -> Mapping[str, Any]:
        """The node, where it is an object with none but these names."""
        if not isinstance(node, Mapping):
            self.wrong(at, "Give an object.")
            return {}
        there = ", ".join(sorted(known or ()))
        for name in node:
            if known is not None and name not in known:
                self.wrong((*at, name[:LONGEST_WORD]), f"There is no such thing; use {there}.")
        return cast("Mapping[str, Any]", node)

    def place(self, node: object, at: Place) -> Place:
        """A place in an item, from a JSON pointer."""
        found = place_of(node)
        if found is None:
            self.wrong(at, "Give a JSON pointer into the item, such as /person/name.")
        return found or ()

    def word(self, node: object, at: Place, *, empty: bool = False) -> str:
        """A short text; with `empty` it may be none."""
        good = isinstance(node, str) and node.isprintable() and len(node) <= LONGEST_WORD
        if not good or not (empty or cast("str", node).strip()):
            self.wrong(at, f"Give a text of at most {LONGEST_WORD} characters.")
            return ""
        return cast("str", node)

    def one_of(self, node: object, known: Collection[str], at: Place) -> str:
        """One of these words."""
        if not isinstance(node, str) or node not in known:
            self.wrong(at, f"Use one of: {', '.join(known)}.")
            return next(iter(known))
        return node

    def wrong(self, at: Place, detail: str) -> None:
        """Note a fault, unless there are more than anybody would read."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault(pointer_of(at), detail))
