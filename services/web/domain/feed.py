"""What changed of a page that many look at: its parts, each with the number of its last change.

Numbers only rise, also over a restart where the clock does. Whoever has seen a number gets the
parts that are newer; whoever has seen none of these, or a page of other parts, the whole of it.
"""

from __future__ import annotations

from collections.abc import Mapping


class Feed:
    """The parts of one page in one language, as they were last written."""

    def __init__(self) -> None:
        self.number = 0
        self._whole_since = 0
        self._parts: dict[str, tuple[str, int]] = {}

    def take(self, parts: Mapping[str, str], now: int) -> None:
        """The page as it is now; `now` are milliseconds of the wall clock."""
        following = max(now, self.number + 1)
        if list(parts) != list(self._parts):
            self._whole_since = self.number = following
        for name, html in parts.items():
            known = self._parts.get(name)
            if known is None or known[0] != html:
                self.number = following
        self._parts = {
            name: known
            if (known := self._parts.get(name)) is not None and known[0] == html
            else (html, following)
            for name, html in parts.items()
        }

    def since(self, seen: int | None) -> dict[str, str] | None:
        """Name → HTML of what is newer than `seen`; None where the whole page has to be put in."""
        if seen is None or not self._whole_since <= seen <= self.number:
            return None
        return {name: html for name, (html, number) in self._parts.items() if number > seen}


def seen_of(last_event_id: str | None) -> int | None:
    """The number in a `Last-Event-ID`; None where it is none of ours."""
    text = last_event_id or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def event(kind: str, data: str, number: int | None = None) -> str:
    """A server-sent event; `data` is one line."""
    named = f"id: {number}\n" if number is not None else ""
    return f"event: {kind}\n{named}data: {data}\n\n"
