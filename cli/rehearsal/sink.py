"""That mails end in the mailbox that is named: one is seen there before ten thousand are made."""

from __future__ import annotations

import asyncio
from time import monotonic

import httpx

from cli.mailbox import NoMailboxError, listed
from cli.say import REFUSED, Ends

PATIENCE = 90.0  # seconds until a mail is there
_MIND = "Mind HOLDFAST_MAILBOX_URL, and where notifications sends its mails: bin/holdfast messages"


async def require_sink(mailbox: str, address: str) -> None:
    """Raises `Ends` where no mail to that address comes to the mailbox in time."""
    until, said = monotonic() + PATIENCE, "no mail came there"
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        while monotonic() < until:
            try:
                if await listed(client, mailbox, address):
                    return
            except (NoMailboxError, httpx.HTTPError) as why:
                said = str(why) or type(why).__name__
            await asyncio.sleep(0.5)
    raise Ends(
        REFUSED,
        f"One learner has registered, and the mail to them is not in {mailbox}: {said}. No others "
        "are registered, for their mails might go out.",
        _MIND,
    )
