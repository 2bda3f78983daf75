"""The bare pipeline: aiokafka, JSON, tuples, the worker's own statements, and nothing else."""

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
from shared.runtime import flush, inbox
from shared.runtime.database import prepare
from shared.runtime.envelope import SHARDS
from shared.runtime.intake import BATCH
from shared.runtime.rows import spec_of
from shared.runtime.statements import select_by_key, shape_of, update

Row = tuple[Any, ...]


# The very texts that the worker sends; new rows go by binary COPY, as the worker's.
_REGISTRATIONS = spec_of(models.Registration)
_COUNTERS = spec_of(models.Counter)
_KNOWN = select_by_key(_REGISTRATIONS.name, shape_of(_REGISTRATIONS), lock=False)
_LOCK_COUNTER = select_by_key(_COUNTERS.name, shape_of(_COUNTERS), lock=True)
_COUNT_ON = update(_COUNTERS.name, shape_of(_COUNTERS))
_TABLES = (
    models.Registration,
    models.Terms,
    models.Invoice,
    models.InvoiceLine,
    models.LedgerTransaction,
    models.LedgerEntry,
)


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
    await prepare(con)
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
    numbers = [series, *(f"said/{event['registration_id']}" for event in events)]
    counters = await con.fetch(_LOCK_COUNTER, numbers)
    assert len(counters) <= 1  # no number was said of any of them before
    last = counters[0]["last"] if counters else 0
    written: dict[Any, list[Row]] = {row: [] for row in _TABLES}
    said: list[Row] = []
    for number, event in enumerate(events, last + 1):
        _rows_of(event, f"2020-{number:06d}", now, written, said)
    for row in _TABLES:
        await _copy(con, row, sorted(written[row]))
    count = {"series": series, "last": last + len(events)}
    if counters:
        await con.execute(_COUNT_ON, to_json([count]).decode())
    else:
        await _copy(con, models.Counter, [tuple(count.values())])
    await con.copy_records_to_table("outbox", records=said, columns=flush._OUTBOX)


async def _copy(con: asyncpg.Connection, row: Any, rows: Sequence[Row]) -> None:
    spec = spec_of(row)
    await con.copy_records_to_table(spec.name, records=rows, columns=spec.columns)


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
            *(invoice, None, event["token_version"], at, None, None, None, None),
            *(None, None, None, None, None),  # no transfer, no credit that is refused, no role
            "open",
        )
    )
    written[models.Terms].append(
        (
            *(rid, event["kind"], event["course_version"], starts_at),
            *(event["schedule"], event["policy"], None),
        )
    )
    title = event["course_title"]
    written[models.Invoice].append((invoice, number, currency, method, at, due_at))
    written[models.InvoiceLine].append((invoice, rid, 1, "course", title, amount, at))
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
                "description": title,
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
    key = rid.encode()
    body = json.dumps(payload).encode()
    said.append((said_id, crc32(key) % SHARDS, "billing.registrations", key, body, headers))
