"""Mails as files: one `.eml` each, named by arrival, so that a restart loses nothing."""

import re
import uuid
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any

_ID = re.compile(r"[0-9]{20}-[0-9a-f]{8}\Z")


class Messages:
    """The messages of one directory; what was read once is remembered."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._known: dict[str, dict[str, Any]] = {}

    def keep(self, body: bytes, recipients: list[str]) -> str:
        """Write one message; its id sorts by arrival. Raises `OSError` where it cannot."""
        identity = f"{datetime.now(UTC):%Y%m%d%H%M%S%f}-{uuid.uuid4().hex[:8]}"
        head = f"X-Envelope-To: {', '.join(recipients)}\r\n".encode()
        part = self.directory / f".{identity}.part"
        part.write_bytes(head + body)
        part.replace(self.path(identity))
        return identity

    def path(self, identity: str) -> Path:
        return self.directory / f"{identity}.eml"

    def read(self, identity: str) -> EmailMessage | None:
        if not _ID.match(identity) or not self.path(identity).exists():
            return None
        return message_from_bytes(self.path(identity).read_bytes(), policy=policy.default)

    def summary(self, identity: str) -> dict[str, Any] | None:
        """`{id, received_at, dated, from, to: [address], subject, date, message_id, attachments}`.

        `dated` is the mail's own date (the sandbox's), `received_at` the wall clock's; RFC 3339.
        """
        if identity not in self._known:
            message = self.read(identity)
            if message is None:
                return None
            self._known[identity] = {
                "id": identity,
                "received_at": received_at(identity),
                "from": str(message["from"] or ""),
                "to": [address for _, address in getaddresses([str(message["x-envelope-to"])])],
                "subject": str(message["subject"] or "(no subject)"),
                "date": str(message["date"] or ""),
                "dated": _dated(str(message["date"] or "")) or received_at(identity),
                "message_id": str(message["message-id"] or ""),
                "attachments": [
                    {"name": part.get_filename() or "unnamed", "type": part.get_content_type()}
                    for part in message.iter_attachments()
                ],
            }
        return self._known[identity]

    def list(self, to: str = "", since: str = "", limit: int = 0) -> list[dict[str, Any]]:
        """Newest first; `to` a whole address, `since` an id, `limit` 0 means all."""
        found = []
        for identity in sorted(one.stem for one in self.directory.glob("[0-9]*.eml"))[::-1]:
            one = self.summary(identity) if identity > since else None
            if one and (not to or to.lower() in map(str.lower, one["to"])):
                found.append(one)
            if limit and len(found) >= limit:
                break
        return found


def body_of(message: EmailMessage, kind: str) -> str:
    """The `plain` or `html` body, or an empty text."""
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""


def received_at(identity: str) -> str:
    """When the message arrived, by the wall clock, RFC 3339."""
    stamp = datetime.strptime(identity[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return stamp.isoformat()[:-6] + "Z"


def _dated(date: str) -> str:
    try:
        return parsedate_to_datetime(date).astimezone(UTC).isoformat()[:-6] + "Z"
    except (ValueError, TypeError):
        return ""
