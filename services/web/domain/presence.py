"""Each session of one registration: when they were there, and the lines that say so.

How long counts, and whether it is enough, is attendance's to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.web.domain.strips import Span, Strip, strip_of
from shared.dates import parse_instant

Said = Mapping[str, Any]
_BY = {
    "own": "its own registration",
    "list": "the platform’s list of registrants",
    "participant": "another line of this participant",
}
_KINDS = {"interval": "Present", "waiting": "In the lobby", "admitted": "Let in"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of evidence; `what` and `by` in words, `participant` as the platform calls them."""

    at: datetime
    until: datetime | None
    what: str
    source: str
    by: str
    participant: str


@dataclass(frozen=True, slots=True)
class Sat:
    """A session; `record` is what attendance says of it. Times and lines are None where it did not
    say them."""

    session_id: str
    title: str
    record: Said
    starts_at: datetime | None
    ends_at: datetime | None
    strip: Strip | None
    lines: Sequence[Line] | None
    more: bool


def sat_of(attended: Said | None, traced: Said | None, now: datetime) -> list[Sat]:
    """From attendance's answers about a registration, and about its lines: as it gives them."""
    lines = {str(one.get("session_id")): one for one in _sessions(traced)}
    return [_sat(one, lines.get(str(one.get("session_id"))), now) for one in _sessions(attended)]


def _sessions(said: Said | None) -> list[Said]:
    return [one for one in (said or {}).get("sessions") or () if isinstance(one, Mapping)]


def _sat(record: Said, traced: Said | None, now: datetime) -> Sat:
    told = traced or {}
    starts_at, ends_at = _at(told.get("starts_at")), _at(told.get("ends_at"))
    strip = None
    if starts_at and ends_at:
        breaks = [span for pause in told.get("breaks") or () if (span := _span(pause))]
        strip = strip_of(record.get("evidence") or (), starts_at, ends_at, breaks, now)
    lines = [line for one in told.get("lines") or () if (line := _line(one))]
    return Sat(
        str(record.get("session_id")),
        str(told.get("title") or ""),
        record,
        starts_at,
        ends_at,
        strip,
        lines if traced else None,
        bool(told.get("more")),
    )


def _line(said: Any) -> Line | None:
    at = _at(said.get("at")) if isinstance(said, Mapping) else None
    if at is None:
        return None
    kind, by = str(said.get("kind") or ""), str(said.get("by") or "")
    what = _KINDS.get(kind) or kind.replace("_", " ").capitalize()
    whose = f"matched by {said.get('said_by')}" if by == "staff" else _BY.get(by, by)
    until, source = _at(said.get("until")), str(said.get("source") or "")
    return Line(at, until, what, source, whose, str(said.get("participant_id") or ""))


def _span(pause: Any) -> Span | None:
    if not isinstance(pause, list) or len(pause) != 2:
        return None
    start, end = _at(pause[0]), _at(pause[1])
    return (start, end) if start and end else None


def _at(text: Any) -> datetime | None:
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except ValueError:
        return None
