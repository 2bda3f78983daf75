"""Connections to one mail server: a few, kept open, and dialled one at a time.

A server that lets no more in is no reason to defer a mail while others of ours are being served:
whoever finds it so waits for one of those to come back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from services.notifications.domain.delivery import AWAY, UndeliveredError, verdict

_IDLE_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """Where mail goes. Seconds: `dial` for each step until it greets us, `patience` until a mail
    has a connection, `timeout` for each word before the message itself, `answer` for what it says
    to that; `pause` between two calls in vain. `connections` at most at once.
    `start_tls`: only encrypted, and by its own certificate; `start_tls_offered`: where it can be.
    """

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    start_tls: bool = False
    start_tls_offered: bool = True
    timeout: float = 10.0
    patience: float = 10.0
    answer: float = 120.0
    dial: float = 30.0
    connections: int = 4
    pause: float = 1.0

    @property
    def longest_way(self) -> float:
        """Seconds until the message itself at most: a connection, MAIL, RCPT and DATA."""
        return self.patience + 3 * self.timeout


@dataclass(frozen=True)
class _Idle:
    client: SMTP
    since: float
    used: bool


class Connections:
    """Each is one's own from `take` until `keep` or `drop`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._idle: list[_Idle] = []
        self._taken = 0
        self._dialling: asyncio.Task[None] | None = None
        self._not_before = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> tuple[SMTP, bool]:
        """A connection, and whether it was used before. Waits for as long as there is none, so its
        caller must have a deadline. Raises UndeliveredError where the server lets none of us in.
        """
        loop = asyncio.get_running_loop()
        while True:
            kept = self._kept(loop.time())
            if kept is not None:
                self._taken += 1
                return kept.client, kept.used
            pause = self._not_before - loop.time()
            room = self._taken < self._server.connections
            if room and pause <= 0 and self._dialling is None:
                await self._dial_in_turn()
            else:
                await self._wait(pause if room and pause > 0 else None)

    def keep(self, client: SMTP) -> None:
        """It may serve somebody else."""
        self._taken -= 1
        self._idle.append(_Idle(client, asyncio.get_running_loop().time(), used=True))
        self._tell()

    def drop(self, client: SMTP) -> None:
        """It is of no use any more, or nobody knows whether it is."""
        self._taken -= 1
        client.close()
        self._tell()

    def close(self) -> None:
        """Hang up."""
        if self._dialling is not None:
            self._dialling.cancel()
        while self._idle:
            self._idle.pop().client.close()

    def _kept(self, now: float) -> _Idle | None:
        while self._idle:
            kept = self._idle.pop()
            if kept.client.is_connected and now - kept.since < _IDLE_SECONDS:
                return kept
            kept.client.close()
        return None

    async def _dial_in_turn(self) -> None:
        """One more connection, first of all for whoever asks for it. Who gives up waiting does not
        stop it: a server may take longer to greet us than a mail can wait."""
        asks = asyncio.get_running_loop().create_future()
        self._waiting.appendleft(asks)
        self._dialling = asyncio.create_task(self._dialled(asks))
        await self._hear(asks, None)

    async def _dialled(self, asks: asyncio.Future[None]) -> None:
        now = asyncio.get_running_loop().time
        try:
            self._idle.append(_Idle(await self._dial(), now(), used=False))
        except UndeliveredError as why:
            self._not_before = now() + self._server.pause
            if not self._taken and not self._idle and not asks.done():
                asks.set_exception(why)
        finally:
            self._dialling = None
            for _ in range(len(self._waiting)):  # one dials next, or all know how long not to
                self._tell()

    async def _wait(self, seconds: float | None) -> None:
        """Until there is news for us, or that long."""
        news = asyncio.get_running_loop().create_future()
        self._waiting.append(news)
        await self._hear(news, seconds)

    async def _hear(self, news: asyncio.Future[None], seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await news
        except TimeoutError:
            if news in self._waiting:
                self._waiting.remove(news)
        except BaseException:
            if news in self._waiting:
                self._waiting.remove(news)
            else:  # somebody else's, then
                self._tell()
            raise

    def _tell(self) -> None:
        """A connection, or room for one: whoever waits longest looks again."""
        while self._waiting:
            news = self._waiting.popleft()
            if not news.done():  # its patience may have ended in this very round of the loop
                news.set_result(None)
                return

    async def _dial(self) -> SMTP:
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            use_tls=server.tls,
            start_tls=server.start_tls or (None if server.start_tls_offered else False),
            validate_certs=server.tls or server.start_tls,
            timeout=server.dial,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:  # asked already where encryption was looked for
                await client.ehlo()
        except SMTPResponseException as why:
            client.close()
            raise UndeliveredError(verdict("connect", why.code, why.message), why.code) from None
        except (SMTPException, OSError, TimeoutError):
            client.close()
            raise UndeliveredError(AWAY, 0) from None
        except BaseException:
            client.close()
            raise
        client.timeout = server.timeout
        return client
