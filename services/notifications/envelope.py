"""A letter as a mail: headers, text and HTML, and the calendar where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

import idna

from services.notifications.commands.case import Post, Sender
from services.notifications.contents import contents
from services.notifications.domain.header_ids import header_id
from services.notifications.domain.template_rules import Theirs, whose
from services.notifications.invitation import invitations
from services.notifications.letters import Letter
from services.notifications.overriding.fence import letter_by
from services.notifications.wire import PLAIN_ADDRESS, WIRE, set_boundaries, text_part

# What may stand before the @ of an address that Python's parser does not know.
_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\]\\]+")
_DECODED = re.compile(r"=\?.*\?=")  # what it would decode, in an address too, to line ends even


def letter_of(case: Post, sender: Sender) -> Letter:
    """The words of a message: by the provider's own template, if there is one."""
    return _letter(case, contents(case, sender))[0]


def mail_of(case: Post, sender: Sender) -> EmailMessage:
    """The whole mail. Raises ValueError where the address can be none."""
    return posted(case, sender)[0]


def posted(case: Post, sender: Sender) -> tuple[EmailMessage, str, Theirs | None]:
    """The whole mail; why it is by our template where theirs should have made it; and theirs."""
    said = contents(case, sender)
    letter, theirs = _letter(case, said)
    return addressed(case, sender, said, letter), letter.fault, theirs


def _letter(case: Post, said: Mapping[str, Any]) -> tuple[Letter, Theirs | None]:
    theirs = whose(case.theirs, said["lang"])
    return letter_by(case.message.template, said, theirs.source if theirs else ""), theirs


def addressed(case: Post, sender: Sender, said: dict[str, Any], letter: Letter) -> EmailMessage:
    """A letter as a mail. Raises ValueError where the address can be none."""
    domain = sender.address.rpartition("@")[2]
    mail = EmailMessage(policy=WIRE)
    mail["From"] = _sender(said["provider"]["name"], sender.address)
    mail["To"] = recipient_of(case)
    if sender.reply_to:
        mail["Reply-To"] = _sender("", sender.reply_to)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(case.now)
    mail["Message-ID"] = header_id(case.message.message_id, sender.secret, domain)
    # An answering machine must not answer, nor a calendar of a mailing list take it for a list's.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    stop = said["foot"].get("stop")
    if stop:  # RFC 8058: by POST, without a login; never on what is operational
        mail["List-Unsubscribe"] = f"<{stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["MIME-Version"] = "1.0"
    mail["Content-Type"] = "multipart/alternative"
    mail.attach(text_part("plain", letter.text))
    mail.attach(text_part("html", letter.html))
    method = case.entries[0].method if case.entries else ""
    _add_calendar(mail, invitations(case, sender, said), method)
    set_boundaries(mail, case.message.message_id)
    return mail


@lru_cache(maxsize=64)
def _sender(name: str, address: str) -> str:
    """As a string, for headers that stand alike are parsed once (`wire.py`)."""
    return str(Address(" ".join(name.split()), addr_spec=address))


def _add_calendar(mail: EmailMessage, objects: list[str], method: str) -> None:
    """Each object a file of its own. As an alternative to the words stands only one that is all:
    some readers show that instead of the mail."""
    params = {"method": method}
    if len(objects) == 1:
        mail.add_alternative(
            objects[0], subtype="calendar", charset="utf-8", cte="base64", params=params
        )
    for number, calendar in enumerate(objects, start=1):
        mail.add_attachment(
            calendar.encode(),
            maintype="text",
            subtype="calendar",
            filename=f"session-{number}.ics" if len(objects) > 1 else "session.ics",
            params={**params, "charset": "utf-8"},
        )


def in_ascii(address: str) -> str:
    """With its domain as the DNS has it (RFC 5891), so that every mail server takes it. What stands
    before the @ has no such form: where it is not ASCII, neither is the address."""
    local, at, domain = address.rpartition("@")
    if domain.isascii() or not local.isascii():
        return address
    try:
        return local + at + idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return address


def recipient_of(case: Post) -> Address:
    """Name and address of the reader; white space in a name is made plain.

    Raises ValueError where it is no address. `ü@…` (RFC 6531) and `a..b@…` are none to Python's
    parser, but live in mail servers: whether they do is for the server to say.
    """
    name, address = " ".join(case.person.name.split()), case.person.email.strip()
    address = in_ascii(address)
    if PLAIN_ADDRESS.fullmatch(address):  # by the parser it would be the same, and ten times slower
        local, _, domain = address.partition("@")
        return Address(name, username=local, domain=domain)
    if _DECODED.search(address):
        raise ValueError("this is no address")
    try:
        return Address(name, addr_spec=address)
    except (ValueError, IndexError, HeaderParseError):
        local, _, domain = address.rpartition("@")
        if not domain or not _LOCAL.fullmatch(local):
            raise ValueError("this is no address") from None
        return Address(name, username=local, domain=domain)
