"""A mail server that misbehaves: what it does to a try is a hash of seed, recipient and try, so that
no order of calls and no other recipient changes it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from hashlib import sha256
from typing import Any

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP

# What may happen to a try, each as often as it stands here.
TROUBLES = (
    *["none"] * 6,
    "450 recipient",
    "421 recipient",
    "451 sender",
    "451 data",
    "452 taken",
    "421 taken",
    "550 recipient",
    "554 taken",
    "gone recipient",
    "gone data",
    "gone taken",
    "gone kept",
    "late recipient",
    "late kept",
    "garbage kept",
)
PATIENT = 6  # after so many tries it takes whatever comes


class RoughOffice:
    """Keeps what it takes, and remembers all it was asked."""

    def __init__(self, seed: int, late: float, most: int, troubles: tuple[str, ...]) -> None:
        self.seed, self.late, self.most, self.troubles = seed, late, most, troubles
        self.kept: Counter[str] = Counter()  # Message-ID
        self.keepers: Counter[str] = Counter()  # recipient
        self.tries: Counter[str] = Counter()
        self.happened: Counter[str] = Counter()
        self.inside = self.most_inside = self.turned_away = 0
        self.port = 0

    def trouble(self, address: str) -> str:
        """What befalls the present try of that address."""
        there = self.tries[address]
        if there > PATIENT:
            return "none"
        told = sha256(f"{self.seed}/{address}/{there}".encode()).digest()
        return self.troubles[int.from_bytes(told[:4]) % len(self.troubles)]

    async def at(self, stage: str, server: Any, address: str) -> str | None:
        """What it answers at a stage; it may hang up, or dawdle."""
        trouble, _, where = self.trouble(address).partition(" ")
        if where != stage:
            return None
        self.happened[f"{trouble} {where}"] += 1
        if trouble == "gone":
            server.transport.abort()
            return "221 gone"
        if trouble == "late":
            await asyncio.sleep(self.late)
            return None
        return "whatever you say" if trouble == "garbage" else f"{trouble} seeded"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, _: Any
    ) -> str:
        self.tries[address] += 1
        # MAIL names no recipient: what would befall it there, befalls it here, in a sender's words.
        said = await self.at("sender", server, address) or await self.at(
            "recipient", server, address
        )
        if said:
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        [address] = envelope.rcpt_tos
        said = await self.at("taken", server, address)
        if said:
            return said
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.kept[str(mail["Message-ID"])] += 1
        self.keepers[address] += 1
        return await self.at("kept", server, address) or "250 taken"


class RoughSMTP(SMTP):
    """Lets only so many in, and may hang up before it says 354."""

    event_handler: RoughOffice

    def connection_made(self, transport: Any) -> None:
        office = self.event_handler
        if office.inside >= office.most:
            office.turned_away += 1
            transport.write(b"421 4.7.0 too many of you\r\n")
            transport.close()
            return
        office.inside += 1
        office.most_inside = max(office.most_inside, office.inside)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            self.event_handler.inside -= 1
            super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        office = self.event_handler
        assert self.envelope is not None
        for address in self.envelope.rcpt_tos:
            said = await office.at("data", self, address)
            if said:
                if self.transport is not None and not self.transport.is_closing():
                    await self.push(said)
                return
        await super().smtp_DATA(arg)


@asynccontextmanager
async def rough(
    seed: int, late: float = 0.5, most: int = 3, troubles: tuple[str, ...] = TROUBLES
) -> AsyncIterator[RoughOffice]:
    """One that listens."""
    office = RoughOffice(seed, late, most, troubles)
    loop = asyncio.get_running_loop()
    controller = UnthreadedController(office, "127.0.0.1", 0, loop=loop)
    server = await loop.create_server(
        lambda: RoughSMTP(office, **controller.SMTP_kwargs), "127.0.0.1", 0
    )
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
