"""Reading a mail catcher: the stack's own mailbox, or one of Compose (Mailpit, MailDev)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import httpx

_PAGE = 500


class NoMailboxError(Exception):
    """Nothing there that can be read as a mailbox."""


@dataclass(frozen=True)
class Mail:
    """One mail that arrived; `source` is where it can be had whole."""

    subject: str
    to: tuple[str, ...]
    message_id: str
    source: str


async def listed(client: httpx.AsyncClient, mailbox: str, to: str = "") -> list[Mail]:
    """What arrived, oldest first: all of it, or what an address got. Raises `NoMailboxError`."""
    for look in (_own, _mailpit, _maildev):
        found = await look(client, mailbox, to)
        if found is not None:
            return [mail for mail in found if not to or to in mail.to]
    raise NoMailboxError(f"{mailbox} is no mailbox that can be read.")


async def whole(client: httpx.AsyncClient, mail: Mail) -> tuple[bytes, EmailMessage]:
    """The mail as it came, and parsed."""
    raw = (await client.get(mail.source)).raise_for_status().content
    return raw, message_from_bytes(raw, policy=default)


def text_of(message: EmailMessage) -> str:
    """Its plain text."""
    part = message.get_body(("plain",))
    return str(part.get_content()) if part else ""


def calendars_of(message: EmailMessage) -> dict[str, bytes]:
    """The calendar objects that it carries, by the names of their files."""
    return {
        str(part.get_filename()): part.get_content().encode()
        for part in message.iter_attachments()
        if part.get_content_type() == "text/calendar"
    }


async def _json(client: httpx.AsyncClient, url: str, **params: str | int) -> Any:
    answer = await client.get(url, params=params)
    kind = answer.headers.get("content-type", "")
    return answer.json() if answer.is_success and "json" in kind else None


async def _own(client: httpx.AsyncClient, mailbox: str, to: str) -> list[Mail] | None:
    told = await _json(client, f"{mailbox}/api/messages", to=to)
    if told is None:
        return None
    return [
        _mail(
            item["subject"],
            item["to"],
            item["message_id"],
            f"{mailbox}/messages/{item['id']}.eml",
        )
        for item in reversed(told["items"])
    ]


async def _mailpit(client: httpx.AsyncClient, mailbox: str, to: str) -> list[Mail] | None:
    items: list[dict[str, Any]] = []
    while True:
        page = {"start": len(items), "limit": _PAGE}
        asked = f"{mailbox}/api/v1/search" if to else f"{mailbox}/api/v1/messages"
        told = await _json(client, asked, **page, **({"query": f'to:"{to}"'} if to else {}))
        if told is None:
            return None
        items += told["messages"]
        if len(told["messages"]) < _PAGE:
            break
    return [
        _mail(
            item["Subject"],
            [one["Address"] for one in item["To"]],
            item["MessageID"],
            f"{mailbox}/api/v1/message/{item['ID']}/raw",
        )
        for item in reversed(items)
    ]


async def _maildev(client: httpx.AsyncClient, mailbox: str, to: str) -> list[Mail] | None:
    told = await _json(client, f"{mailbox}/email")
    if told is None:
        return None
    return [
        _mail(
            item["subject"],
            [one["address"] for one in item["to"]],
            item["messageId"],
            f"{mailbox}/email/{item['id']}/source",
        )
        for item in told
    ]


def _mail(subject: str, to: Iterable[str], message_id: str, source: str) -> Mail:
    return Mail(subject, tuple(one.lower() for one in to), message_id.strip("<> "), source)
