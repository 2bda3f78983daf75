"""Evidence: the lines that were kept of a session, and what they say of one registration.

Two kinds of line: sightings (a moment the platform told while it happened) and intervals (from a
report after the meeting, a sign-in sheet, a partner, a correction by staff). All are kept. Whose a
line is says `owners.py`, and what all come to `tally.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from services.attendance.domain.pairing import Stay

FINDING_SECONDS = 60
LIVE, REPORT, SHEET, PARTNER, CORRECTION = "live", "report", "sheet", "partner", "correction"
ORIGINS = (LIVE, REPORT, SHEET, PARTNER, CORRECTION)  # in the order in which they are said


@dataclass(frozen=True, slots=True)
class Sighting:
    """One observation. `participant_id` is None only where it is about the meeting itself."""

    at: datetime
    kind: str
    sha256: str
    meeting_id: str | None = None
    participant_id: str | None = None
    registration_id: str | None = None
    instance: str | None = None  # one run of the meeting, where the platform tells them apart
    connection: str | None = None  # one device's, where the platform tells them apart


@dataclass(frozen=True, slots=True)
class Interval:
    """One line of a report: joined and left; `waiting` means it was the lobby.

    `origin` is one of ORIGINS, but for `live`.
    """

    joined_at: datetime
    left_at: datetime | None
    sha256: str
    participant_id: str
    registration_id: str | None = None
    waiting: bool = False
    origin: str = REPORT


@dataclass(frozen=True, slots=True)
class Matching:
    """Who is who: the course's registration ids, and what humans matched, by participant."""

    known: Collection[str]
    by_hand: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Attended:
    """What the evidence says of one registration, in whole seconds of the session's window.

    `seconds` are those that count. `told_seconds`, of reports about the meeting, are None where
    there is none.
    """

    seconds: int = 0
    live: tuple[Stay, ...] = ()
    reported: tuple[Stay, ...] = ()  # of the meeting
    signed: tuple[Stay, ...] = ()
    corrected: tuple[Stay, ...] = ()
    live_seconds: int = 0
    told_seconds: int | None = None
    lines: tuple[str, ...] = ()  # the hashes of all lines it rests on, sorted
    origins: tuple[str, ...] = ()  # what kinds of line these are
    matches: tuple[str, ...] = ()  # the last words of whose the participants are, where looked up
    waiting: bool = False  # in the lobby, by the last that was seen of some device
    outside: tuple[Stay, ...] = ()  # told of them, of a time that does not touch the session

    @property
    def counted(self) -> tuple[Stay, ...]:
        """The stays that count: the reports' of the meeting or, where there is none, those seen;
        and what was signed and corrected."""
        ruling = self.live if self.told_seconds is None else self.reported
        return (*ruling, *self.signed, *self.corrected)

    @property
    def finding(self) -> bool:
        """Whether what was told of a meeting differs by more than a minute from what was seen."""
        if self.told_seconds is None:
            return False
        return abs(self.told_seconds - self.live_seconds) > FINDING_SECONDS

    @property
    def digest(self) -> str:
        """One hash over all lines: the same evidence gives the same digest."""
        return sha256("\n".join(self.lines).encode()).hexdigest()


def in_room(attended: Attended, now: datetime) -> bool:
    """Whether the sightings say that this person is in the room now."""
    return any(s.inferred and s.joined_at <= now and s.left_at == now for s in attended.live)
