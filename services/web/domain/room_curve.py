"""The curve of a room, drawn: how many are in, against those who are registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDE, HIGH = 600.0, 96.0
Point = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Paths in a box of 600 × 96. `expected` is the height of the line of those registered,
    `starts` the place of the session's start, `now` where the curve ends."""

    area: str
    line: str
    expected: float | None
    starts: float
    now: float
    most: int


def drawn(
    points: Sequence[Point], expected: int | None, starts_at: datetime, ends_at: datetime
) -> Drawn | None:
    """The curve from its first moment to the session's end; None with less than two moments."""
    if len(points) < 2 or ends_at <= points[0][0]:
        return None
    first, whole = points[0][0], (ends_at - points[0][0]).total_seconds()
    most = max(1, expected or 0, *(count for _, count in points))

    def across(at: datetime) -> float:
        return round(min(1.0, (at - first).total_seconds() / whole) * WIDE, 1)

    def down(count: int) -> float:
        return round(HIGH - count / most * (HIGH - 4), 1)

    steps = _steps([(across(at), down(count)) for at, count in points])
    line = "M" + "L".join(f"{x:g} {y:g}" for x, y in steps)
    last = steps[-1][0]
    return Drawn(
        area=f"{line}L{last:g} {HIGH:g}L{steps[0][0]:g} {HIGH:g}Z",
        line=line,
        expected=down(expected) if expected else None,
        starts=across(starts_at),
        now=last,
        most=most,
    )


def _steps(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without the moments at which nothing changes: a flat stretch is its two ends."""
    inner = (
        places[at]
        for at in range(1, len(places) - 1)
        if not places[at - 1][1] == places[at][1] == places[at + 1][1]
    )
    return [places[0], *inner, places[-1]]
