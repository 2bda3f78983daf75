"""The mail server: a few connections that are kept open, and what its answers mean.

The steps of SMTP are taken one by one, because what an error means depends on how far we were:
before the message itself was sent nothing has gone out; after that, an answer that never came
means that it may have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email.message import EmailMessage

import httpx
import structlog
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from services.notifications.domain.delivery import Stage, UndeliveredError, Verdict, verdict
from services.notifications.envelope import WIRE_UTF8
from shared.runtime.outside import Unknown

log = structlog.get_logger(__name__)
_AWAY = Verdict(again=True, reason="deferred")
_IDLE_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """Where mail goes. `timeout` seconds for each step, `patience` for all before the message
    itself; `connections` at most at once."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    tls: bool = False
    start_tls: bool = False
    timeout: float = 6.0
    patience: float = 10.0
    connections: int = 4


class _StaleError(Exception):
    """It failed at the first word: perhaps only because the connection had grown old."""

    def __init__(self, undelivered: UndeliveredError) -> None:
        super().__init__()
        self.undelivered = undelivered


class Mailer:
    """Hands mails to one server; `seal` signs them, where somebody does (`signing.py`)."""

    def __init__(self, server: Server, seal: Callable[[bytes], bytes] | None = None) -> None:
        self._server = server
        self._seal = seal
        self._room: asyncio.Semaphore | None = None
        self._idle: list[tuple[SMTP, float]] = []

    @property
    def connections(self) -> int:
        """How many mails may be under way at once."""
        return self._server.connections

    async def send(self, mail: EmailMessage, sender: str, recipient: str) -> None:
        """Hand over one mail. Raises UndeliveredError, or Unknown where it may have gone out.

        However slow the server: until the message itself is sent, nothing has gone out. So the
        way there has a deadline of its own, well within what the caller has.
        """
        wide = not recipient.isascii()
        content = mail.as_bytes(policy=WIRE_UTF8) if wide else mail.as_bytes()
        if self._seal is not None:
            content = self._seal(content)
        if self._room is None:  # bound to the loop that uses it
            self._room = asyncio.Semaphore(self._server.connections)
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(self._server.patience):
                    await held.enter_async_context(self._room)
                    client = await self._ready(sender, recipient)
            except TimeoutError:
                raise UndeliveredError(_AWAY, 0) from None
            await self._data(client, content)
            self._idle.append((client, asyncio.get_running_loop().time()))

    async def _ready(self, sender: str, recipient: str) -> SMTP:
        """A connection on which sender and recipient are named, and the message is waited for."""
        client, used = await self._connected()
        try:
            await self._name(client, sender, recipient)
        except _StaleError as stale:
            if not used:
                raise stale.undelivered from None
            # The server had hung up on a connection that we kept: nothing was said yet.
            client = await self._connect()
            try:
                await self._name(client, sender, recipient)
            except _StaleError as again:
                raise again.undelivered from None
        return client

    async def aclose(self) -> None:
        """Say goodbye to the server."""
        while self._idle:
            client, _ = self._idle.pop()
            client.close()

    async def _connected(self) -> tuple[SMTP, bool]:
        """A connection, and whether it was used before."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            client, since = self._idle.pop()
            if client.is_connected and now - since < _IDLE_SECONDS:
                return client, True
            client.close()
        return await self._connect(), False

    async def _connect(self) -> SMTP:
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
            raise _undelivered("connect", why) from None
        except (SMTPException, OSError, TimeoutError):
            client.close()
            raise UndeliveredError(_AWAY, 0) from None
        except BaseException:
            client.close()
            raise
        return client

    async def _name(self, client: SMTP, sender: str, recipient: str) -> None:
        """MAIL and RCPT. Where they fail, the connection is closed."""
        stage: Stage = "sender"
        wide = not recipient.isascii()
        try:
            if wide and not client.supports_extension("smtputf8"):
                raise UndeliveredError(Verdict(again=False, reason="bounced", suppress=True), 553)
            await client.mail(sender, options=["SMTPUTF8"] if wide else [])
            stage = "recipient"
            await client.rcpt(recipient, encoding="utf-8" if wide else "ascii")
        except SMTPResponseException as why:
            client.close()
            refused = _undelivered(stage, why)
            raise (_StaleError(refused) if stage == "sender" else refused) from None
        except (SMTPException, OSError, TimeoutError):
            client.close()
            away = UndeliveredError(_AWAY, 0)
            raise (_StaleError(away) if stage == "sender" else away) from None
        except BaseException:
            client.close()
            raise

    async def _data(self, client: SMTP, content: bytes) -> None:
        """The message itself. Where it fails, the connection is closed."""
        try:
            await client.data(content)
        except SMTPResponseException as why:
            client.close()
            raise _undelivered("data", why) from None
        except (SMTPException, OSError, TimeoutError) as why:
            client.close()
            raise Unknown("the server did not say whether it took it") from why
        except BaseException:
            client.close()
            raise


def _undelivered(stage: Stage, why: SMTPResponseException) -> UndeliveredError:
    return UndeliveredError(verdict(stage, why.code, why.message), why.code)


class Mailbox:
    """Asks a mailbox whether a mail arrived, where there is one to ask (a sandbox has)."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    async def holds(self, message_id: str, recipient: str) -> bool | None:
        """Is it there? None: the mailbox cannot say."""
        if not self._url:
            return None
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                answer = await client.get(f"{self._url}/api/messages", params={"to": recipient})
                answer.raise_for_status()
                return any(one["message_id"] == message_id for one in answer.json()["items"])
        except (httpx.HTTPError, ValueError, KeyError) as why:
            log.warning("mailbox.away", error=type(why).__name__)
            return None
