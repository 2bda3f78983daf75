"""Records that no service can use, and what must become of each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from shared.contracts.event import Event

Headers = list[tuple[str, bytes | None]]
MIB = 1_040_000  # what fits a topic of 1 MiB with its headers


@dataclass(frozen=True)
class Said:
    """A record to be sent; `reason` is that of its dead letter, None where it is to be used."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    reason: str | None = None

    @property
    def id(self) -> str:
        return next((value or b"").decode() for name, value in self.headers if name == "ce_id")


def named(type_: bytes | None = None) -> Headers:
    made: Headers = [("ce_id", str(uuid.uuid4()).encode())]
    return [*made, ("ce_type", type_)] if type_ is not None else made


def good(event: type[Event], key: str, owner: str) -> Said:
    """The event's example, of that aggregate."""
    about = {first(event): key} | ({"service": owner} if "service" in event.model_fields else {})
    if "hash" in event.model_fields:  # no two keys are the same
        about["hash"] = sha256(key.encode()).hexdigest()
    made = event.model_validate(event.example | about)
    return Said(made.key_of().encode(), made.payload(), named(event.type.encode()))


def first(event: type[Event]) -> str:
    """The field, or the first of those, that its key is made of."""
    return event.key if isinstance(event.key, str) else event.key[0]


def poisons(event: type[Event], key: str, *, state: bool) -> Iterator[Said]:
    """Every kind, of an event that is heard; `state`: of a topic that keeps the last word a key,
    where a record without a value is an end and Kafka itself refuses one without a key."""
    k, type_ = key.encode(), event.type.encode()
    stem = event.type.rsplit(".", 1)[0].encode()
    fit = event.model_validate(event.example).payload()
    yield Said(k, b"\xff\x00\x9f not JSON", named(type_), "value-unreadable")
    yield Said(k, fit[: len(fit) // 2], named(type_), "value-unreadable")
    yield Said(k, b"[1, 2]", named(type_), "value-unreadable")
    yield Said(
        k, b'{"%b": {"not": "text"}}' % first(event).encode(), named(type_), "value-unreadable"
    )
    nul = b'{"%b": "a\\u0000b"}' % first(event).encode()
    yield Said(k, nul, named(type_), "value-unreadable")
    yield Said(k, b"x" * MIB, named(type_), "value-unreadable")
    yield Said(k, b"[" * 100_000, named(type_), "value-unreadable")
    yield Said(k, fit, named(), "type-missing")
    yield Said(k, fit, [*named(), ("ce_type", None)], "type-missing")
    yield Said(k, fit, [*named(), ("ce_type", b"\xff\xfe")], "type-missing")
    yield Said(k, fit, named(stem + b".v99"), "version-unknown")
    if not state:
        yield Said(k, None, named(type_), "value-missing")
        yield Said(None, fit, named(type_), "key-missing")


def odd(event: type[Event], key: str, owner: str) -> Iterator[Said]:
    """Records that look like poison and are none."""
    for more in (("note", b"\xff\xfe"), ("note", None), ("no\x00te", b"")):
        fit = good(event, key, owner)
        yield Said(fit.key, fit.value, [*fit.headers, more])


def story(events: list[type[Event]], owner: str, *, state: bool) -> list[Said]:
    """Good ones of two aggregates, and something bad or odd between each two of them."""
    keys = [f"{name}-{uuid.uuid4().hex[:12]}" for name in ("ada", "ben")]
    one = events[0]
    bad = [*poisons(one, keys[0], state=state), *odd(one, keys[0], owner)]
    made: list[Said] = []
    for number, each in enumerate(bad):
        made += [good(events[number % len(events)], keys[number % 2], owner), each]
    return [*made, good(one, keys[0], owner), good(one, keys[1], owner)]


def as_sent(one: Said) -> dict[str, Any]:
    """As aiokafka's producer takes it."""
    return {"key": one.key, "value": one.value, "headers": one.headers}
