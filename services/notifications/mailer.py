"""The mail server: how a mail is handed over, and what the server's answers mean.

The steps of SMTP are taken one by one, because what an error means depends on how far we were:
before the message itself was sent nothing has gone out; after that, an answer that never came
means that it may have. Between the two it is committed that it may (`begin`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from email.message import EmailMessage

import httpx
import structlog
from aiosmtplib import SMTP, SMTPException, SMTPResponseException
from aiosmtplib.protocol import PERIOD_REGEX, normalize_message_line_endings

from services.notifications.connections import Connections, Server
from services.notifications.domain.delivery import (
    AWAY,
    Stage,
    UndeliveredError,
    Verdict,
    domain_of,
    verdict,
)
from services.notifications.shares import Shares
from services.notifications.wire import written
from shared.runtime.outside import Unknown

log = structlog.get_logger(__name__)
_GO_ON = 354  # the server waits for the message itself
_CLOSING = 421
MAILBOX_SECONDS = 5.0
RESET_SECONDS = 5.0
_LATER = Verdict(again=True, reason="deferred")
__all__ = ["MAILBOX_SECONDS", "Mailbox", "Mailer", "Server"]


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
        self._open = Connections(server)
        self._shares = Shares(max(1, server.connections // 2))

    @property
    def server(self) -> Server:
        """Where it hands them over, and how long each step may take there."""
        return self._server

    @property
    def connections(self) -> int:
        """How many mails may be handed over at once."""
        return self._server.connections

    async def send(
        self, mail: EmailMessage, sender: str, recipient: str, begin: Callable[[], Awaitable[None]]
    ) -> None:
        """Hand over one mail. Raises UndeliveredError, or Unknown where it may have gone out.

        However slow the server: until the message itself is sent, nothing has gone out. `begin` is
        awaited right before that; what it raises goes to the caller, and nothing has gone out.
        """
        wide = not recipient.isascii()
        content = written(mail, utf8=wide)
        content = _wire(content if self._seal is None else self._seal(content))
        until = asyncio.get_running_loop().time() + self._server.longest_way
        try:
            async with self._shares.one(domain_of(recipient), self._server.patience):
                async with asyncio.timeout_at(until):
                    client = await self._ready(sender, recipient)
                await self._deliver(client, content, begin)
        except TimeoutError:
            raise UndeliveredError(AWAY, 0) from None

    async def aclose(self) -> None:
        """Say goodbye to the server."""
        self._open.close()

    async def _deliver(
        self, client: SMTP, content: bytes, begin: Callable[[], Awaitable[None]]
    ) -> None:
        try:
            await begin()
            await self._hand_over(client, content)
        except UndeliveredError as refused:
            await self._after(client, refused)
            raise
        except BaseException:
            self._open.drop(client)
            raise
        self._open.keep(client)

    async def _ready(self, sender: str, recipient: str) -> SMTP:
        """A connection on which the message itself is waited for. Raises TimeoutError."""
        while True:
            async with asyncio.timeout(self._server.patience):
                client, used = await self._open.take()
            try:
                await self._name(client, sender, recipient)
            except _StaleError as stale:
                self._open.drop(client)
                if not used:
                    raise stale.undelivered from None
                # The server had hung up on one that we kept: nothing was said yet.
            except UndeliveredError as refused:
                await self._after(client, refused)
                raise
            except BaseException:
                self._open.drop(client)
                raise
            else:
                return client

    async def _name(self, client: SMTP, sender: str, recipient: str) -> None:
        """MAIL, RCPT and DATA, up to the message itself."""
        stage: Stage = "sender"
        wide = not recipient.isascii()
        if wide and not client.supports_extension("smtputf8"):
            raise UndeliveredError(Verdict(again=False, reason="bounced", suppress=True), 553)
        try:
            await client.mail(sender, options=["SMTPUTF8"] if wide else [])
            stage = "recipient"
            await client.rcpt(recipient, encoding="utf-8" if wide else "ascii")
            stage = "data"
            answer = await client.execute_command(b"DATA")
            if answer.code != _GO_ON:
                raise SMTPResponseException(answer.code, answer.message)
        except SMTPResponseException as why:
            refused = UndeliveredError(verdict(stage, why.code, why.message), why.code)
            raise (_StaleError(refused) if stage == "sender" else refused) from None
        except (SMTPException, OSError, TimeoutError):
            if stage == "sender":
                raise _StaleError(UndeliveredError(AWAY, 0)) from None
            raise UndeliveredError(_LATER, 0) from None

    async def _hand_over(self, client: SMTP, content: bytes) -> None:
        """The message itself. What the server says then and nobody understands, is no refusal."""
        protocol = client.protocol
        if protocol is None or not client.is_connected:
            raise UndeliveredError(_LATER, 0)
        try:
            protocol.write(content)
            answer = await protocol.read_response(timeout=self._server.answer)
        except (SMTPException, OSError, TimeoutError) as why:
            raise Unknown("the server did not say whether it took it") from why
        if answer.code // 100 in (4, 5):
            raise UndeliveredError(verdict("data", answer.code, answer.message), answer.code)
        if answer.code // 100 != 2:
            raise Unknown(f"the server said {answer.code}, which says nothing")

    async def _after(self, client: SMTP, refused: UndeliveredError) -> None:
        """A refusal of one mail: the connection serves the next one, if the server agrees. One that
        answered what was not asked is of no use."""
        if refused.code == _CLOSING or refused.code // 100 not in (4, 5):
            self._open.drop(client)
            return
        try:
            await client.rset(timeout=min(self._server.timeout, RESET_SECONDS))
        except (SMTPException, OSError, TimeoutError):
            self._open.drop(client)
        except BaseException:
            self._open.drop(client)
            raise
        else:
            self._open.keep(client)


def _wire(content: bytes) -> bytes:
    """As it stands between DATA and the server's answer (RFC 5321 §4.5.2)."""
    ends = content.count(b"\n")
    if not ends == content.count(b"\r") == content.count(b"\r\n"):
        content = normalize_message_line_endings(content)
    if content.startswith(b".") or b"\n." in content:
        content = PERIOD_REGEX.sub(b"..", content)
    end = b"" if content.endswith(b"\r\n") else b"\r\n"  # or the dot would not stand alone
    return b"".join((content, end, b".\r\n"))


class Mailbox:
    """Asks a mailbox whether a mail arrived, where there is one to ask (a sandbox has)."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    async def holds(self, message_id: str, recipient: str) -> bool | None:
        """Is it there? None: the mailbox cannot say."""
        if not self._url:
            return None
        try:
            async with httpx.AsyncClient(timeout=MAILBOX_SECONDS, trust_env=False) as client:
                answer = await client.get(f"{self._url}/api/messages", params={"to": recipient})
                answer.raise_for_status()
                return any(one["message_id"] == message_id for one in answer.json()["items"])
        except (httpx.HTTPError, ValueError, KeyError) as why:
            log.warning("mailbox.away", error=type(why).__name__)
            return None
