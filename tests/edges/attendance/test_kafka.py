"""On real Kafka: heard from topics with junk among the records, said to topics, once each."""

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.attendance.app import build
from services.attendance.settings import Settings
from shared.contracts import reference
from shared.contracts.event import Event
from shared.contracts.partners import PartnerAttendanceReported
from shared.runtime import metrics
from shared.runtime.service import Service
from shared.runtime.tokens import digest_of
from tests.edges.attendance.conftest import OPERATOR, SECRET, confirmed, course, requested, saw
from tests.stage import Stage, StillClock


def service_of(url: str, bootstrap: str, group: str, **seams: Any) -> Service:
    made = build(
        Settings(
            database_url=url,
            kafka_bootstrap_servers=bootstrap,
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            role="all",
        ),
        **seams,
    )
    made.hears.consumer = group  # Kafka is shared with other tests
    return made


async def test_junk_among_the_records_is_put_aside_and_everything_else_is_said_once(
    database: Any, kafka_bootstrap: str
) -> None:
    mine = uuid.uuid4().hex[:8]
    about = {"course_id": f"course-{mine}"}
    ada, ben = f"ada-{mine}", f"ben-{mine}"
    events: list[Event] = [
        requested(ada, **about),
        confirmed(ada, **about),
        _told(ada, about),
        requested(ben, **about),
        course(sessions=reference.SESSIONS[2:3], course_id=about["course_id"]),
        confirmed(ben, **about),
    ]
    url = database("attendance")
    records = [_record(event) for event in events]
    async with _producer(kafka_bootstrap) as producer:
        for record in records:
            await producer.send_and_wait(**record)
            await producer.send_and_wait(**record)  # told twice, as after a crash
        for headers, value in (
            ([("ce_type", b"course.published.v1")], b"{not json"),
            ([("ce_type", b"registration.confirmed.v1"), ("x", b"\xff\xfe")], b'{"basis": 1}'),
            ([("ce_type", b"course.published.v9")], b"{}"),
            ([], b"\x00"),
        ):
            named = [*headers, ("ce_id", str(uuid.uuid4()).encode())]
            await producer.send_and_wait(
                "registration.courses", value, key=f"junk-{mine}".encode(), headers=named
            )

    service = service_of(url, kafka_bootstrap, f"attendance-{mine}")
    async with service.app.router.lifespan_context(service.app):
        # The session of 2020 is long over by the wall clock: it is completed as soon as heard.
        settled = await _read(
            kafka_bootstrap,
            "attendance.records",
            lambda found: (
                {e["registration_id"] for e in found if e["present"]} >= {ada}
                and {e["registration_id"] for e in found} >= {ada, ben}
            ),
            about["course_id"],
        )
        dead = await _read(
            kafka_bootstrap,
            "attendance.dead-letters",
            lambda found: len(found) >= 4,
            f"junk-{mine}",
        )
    latest = {e["registration_id"]: e for e in sorted(settled, key=lambda e: e["evidence_version"])}
    assert (latest[ada]["seconds"], latest[ada]["present"]) == (7200, True)
    assert (latest[ben]["seconds"], latest[ben]["present"]) == (0, False)
    versions = [(e["registration_id"], e["evidence_version"]) for e in settled]
    assert len(versions) == len(set(versions))
    assert len(dead) == 4

    # A second life hears all of it once more, and behind it, on the same partitions, what is new:
    # once that is handled, the rest was looked at, and nothing was settled or said again.
    before = await _kept(url, about["course_id"])
    assert {table: len(rows) for table, rows in before.items()} == {
        "records": 2,
        "report_lines": 1,
        "registrations": 2,
    }
    async with _producer(kafka_bootstrap) as producer:
        markers = await _told_again(producer, records, f"marker-{mine}")
    known = _handled_before()
    again = service_of(url, kafka_bootstrap, f"attendance-{mine}")
    async with again.app.router.lifespan_context(again.app), asyncio.timeout(60):
        while not await _handled(url, markers):
            await asyncio.sleep(0.1)
    assert _handled_before() - known == len(records), "known for what they are, each of them"
    assert await _kept(url, about["course_id"]) == before
    said = await _whole(kafka_bootstrap, "attendance.records", about["course_id"])
    told = [(each["registration_id"], each["evidence_version"]) for each in said]
    assert len(told) == len(set(told))
    # Its own fact of each, the last of which is what is kept.
    latest_said = {who: max(v for one, v in told if one == who) for who in (ada, ben)}
    assert latest_said == {
        row["registration_id"]: row["evidence_version"] for row in before["records"]
    }


async def test_a_meeting_swapped_in_mid_session_is_said_once_and_both_meetings_count(
    database: Any, kafka_bootstrap: str
) -> None:
    mine = uuid.uuid4().hex[:8]
    about, ada = {"course_id": f"swap-{mine}"}, f"ada-{mine}"
    clock = StillClock("2020-11-02T21:40:00Z")
    service = service_of(database("attendance"), kafka_bootstrap, f"attendance-{mine}", clock=clock)
    events = [
        course(sessions=reference.SESSIONS[2:3], **about),
        requested(ada, **about),
        confirmed(ada, **about),
    ]
    async with _producer(kafka_bootstrap) as producer:
        for event in events:
            await producer.send_and_wait(**_record(event))
    stage = Stage(service)
    async with service.app.router.lifespan_context(service.app), stage.http as http:
        path = f"/attendance/v1/sessions/{about['course_id']}/s3"
        async with asyncio.timeout(60):
            while (await http.get(path)).json().get("expected") != 1:
                await asyncio.sleep(0.1)
        # 21:00–21:30 in the meeting that failed, 21:42–22:50 in the one put in its place.
        second = {"meeting_id": f"second-{mine}", "url": "https://meet.example/second"}
        here = about | {"session_id": "s3"}
        lines = [
            saw("1", "joined", "2020-11-02T21:00:00Z", registration_id=ada, **here),
            saw("2", "meeting_ended", "2020-11-02T21:30:00Z", **here),
            saw("3", "joined", "2020-11-02T21:42:00Z", registration_id=ada, **here)
            | {"meeting_id": second["meeting_id"]},
            saw("4", "left", "2020-11-02T22:50:00Z", registration_id=ada)
            | {"meeting_id": second["meeting_id"]},
        ]
        for _ in range(2):
            assert (await http.put(f"{path}/meeting", json=second)).status_code == 200
        for some in (lines[2:], lines[:2], lines):  # late, out of order, and twice
            body = {"source": mine, "observations": some}
            answer = await http.post("/attendance/v1/observations", json=body)
            assert answer.json()["refused"] == []
        clock.time = clock.time.replace(hour=23, minute=16)
        settled = await _read(kafka_bootstrap, "attendance.records", bool, about["course_id"])
        said = await _read(
            kafka_bootstrap,
            "attendance.sessions",
            lambda found: any("settled_at" in each for each in found),
            about["course_id"],
        )
    swaps = [each for each in said if "swapped_at" in each]
    assert [(s["former_meeting_id"], s["meeting_id"]) for s in swaps] == [
        ("8800000003", second["meeting_id"])
    ]
    assert "meet.example" not in json.dumps(said)
    # 30 + 68 minutes of 120: absent by the rule, and not a second more for what came twice.
    assert [(e["seconds"], e["present"], e["origins"]) for e in settled] == [
        (5880, False, ["live"])
    ]


def _told(registration_id: str, about: dict[str, str]) -> PartnerAttendanceReported:
    return PartnerAttendanceReported.model_validate(
        PartnerAttendanceReported.example
        | about
        | {
            "item_id": f"item-{registration_id}",
            "session_id": "s3",
            "registration_id": registration_id,
            "joined_at": "2020-11-02T20:55:00Z",
            "left_at": "2020-11-02T23:05:00Z",
        }
    )


def _producer(bootstrap: str) -> AIOKafkaProducer:
    return AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")


def _record(event: Event) -> dict[str, Any]:
    headers = [("ce_id", str(uuid.uuid4()).encode()), ("ce_type", event.type.encode())]
    return {
        "topic": event.topic_of(),
        "key": event.key_of().encode(),
        "value": event.payload(),
        "headers": headers,
    }


def _handled_before() -> float:
    """How many records this process knew as handled."""
    [metric] = metrics.inbox_duplicates.collect()
    return next(one.value for one in metric.samples if one.name.endswith("_total"))


async def _told_again(
    producer: AIOKafkaProducer, records: list[dict[str, Any]], marker: str
) -> list[str]:
    """All records once more as they were, and behind each, on its partition, one that is new and
    concerns nobody of this course; the ids of those."""
    about = {"course_id": marker}
    new: dict[str, Event] = {
        event.type: event
        for event in (
            requested(marker, **about),
            confirmed(marker, **about),
            _told(marker, about),
            course(sessions=[], course_id=marker),
        )
    }
    ids = []
    for record in records:
        place = await producer.send_and_wait(**record)
        [kind] = [value.decode() for name, value in record["headers"] if name == "ce_type"]
        behind = _record(new[kind])
        await producer.send_and_wait(**behind, partition=place.partition)
        ids.append(behind["headers"][0][1].decode())
    return ids


async def _handled(url: str, ids: list[str]) -> bool:
    """Whether all of them were handled, and what had to be said is with Kafka."""
    con = await asyncpg.connect(url)
    try:
        many = await con.fetchval(
            "SELECT count(*) FROM inbox WHERE event_id = ANY($1::uuid[])", ids
        )
        waiting = await con.fetchval("SELECT count(*) FROM outbox")
        return bool(many == len(ids) and waiting == 0)
    finally:
        await con.close()


async def _kept(url: str, course_id: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of the course."""
    con = await asyncpg.connect(url)
    try:
        return {
            table: [
                dict(row)
                for row in await con.fetch(
                    f"SELECT * FROM {table} WHERE course_id = $1 ORDER BY registration_id",
                    course_id,
                )
            ]
            for table in ("records", "report_lines", "registrations")
        }
    finally:
        await con.close()


async def _whole(bootstrap: str, topic: str, mine: str) -> list[Any]:
    """All that a topic holds of ours by now."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        found: list[Any] = []
        async with asyncio.timeout(60):
            while any([await consumer.position(part) < end for part, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [json.loads(r.value) for r in records if mine.encode() in r.value]
        return found
    finally:
        await consumer.stop()


async def _read(
    bootstrap: str, topic: str, enough: Callable[[list[Any]], bool], mine: str
) -> list[Any]:
    """What a topic holds of ours, until it is enough; dead letters as they are."""
    found: list[Any] = []
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(90):
            while not enough(found):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        if record.key == mine.encode():
                            found.append(record)
                        elif mine.encode() in (record.value or b"") and not record.key.startswith(
                            b"junk"
                        ):
                            found.append(json.loads(record.value))
    finally:
        await consumer.stop()
    return found
