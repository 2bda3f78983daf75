"""A course as the rules look at it, and what a message said of one of its sessions.

All instants are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Session:
    """One session as scheduled now; `version` is its schedule's, in force since `changed_at`."""

    session_id: str
    starts_at: datetime
    ends_at: datetime
    version: int = 1
    cancelled: bool = False
    changed_at: datetime | None = None
    recorded: bool = False
    where: str = ""
    opens_at: datetime | None = None  # the door
    online: bool = True  # live, with a link to join by

    @property
    def cancelled_at(self) -> datetime | None:
        return self.changed_at if self.cancelled else None


@dataclass(frozen=True)
class Said:
    """What a message said of a session, by which version of its schedule."""

    version: int
    starts_at: datetime
    ends_at: datetime
    where: str = ""
    cancelled: bool = False


@dataclass(frozen=True)
class Course:
    """`evaluation_days`: how long the evaluation stays open; None where there is none.
    `disclosure`: the version that must be accepted, in force since `disclosed_at`.

    `closes_at` is when registration closes, and with it the waiting list (domain.md §4).

    `completed` is when each session was completed, by session id; `swapped` when the meeting behind
    its join links was last another one. `asked_at` is since when staff are asked who was at a
    session, and have not answered; `answered_at` when they last did.
    """

    zone: str
    sessions: tuple[Session, ...]
    cancelled: bool = False
    cancelled_at: datetime | None = None
    closes_at: datetime | None = None
    evaluation_days: int | None = None
    disclosure: str | None = None
    disclosed_at: datetime | None = None
    completed: dict[str, datetime] = field(default_factory=dict)
    swapped: dict[str, datetime] = field(default_factory=dict)
    asked_at: datetime | None = None
    answered_at: datetime | None = None

    @property
    def held(self) -> tuple[Session, ...]:
        """The sessions that take place, in order."""
        kept = (session for session in self.sessions if not session.cancelled)
        return tuple(sorted(kept, key=lambda session: (session.starts_at, session.session_id)))

    @property
    def ends_at(self) -> datetime | None:
        """When the last session that takes place ends; None where there is none."""
        return max((session.ends_at for session in self.held), default=None)

    @property
    def ended_at(self) -> datetime | None:
        """When the last session was completed; None while it is not."""
        held = self.held
        return self.completed.get(held[-1].session_id) if held else None
