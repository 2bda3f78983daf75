"""The envelope: CloudEvents 1.0 in Kafka's binary mode, as a row of the outbox.

The value is the data alone; the attributes are headers. What we say ourselves has plain text in
them, and is kept as `{name: text}`. The headers of a dead letter are kept as a list of `[name,
base64 or null]`, because it must give back the very bytes it got.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol
from zlib import crc32

from shared.contracts.event import Event

SHARDS = 16
APART = 32_000  # shards behind those, for topics that may go away by themselves
LARGEST = 900_000  # bytes of a fact with its key and headers; the topics take 1 MB
_HEADERS = 50_000  # far more than those of anything that is said

# Zeros are no id: W3C has them ignored, as all that is not a trace context.
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class _Saying(Protocol):
    service: str
    now: datetime

    @property
    def origin(self) -> _From: ...


class _From(Protocol):
    cause: str | None
    correlation: str | None
    trace: str | None


class TooLargeError(ValueError):
    """An event that no topic would take: a bug of the command that says it."""


@dataclass(frozen=True)
class Entry:
    """A row of the outbox."""

    event_id: str
    topic: str
    key: bytes | None
    payload: bytes | None
    headers: Mapping[str, str] | Sequence[tuple[str, bytes | None]]
    apart: bool = False
    """Its topic has a shard of its own: where Kafka refuses it, nothing else waits for it."""

    @property
    def shard(self) -> int:
        """What waits for what: a stable hash of the key, the same in every process."""
        return apart_shard(self.topic) if self.apart else crc32(self.key or b"") % SHARDS

    def headers_encoded(self) -> Mapping[str, str] | list[list[str | None]]:
        """The headers as the outbox keeps them: `{name: text}`, or `[name, base64 or null]`.

        A name that jsonb cannot hold (NUL) is base64 too, marked by a third element: else the dead
        letter of such a record could not be written, and its partition would stand still.
        """
        if isinstance(self.headers, Mapping):
            return self.headers
        return [
            [_text64(k.encode()), _base64(v), "name"] if "\x00" in k else [k, _base64(v)]
            for k, v in self.headers
        ]


def apart_shard(topic: str) -> int:
    """The shard of a topic that has one of its own. Its relay is that of the shard it is modulo
    `SHARDS`."""
    return SHARDS + crc32(topic.encode()) % APART


def headers_decoded(stored: Any) -> list[tuple[str, bytes | None]]:
    """The headers as Kafka takes them, from what the outbox keeps."""
    values = json.loads(stored) if isinstance(stored, str) else stored
    if isinstance(values, dict):
        return [(name, value.encode()) for name, value in values.items()]
    return [
        (b64decode(name).decode() if marked else name, None if v is None else b64decode(v))
        for name, v, *marked in values
    ]


def _text64(value: bytes) -> str:
    return b64encode(value).decode()


def _base64(value: bytes | None) -> str | None:
    return None if value is None else _text64(value)


def entry_for(event: Event, event_id: str, saying: _Saying) -> Entry:
    """An event as a row of the outbox."""
    key = event.key_of()
    payload = event.payload()
    headers = _attributes(event.type, key, event_id, saying)
    if len(payload) > LARGEST - _HEADERS:
        size = len(payload) + len(key) + sum(map(len, headers.values()))  # names are few and short
        if size > LARGEST:
            raise TooLargeError(f"{event.type} {key}: {size} bytes, more than {LARGEST}")
    return Entry(event_id, event.topic_of(), key.encode(), payload, headers)


def tombstone_for(event: type[Event], key: str, event_id: str, saying: _Saying) -> Entry:
    """The end of a key on a compacted topic: no value, but the same attributes."""
    return Entry(
        event_id, event.topic, key.encode(), None, _attributes(event.type, key, event_id, saying)
    )


def _attributes(type_: str, key: str, event_id: str, saying: _Saying) -> dict[str, str]:
    origin = saying.origin
    named = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_type": type_,
        "ce_source": f"/{saying.service}",
        "ce_subject": key,
        "ce_time": instant(saying.now),
        "content-type": "application/json",
        "ce_correlationid": origin.correlation or event_id,
    }
    if origin.cause is not None:
        named["ce_causationid"] = origin.cause
    if origin.trace is not None:
        named["traceparent"] = origin.trace
    return named


@lru_cache(maxsize=64)  # all that one batch says is said at one moment
def instant(moment: datetime) -> str:
    """RFC 3339 in UTC, with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
