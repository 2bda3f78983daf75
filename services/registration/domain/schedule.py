"""What follows from the sessions of a course: its start and end, until when one may register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from shared.dates import parse_instant, rfc3339

Sessions = Sequence[Mapping[str, Any]]


def held(sessions: Sessions) -> list[Mapping[str, Any]]:
    """Those that take place: a cancelled one is not waited for. All of them where none does."""
    going = [session for session in sessions if session.get("status") != "cancelled"]
    return going or list(sessions)


def first_start(sessions: Sessions) -> datetime:
    """When the first session begins that takes place."""
    return min(parse_instant(session["starts_at"]) for session in held(sessions))


def last_end(sessions: Sessions) -> datetime:
    """When the last session ends that takes place."""
    return max(parse_instant(session["ends_at"]) for session in held(sessions))


def latest_closing(sessions: Sessions) -> datetime:
    """Until when one may register at the latest: the first start; of what is only watched as a
    recording, the end, for whoever comes later misses nothing."""
    if all(session.get("delivery") == "recorded" for session in held(sessions)):
        return last_end(sessions)
    return first_start(sessions)


def closing(sessions: Sessions, asked: str | None) -> datetime:
    """When registration closes: as was asked, but not after the latest possible moment."""
    latest = latest_closing(sessions)
    return min(parse_instant(asked), latest) if asked else latest


def closing_in_file(sessions: Sessions, asked: str) -> str:
    """The same as a file can say it, in which all sessions take place: no later than they let it,
    though the first was moved ahead of what was asked."""
    return rfc3339(closing([{**each, "status": "scheduled"} for each in sessions], asked))


def overlaps(sessions: Sessions) -> list[str]:
    """Which live sessions that take place begin before the one ahead of them has ended."""
    going = [
        session
        for session in sessions
        if session.get("status") != "cancelled" and session.get("delivery") != "recorded"
    ]
    return [
        f"{after['session_id']} begins before {before['session_id']} has ended."
        for before, after in pairwise(going)
        if after["starts_at"] < before["ends_at"]
    ]


def instruction_minutes(sessions: Sessions) -> int:
    """Minutes taught in all sessions, breaks left out."""
    return sum(session["instruction_minutes"] for session in sessions)


def begun(at: datetime, *starts: datetime) -> bool:
    """Whether the course has begun for someone: exactly at the start counts as after it.

    Of the start as it was at purchase and as it is now the later one counts, so that a move can
    only help the learner (domain.md §2).
    """
    return at >= max(starts)
