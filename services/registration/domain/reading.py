"""Reading a document that a person wrote: every fault is noted with its JSON pointer, none stops.

A `Node` is a value with its place. Each question to it gives the value where it fits, and where it
does not, notes a fault and gives the fallback, so that the rest is still looked at.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from shared.errors import Refusal, fault

TEXT = 2_000
LONG = 100_000
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}", re.IGNORECASE)


_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def is_slug(value: Any) -> bool:
    """Whether it can be the id of something."""
    return isinstance(value, str) and _SLUG.fullmatch(value) is not None


@dataclass
class Faults:
    """What is wrong, and what is only odd."""

    errors: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def take(self, more: Faults) -> None:
        """Take others over, each once: what many share is wrong in one place."""
        self.errors += {(one["pointer"], one["detail"]): one for one in more.errors}.values()
        self.warnings += list(dict.fromkeys(more.warnings))


@dataclass(slots=True)
class Node:
    """A value of the document, and where it stands."""

    value: Any
    pointer: str
    faults: Faults

    def wrong(self, detail: str) -> None:
        """Note a fault here."""
        self.faults.errors.append(fault(self.pointer, detail))

    def refused(self, why: Refusal) -> None:
        """Note what a leaf refused."""
        self.wrong(why.detail)

    def at(self, name: str | int) -> Node:
        """The value under a name or a place; an absent one holds None."""
        step = str(name)
        if "~" in step or "/" in step:
            step = step.replace("~", "~0").replace("/", "~1")
        inside = self.value.get(name) if isinstance(self.value, dict) else None
        if isinstance(name, int) and isinstance(self.value, list):
            inside = self.value[name]
        return Node(inside, f"{self.pointer}/{step}", self.faults)

    @property
    def absent(self) -> bool:
        return self.value is None

    def table(self) -> bool:
        """Whether it is an object; a fault where it is not."""
        if not isinstance(self.value, dict):
            self.wrong("An object is needed here.")
            return False
        return True

    def items(self, *, most: int = 500) -> Iterator[Node]:
        """The entries of a list; absent is an empty one."""
        if self.absent:
            return
        if not isinstance(self.value, list) or len(self.value) > most:
            self.wrong(f"A list of at most {most} is needed here.")
            return
        yield from (self.at(place) for place in range(len(self.value)))

    def text(self, *, most: int = TEXT, needed: bool = True) -> str:
        """Text without control characters but line breaks; the empty text where it does not fit."""
        if self.absent and not needed:
            return ""
        if not isinstance(self.value, str) or (needed and not self.value.strip()):
            self.wrong("A text is needed here.")
            return ""
        if len(self.value) > most:
            self.wrong(f"At most {most} characters fit here.")
            return ""
        if _UNPRINTABLE.search(self.value):
            self.wrong("Control characters and half characters are not text.")
            return ""
        return self.value.strip()

    def slug(self) -> str:
        """A name for machines: letters, digits, hyphen, underscore."""
        if not is_slug(self.value):
            self.wrong("An id is 1 to 100 letters, digits, hyphens or underscores.")
            return ""
        return str(self.value)

    def choice(self, among: Collection[str], fallback: str) -> str:
        """One of a few words."""
        if self.value not in among:
            self.wrong(f"One of {', '.join(among)} is needed here.")
            return fallback
        return str(self.value)

    def flag(self, *, fallback: bool = False) -> bool:
        """Yes or no; absent is the fallback."""
        if self.absent:
            return fallback
        if not isinstance(self.value, bool):
            self.wrong("true or false is needed here.")
            return fallback
        return self.value

    def whole(self, *, least: int, most: int, fallback: int) -> int:
        """A whole number within bounds."""
        fits = isinstance(self.value, int) and not isinstance(self.value, bool)
        if not fits or not least <= self.value <= most:
            self.wrong(f"A whole number from {least} to {most} is needed here.")
            return fallback
        return int(self.value)

    def decimal(self, *, least: str = "0", fallback: str = "0") -> str:
        """A number of hours or the like, kept exact as its digits: `0.25`, `8`."""
        raw = self.value
        given = isinstance(raw, int | float | str) and not isinstance(raw, bool)
        try:
            number = Decimal(str(raw)) if given else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or not Decimal(least) <= number <= 10_000:
            self.wrong(f"A number from {least} to 10000 is needed here.")
            return fallback
        if number != round(number, 4) or (isinstance(raw, float) and not math.isfinite(raw)):
            self.wrong("At most four decimals fit here.")
            return fallback
        return f"{number.normalize():f}"

    def unknown(self, known: Collection[str]) -> None:
        """Warn of names that nobody reads: a slip of the pen should not go unseen."""
        if isinstance(self.value, dict):
            for name in self.value:
                if name not in known:
                    shown = str(name)[:60]
                    self.faults.warnings.append(f"{self.pointer}/{shown} is not read by anybody.")


@dataclass(slots=True)
class Layered(Node):
    """An object of which some values were said elsewhere, where their faults belong."""

    elsewhere: Mapping[str, Node]

    def at(self, name: str | int) -> Node:
        """The value under a name, with the place where it was said."""
        found = self.elsewhere.get(str(name))
        return Node.at(self, name) if found is None else found
