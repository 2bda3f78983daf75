"""Meetings: to which session a platform's meeting belongs at an instant.

A recurring meeting has one id for several sessions, a swapped session has several meetings; so an
observation that names only a meeting belongs to the session of it that was nearest in time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Placed:
    """A session that a meeting stands or stood for; without a window while it is a stub."""

    course_id: str
    session_id: str
    starts_at: datetime | None
    ends_at: datetime | None


def session_at(candidates: Iterable[Placed], at: datetime) -> Placed | None:
    """The session nearest to `at`; the earlier of two that are as near. None without candidates."""
    return min(candidates, key=lambda placed: _distance(placed, at), default=None)


def _distance(placed: Placed, at: datetime) -> tuple[bool, timedelta, str, str]:
    if placed.starts_at is None or placed.ends_at is None:
        return (True, timedelta(), placed.course_id, placed.session_id)
    away = max(placed.starts_at - at, at - placed.ends_at, timedelta())
    return (False, away, placed.course_id, placed.session_id)
