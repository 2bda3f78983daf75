"""What `attendance_sessions` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Data
from holdfast_client.models.parts import PresenceRule


class MeetingSwapped(Data):
    """Another meeting stands behind everyone's join link; the links are the same as before.

    Where it is and how one gets in is not said here: each join link leads there. Of two the one
    with the later `swapped_at` holds.

    When staff put another meeting behind the links, also in the middle of a session.

    Never: A new time or a new link, or where the meeting is.
    """

    TYPE: ClassVar[str] = "meeting.swapped.v1"

    course_id: str
    session_id: str
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    meeting_id: str | None = None
    former_meeting_id: str | None = None
    swapped_at: AwareDatetime | None = None


class SessionCompleted(Data):
    """The session is over and its evidence is in, or waited for long enough.

    `instruction_minutes` is what was taught: as scheduled, unless an operator said less. `last`
    is true where, by what attendance knows, no session of the course is still to come. An
    operator may say it again with other minutes: `completed_at` stays, and of two the one with
    the later `settled_at` holds. One that was moved before it was completed, which attendance
    had not heard, is completed again at its new end, with a later `completed_at`: who knows the
    course's schedule takes one that ends before the session does for none, unless it was said
    after its end.

    When the session's time is over and its report is in, the wait for it ended, or staff say
    so.

    Never: Who was there: each registration has its own `attendance.settled`.
    """

    TYPE: ClassVar[str] = "session.completed.v1"

    course_id: str
    session_id: str
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    instruction_minutes: int | None = None
    rule: PresenceRule | None = None
    completed_at: AwareDatetime | None = None
    settled_at: AwareDatetime | None = None
    by: str | None = None
    expected: int | None = None
    present: int | None = None
    last: bool | None = None


class SessionOpened(Data):
    """The door is open: join links lead to the meeting from now on.

    When the door opens, 15 minutes before the start unless set otherwise.

    Never: The start of teaching, or anybody's presence.
    """

    TYPE: ClassVar[str] = "session.opened.v1"

    course_id: str
    session_id: str
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    opened_at: AwareDatetime | None = None
