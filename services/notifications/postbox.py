"""The mailbox that mails come back to, by IMAP (RFC 3501). It is read, and nothing in it changed.

The standard library's client, which blocks: in a thread, with a time limit for each step and one
for all, well within the lease of a look.
"""

from __future__ import annotations

import asyncio
import imaplib
from collections.abc import Callable
from dataclasses import dataclass, field
from ssl import create_default_context
from time import monotonic
from typing import Any

import structlog

from services.notifications.commands.bounces import Back
from services.notifications.commands.looking import Looked, Place
from services.notifications.domain.returned_mail import LONGEST

log = structlog.get_logger(__name__)
LEASE_SECONDS = 90
MOST = 50  # mails a look


@dataclass(frozen=True)
class Login:
    """Where the mailbox is. `timeout` seconds for each step, `patience` for all mails of a look."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    tls: bool = True
    timeout: float = 10.0
    patience: float = 40.0


class UnreadableError(Exception):
    """The server said something else than what was asked for; never with its words."""


class PostOfficeBox:
    """One mailbox; `read` makes of a mail what it says."""

    def __init__(self, login: Login, read: Callable[[bytes], Back]) -> None:
        self._login = login
        self._read = read

    async def look(self, since: Place) -> Looked:
        """What came since, at most `MOST` mails; one that the server does not give out is passed
        over where it gives out others. Raises OSError, imaplib.IMAP4.error or
        UnreadableError where the mailbox cannot be read."""
        return await asyncio.to_thread(self._look, since)

    def _look(self, since: Place) -> Looked:
        until = monotonic() + self._login.patience
        client = self._connected()
        try:
            client.login(self._login.username, self._login.password)
            _ok(client.select(f'"{self._login.folder}"', readonly=True))
            validity = _number(client.response("UIDVALIDITY")[1])
            first = since.uid + 1 if since.validity == validity else 1
            uids = _uids(client, first)
            found, last, answered, refused = [], first - 1, 0, 0
            for uid in uids[:MOST]:
                if monotonic() > until:
                    break
                try:
                    raw = _mail(client, uid)
                except UnreadableError:
                    refused += 1
                    log.warning("mailbox.mail_refused", uid=uid)
                    raw = None
                found += [self._read(raw)] if raw is not None else []
                last = uid
                answered += 1
            if refused and refused == answered:  # the mailbox itself, and not one mail in it
                raise UnreadableError("the mailbox gives no mail out")
            more = bool(uids) and last < uids[-1]
            return Looked(Place(validity, last), tuple(found), more)
        finally:
            client.shutdown()

    def _connected(self) -> imaplib.IMAP4:
        login = self._login
        if not login.tls:
            return imaplib.IMAP4(login.host, login.port, timeout=login.timeout)
        checked = create_default_context()  # by itself imaplib would take any certificate
        return imaplib.IMAP4_SSL(login.host, login.port, ssl_context=checked, timeout=login.timeout)


def _uids(client: imaplib.IMAP4, first: int) -> list[int]:
    """In order. `n:*` always names the last mail, also where its uid is less than n."""
    [found, *_] = _ok(client.uid("SEARCH", f"UID {first}:*"))
    return sorted(uid for uid in map(int, (found or b"").split()) if uid >= first)


def _mail(client: imaplib.IMAP4, uid: int) -> bytes | None:
    """None: it was deleted meanwhile. Raises UnreadableError where the server gives it not out."""
    try:
        answer = client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LONGEST}>)")
    except imaplib.IMAP4.abort:  # the connection
        raise
    except imaplib.IMAP4.error:
        raise UnreadableError("the mailbox answered BAD") from None
    for part in _ok(answer):
        if isinstance(part, tuple):
            raw: bytes = part[1]
            return raw
    return None


def _ok(answer: tuple[str, list[Any]]) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise UnreadableError(f"the mailbox answered {status}")
    return data


def _number(data: list[Any]) -> int:
    try:
        return int(data[0])
    except (TypeError, ValueError, IndexError):
        raise UnreadableError("the mailbox has no UIDVALIDITY") from None
