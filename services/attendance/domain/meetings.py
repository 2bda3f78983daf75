"""Meetings: to which session a platform's meeting belongs at an instant.

A recurring meeting has one id for several sessions, a swapped session has several meetings; so an
observation that names only a meeting belongs to the session of it that was nearest in time. From
the opening of its door on, a session to come owns the instant, even while another is not over: who
comes then comes for it, and what comes after has to be found where that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Placed:
    """A session that a meeting stands or stood for; without a window while it is a stub.

    `opens_at` is when its door opens; None where nobody knows: with its start.
    """

    course_id: str
    session_id: str
    starts_at: datetime | None
    ends_at: datetime | None
    opens_at: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Whether its door is open and it is not over."""
        opens_at = self.opens_at or self.starts_at
        return opens_at is not None and self.ends_at is not None and opens_at <= at < self.ends_at


def session_at(candidates: Iterable[Placed], at: datetime) -> Placed | None:
    """The session that stands at `at`, of several the one whose door opened last; where none does
    the nearest, the earlier of two that are as near. None without candidates."""
    known = list(candidates)
    standing = [placed for placed in known if placed.stands(at)]
    if standing:
        return max(standing, key=_opened)
    return min(known, key=lambda placed: _distance(placed, at), default=None)


def stood(since: Mapping[str, datetime], starts_at: datetime, stands: str | None) -> frozenset[str]:
    """The meetings that stood for a session from its start on: the one that did then, and each that
    came later; after the end too, where the course named it late.

    `since` says of all its meetings the last time that each came to it; of two that came at one
    instant the one that `stands` came last.
    """

    def came(meeting: str) -> tuple[datetime, bool, str]:
        return since[meeting], meeting == stands, meeting

    first = max((each for each in since if since[each] <= starts_at), key=came, default=None)
    return frozenset(each for each in since if each == first or since[each] > starts_at)


def _opened(placed: Placed) -> tuple[datetime, str, str]:
    assert placed.starts_at is not None
    return placed.opens_at or placed.starts_at, placed.course_id, placed.session_id


def _distance(placed: Placed, at: datetime) -> tuple[bool, timedelta, str, str]:
    if placed.starts_at is None or placed.ends_at is None:
        return (True, timedelta(), placed.course_id, placed.session_id)
    away = max(placed.starts_at - at, at - placed.ends_at, timedelta())
    return (False, away, placed.course_id, placed.session_id)
