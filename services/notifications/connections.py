"""Connections to one mail server: a few, kept open, and dialled one at a time.

A server that lets no more in is no reason to defer a mail while others of ours are being served:
whoever finds it so waits for one of those to come back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from services.notifications.domain.delivery import UndeliveredError, Verdict, verdict

AWAY = Verdict(again=True, reason="deferred", away=True)
_IDLE_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """Where mail goes. `timeout` seconds for each step, `patience` for all before the message
    itself, `pause` between two calls in vain; `connections` at most at once."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    tls: bool = False
    start_tls: bool = False
    timeout: float = 6.0
    patience: float = 10.0
    connections: int = 4
    pause: float = 1.0


class Connections:
    """Each is one's own from `take` until `keep` or `drop`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._idle: list[tuple[SMTP, float]] = []
        self._taken = 0
        self._dialling = False
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
                return kept, True
            pause = self._not_before - loop.time()
            room = self._taken < self._server.connections
            if room and pause <= 0 and not self._dialling:
                client = await self._dial_in_turn()
                if client is not None:
                    return client, False
                continue
            await self._wait(pause if room and pause > 0 else None)

    def keep(self, client: SMTP) -> None:
        """It may serve somebody else."""
        self._taken -= 1
        self._idle.append((client, asyncio.get_running_loop().time()))
        self._tell()

    def drop(self, client: SMTP) -> None:
        """It is of no use any more, or nobody knows whether it is."""
        self._taken -= 1
        client.close()
        self._tell()

    def close(self) -> None:
        """Hang up."""
        while self._idle:
            client, _ = self._idle.pop()
            client.close()

    def _kept(self, now: float) -> SMTP | None:
        while self._idle:
            client, since = self._idle.pop()
            if client.is_connected and now - since < _IDLE_SECONDS:
                return client
            client.close()
        return None

    async def _dial_in_turn(self) -> SMTP | None:
        """None: not now, and others of ours are inside."""
        self._dialling = True
        try:
            client = await self._dial()
        except UndeliveredError:
            self._not_before = asyncio.get_running_loop().time() + self._server.pause
            if not self._taken and not self._idle:
                raise
            return None
        finally:
            self._dialling = False
            for _ in range(len(self._waiting)):  # one dials next, or all know how long not to
                self._tell()
        self._taken += 1
        return client

    async def _wait(self, seconds: float | None) -> None:
        """Until there is news for us, or that long."""
        news = asyncio.get_running_loop().create_future()
        self._waiting.append(news)
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
            start_tls=server.start_tls,
            timeout=server.timeout,
        )
        try:
            await client.connect()
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
        return client
