"""The bare pipeline: aiokafka, JSON, arrays, the worker's own statements, and nothing else."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from zlib import crc32

import asyncpg
from aiokafka import AIOKafkaConsumer
from pydantic_core import to_json

from services.billing import models
from shared.runtime import flush, inbox, sql
from shared.runtime.consumer import BATCH
from shared.runtime.envelope import SHARDS
from shared.runtime.rows import spec_of

Row = tuple[Any, ...]


def _insert(row: Any) -> str:
    spec = spec_of(row)
    return sql._insert(spec.name, sql._shape(spec))


# The very texts that the worker sends.
_REGISTRATIONS = spec_of(models.Registration)
_COUNTERS = spec_of(models.Counter)
_KNOWN = sql._select_by_key(_REGISTRATIONS.name, sql._shape(_REGISTRATIONS), lock=False)
_LOCK_COUNTER = sql._select_by_key(_COUNTERS.name, sql._shape(_COUNTERS), lock=True)
_COUNT_ON = sql._update(_COUNTERS.name, sql._shape(_COUNTERS), _COUNTERS.primary)
_FIRST_COUNT = _insert(models.Counter)
_INSERTS = {
    row: _insert(row)
    for row in (
        models.Registration,
        models.Terms,
        models.Invoice,
        models.LedgerTransaction,
        models.LedgerEntry,
    )
}


class Seen(Protocol):
    """What is told which records were committed, and knows when that is all."""

    done: asyncio.Event

    def __call__(self, records: Iterable[Any]) -> None: ...


async def bare(url: str, bootstrap: str, topic: str, group: str, meter: Seen) -> None:
    """Until the meter has seen everything."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    con = await asyncpg.connect(url)
    await consumer.start()
    try:
        while not meter.done.is_set():
            batches = await consumer.getmany(timeout_ms=15, max_records=BATCH)
            records = [record for batch in batches.values() for record in batch]
            if records:
                async with con.transaction():
                    await _write(con, records, group)
                await consumer.commit()
                meter(records)
    finally:
        await consumer.stop()
        await con.close()


async def _write(con: asyncpg.Connection, records: Sequence[Any], group: str) -> None:
    now = datetime.now(UTC)
    events = [json.loads(record.value) for record in records]
    ids = sorted(dict(record.headers)["ce_id"].decode() for record in records)
    new = await con.fetch(inbox._CLAIM, group, ids, now)
    assert len(new) == len(records)
    await con.fetch(_KNOWN, [event["registration_id"] for event in events])
    series = "invoice/2020"
    counter = await con.fetchrow(_LOCK_COUNTER, [series])
    last = counter["last"] if counter else 0
    written: dict[Any, list[Row]] = {row: [] for row in _INSERTS}
    said: list[Row] = []
    for number, event in enumerate(events, last + 1):
        _rows_of(event, f"2020-{number:06d}", now, written, said)
    for row, statement in _INSERTS.items():
        await con.execute(statement, _as_json(row, sorted(written[row])))
    count = [(series, last + len(events))]
    await con.execute(_COUNT_ON if counter else _FIRST_COUNT, _as_json(models.Counter, count))
    await con.execute(flush._OUTBOX, *_columns(said))


def _as_json(row: Any, rows: Sequence[Row]) -> str:
    names = spec_of(row).columns
    return to_json([dict(zip(names, values, strict=True)) for values in rows]).decode()


def _columns(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _rows_of(
    event: dict[str, Any],
    number: str,
    now: datetime,
    written: dict[Any, list[Row]],
    said: list[Row],
) -> None:
    rid, course, person = event["registration_id"], event["course_id"], event["person_id"]
    at, price = datetime.fromisoformat(event["requested_at"]), event["price"]
    amount, currency = price["amount"], price["currency"]
    due_at = datetime.fromisoformat(event["hold_expires_at"])
    starts_at = datetime.fromisoformat(event["starts_at"])
    invoice, booked, said_id = str(uuid.uuid4()), str(uuid.uuid4()), str(uuid.uuid4())
    method = event["payment_method"]
    written[models.Registration].append(
        (
            *(rid, course, person, person, event["organisation"], method, amount, currency),
            *(invoice, event["token_version"], at, None, None, None),
        )
    )
    written[models.Terms].append(
        (rid, event["kind"], event["course_version"], starts_at, event["schedule"], event["policy"])
    )
    written[models.Invoice].append(
        (
            *(invoice, rid, number, event["course_title"], amount, amount, currency, "open"),
            *(method, at, due_at, None, None),
        )
    )
    written[models.LedgerTransaction].append(
        (booked, rid, "invoice-issued", invoice, at, now, None)
    )
    written[models.LedgerEntry].append((booked, 1, rid, "receivable", amount, currency))
    written[models.LedgerEntry].append((booked, 2, rid, "deferred_revenue", -amount, currency))
    payload = {
        "registration_id": rid,
        "course_id": course,
        "person_id": person,
        "invoice_id": invoice,
        "number": number,
        "lines": [
            {
                "description": event["course_title"],
                "amount": price,
                "quantity": 1,
                "kind": "course",
            }
        ],
        "total": price,
        "due": price,
        "issued_at": event["requested_at"],
        "due_at": event["hold_expires_at"],
        "payment_method": method,
        "organisation": None,
        "group_id": None,
        "credits_applied": [],
        "credits_refused": [],
    }
    headers = {
        "ce_specversion": "1.0",
        "ce_id": said_id,
        "ce_type": "invoice.issued.v1",
        "ce_source": "/billing",
        "ce_subject": rid,
        "ce_time": now.isoformat(),
        "content-type": "application/json",
        "ce_causationid": said_id,
        "ce_correlationid": said_id,
    }
    encoded = json.dumps(headers)
    key = rid.encode()
    body = json.dumps(payload).encode()
    said.append((said_id, crc32(key) % SHARDS, "billing.registrations", key, body, encoded))
