"""Records as they come from Kafka: hardened reading, so that nothing is skipped and nothing loops.

FastStream's default parser raises on a header that is not UTF-8 or is NULL, and then loses the
whole batch silently (kafka-facts.md §2). So headers are repaired for its eyes, the body is never
decoded by it, and our own reading works on the untouched record.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from aiokafka import ConsumerRecord

from shared.runtime.clock import wall
from shared.runtime.envelope import Entry, instant

NAMESPACE = UUID("7d1f5f0e-6f0b-5a53-9c5c-1f2f6f1d8a10")
LARGEST_DEAD = 1_800_000  # bytes of a dead letter; the relay's producer takes 1.9 MB
LARGEST_WORD = 200  # characters of what we say again of a foreign header
DEAD_LETTER_HEADERS = 3_000  # bytes of an error's text: all dl_* headers stay under 4 kB
OURS = ("dl_", "hf_")  # how headers begin that are said of a record, and not by it


def repaired(record: Any) -> Any:
    """The record with headers that FastStream can read; only it ever sees this copy."""
    headers, bad = [], False
    for name, value in record.headers:
        try:
            (value or b"").decode()
        except UnicodeDecodeError:
            headers.append((name, value.decode("utf-8", "backslashreplace").encode()))
            bad = True
        else:
            headers.append((name, value or b""))
            bad |= value is None
    return dataclasses.replace(record, headers=tuple(headers)) if bad else record


async def parse(message: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:
    """FastStream's parser on repaired headers; the handler gets the untouched records."""
    batch = isinstance(message, tuple)
    parsed = await original(tuple(repaired(r) for r in message) if batch else repaired(message))
    parsed.raw_message = message
    return parsed


async def decode_nothing(_message: Any, _original: Any) -> None:
    """Each record is decoded on its own, in the batch."""
    return


def header(record: ConsumerRecord, name: str) -> str | None:
    """A header as text; None where it is missing or not UTF-8. The last one of a name counts."""
    for found, value in reversed(record.headers):
        if found == name and value is not None:
            try:
                return str(value.decode())
            except UnicodeDecodeError:
                return None
    return None


def word(record: ConsumerRecord, name: str) -> str | None:
    """A header as text that can be said again in our own rows, headers and logs, or None.

    Anyone may write anything into a header: NUL fails only at the database, and a megabyte of
    correlation would go on into each record that follows from this one.
    """
    found = header(record, name)
    fit = found and len(found) <= LARGEST_WORD and found.isprintable()
    return found if fit else None


def event_id_of(record: ConsumerRecord) -> str:
    """The event's id as a UUID; records without one are known by where they stand."""
    given = header(record, "ce_id")
    if not given:
        return str(uuid5(NAMESPACE, f"{record.topic}/{record.partition}/{record.offset}"))
    try:
        return str(UUID(given))
    except ValueError:
        return str(uuid5(NAMESPACE, f"{header(record, 'ce_source')}/{given}"))


def said_at(record: ConsumerRecord) -> datetime | None:
    """When the event was said, by its own word, in UTC; None where that cannot be known."""
    try:
        said = datetime.fromisoformat(header(record, "ce_time") or "")
        return None if said.tzinfo is None else said.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def dead_letter(
    service: str, record: ConsumerRecord, event_id: str, reason: str, error: str, attempts: int
) -> Entry:
    """The untouched bytes and headers, and why they were given up.

    What is too large for the dead letters (a compressed record may unpack to any size) is left
    where it is: `dl_truncated` names what is missing, the other headers say where it stands.
    """
    why = {
        "dl_topic": record.topic,
        "dl_partition": str(record.partition),
        "dl_offset": str(record.offset),
        "dl_reason": reason,
        "dl_error": error.encode()[:DEAD_LETTER_HEADERS].decode("utf-8", "ignore"),
        "dl_attempts": str(attempts),
        "dl_at": instant(wall()),
    }
    headers = [
        (name, value) for name, value in record.headers if not name.startswith(("dl_", "hf_"))
    ]
    key, value, missing = record.key, record.value, []
    if _size(headers) + len(key or b"") + len(value or b"") > LARGEST_DEAD:
        value, missing = None, ["value"]
    if _size(headers) + len(key or b"") > LARGEST_DEAD:
        headers, missing = [], [*missing, "headers"]
    if len(key or b"") > LARGEST_DEAD:
        key, missing = None, [*missing, "key"]
    if missing:
        why["dl_truncated"] = " ".join(missing)
    if key is None and value is None:  # no producer sends a record of nothing at all
        key = b""
        if record.key is None:
            why["dl_key"] = "null"
    headers += [(name, text.encode()) for name, text in why.items()]
    return Entry(event_id, f"{service}.dead-letters", key, value, headers)


def _size(headers: Sequence[tuple[str, bytes | None]]) -> int:
    """Bytes that headers take in a record, nearly."""
    return sum(len(name.encode()) + len(value or b"") + 10 for name, value in headers)
