"""Learners as they come in through the front door, courses as they are published, what a platform
sees; and how many certificates all that is to come to.

Of twenty learners five are counselors of New Jersey, whom two boards serve, the others have one
board each. One of twenty misses the third session: a counselor, who has six hours of the board that
counts sessions, and nothing of the one that wants all of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from cli.crowd.sightings import DROPS, sighting
from cli.rehearsal.plan import DOMAINS, NAMES

EXAMPLE = Path(__file__).parent.parent / "examples" / "attachment-effectiveness-2020.yaml"
GROUPS = (("addiction_counselor", "PA"), ("nurse", "OR"), ("educator", "WA"), ("counselor", "NJ"))
MISSED = "s3"
_SPACE = uuid.UUID("5d2b8f4f-9f0c-4f0a-8a77-0d8f4c1c2a10")


@dataclass
class Learner:
    """One of them; the last two are what registering answers."""

    number: int
    course: str
    registration: str = ""
    token: str = ""

    @property
    def misses(self) -> str:
        """The session that they are not at; "" where they are at all."""
        return MISSED if self.number % 20 == 19 else ""

    @property
    def counselor(self) -> bool:
        """Whom two boards serve."""
        return self.number % len(GROUPS) == 3

    def body(self, disclosure: str) -> dict[str, Any]:
        """As `POST …/registrations` takes it: by card."""
        profession, state = GROUPS[self.number % len(GROUPS)]
        licence = {"profession": profession, "state": state, "number": f"{state}-{self.number}"}
        return {
            "attendee": {
                "name": NAMES[self.number % len(NAMES)],
                "email": f"learner-{self.number}@school-{self.number % DOMAINS}.example",
                "profession": profession,
                "licenses": [licence],
                "zone": "America/New_York",
                "locale": "en",
            },
            "disclosure_version": disclosure,
            "payment": {"method": "card"},
        }

    def once(self, act: str) -> str:
        """The key of an act of theirs."""
        return str(uuid.uuid5(_SPACE, f"{act}/{self.number}"))


def learners(count: int, a_course: int) -> list[Learner]:
    """So many, `a_course` of them in each."""
    return [Learner(n, f"bench-{n // a_course}") for n in range(count)]


def due(count: int) -> int:
    """How many certificates they are due in the end, each being at all that they do not miss."""
    return count + sum(one.counselor for one in learners(count, count or 1)) - missing(count)


def missing(count: int) -> int:
    """How many of them are not at one session."""
    return sum(bool(one.misses) for one in learners(count, count or 1))


def course(
    name: str, seats: int, held: Collection[str], *, evaluated: bool = True, year: int = 2020
) -> dict[str, Any]:
    """The reference course under another id, of the sessions that are `held`, in that year;
    meetings are its own. Not `evaluated`: no board asks for an evaluation."""
    made: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())
    sessions = [
        one
        | {"date": one["date"].replace("2020", str(year))}
        | {"meeting": one["meeting"] | {"id": f"{one['meeting']['id']}-{name}"}}
        for one in made["sessions"]
        if one["id"] in held
    ]
    boards = [one | {"evaluation": one["evaluation"] and evaluated} for one in made["boards"]]
    hours = 2 * len(sessions)
    return made | {
        "id": name,
        "capacity": seats,
        "ce_hours": hours,
        "sessions": sessions,
        "board_defaults": made["board_defaults"] | {"approved_hours": hours},
        "boards": boards,
    }


def seen(one: Learner, session: str, starts: datetime, ends: datetime) -> list[dict[str, Any]]:
    """What a platform tells of one who is there: in the lobby, in, perhaps out and in, out."""
    joined = starts - timedelta(seconds=30 + one.number % 200)
    told = [("waiting", joined - timedelta(seconds=20)), ("joined", joined)]
    if one.number % DROPS == 1:
        drops = starts + timedelta(minutes=20 + one.number % 60)
        told += [("left", drops), ("joined", drops + timedelta(minutes=2))]
    told.append(("left", ends - timedelta(seconds=one.number % 60)))
    return [sighting(one, session, n, kind, at) for n, (kind, at) in enumerate(told)]


def answers(questions: list[dict[str, Any]]) -> dict[str, Any]:
    """An evaluation that answers what must be."""
    ratings = {one["question_id"]: 4 for one in questions if one["kind"] == "rating"}
    words = {
        one["question_id"]: "Good."
        for one in questions
        if one["kind"] != "rating" and one["required"]
    }
    return ratings | words
