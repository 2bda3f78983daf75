"""The board of the day: each session as it stands, and how the services fare, from what owners say.

Nothing here knows a learner's name: whoever may look at all may see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.dates import day_of, parse_instant

QUIET = timedelta(minutes=2)  # without a word of the platform, while a session is on
SERVICES = (
    "registration", "billing", "attendance", "certificates", "notifications", "partners", "web",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session and, of its course, what says where and when it is; `place` counts from 1."""

    course_id: str
    session_id: str
    course: str
    title: str
    place: int
    of: int
    zone: str
    opens_at: datetime
    starts_at: datetime
    ends_at: datetime
    in_person: bool = False
    cancelled: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.course_id, self.session_id


@dataclass(frozen=True, slots=True)
class Line:
    """A session as the board shows it; None where its owner is away, or has not heard of it.

    `state` is one of upcoming, open, running, over, completed, cancelled. `silent`: it is on, and
    the platform has said nothing for two minutes.
    """

    sitting: Sitting
    state: str
    registered: int | None = None
    in_room: int | None = None
    lobby: int | None = None
    unmatched: int | None = None
    present: int | None = None
    seats_left: int | None = None
    last_word: datetime | None = None
    silent: bool = False
    completes_at: datetime | None = None
    points: tuple[tuple[datetime, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """What a service still has to do. `away`: it does not answer; `lag` is None where the process
    that answers does not know it. `since` is from when on there was always something."""

    service: str
    away: bool = False
    lag: int | None = None
    outbox: int = 0
    overdue: int = 0
    next_due: datetime | None = None
    since: datetime | None = None

    @property
    def behind(self) -> bool:
        return bool(self.lag or self.outbox or self.overdue)


def of_the_day(sittings: Iterable[Sitting], now: datetime) -> list[Sitting]:
    """The sessions of the day, each by the day in its own zone; a recording, which is open for
    months, only on the days of its beginning and its end."""
    found = [
        one
        for one in sittings
        if day_of(now, one.zone) in {day_of(one.starts_at, one.zone), day_of(one.ends_at, one.zone)}
    ]
    return sorted(found, key=lambda one: (one.starts_at, one.key))


def following(sittings: Iterable[Sitting], now: datetime) -> Sitting | None:
    """The next session that is still to begin."""
    ahead = [one for one in sittings if one.starts_at > now and not one.cancelled]
    return min(ahead, key=lambda one: (one.starts_at, one.key), default=None)


def line_of(
    sitting: Sitting,
    seats: Mapping[str, Any] | None,
    seen: Mapping[str, Any] | None,
    now: datetime,
) -> Line:
    """A line of the board: `seats` is registration's answer of the course, `seen` attendance's of
    the session, None where they gave none."""
    seen = seen or {}
    state = _state(sitting, str(seen.get("state", "")), now)
    word = _latest(seen)
    quiet = state == "running" and bool(seen) and (word is None or now - word > QUIET)
    known = (seats or {}).get("seats")
    left = known.get("left") if isinstance(known, Mapping) else None
    return Line(
        sitting,
        state,
        registered=_count(seen, "expected"),
        in_room=_count(seen, "in_room"),
        lobby=_count(seen, "in_waiting_room"),
        unmatched=_count(seen, "unmatched"),
        present=_count(seen, "present"),
        seats_left=left if isinstance(left, int) else None,
        last_word=word,
        silent=quiet and not sitting.in_person,
        completes_at=_instant(seen.get("completes_at")),
        points=tuple(
            (at, int(point["in_room"]))
            for point in seen.get("curve") or ()
            if (at := _instant(point.get("at"))) is not None
        ),
    )


def queue_of(service: str, said: Mapping[str, Any] | None, since: datetime | None) -> Queue:
    """How a service fares, from its `/health/quiet`; None where it gave no answer."""
    if said is None:
        return Queue(service, away=True, since=since)
    due = said.get("due") or {}
    lag = said.get("lag") if said.get("works", True) else None
    return Queue(
        service,
        lag=lag if isinstance(lag, int) else None,
        outbox=int(said.get("outbox") or 0),
        overdue=int(due.get("overdue") or 0),
        next_due=_instant(due.get("next")),
        since=since,
    )


def _state(sitting: Sitting, said: str, now: datetime) -> str:
    if sitting.cancelled:
        return "cancelled"
    if said == "completed":
        return "completed"
    if now < sitting.opens_at:
        return "upcoming"
    if now < sitting.starts_at:
        return "open"
    return "running" if now < sitting.ends_at else "over"


def _latest(seen: Mapping[str, Any]) -> datetime | None:
    told = [one.get("last_received_at") for one in (seen.get("reports") or {}).values()]
    known = [at for text in (seen.get("last_observed_at"), *told) if (at := _instant(text))]
    return max(known, default=None)


def _count(said: Mapping[str, Any], name: str) -> int | None:
    value = said.get(name)
    return value if isinstance(value, int) else None


def _instant(text: Any) -> datetime | None:
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except ValueError:
        return None
