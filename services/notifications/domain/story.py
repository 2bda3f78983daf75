"""What the rules look at beside the course: one registration's story, the messages already there.

All instants are aware UTC. Ids are the owners' ids; nothing here holds a name or an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from services.notifications.domain.course import Said

State = Literal["planned", "sending", "sent", "skipped", "cancelled", "failed"]
SEATED = ("confirmed", "completed")


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
