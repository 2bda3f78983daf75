"""What a rehearsal is to be: its course, its people, and when what happens.

The course costs nothing and no board gives credit for it: so nothing of it is in the books, no
board's report has a line of it, and who was there gets a certificate of participation. Its meeting
is none of Zoom's. Its people are at domains that nobody can own (RFC 2606: `.example`).
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

TITLE = "Rehearsal of a session day: nobody is taught anything"
SESSION = "s1"
NAMES = ("Ada Fern", "Bela Łuczak", "Chidi Okafor", "Jürgen Quist", "Hoàng Vale", "Ioana Wold")
DOMAINS = 487  # so many that no domain's share of the mails is what is waited for
REGISTERED = 50.0  # registrations a second that are planned for; what is really reached is told
_ID = re.compile(r"rehearsal-\d{8}-\d{6}")
_SPACE = uuid.UUID("0f8e0d3e-6a4c-4f0e-9c55-0c6f1f4f6f6a")


@dataclass(frozen=True)
class Wanted:
    """How many come within so many seconds, and what their platform does; `minutes` is how long the
    session lasts, `rate` observations a second when all drop at once, in lists of `each`."""

    learners: int
    minutes: int
    within: float
    rate: float
    each: int


@dataclass
class Learner:
    """One of them; the last is what registering answers."""

    number: int
    course: str
    registration: str = ""

    @property
    def email(self) -> str:
        return f"learner-{self.number}@rehearsal-{self.number % DOMAINS}.example"

    def body(self) -> dict[str, Any]:
        """As `POST …/registrations` takes it."""
        return {
            "attendee": {
                "name": NAMES[self.number % len(NAMES)],
                "email": self.email,
                "zone": "Etc/UTC",
                "locale": "en",
            },
            "payment": {"method": "free"},
        }

    def once(self, act: str) -> str:
        """The key of an act of theirs."""
        return str(uuid.uuid5(_SPACE, f"{self.course}/{act}/{self.number}"))


@dataclass(frozen=True)
class Times:
    """By the services' clock: people come from `opens`, the session is from `starts` to `ends`."""

    opens: datetime
    starts: datetime
    ends: datetime


def course_id(now: datetime) -> str:
    """A new one each second."""
    return f"rehearsal-{now.astimezone(UTC):%Y%m%d-%H%M%S}"


def is_rehearsal(course: Mapping[str, Any]) -> bool:
    """Whether a course, as the list of courses shows it, is one of these: by id and title both, for
    somebody may well teach how to rehearse."""
    return bool(_ID.fullmatch(course["course_id"])) and course["title"] == TITLE


def times(wanted: Wanted, now: datetime) -> Times:
    """A course begins on a whole minute: the first at which all can have registered and come."""
    ahead = timedelta(seconds=30 + wanted.learners / REGISTERED + wanted.within)
    minute = timedelta(minutes=1)
    starts = (now + ahead + minute).replace(second=0, microsecond=0)
    return Times(
        starts - timedelta(seconds=wanted.within), starts, starts + wanted.minutes * minute
    )


def phases(wanted: Wanted, when: Times, now: datetime, *, moved: bool) -> dict[str, float]:
    """About how many seconds each takes, in their order; `moved` where the clock is moved over what
    is only waited for. What certificates take is guessed: it is what is to be found out."""
    burst = wanted.learners / wanted.rate
    registering = wanted.learners / REGISTERED
    ahead = (when.opens - now).total_seconds() - registering
    return {
        "registering": registering,
        "waiting": 0.0 if moved else max(0.0, ahead),
        "coming": wanted.within,
        "dropping, and back": 2 * burst,
        "inside": 0.0 if moved else max(0.0, wanted.minutes * 60 - 2 * burst),
        "leaving": burst,
        "certificates": wanted.learners / 100,
    }


def course(name: str, wanted: Wanted, when: Times) -> dict[str, Any]:
    """As `PUT …/courses/{id}` takes it. Who missed up to half of the session was there: a machine
    that is slow to hear of people costs nobody their certificate, for that is told by itself."""
    starts, ends = when.starts.astimezone(UTC), when.ends.astimezone(UTC)
    return {
        "id": name,
        "title": TITLE,
        "kind": "online_course",
        "delivery": "live_online",
        "zone": "Etc/UTC",
        "audience": "Nobody: a rehearsal of those who run this system",
        "price": {"amount": 0, "currency": "USD"},
        "capacity": wanted.learners,
        "provider": {"name": "Rehearsal"},
        "objectives": ["See whether everything holds on a session day."],
        "sessions": [
            {
                "id": SESSION,
                "date": f"{starts:%Y-%m-%d}",
                "to_date": f"{ends:%Y-%m-%d}",
                "from": f"{starts:%H:%M}",
                "to": f"{ends:%H:%M}",
                "opens_minutes_before": max(15, min(1440, math.ceil(wanted.within / 60) + 1)),
                "max_missed_seconds": wanted.minutes * 30,
                "meeting": {"id": name, "url": f"https://meet.example/{name}"},
            }
        ],
    }


def learners(name: str, count: int) -> list[Learner]:
    """So many of that course."""
    return [Learner(number, name) for number in range(count)]
