"""What attendance says: sessions by session, attended seconds by registration (events.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.course import PresenceRule
from shared.contracts.event import Event, Id, Instant, Text

_SESSION = {
    "course_id": reference.COURSE_ID,
    "session_id": "s1",
    "starts_at": "2020-10-19T20:00:00Z",
    "ends_at": "2020-10-19T22:00:00Z",
}


class OfSession(Event):
    """Base of the facts of one session; the instants are those in force when it was said."""

    topic = "attendance.sessions"
    key = ("course_id", "session_id")

    course_id: Id
    session_id: Id
    starts_at: Instant
    ends_at: Instant


class SessionOpened(OfSession):
    """The door is open: join links lead to the meeting from now on."""

    type = "session.opened.v1"
    when = "When the door opens, 15 minutes before the start unless set otherwise."
    never = "The start of teaching, or anybody's presence."
    example: ClassVar[dict[str, Any]] = _SESSION | {"opened_at": "2020-10-19T19:45:00Z"}

    opened_at: Instant


class MeetingSwapped(OfSession):
    """Another meeting stands behind everyone's join link; the links are the same as before.

    Where it is and how one gets in is not said here: each join link leads there. Of two the one
    with the later `swapped_at` holds.
    """

    type = "meeting.swapped.v1"
    when = "When staff put another meeting behind the links, also in the middle of a session."
    never = "A new time or a new link, or where the meeting is."
    example: ClassVar[dict[str, Any]] = _SESSION | {
        "meeting_id": "8800000099",
        "former_meeting_id": "8800000001",
        "swapped_at": "2020-10-19T20:31:00Z",
    }

    meeting_id: Id
    former_meeting_id: Id | None = None
    swapped_at: Instant


class SessionCompleted(OfSession):
    """The session is over and its evidence is in, or waited for long enough.

    `instruction_minutes` is what was taught: as scheduled, unless an operator said less. `last` is
    true where, by what attendance knows, no session of the course is still to come. An operator
    may say it again with other minutes: `completed_at` stays, and of two the one with the later
    `settled_at` holds. One that was moved before it was completed, which attendance had not heard,
    is completed again at its new end, with a later `completed_at`: who knows the course's schedule
    takes one that ends before the session does for none, unless it was said after its end.
    """

    type = "session.completed.v1"
    when = (
        "When the session's time is over and its report is in, the wait for it ended, or staff "
        "say so."
    )
    never = "Who was there: each registration has its own `attendance.settled`."
    example: ClassVar[dict[str, Any]] = _SESSION | {
        "instruction_minutes": 120,
        "rule": {"version": 1, "max_missed_seconds": 900},
        "completed_at": "2020-10-19T22:15:00Z",
        "settled_at": "2020-10-19T22:15:00Z",
        "by": "grace",
        "expected": 60,
        "present": 58,
    }

    instruction_minutes: int
    rule: PresenceRule = PresenceRule()
    completed_at: Instant
    settled_at: Instant | None = None
    by: Text = "grace"
    expected: int = 0
    present: int = 0
    last: bool = False

    @property
    def reaches(self) -> datetime:
        """Up to when it tells of the session. One that the course has end later than that had been
        moved before it was completed, and attendance had not heard: it is completed again when its
        new time is over (decision 118). Said early by staff it reaches to the end."""
        return max(self.ends_at, self.completed_at, self.settled_at or self.completed_at)


class AttendanceSettled(Event):
    """What one registration attended of one session; said again, higher, when evidence changes.

    `seconds` is the union of the intervals in the session's window less its breaks, and
    `instruction_seconds` what there was to attend. Of two for one session the one with the higher
    `evidence_version` holds. `inferred`: a missing "left" was closed at the meeting's end.
    `by` is `evidence`, or `operator` where staff decided; `origins` are the kinds of evidence it
    rests on: live, report, sheet, partner, correction.
    """

    topic = "attendance.records"
    type = "attendance.settled.v1"
    when = (
        "When a session is completed, for each registration expected there; again when evidence "
        "or staff change it."
    )
    never = (
        "A certificate, or final: the highest `evidence_version` holds. Waiting rooms and clicked"
        " links do not count."
    )
    key = "registration_id"
    example: ClassVar[dict[str, Any]] = reference.ABOUT | {
        "session_id": "s1",
        "seconds": 7080,
        "present": True,
        "rule": {"version": 1, "max_missed_seconds": 900},
        "evidence_version": 1,
        "instruction_seconds": 7200,
        "session_starts_at": "2020-10-19T20:00:00Z",
        "session_ends_at": "2020-10-19T22:00:00Z",
        "inferred": False,
        "by": "evidence",
        "origins": ["live", "report"],
        "settled_at": "2020-10-19T22:15:00Z",
    }

    registration_id: Id
    course_id: Id
    person_id: Id
    session_id: Id
    seconds: int
    present: bool
    rule: PresenceRule = PresenceRule()
    evidence_version: int = 1
    instruction_seconds: int
    session_starts_at: Instant
    session_ends_at: Instant
    inferred: bool = False
    by: Text = "evidence"
    origins: tuple[Text, ...] = ()
    settled_at: Instant
