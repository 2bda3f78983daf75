"""Writes one mail and hands it over: the outside half of sending, with no transaction open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from services.notifications.commands.case import Post, Sender
from services.notifications.domain.delivery import Delivered, OverError, domain_of
from services.notifications.domain.header_ids import header_id
from services.notifications.domain.verp import return_address
from services.notifications.envelope import in_ascii, posted
from services.notifications.mailer import Mailbox, Mailer
from services.notifications.pace import Pace
from shared.runtime.outside import Unknown


class Postman:
    """Made once in `app.py`, of the settings."""

    def __init__(self, sender: Sender, mailer: Mailer, mailbox: Mailbox, pace: Pace) -> None:
        self.sender = sender
        self.mailer = mailer
        self.mailbox = mailbox
        self.pace = pace

    async def deliver(self, case: Post, begin: Callable[[], Awaitable[None]]) -> Delivered:
        """Hand it over. An earlier try that never came back is looked up first, if it can be."""
        recipient, asked = case.person.email.strip(), case.asked_before
        before = (not case.message.resends and case.message.recipient) or recipient
        arrived = await self._arrived(case, before) if asked else False
        if arrived is None:
            raise Unknown("an earlier try may have gone out")
        mail, fault, theirs = posted(case, self.sender)
        done = Delivered(recipient, str(mail["Subject"]), fault, theirs)
        if arrived:
            return replace(done, recipient=before)
        if case.over:
            raise OverError(case.over)
        await self.pace.turn(domain_of(recipient))
        try:
            await self.mailer.send(mail, self._returns_to(case), in_ascii(recipient), begin)
        except Unknown:
            if not await self._arrived(case, recipient):
                raise
        return done

    def _returns_to(self, case: Post) -> str:
        sender = self.sender
        if not sender.returns:
            return sender.address
        return return_address(sender.returns, sender.secret, case.message.message_id)

    async def _arrived(self, case: Post, recipient: str) -> bool | None:
        domain = self.sender.address.rpartition("@")[2]
        known = header_id(case.message.message_id, self.sender.secret, domain)
        return await self.mailbox.holds(known, recipient)
