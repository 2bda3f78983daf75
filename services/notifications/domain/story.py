"""What the rules look at: a course, one registration's story, and the messages already there.

All instants are aware UTC. Ids are the owners' ids; nothing here holds a name or an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

State = Literal["planned", "sending", "sent", "skipped", "cancelled", "failed"]
SEATED = ("confirmed", "completed")


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


@dataclass(frozen=True)
class Offer:
    offered_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Answered:
    """The last answer to what `to` needs to take part, or complained of, by its number."""

    number: int
    at: datetime
    to: str


@dataclass(frozen=True)
class Complained:
    """The last that `by` complained of, by its number; an answer is promised by `answer_by`."""

    number: int
    at: datetime
    by: str
    answer_by: datetime


@dataclass(frozen=True)
class Refund:
    """`payer` is the person who has it back; empty where that is an organisation."""

    refund_id: str
    settled_at: datetime | None = None
    failed_at: datetime | None = None
    payer: str = ""


@dataclass(frozen=True)
class Withheld:
    """A board's credit that is not given, or not yet, and the conditions that are not met."""

    board: str
    at: datetime
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class Certificate:
    certificate_id: str
    issued_at: datetime | None = None
    board: str | None = None
    supersedes: str | None = None
    superseded_by: str | None = None
    superseded_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def live(self) -> bool:
        return self.issued_at is not None and not (self.superseded_by or self.revoked_at)


@dataclass(frozen=True)
class Substitution:
    """The former person, and the version of the links that the colleague has."""

    version: int
    at: datetime
    former: str


@dataclass(frozen=True)
class Ending:
    """A credit with something left on it; `holder` is a person, empty where an organisation."""

    credit_id: str
    last_day: date
    ends_at: datetime
    issued_at: datetime
    holder: str = ""


Dated = tuple[str, datetime]
"""An id, and when."""


@dataclass(frozen=True)
class Story:
    """What is known of one registration; empty where nothing was heard yet."""

    registration_id: str
    person_id: str | None = None
    state: str = ""
    token_version: int = 1
    requested_at: datetime | None = None
    hold_expires_at: datetime | None = None
    waitlisted_at: datetime | None = None
    confirmed_at: datetime | None = None
    pays_later: bool = False  # confirmed, and an invoice may be open still
    accepted: str | None = None  # the version of the disclosure, by whoever comes
    accepted_at: datetime | None = None
    offers: tuple[Offer, ...] = ()
    lapsed_at: datetime | None = None
    substitutions: tuple[Substitution, ...] = ()
    link_requests: tuple[Dated, ...] = ()
    receipts: tuple[Dated, ...] = ()  # paid invoices of more than nothing
    invoice_reminders: tuple[Dated, ...] = ()  # of invoices that are still open
    payment_failures: tuple[Dated, ...] = ()
    by_provider: bool = False  # who cancelled it
    settlements: tuple[Dated, ...] = ()  # cancellations as decided
    gave_nothing_at: datetime | None = None  # when one that gave nothing back was asked for
    owing: bool = False  # a cancellation left an invoice to be paid
    credits: tuple[Dated, ...] = ()  # issued out of cancellations
    goodwill: tuple[Dated, ...] = ()  # credits that staff gave
    of_former: Mapping[str, str] = field(default_factory=dict)  # credits whose holder came no more
    ending: tuple[Ending, ...] = ()
    credits_told: frozenset[str] = frozenset()  # those that a settlement named
    refunds: tuple[Refund, ...] = ()
    present: frozenset[str] = frozenset()  # sessions at which they were present
    evaluated: bool = False
    answered: Answered | None = None
    complained: Complained | None = None
    complaint_answered: Answered | None = None
    presents: bool = False  # has a complimentary seat as a presenter
    withheld: tuple[Withheld, ...] = ()
    granted: frozenset[str] = frozenset()  # boards whose award was granted
    certificates: tuple[Certificate, ...] = ()

    @property
    def paid(self) -> bool:
        return bool(self.receipts) or self.confirmed_at is not None


@dataclass(frozen=True)
class Wanted:
    """A message that ought to go out.

    `subject` names what it is about, `version` that thing's version; with the registration and the
    person they are its key. After `use_until` it would help nobody. `covers` are the ids that one
    message tells of together. It goes to `to`, where that is not whoever comes now.
    """

    template: str
    subject: str
    version: int
    due_at: datetime
    use_until: datetime | None = None
    covers: tuple[str, ...] = ()
    to: str = ""


@dataclass(frozen=True)
class Held:
    """A message that is already there; `said` is what it told of sessions, by their ids."""

    message_id: str
    person_id: str
    template: str
    subject: str
    version: int
    state: State
    due_at: datetime
    covers: tuple[str, ...] = ()
    reason: str = ""
    said: Mapping[str, Said] = field(default_factory=dict, compare=False)
