"""Every route, with junk in every place: an answer that its OpenAPI document declares, never 500."""

import json
import random
from typing import Any

from services.attendance.domain.zoom import EVENTS
from tests.edges.attendance.conftest import COURSE, World
from tests.edges.attendance.test_zoom import headers_of

WORDS = [
    "", " ", "s3", COURSE, "ada", "nobody", "a/b", "../..", "%00", "'; --", "é" * 40, "x" * 300,
    "2020-11-02T21:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "joined",
    "\u202e\U0001f600", "8800000003",
]  # fmt: skip
FIELDS = [
    "source", "observations", "intervals", "id", "kind", "at", "meeting_id", "participant_id",
    "registration_id", "course_id", "session_id", "joined_at", "left_at", "status", "name", "url",
    "instruction_minutes", "reason", "seconds", "withdraw", "resolve", "left_at",
]  # fmt: skip
PERSON = [
    "user_id", "participant_uuid", "registrant_id", "customer_key", "join_time", "leave_time",
    "date_time", "leave_reason", "user_name", "email",
]  # fmt: skip
NUMBERS = [0, -1, 1, 90, 2**31, 2**63, 10**40, 1.5, True, False, None]


def junk(pick: random.Random, depth: int = 0) -> Any:
    kind = pick.randrange(6 if depth < 3 else 3)
    if kind < 2:
        return pick.choice(WORDS)
    if kind == 2:
        return pick.choice(NUMBERS)
    if kind == 3:
        return [junk(pick, depth + 1) for _ in range(pick.randrange(4))]
    return {pick.choice(FIELDS): junk(pick, depth + 1) for _ in range(pick.randrange(8))}


def body(pick: random.Random) -> Any:
    """Mostly of the right outline, so that more than the first check is reached."""
    lines = [junk(pick, 1) for _ in range(pick.randrange(3))]
    outline = {"source": "sim", "observations": lines, "intervals": lines, "reason": "because"}
    if pick.random() < 0.3:
        return junk(pick)
    return outline | {pick.choice(FIELDS): junk(pick, 2) for _ in range(pick.randrange(3))}


def webhook(pick: random.Random) -> Any:
    """A webhook of Zoom's outline, with junk in it."""
    person = {pick.choice(PERSON): junk(pick, 3) for _ in range(pick.randrange(5))}
    about = {"id": "8800000003", "uuid": junk(pick, 3), "participant": person}
    about |= {pick.choice(["start_time", "end_time", "id"]): junk(pick, 3)}
    event = pick.choice(sorted(EVENTS | {"endpoint.url_validation", "x"}))
    return {"event": event, "event_ts": junk(pick, 3), "payload": {"object": about}}


async def test_junk_everywhere_is_answered_as_declared(enrolled: World) -> None:
    pick = random.Random(20201102)
    document = enrolled.service.app.openapi()
    routes = [
        (method, path, {int(status) for status in operation["responses"]})
        for path, operations in document["paths"].items()
        if "/health/" not in path and "/metrics" not in path
        for method, operation in operations.items()
    ]
    assert len(routes) >= 14
    for n in range(360):
        method, path, declared = routes[n % len(routes)]
        for name in ("course_id", "session_id", "registration_id", "unmatched_id", "token"):
            word = pick.choice(WORDS[2:]).replace("/", "%2F")
            path = path.replace("{" + name + "}", word)
        headers = {"Content-Type": pick.choice(["application/json", "text/csv", "x"])}
        if pick.random() < 0.8:
            headers["Idempotency-Key"] = pick.choice(["same", f"key-{n}"])
        query = {pick.choice(["limit", "after", "t"]): pick.choice(WORDS)}
        content = json.dumps(body(pick)).encode() if method != "get" else None
        if content and path.endswith("/zoom") and pick.random() < 0.8:
            content = json.dumps(webhook(pick)).encode()
            headers |= headers_of(content)
        answer = await enrolled.http.request(
            method,
            path,
            params=query if method == "get" and pick.random() < 0.5 else None,
            content=content,
            headers=headers,
        )
        assert answer.status_code in declared | {404}, (method, path, answer.text)
        assert answer.status_code < 500, (method, path, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"].startswith("/problems/")
