"""The port to the platform that a meeting is held on: what its report is asked for with.

Two calls: which runs a meeting had, and a page of the participants of one run. Each is asked for by
itself, between two transactions (`fetching.py`), so neither holds anything and any may fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.attendance.domain.fetching import Instance


@dataclass(frozen=True, slots=True)
class Listed:
    """The runs of a session's meetings that are over."""

    instances: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Participants as the platform tells them, the token of the next page, None at the end, and how
    many lines there are on all pages, where it says that."""

    rows: Sequence[Mapping[str, Any]]
    next_page: str | None
    total: int | None = None


class NotReady(Exception):
    """There is no such report, or not yet."""


class PageGone(Exception):
    """The token of a page has run out: the run is to be asked for from its start."""


class Busy(Exception):
    """Not now: rate limit, trouble there, no answer. `why` is a stable word, `after` in seconds."""

    def __init__(self, why: str, after: int | None = None) -> None:
        self.why = why
        self.after = after
        super().__init__(why)


class Denied(Exception):
    """It said no, and will until somebody changes something there or here."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class Platform(Protocol):
    """What a platform must answer; raises the four above, and nothing else by design."""

    async def instances(self, meeting_id: str) -> Sequence[Instance]:
        """The runs of a meeting that are over."""
        ...

    async def page(self, uuid: str, token: str | None) -> Page:
        """A page of the participants of one run; the first where `token` is None."""
        ...
