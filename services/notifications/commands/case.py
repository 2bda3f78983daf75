"""All that a letter is made of, gathered in one transaction, so that it can be written in none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.notifications.domain.course import Said
from services.notifications.domain.template_rules import Theirs
from services.notifications.models import CalendarEntry, Course, Message, Person, Registration


@dataclass(frozen=True)
class Sender:
    """Who writes, and what links and codes are made with. `returns`: the address of which is made
    where each mail comes back to (domain/verp.py); empty: all come back to `address`."""

    public_url: str
    secret: str = field(repr=False)
    address: str
    reply_to: str = ""
    returns: str = ""


@dataclass(frozen=True, kw_only=True)
class Post:
    """One message about to be written, to whomever; `person` reads it (of staff only an address is
    known). `entries` are the calendar's, for what carries them.

    `asked_before`: an earlier try did not come back, and may have gone out. `over`: why it is not
    to be tried again, should it turn out that it did not.
    """

    message: Message
    person: Person
    now: datetime
    entries: tuple[CalendarEntry, ...] = ()
    asked_before: bool = False
    over: str = ""
    theirs: tuple[Theirs, ...] = ()  # the provider's own templates for it, by language


@dataclass(frozen=True, kw_only=True)
class Case(Post):
    """A message about a registration. `before`: what they were told until now of the session that
    changed."""

    registration: Registration
    course: Course
    before: Said | None = None

    @property
    def reader(self) -> str:
        """Whom it goes to: not always whoever comes now."""
        return self.message.person_id or self.registration.person_id

    @property
    def has_page(self) -> bool:
        """Whether the page of the registration is the reader's; else no link of it is for them."""
        return self.reader == self.registration.person_id

    @property
    def facts(self) -> dict[str, Any]:
        return self.registration.facts
