"""Reads mails that come back: delivery status (RFC 3464, RFC 6533), complaints (RFC 5965), and the
notices that servers write in their own words (qmail, Exim, and others).

Subjects are never looked at: they are in every language. What is no such mail is `other`; nothing
that comes in raises. A report counts where the mail itself is one, or holds one beside a footer;
one inside a forwarded mail is about somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, message_from_string
from email.message import Message
from email.utils import getaddresses
from hashlib import sha256

from services.notifications.domain.bounces import Kind, Returned, meaning
from services.notifications.domain.header_ids import ours_in
from services.notifications.domain.notices import told_in_words

_STATUS = ("message/delivery-status", "message/global-delivery-status")
_FEEDBACK = "message/feedback-report"
_ORIGINAL = ("message/rfc822", "message/global")
_HEADERS = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list")
_CAME_TO = ("delivered-to", "x-original-to", "envelope-to", "to")
LONGEST = 256_000  # bytes of a mail that are read: what it means stands at its beginning
_MOST_PARTS = 5_000  # blank lines and boundaries
_LONGEST = 100_000  # characters of a text that are read


def read_returned(raw: bytes, domain: str, secret: str) -> Returned:
    """What a mail says of one of ours; `domain` is what our Message-IDs end on, `secret` what they
    are made with."""
    digest = sha256(raw).hexdigest()
    raw = raw[:LONGEST]
    if raw.count(b"\n\n") + raw.count(b"\n\r\n") + raw.count(b"\n--") > _MOST_PARTS:
        return Returned("other", digest)  # made to be read for long
    try:
        mail = message_from_bytes(raw)
        return _read(mail, digest, domain.lower(), secret)
    except Exception:  # nested a thousand deep, headers of no encoding: junk is junk
        return Returned("other", digest)


def _read(mail: Message, digest: str, domain: str, secret: str) -> Returned:
    own = _said(mail, "message-id")
    if own:  # a copy that came another way has other Received headers
        digest = sha256(f"message-id {own}".encode("utf-8", "replace")).hexdigest()
    report = _report_of(mail)
    parts = _parts(report) if report is not None else []
    kind, code, recipient = _fate(parts)
    words = _first_text(mail)
    if kind is None:
        kind, code, recipient = told_in_words(_headers(mail), words)
    if kind == "other":
        return Returned("other", digest, code=code)
    return Returned(
        kind,
        digest,
        message_ids=_ids(_named(mail, parts, words), domain, secret),
        came_to=_came_to(mail),
        recipient=recipient,
        code=code,
    )


def _report_of(mail: Message) -> Message | None:
    """The mail itself, or what stands in it beside something else, such as a gateway's footer."""
    if mail.get_content_type() == "multipart/report":
        return mail
    if mail.get_content_type() == "multipart/mixed":
        found = [one for one in _parts(mail) if one.get_content_type() == "multipart/report"]
        return found[0] if found else None
    return None


def _parts(mail: Message) -> list[Message]:
    inside = mail.get_payload()
    return [one for one in inside if isinstance(one, Message)] if isinstance(inside, list) else []


def _fate(parts: list[Message]) -> tuple[Kind | None, str, str]:
    """(kind, code, recipient) as a report's fields say; kind None where they say nothing."""
    fates: list[tuple[Kind, str, str]] = []
    for part in parts:
        if part.get_content_type() in _STATUS:
            fates += [_of_recipient(one) for one in _blocks(part) if _said(one, "action")]
        elif part.get_content_type() == _FEEDBACK:
            fates += [_of_complaint(one) for one in _blocks(part)[:1]]
    # Ours have one recipient; a list's server may speak of several. What is final counts.
    fates.sort(key=lambda fate: ("hard", "soft", "complaint", "delayed", "other").index(fate[0]))
    return fates[0] if fates else (None, "", "")


def _of_recipient(block: Message) -> tuple[Kind, str, str]:
    action = _said(block, "action").split(";")[0].split(" ")[0].lower()
    said = " ".join([_said(block, "diagnostic-code"), _said(block, "x-display-name")])
    kind, code = meaning(action, _said(block, "status"), said)
    whom = _said(block, "original-recipient") or _said(block, "final-recipient")
    return kind, code, _address(whom)


def _of_complaint(block: Message) -> tuple[Kind, str, str]:
    complains = _said(block, "feedback-type").lower() in _COMPLAINTS
    return "complaint" if complains else "other", "", _address(_said(block, "original-rcpt-to"))


def _blocks(part: Message) -> list[Message]:
    """The groups of fields of a status: Python knows them of one content type, of others only the
    first, and the rest as its text."""
    found: list[Message] = []
    for block in _parts(part):
        found.append(block)
        rest = block.get_payload()
        if isinstance(rest, str):
            found += [message_from_string(one) for one in re.split(r"\r?\n\r?\n", rest.strip())]
    return found


def _ids(places: Iterator[str], domain: str, secret: str) -> tuple[str, ...]:
    """Ours, from the first place that names a Message-ID at all: where the returned mail is there,
    only its own counts, for what it answered may have been ours."""
    for said in places:
        named = re.findall(r"<[^<>\s@]{1,200}@[^<>\s@]{1,200}>", said)
        if named:
            return tuple(dict.fromkeys(ours_in(said, secret, domain)))
    return ()


def _named(mail: Message, parts: list[Message], words: str) -> Iterator[str]:
    for part in parts:
        if part.get_content_type() in _ORIGINAL:
            yield " ".join(_said(one, "message-id") for one in _parts(part)[:1])
        elif part.get_content_type() in _HEADERS:
            inside = _parts(part)
            yield _said(inside[0] if inside else message_from_string(_text(part)), "message-id")
    for part in parts:
        if part.get_content_type() in _STATUS:
            yield " ".join(
                _said(one, name)
                for one in _blocks(part)
                for name in ("x-original-message-id", "original-message-id")
            )
    copied = re.search(
        r"^>?[ \t]{0,8}message-id:[ \t]{0,8}(<[^<>\s]{1,250}>)",
        words,
        re.IGNORECASE | re.MULTILINE,
    )
    yield copied[1] if copied else ""
    yield _said(mail, "in-reply-to")
    yield _said(mail, "references")


def _came_to(mail: Message) -> tuple[str, ...]:
    said = [str(value)[:1000] for name in _CAME_TO for value in mail.get_all(name, [])[:5]]
    return tuple(dict.fromkeys(address for _, address in getaddresses(said) if "@" in address))


def _headers(mail: Message) -> dict[str, str]:
    return {name.lower(): str(value)[:1000] for name, value in mail.items()}


def _said(of: Message, name: str) -> str:
    return " ".join(str(of.get(name, ""))[:2000].split())


def _address(said: str) -> str:
    """`rfc822;a@b` as `a@b`; nothing where it holds what no address does."""
    address = said.rpartition(";")[2].strip().strip("<>")
    return address if address.isprintable() else ""


def _first_text(mail: Message) -> str:
    below = _parts(mail)
    for part in [mail, *below, *(one for each in below for one in _parts(each))]:
        if part.get_content_type() == "text/plain":
            return _text(part)
    return ""


def _text(part: Message) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    try:
        return raw[:_LONGEST].decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return raw[:_LONGEST].decode("latin-1")
