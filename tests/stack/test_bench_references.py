"""What is measured against still does the same work: it is written by hand, and a new column would
leave it behind."""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from bench import load, registrations, seating
from bench.bare import _write as bare_write
from services.billing.events import hears_of
from services.registration.settings import Settings
from shared.contracts.registration import RegistrationRequested
from shared.runtime.clock import Clock
from shared.runtime.database import Database, prepare
from shared.runtime.intake import Intake
from shared.runtime.tokens import digest_of
from tests.stage import record_of

# What one registration of a person whom nobody knows writes; a seat is held besides.
ROWS = {
    "registrations": 1,
    "people": 1,
    "history": 1,
    "due": 1,
    "outbox": 2,
    "idempotency_keys": 1,
}
TABLES = (
    *("inbox", "registrations", "terms", "invoices", "invoice_lines", "counters"),
    *("ledger_transactions", "ledger_entries", "outbox"),
)
MADE = {
    *("invoice_id", "ref", "transaction_id", "id", "event_id", "payload", "headers", "booked_at"),
    *("received_at", "schedule"),
}


@asynccontextmanager
async def asked(kind: str, url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        database_url=url,
        platform_secret="a secret of the benchmark",
        operator_key_hash=digest_of(registrations.KEY),
        role="api",
    )
    app = seating.build(kind, settings).app
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://b") as client,
    ):
        yield client
        if kind != "ours":  # which closes its own
            await app.state.db.close()


async def published(url: str) -> None:
    async with asked("ours", url) as client:
        key = {"Authorization": f"Bearer {registrations.KEY}"}
        course = registrations.course()
        made = await client.put("/registration/v1/courses/bench-0", json=course, headers=key)
        assert made.status_code in {200, 201}, made.text


async def registered(kind: str, url: str) -> dict[str, Any]:
    """The very bytes that the client sends."""
    head, _, body = load.request(7, 1).partition(b"\r\n\r\n")
    path = head.split(b" ")[1].decode()
    told = {"idempotency-key": "7", "content-type": "application/json"}
    async with asked(kind, url) as client:
        answer = await client.post(path, content=body, headers=told)
    assert answer.status_code == 201, answer.text
    return dict(json.loads(answer.text))


async def counted(url: str) -> dict[str, int]:
    con = await asyncpg.connect(url)
    try:
        found = {name: await con.fetchval(f"SELECT count(*) FROM {name}") for name in ROWS}
        return found | {"held": await con.fetchval("SELECT sum(held)::int FROM seats")}
    finally:
        await con.close()


@pytest.mark.parametrize("kind", ["ours", "apart", "still"])
async def test_one_registration_writes_what_it_is_to_write(kind: str, database: Any) -> None:
    url = database("registration")
    await published(url)
    before = await counted(url)
    answer = await registered(kind, url)
    after = await counted(url)
    wanted = dict.fromkeys(ROWS, 0) | {"held": 0} if kind == "still" else ROWS | {"held": 1}
    assert {name: after[name] - before[name] for name in after} == wanted
    assert answer["status"] == "requested"
    assert answer["course_id"] == "bench-0"


def requests(count: int) -> list[Any]:
    """Records of `registration.requested`, as they lie on Kafka."""
    made = []
    for number in range(count):
        about = {"registration_id": f"r-{number}", "person_id": f"p-{number}"}
        event = RegistrationRequested.model_validate(RegistrationRequested.example | about)
        headers = [("ce_id", str(uuid.uuid4()).encode()), ("ce_type", event.type.encode())]
        key = event.registration_id.encode()
        made.append(record_of(event.topic, key, event.payload(), headers, number))
    return made


async def written(url: str) -> dict[str, list[dict[str, Any]]]:
    """All rows without what differs anyway: ids that are made, and when it was."""
    con = await asyncpg.connect(url)
    await prepare(con)
    found = {}
    try:
        for name in TABLES:
            rows = [dict(row) for row in await con.fetch(f"SELECT * FROM {name}")]
            found[name] = sorted(
                ({k: v for k, v in row.items() if k not in MADE} for row in rows), key=repr
            )
    finally:
        await con.close()
    return found


async def test_the_bare_pipeline_writes_the_rows_that_the_worker_writes(database: Any) -> None:
    records, ours, bare = requests(3), database("billing"), database("billing")
    db = Database("billing", ours)
    await Intake(db, Clock(), hears_of()).handle(records)
    await db.close()
    con = await asyncpg.connect(bare)
    await prepare(con)
    for some in (records[:2], records[2:]):  # also where the counter is there
        async with con.transaction():
            await bare_write(con, some, "billing")
    await con.close()
    by_worker, by_hand = await written(ours), await written(bare)
    for name in TABLES:
        assert by_hand[name] == by_worker[name], name
    assert {name: len(rows) for name, rows in by_hand.items()} == {
        **dict.fromkeys(TABLES, 3),
        "ledger_entries": 6,
        "counters": 1,
    }
