"""The mail server, and the mailbox that can be asked what arrived."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from hashlib import sha256

from services.notifications.connections import AWAY, Server
from services.notifications.domain.delivery import UndeliveredError, verdict
from shared.runtime.outside import Unknown
from tests.simulation.chance import Chances

TROUBLE = {
    "away": 0.2,
    "deferred": 0.3,
    "bounced": 0.05,
    "refused": 0.05,
    "taken, and the answer lost": 0.2,
    "not taken, and no answer": 0.2,
}


class Mail:
    """Stands where `Mailer` does."""

    server = Server("mail.test", 25)  # by its usual settings, of which claims take how long
    connections = server.connections

    def __init__(self) -> None:
        self.chances = Chances("mail")

    def begin(self, said: Callable[[str], None]) -> None:
        """A new history."""
        self._said = said
        self.watch: Callable[[str], Awaitable[None]] | None = None  # as each begins
        self.arrived: list[str] = []  # the Message-ID of each, in order
        self._there: set[tuple[str, str]] = set()

    async def send(
        self, mail: EmailMessage, sender: str, recipient: str, begin: Callable[[], Awaitable[None]]
    ) -> None:
        """Take it, or not, and say so, or not; before it is sent it is begun."""
        message_id = str(mail["Message-ID"])
        trouble = self.chances.trouble(message_id, TROUBLE)
        self._said(f"mail {message_id} to {recipient}: {trouble or 'taken'}")
        if trouble == "away":
            raise UndeliveredError(AWAY, 0)
        if trouble == "deferred":
            raise UndeliveredError(verdict("recipient", 451), 451)
        if trouble == "bounced":
            raise UndeliveredError(verdict("recipient", 550, "5.1.1 no such user"), 550)
        await begin()
        if self.watch is not None:
            await self.watch(message_id)
        if trouble == "refused":
            raise UndeliveredError(verdict("data", 554, "5.7.1 not wanted"), 554)
        if trouble != "not taken, and no answer":
            self._take(mail, message_id, recipient)
        if trouble is not None:
            raise Unknown("the server did not say whether it took it")

    def _take(self, mail: EmailMessage, message_id: str, recipient: str) -> None:
        self.arrived.append(message_id)
        self._there.add((message_id, recipient))
        self._said(f"  {mail['Subject']} {sha256(mail.as_bytes()).hexdigest()}")

    async def holds(self, message_id: str, recipient: str) -> bool | None:
        """Is it there? None: the mailbox cannot say."""
        if self.chances.trouble(f"box {message_id}", {"the mailbox cannot say": 0.5}):
            return None
        return (message_id, recipient) in self._there
