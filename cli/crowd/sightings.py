"""What a platform tells of a session in one day, and at which moment: arriving, all dropping at
once, leaving."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.dates import rfc3339

FIRST = ("waiting", "admitted", "joined")
BACK = ("left", "joined")  # of one of so many (`DROPS`), while others still come
DROPS = 4
AWAY = 2.0  # seconds between what is told of one and what is told next
AGAIN = 20  # one of so many is told twice


class Attendee(Protocol):
    """Somebody of a course, by a number of their own; `registration` is "" until they have one."""

    number: int
    course: str
    registration: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """The n-th that is told of somebody; `after` seconds."""

    after: float
    one: Attendee
    n: int
    kind: str


def arrival(many: Sequence[Attendee], seconds: float, seed: int) -> list[Sighting]:
    """All come within that time, in an order of chance; some drop and come back; and some of what
    is told is told twice."""
    chance = random.Random(seed)
    order = list(many)
    chance.shuffle(order)
    room = max(0.0, seconds - AWAY * (len(FIRST) + len(BACK)))
    told = []
    for place, one in enumerate(order):
        begins = room * place / len(order)
        kinds = FIRST + (BACK if one.number % DROPS == 1 else ())
        told += [Sighting(begins + AWAY * n, one, n, kind) for n, kind in enumerate(kinds)]
    told += [
        Sighting(said.after + AWAY, said.one, said.n, said.kind)
        for place, said in enumerate(told)
        if place % AGAIN == 0
    ]
    return sorted(told, key=lambda said: said.after)


def distinct(told: Sequence[Sighting]) -> int:
    """How many of them there are, told once or twice."""
    return len({(said.one.number, said.n) for said in told})


def burst(
    many: Sequence[Attendee], kinds: Sequence[str], first: int
) -> list[tuple[Attendee, int, str]]:
    """Of everybody one kind after the other, as when a platform stumbles: (who, n, kind)."""
    return [(one, first + n, kind) for n, kind in enumerate(kinds) for one in many]


def sighting(one: Attendee, session: str, n: int, kind: str, at: datetime) -> dict[str, Any]:
    """The n-th observation of one in a session, as `POST …/observations` takes it."""
    return {
        "id": f"{one.course}-{session}-{one.number}-{n}",
        "course_id": one.course,
        "session_id": session,
        "participant_id": f"{session}-{one.number}",
        "registration_id": one.registration,
        "kind": kind,
        "at": rfc3339(at),
    }
