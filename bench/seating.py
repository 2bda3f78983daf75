"""What registering is measured against: one transaction a request, and no database at all.

    python -m bench.seating ours|apart|still   (settings from the environment, as the service's)

All three take the same request through the same server and the same dependencies: who calls, the
Idempotency-Key, the body's shape. `apart` then writes the rows that the service writes, by hand,
in a transaction of its own; `still` answers. Both stay plain FastAPI, as anybody would write them:
the service's own routes are reached more directly (`shared/runtime/direct.py`), which counts as a
part of what it does about speed.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import timedelta
from typing import Any
from zlib import crc32

import uuid_utils
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.registration import app
from services.registration.api.bodies import RegisterBody
from services.registration.domain.same_person import email_key, person_key
from services.registration.models import Base
from services.registration.settings import Settings
from shared.dates import rfc3339
from shared.runtime.asking import PathId, PlatformSecretDep
from shared.runtime.auth import CallerDep
from shared.runtime.clock import wall
from shared.runtime.database import Database
from shared.runtime.edge import RequiredOnce
from shared.runtime.envelope import SHARDS
from shared.runtime.idempotency import Once
from shared.runtime.service import Service
from shared.runtime.serving import run
from shared.runtime.tokens import PERSONAL, mint

still, apart = APIRouter(), APIRouter()
PATH = "/registration/v1/courses/{course_id}/registrations"


def answer(course_id: str, registration_id: str, secret: str, policy: Any) -> Response:
    """As large as the service's own."""
    return JSONResponse(
        {
            "registration_id": registration_id,
            "status": "requested",
            "course_id": course_id,
            "price": {"amount": 19900, "currency": "USD"},
            "policy": policy,
            "hold_expires_at": rfc3339(wall()),
            "boards": ["NBCC", "STATE", "APA"],
            "warnings": [],
            "token": mint(secret, PERSONAL, registration_id, 1),
        },
        201,
    )


@still.post(PATH, status_code=201)
async def post_still(
    course_id: PathId,
    body: RegisterBody,
    caller: CallerDep,
    once: RequiredOnce,
    secret: PlatformSecretDep,
) -> Response:
    """Answers, and knows nothing."""
    policy = {"version": "2020-01", "text": "x" * 400}
    return answer(course_id, str(uuid_utils.uuid7()), secret, policy)


@apart.post(PATH, status_code=201)
async def post_apart(
    course_id: PathId,
    body: RegisterBody,
    request: Request,
    caller: CallerDep,
    once: RequiredOnce,
    secret: PlatformSecretDep,
) -> Response:
    """The rows of one registration, in one transaction."""
    db: Database = request.app.state.db
    registration_id = str(uuid_utils.uuid7())
    async with db.acquire() as con, con.transaction():
        policy = await _write(con, course_id, registration_id, body, once)
    return answer(course_id, registration_id, secret, policy)


async def _write(con: Any, course_id: str, rid: str, body: RegisterBody, once: Once) -> Any:
    now, person_id, who = wall(), str(uuid_utils.uuid7()), body.attendee
    assert who is not None
    key = person_key(course_id, who.name, who.email)
    assert await con.fetchval("SELECT pg_try_advisory_xact_lock($1)", once.lock)
    first = await con.fetchrow("SELECT * FROM idempotency_keys WHERE scope = $1", once.scope)
    seats = await con.fetchrow("SELECT * FROM seats WHERE course_id = $1 FOR UPDATE", course_id)
    course = await con.fetchrow("SELECT * FROM courses WHERE course_id = $1", course_id)
    live = await con.fetchrow("SELECT * FROM registrations WHERE live_key = $1", key)
    assert first is None
    assert live is None
    assert seats["sold"] + seats["held"] + seats["offered"] < seats["capacity"]
    await con.execute("UPDATE seats SET held = held + 1 WHERE course_id = $1", course_id)
    terms, ends = course["terms"], now + timedelta(minutes=30)
    row = {
        "registration_id": rid, "course_id": course_id, "course_version": course["version"],
        "person_id": person_id, "person_key": key, "live_key": key, "state": "requested",
        "seat": "held", "method": "card", "price_minor": 19900, "currency": "USD", "price_id": "",
        "complimentary": False, "role": "", "tax_place": "",
        "credit_ids": [], "first_start": course["first_start"],
        "disclosure_version": body.disclosure_version, "disclosed_at": now, "token_version": 1,
        "revision": 1, "requested_at": now, "hold_expires_at": ends,
    }  # fmt: skip
    await _insert(con, "registrations", row)
    person = {
        "person_id": person_id, "version": 1, "name": who.name, "email": who.email,
        "email_key": email_key(who.email), "zone": who.zone, "locale": who.locale,
        "profession": who.profession, "licenses": [x.model_dump() for x in who.licenses],
        "birth_day": "", "phone": "", "sms_consent": "",
        "recorded_at": now,
    }  # fmt: skip
    await _insert(con, "people", person)
    await _insert(con, "history", {
        "registration_id": rid, "revision": 1, "at": now, "by": "learner", "act": "register",
        "state": "requested", "why": "", "facts": {},
    })  # fmt: skip
    await _insert(
        con,
        "due",
        {
            "kind": "expire_hold",
            "ref": rid,
            "due_at": ends,
            "version": 0,
            "payload": {},
        },
    )
    said = json.dumps({**row, **terms}, default=str).encode()
    for topic, about, value in (
        ("registration.people", person_id, json.dumps(person, default=str).encode()),
        ("registration.registrations", rid, said),
    ):
        made = {"event_id": str(uuid_utils.uuid7()), "shard": crc32(about.encode()) % SHARDS}
        await _insert(con, "outbox", {
            **made, "topic": topic, "key": about.encode(), "payload": value,
            "headers": [["ce_id", made["event_id"]], ["ce_type", topic]],
        })  # fmt: skip
    await _insert(con, "idempotency_keys", {
        "scope": once.scope, "fingerprint": hashlib.sha256(once.scope.encode()).hexdigest(),
        "status": 201, "body": json.dumps(terms["policy"]), "created_at": now,
    })  # fmt: skip
    return {"version": terms["policy"]["version"], "text": terms["policy"]["text"]}


_TEXTS: dict[str, str] = {}


async def _insert(con: Any, table: str, row: dict[str, Any]) -> None:
    text = _TEXTS.get(table)
    if text is None:
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        names = ", ".join(f'"{name}"' for name in row)
        text = _TEXTS[table] = f"INSERT INTO {table} ({names}) VALUES ({places})"
    await con.execute(text, *row.values())


def build(kind: str, settings: Settings) -> Service:
    """The service itself, or one that has the one route."""
    if kind == "ours":
        return app.build(settings)
    router = {"apart": apart, "still": still}[kind]
    db = Database("registration", settings.database_url, size=20)
    return Service("registration", settings, base=Base, routers=[router], state={"db": db})


if __name__ == "__main__":
    run(build(sys.argv[1], Settings()))
