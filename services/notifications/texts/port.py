"""What a provider of texts can do, as this service needs it; and handing one over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from services.notifications.commands.case import Case, Sender
from services.notifications.domain.text_outcomes import Texted
from services.notifications.texts.words import text_of


class Texter(Protocol):
    """A provider. It is asked once for each try, and knows no keys."""

    @property
    def name(self) -> str:
        """What the day's limit is counted by, and its webhooks are named after."""

    async def send(self, text: str, number: str, message_id: str) -> Texted:
        """Hand over one text to a number (E.164); receipts are to name `message_id`.

        Raises UntextedError where it was not taken, Unknown where it may have been.
        """

    async def aclose(self) -> None:
        """Let its connections go."""


class TextPost:
    """Writes one text and hands it over: the outside half of sending, with no transaction open."""

    def __init__(self, sender: Sender, texter: Texter | None) -> None:
        self._sender = sender
        self._texter = texter

    async def deliver(self, case: Case, begin: Callable[[], Awaitable[None]]) -> Texted:
        """Hand it over; `begin` commits before that it may have gone out from here on.

        Raises UntextedError, Unknown; TooLongError where it cannot be short.
        """
        if self._texter is None:  # nothing is prepared where there is none
            raise RuntimeError("no provider of texts is set")
        text = text_of(case, self._sender)
        await begin()
        return await self._texter.send(text, case.message.recipient, case.message.message_id)
