"""What came out, as people outside see it: every service, the gateway and the mailbox are asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from cli.demo.learners import Learner
from cli.demo.story import Told
from cli.demo.world import World
from cli.mailbox import Mail, calendars_of, listed, whole

T = TypeVar("T")
AT_ONCE = 8


@dataclass
class Seen:
    """Everything that was looked up; by a learner's number, where it is somebody's."""

    states: Counter[str] = field(default_factory=Counter)
    bills: dict[int, Any] = field(default_factory=dict)
    awards: dict[int, Any] = field(default_factory=dict)
    messages: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    totals: dict[str, Any] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    entries: dict[int, int] = field(default_factory=dict)  # in the calendars of the confirmation

    def certificates(self) -> Iterator[dict[str, Any]]:
        """All of them."""
        for awards in self.awards.values():
            yield from awards["certificates"]

    def last_certificate(self) -> datetime | None:
        """When the last one was issued."""
        issued = [datetime.fromisoformat(one["issued_at"]) for one in self.certificates()]
        return max(issued, default=None)

    def mail_of(self, message: dict[str, Any]) -> Mail | None:
        """The mail that a message arrived as: its Message-ID says so."""
        mine = (mail for mail in self.mails if mail.message_id.startswith(message["message_id"]))
        return next(mine, None)

    def confirmation_of(self, number: int) -> Mail | None:
        """The mail that told somebody of their seat."""
        for message in self.messages.get(number, []):
            if message["template"] == "registration_confirmed":
                return self.mail_of(message)
        return None


async def look(world: World, told: Told) -> Seen:
    """Ask every service about every registration, and the mailbox about every mail."""
    seen = Seen()

    async def one(person: Learner) -> None:
        registration = told.registrations[person.number]
        state, bill, awards, messages = [
            await world.operator("GET", path)
            for path in (
                f"/registration/v1/registrations/{registration}",
                f"/billing/v1/registrations/{registration}",
                f"/certificates/v1/registrations/{registration}",
                f"/notifications/v1/registrations/{registration}/messages",
            )
        ]
        seen.states[state["status"]] += 1
        seen.bills[person.number] = bill
        seen.awards[person.number] = awards
        seen.messages[person.number] = messages["items"]

    async def calendar(person: Learner) -> None:
        mail = seen.confirmation_of(person.number)
        if mail is not None:
            calendars = calendars_of((await whole(world.client, mail))[1]).values()
            seen.entries[person.number] = sum(one.count(b"BEGIN:VEVENT") for one in calendars)

    await in_groups([one(person) for person in told.people])
    seen.totals = await world.call("GET", "/paysim/v1/totals", world.gateway_key)
    seen.mails = await listed(world.client, world.mailbox)
    await in_groups([calendar(person) for person in told.people])
    return seen


async def in_groups(asks: list[Coroutine[Any, Any, T]]) -> list[T]:
    """A few at a time."""
    found: list[T] = []
    for first in range(0, len(asks), AT_ONCE):
        found += await asyncio.gather(*asks[first : first + AT_ONCE])
    return found
