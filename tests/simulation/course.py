"""The two courses of a history, as their provider has them: what is published, moved and changed."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.rules.registration.course import course
from tests.simulation.story import Setting

MAIN, OTHER = "main", "other"
ZONE = ZoneInfo("America/New_York")
OPENS = timedelta(minutes=15)  # before a session begins
_PHYSICIANS = {
    "board": "ACCME",
    "unit": "AMA PRA Category 1 Credit(s)",
    "mode": "CLAIMED",
    "evaluation": True,
    "professions": ["physician"],
}
WHO = [  # profession and licences of those who come
    ("counselor", [{"state": "NY", "number": "000123"}]),
    ("counselor", [{"state": "CA", "number": "4711"}]),
    ("physician", [{"state": "NJ", "number": "MD-1"}]),
    ("mft", [{"state": "NY", "number": "77"}]),  # whom no board serves
    ("counselor", []),  # whose state is missing
]


@dataclass
class Session:
    """One session as it now stands: its wall times are 16:00 to 18:00 of a day."""

    session_id: str
    day: date
    meeting_id: str
    hour: int = 16

    @property
    def begins(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, self.hour, tzinfo=ZONE)

    @property
    def ends(self) -> datetime:
        return self.begins + timedelta(hours=2)

    def file(self) -> dict[str, Any]:
        return {
            "id": self.session_id,
            "date": self.day.isoformat(),
            "from": f"{self.hour}:00",
            "to": f"{self.hour + 2}:00",
            "hours": ["First hour", "Second hour"],
            "meeting": {"id": self.meeting_id, "url": f"https://meet.example/{self.meeting_id}"},
        }


class Courses:
    """Both courses; the other one is later, dearer, and has room for everybody."""

    def __init__(self, setting: Setting, begin: datetime) -> None:
        first = begin.date() + timedelta(days=setting.days_ahead)
        later = first + timedelta(days=60)
        apart = timedelta(days=setting.days_apart)
        self.sessions = {
            MAIN: [
                Session(f"s{n}", first + (n - 1) * apart, f"880000000{n}")
                for n in range(1, setting.sessions + 1)
            ],
            OTHER: [Session("s1", later, "8900000001")],
        }
        self.capacity = {MAIN: setting.capacity, OTHER: 50}
        self.price = {MAIN: setting.price, OTHER: 24900}
        self.disclosure = {MAIN: 1, OTHER: 1}
        self.gone: dict[str, set[str]] = {MAIN: set(), OTHER: set()}  # sessions not held

    def session(self, course_id: str, session_id: str) -> Session | None:
        return next((s for s in self.sessions[course_id] if s.session_id == session_id), None)

    def version(self, course_id: str) -> str:
        """The disclosure in force."""
        return f"2020-09-{self.disclosure[course_id]:02}"

    def file(self, course_id: str) -> dict[str, Any]:
        """The course as it is published."""
        made = course(id=course_id)
        sessions = self.sessions[course_id]
        hours = 2 * len(sessions)
        boards = [*deepcopy(made["boards"]), dict(_PHYSICIANS)]
        return made | {
            "price": {"amount": self.price[course_id], "currency": "USD"},
            "capacity": self.capacity[course_id],
            "disclosure": {"version": self.version(course_id), "text": "Sample wording."},
            "sessions": [session.file() for session in sessions],
            "ce_hours": hours,
            "board_defaults": made["board_defaults"] | {"approved_hours": hours},
            "boards": boards,
            "invoice_allowed": True,
            "joint_sponsor": {"name": "Institute for Better Health", "partner_id": "ibh"},
        }
