"""What staff are told: when, of what first, and what cannot wait until the morning (domain.md §7).

Days and hours are those of the zone of staff. Nothing here reads or writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from shared.dates import zone_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NOON = time(12)
MOST = 20  # tasks that are told in full
GATHERING = timedelta(minutes=2)  # what comes in a burst is told together
URGENT_USE = timedelta(hours=3)
_SOON = timedelta(hours=4)
# Who did not get these has nothing to come in by, and it begins within the hour.
_NOW = frozenset({"join_1h", "meeting_swapped"})
When = Literal["overdue", "today", "later"]


@dataclass(frozen=True)
class Rhythm:
    """At which hour (0 to 11) of which days, in which zone."""

    zone: str
    hour: int = 7
    days: Collection[str] = DAYS

    def at(self, day: date) -> datetime:
        """When that day's digest is due; where clocks jump over it, as soon as they have."""
        return datetime.combine(day, time(self.hour), zone_of(self.zone))

    def day_of(self, now: datetime) -> date:
        return now.astimezone(zone_of(self.zone)).date()

    def next_day(self, now: datetime) -> date | None:
        """The first day with a digest that is still to come; None where no day has one."""
        today = self.day_of(now)
        for ahead in range(8):
            day = today + timedelta(days=ahead)
            if DAYS[day.weekday()] in self.days and self.at(day) > now:
                return day
        return None

    def is_over(self, day: date, now: datetime) -> bool:
        """Whether the morning of that day is over: what it told would be yesterday's news."""
        return now >= datetime.combine(day, NOON, zone_of(self.zone))


@dataclass(frozen=True)
class OpenTask:
    """A task as it was said; `about` are ids by what they are of."""

    task_id: str
    service: str
    kind: str
    what: str
    opened_at: datetime
    due_at: datetime | None = None
    about: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """Tasks in the order in which they are told, each with when; `more` are not told in full."""

    tasks: Sequence[tuple[When, OpenTask]]
    more: int
    overdue: int
    today: int
    kinds: Sequence[tuple[str, str, int]]  # service, kind, how many

    @property
    def count(self) -> int:
        return len(self.tasks) + self.more


def told(tasks: Iterable[OpenTask], now: datetime, zone: str, most: int = MOST) -> Told:
    """Overdue first (the longest overdue first), then what is due today, then the oldest."""
    found = sorted(
        ((when_of(task, now, zone), task) for task in tasks),
        key=lambda one: _place(*one),
    )
    count = Counter(when for when, _ in found)
    kinds = Counter((task.service, task.kind) for _, task in found)
    return Told(
        tasks=found[:most],
        more=max(0, len(found) - most),
        overdue=count["overdue"],
        today=count["today"],
        kinds=sorted(((*kind, n) for kind, n in kinds.items()), key=lambda k: (-k[2], k[0], k[1])),
    )


def when_of(task: OpenTask, now: datetime, zone: str) -> When:
    """Is it overdue, due before this day ends there, or later or at no time?"""
    if task.due_at is None:
        return "later"
    if task.due_at <= now:
        return "overdue"
    tz = zone_of(zone)
    return "today" if task.due_at.astimezone(tz).date() == now.astimezone(tz).date() else "later"


def is_urgent(
    kind: str, about: dict[str, str], opened_at: datetime, due_at: datetime | None
) -> bool:
    """Whether a task cannot wait: a mail that somebody needs within the hour did not go out or is
    not known to have, or what is asked is due within four hours of being asked."""
    mail = about.get("channel", "mail") == "mail"  # a text goes beside one
    if kind in ("message-failed", "mails-waiting") and mail and about.get("template") in _NOW:
        return True
    return due_at is not None and due_at - opened_at <= _SOON


def urgent_hour(at: datetime) -> datetime:
    """The hour that an urgent mail belongs to: one an hour goes out, at most."""
    return at.replace(minute=0, second=0, microsecond=0)


def _place(when: When, task: OpenTask) -> tuple[int, datetime, str]:
    rank = ("overdue", "today", "later").index(when)
    by = task.due_at if task.due_at and when != "later" else task.opened_at
    return rank, by, task.task_id
