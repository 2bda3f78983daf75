"""A timeline of one session: who told when somebody was there, row by row, and what that comes to.

All times are placed between a little before the session and a little after it. What the evidence
comes to is attendance's to say, and is not always what counts: staff may have ruled otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.web.domain.strips import Span, Stretch, clipped, placed, span_of, union
from shared.dates import zone_of

SOURCES = {
    "live": "Seen while it ran",
    "report": "The report",
    "sheet": "The sheet that was signed",
    "correction": "Added by staff",
}
_COUNTED = "What the evidence comes to"
_ASIDE = "Seen while it ran; the report counts instead"
_STEPS = tuple(timedelta(minutes=n) for n in (10, 15, 30, 60, 120, 240, 480, 1_440))
_MOST = 5  # marks of the hours that a phone has room for
_HIGH = 40  # pixels of a row, with its name above
_NAMED = 12  # spans of a row that are said in words


@dataclass(frozen=True, slots=True)
class Row:
    """One source; `y` is where its name is written, in pixels. `kind` is how it is drawn."""

    title: str
    kind: str
    y: int
    stays: tuple[Stretch, ...]
    inferred: bool = False

    @property
    def said(self) -> tuple[Stretch, ...]:
        """Those that are said in words."""
        return self.stays[:_NAMED]

    @property
    def more(self) -> int:
        """How many are only drawn."""
        return max(0, len(self.stays) - _NAMED)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Drawn as high as it says, in pixels; `hours` is the session itself, `marks` are times to be
    written beneath."""

    rows: tuple[Row, ...]
    hours: Stretch
    breaks: tuple[Stretch, ...]
    marks: tuple[Stretch, ...]
    days: bool
    height: int


def timeline_of(
    record: Mapping[str, Any],
    starts_at: datetime,
    ends_at: datetime,
    breaks: Sequence[Span],
    zone: str,
    now: datetime,
) -> Timeline | None:
    """From what attendance says of a session; None where nobody told anything of it."""
    if ends_at <= starts_at:
        return None
    edge = min(timedelta(minutes=15), (ends_at - starts_at) / 6)
    begin, end = starts_at - edge, ends_at + edge
    told = [one for one in record.get("evidence") or () if isinstance(one, Mapping)]
    reported = any(one.get("source") == "report" for one in told)
    rows: list[Row] = []
    for source, title in SOURCES.items():
        theirs = [(span, one) for one in told if one.get("source") == source
                  if (span := span_of(one, now))]  # fmt: skip
        spans = union(clipped([span for span, _ in theirs], begin, end))
        if spans:
            aside = source == "live" and reported
            inferred = any(one.get("inferred") or not one.get("left_at") for _, one in theirs)
            rows.append(
                Row(
                    _ASIDE if aside else title,
                    "aside" if aside else "there",
                    len(rows) * _HIGH,
                    placed(spans, begin, end),
                    inferred,
                )
            )
    if not rows:
        return None
    counted = [span for one in record.get("counted") or () if (span := _counted(one, now))]
    spans = union(clipped(counted, begin, end))
    rows.append(Row(_COUNTED, "counts", len(rows) * _HIGH, placed(spans, begin, end)))
    [hours] = placed([(starts_at, ends_at)], begin, end)
    return Timeline(
        tuple(rows),
        hours,
        placed(union(clipped(list(breaks), starts_at, ends_at)), begin, end),
        placed([(at, at) for at in _marks(starts_at, ends_at, zone)], begin, end),
        ends_at - starts_at > timedelta(days=1),
        len(rows) * _HIGH,
    )


def _counted(one: Any, now: datetime) -> Span | None:
    if not isinstance(one, Mapping):
        return None
    return span_of({"joined_at": one.get("from"), "left_at": one.get("until")}, now)


def _marks(starts_at: datetime, ends_at: datetime, zone: str) -> list[datetime]:
    """Times that clocks of the zone show as round ones, as many as there is room for."""
    whole = ends_at - starts_at
    step = next((each for each in _STEPS if whole <= each * (_MOST - 1)), whole / (_MOST - 1))
    local = starts_at.astimezone(zone_of(zone))
    midnight = starts_at - timedelta(
        hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    first = -((midnight - starts_at) // step)  # the first round one that is not before
    found = []
    at = midnight + first * step
    while at <= ends_at:
        found.append(at)
        at += step
    return found
