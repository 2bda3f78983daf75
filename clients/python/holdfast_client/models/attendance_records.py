"""What `attendance_records` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Data
from holdfast_client.models.parts import PresenceRule


class AttendanceSettled(Data):
    """What one registration attended of one session; said again, higher, when evidence changes.

    `seconds` is the union of the intervals in the session's window less its breaks, and
    `instruction_seconds` what there was to attend. Of two for one session the one with the
    higher `evidence_version` holds. `inferred`: a missing "left" was closed at the meeting's
    end. `by` is `evidence`, or `operator` where staff decided; `origins` are the kinds of
    evidence it rests on: live, report, sheet, partner, correction.

    When a session is completed, for each registration expected there; again when evidence or
    staff change it.

    Never: A certificate, or final: the highest `evidence_version` holds. Waiting rooms and
    clicked links do not count.
    """

    TYPE: ClassVar[str] = "attendance.settled.v1"

    registration_id: str
    course_id: str
    person_id: str
    session_id: str
    seconds: int | None = None
    present: bool | None = None
    rule: PresenceRule | None = None
    evidence_version: int | None = None
    instruction_seconds: int | None = None
    session_starts_at: AwareDatetime | None = None
    session_ends_at: AwareDatetime | None = None
    inferred: bool | None = None
    by: str | None = None
    origins: tuple[str, ...] | None = None
    settled_at: AwareDatetime | None = None
