"""What an owner said and does not know any more is found, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from cli.invariants.registry import Outside
from cli.invariants.said import BOOKS, owners_know_what_they_said
from shared.contracts.catalogue import EVENTS
from tests.stage import record_of


class Books(Outside):
    """A log, and what stands in each book: {statement: {key: what}}."""

    def __init__(self, said: Sequence[ConsumerRecord], books: dict[str, dict[str, Any]]) -> None:
        super().__init__({}, "a log", "", "")
        object.__setattr__(self, "_told", (said, books))

    async def records(self, topics: Sequence[str]) -> AsyncIterator[ConsumerRecord]:
        for record in self._told[0]:  # type: ignore[attr-defined]
            if record.topic in topics:
                yield record

    async def rows(self, service: str, sql: str, *values: Any) -> list[Any]:
        return list(self._told[1].get(sql, {}).items())  # type: ignore[attr-defined]


def said(type_: str, **more: Any) -> ConsumerRecord:
    event = EVENTS[type_]
    made = event.model_validate(event.example | more)
    headers = [("ce_type", type_.encode())]
    key = made.key_of().encode()
    return record_of(made.topic_of(), key, made.payload(), headers, 0)


async def found(record: ConsumerRecord, *, stands: Any) -> list[str]:
    """The findings where that stands in its book (None: nothing)."""
    type_ = dict(record.headers)["ce_type"].decode()
    book = BOOKS[type_]
    key = book.key(json.loads(record.value))
    books = {book.sql: {} if stands is None else {key: stands}}
    return [one.detail async for one in owners_know_what_they_said(Books([record], books))]


@pytest.mark.parametrize(
    ("record", "good", "bad"),
    [
        (said("course.published.v1", version=3), 3, 2),
        (said("person.recorded.v1", version=2), 5, 1),
        (said("key.revoked.v1", version=2), 2, 1),
        (said("registration.cancelled.v1"), True, None),
        (said("invoice.issued.v1", number="2026-000003"), "2026-000003", "2026-000002"),
        (said("refund.requested.v1", amount={"amount": 16900, "currency": "USD"}), 16900, 19900),
        (said("certificate.issued.v1", number="2026-AAAA"), "2026-AAAA", None),
        (said("message.sent.v1"), True, None),
    ],
    ids=lambda given: dict(given.headers)["ce_type"].decode() if hasattr(given, "topic") else "",
)
async def test_it_is_found_where_it_is_missing_older_or_another(
    record: ConsumerRecord, good: Any, bad: Any
) -> None:
    assert await found(record, stands=good) == []
    [detail] = await found(record, stands=bad)
    owner = BOOKS[dict(record.headers)["ce_type"].decode()].service
    assert detail.startswith(f"{owner} said {dict(record.headers)['ce_type'].decode()}, and ")


async def test_evidence_of_other_years_is_not_asked_for() -> None:
    settled = said("attendance.settled.v1")  # of 1970, by Kafka
    assert await found(settled, stands=None) == []


async def test_nobody_asks_for_who_was_erased() -> None:
    person = said("person.recorded.v1")
    end = record_of(person.topic, person.key, None, list(person.headers), 1)
    outside = Books([person, end], {})
    assert [one async for one in owners_know_what_they_said(outside)] == []


def test_each_book_is_of_an_event_that_there_is() -> None:
    assert BOOKS.keys() <= EVENTS.keys()
