"""Zoom's webhooks: signed, kept bare, once each, and counted as what they are."""

import asyncio
import json
import time
from typing import Any

import httpx
import pytest

from services.attendance.app import build
from services.attendance.domain.signature import sealed, sign
from services.attendance.settings import Settings
from shared.runtime.metrics import INSIDE
from tests.edges.attendance.conftest import (
    ZOOM_SECRET,
    World,
    confirmed,
    course,
    requested,
    sessions,
)
from tests.stage import SECRET, StillClock, killed_at

WEBHOOK = "/attendance/v1/webhooks/zoom"
ADA = "0192a0b0-5c1e-7a10-8f00-0000000000ad"
ADAS_KEY = "0192a0b05c1e7a108f000000000000ad"
TIME = {
    "participant_joined": "join_time",
    "participant_joined_breakout_room": "join_time",
    "participant_left": "leave_time",
    "participant_left_breakout_room": "leave_time",
}


def said(name: str, at: str, instance: str = "A==", **person: Any) -> dict[str, Any]:
    """A webhook about the third session's meeting, 2020-11-02 21:00–23:00Z."""
    about: dict[str, Any] = {"id": "8800000003", "uuid": instance, "topic": "Ada's course"}
    if name in ("started", "ended"):
        about |= {"started": {"start_time": at}, "ended": {"end_time": at}}[name]
    else:
        about["participant"] = {TIME.get(name, "date_time"): at} | person
    payload = {"account_id": "acc", "object": about}
    return {"event": f"meeting.{name}", "event_ts": 1604350800000, "payload": payload}


def headers_of(body: bytes, secret: str = ZOOM_SECRET) -> dict[str, str]:
    stamp = str(int(time.time()))
    return {"x-zm-request-timestamp": stamp, "x-zm-signature": sign(secret, stamp, body)}


async def post(http: httpx.AsyncClient, event: Any, secret: str = ZOOM_SECRET) -> httpx.Response:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return await http.post(WEBHOOK, content=body, headers=headers_of(body, secret))


async def zoom_says(world: World, *events: Any) -> None:
    async with world.client() as zoom:
        for event in events:
            answer = await post(zoom, event)
            assert answer.status_code == 200, answer.text


def counted(outcome: str) -> float:
    return INSIDE.get_sample_value("zoom_webhooks_total", {"outcome": outcome}) or 0.0


async def test_the_address_is_validated(enrolled: World) -> None:
    event = {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooat"}}
    async with enrolled.client() as zoom:
        for secret in (ZOOM_SECRET, "the former secret"):
            answer = await post(zoom, event, secret)
            expected = {
                "plainToken": "qgg8vlvZRS6UYooat",
                "encryptedToken": sealed(secret, "qgg8vlvZRS6UYooat"),
            }
            assert (answer.status_code, answer.json()) == (200, expected)
        for payload in (
            None,
            {},
            {"plainToken": 7},
            {"plainToken": "é"},
            {"plainToken": "x" * 501},
        ):
            answer = await post(zoom, {"event": "endpoint.url_validation", "payload": payload})
            assert answer.status_code == 400


async def test_who_is_not_zoom_changes_nothing(enrolled: World) -> None:
    event = said("participant_joined", "2020-11-02T21:00:00Z", customer_key=ADAS_KEY, user_id="1")
    body = json.dumps(event).encode()
    good = headers_of(body)
    wrong: list[dict[str, str]] = [
        {},
        {"x-zm-signature": good["x-zm-signature"]},
        {"x-zm-request-timestamp": good["x-zm-request-timestamp"]},
        headers_of(body, "a guess"),
        headers_of(body + b" "),
        good | {"x-zm-request-timestamp": str(int(good["x-zm-request-timestamp"]) - 301)},
    ]
    async with enrolled.client() as somebody:
        for headers in wrong:
            answer = await somebody.post(WEBHOOK, content=body, headers=headers)
            assert answer.status_code == 401, answer.text
            assert answer.json()["type"] == "/problems/signature-invalid"
    assert await enrolled.count("observations") == 0


async def test_where_zoom_is_not_connected_it_says_what_to_set(database: Any) -> None:
    service = build(
        Settings(database_url=database("attendance"), platform_secret=SECRET, role="api"),
        clock=StillClock("2020-09-01T13:00:00Z"),
    )
    running = service.app.router.lifespan_context(service.app)
    async with running, World(service).client() as zoom:
        answer = await post(zoom, said("started", "2020-11-02T21:00:00Z"))
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/zoom-not-connected"
    assert "ATTENDANCE_ZOOM_WEBHOOK_SECRETS" in answer.json()["detail"]


async def test_a_session_as_zoom_tells_it(world: World) -> None:
    """The waiting room, a breakout room of which the host's closing says nothing, a lost "left"
    before the meeting is started anew, out of order and each twice."""
    await world.hears(course(), requested(ADA), confirmed(ADA))
    await world.at("2020-11-02T22:30:00Z")
    one = {"participant_uuid": "C1", "customer_key": ADAS_KEY, "user_name": "Ada Example"}
    two = one | {"participant_uuid": "C2"}
    told = [
        said("participant_joined_waiting_room", "2020-11-02T20:50:00Z", user_id="1", **one),
        said("started", "2020-11-02T20:59:00Z"),
        said("participant_admitted", "2020-11-02T21:10:00Z", user_id="1", **one),
        said("participant_left_waiting_room", "2020-11-02T21:10:00Z", user_id="1", **one),
        said("participant_joined", "2020-11-02T21:10:00Z", user_id="2", **one),
        said("participant_joined_breakout_room", "2020-11-02T21:20:00Z", user_id="22", **one),
        said("participant_left", "2020-11-02T21:20:00Z", user_id="2", **one),
        said("participant_joined", "2020-11-02T21:20:00Z", user_id="3", **one),
        said("ended", "2020-11-02T21:40:00Z"),
        said("started", "2020-11-02T21:45:00Z", "B/x=="),
        said("participant_joined", "2020-11-02T21:50:00Z", "B/x==", user_id="1", **two),
        said("participant_left", "2020-11-02T22:20:00Z", "B/x==", user_id="1", **two),
        said("sharing_started", "2020-11-02T21:50:00Z", user_id="1", **one),
    ]
    await zoom_says(world, *reversed(told), *told)
    view = await world.view("s3")
    assert [(r["seconds"], r["in_room"]) for r in view["records"]] == [((30 + 30) * 60, False)]
    assert view["unmatched"] == 0
    assert await world.count("observations") == len(told) - 1
    kept = json.dumps([row["body"] for row in await world.rows("SELECT body FROM observations")])
    assert "Ada" not in kept


async def test_a_phone_in_the_waiting_room_takes_nothing_from_the_laptop(enrolled: World) -> None:
    key = {"customer_key": ADAS_KEY, "registrant_id": "R1"}
    phone = {"participant_uuid": "C2", "user_id": "2", **key}
    laptop = {"participant_uuid": "C1", "user_id": "1", **key}
    await enrolled.hears(requested(ADA), confirmed(ADA))
    await enrolled.at("2020-11-02T23:05:00Z")
    await zoom_says(
        enrolled,
        said("started", "2020-11-02T20:55:00Z"),
        said("participant_joined", "2020-11-02T21:00:00Z", **laptop),
        said("participant_joined_waiting_room", "2020-11-02T21:30:00Z", **phone),
        said("participant_left_waiting_room", "2020-11-02T21:40:00Z", **phone),
        said("participant_left", "2020-11-02T23:00:00Z", **laptop),
        said("ended", "2020-11-02T23:00:00Z"),
    )
    assert (await enrolled.registration(ADA))["s3"]["seconds"] == 7200
    await enrolled.at("2020-11-03T02:00:00Z")
    assert (await enrolled.settled())[ADA, "s3"][0] == 7200


async def test_redelivery_is_one_observation_however_late(enrolled: World) -> None:
    event = said("participant_joined", "2020-11-02T21:00:00Z", participant_uuid="C1", user_id="1")
    before = counted("kept"), counted("duplicate")
    await zoom_says(enrolled, event, event | {"event_ts": 1604350999000}, event)
    assert (counted("kept"), counted("duplicate")) == (before[0] + 1, before[1] + 2)
    assert await enrolled.count("observations") == 1


async def test_what_nothing_is_kept_of_is_answered_and_counted(enrolled: World) -> None:
    foreign = said("participant_joined", "2020-11-02T21:00:00Z", user_id="1")
    foreign["payload"]["object"]["id"] = "9999999999"
    cases: list[tuple[str, Any]] = [
        ("foreign", foreign),
        ("ignored", {"event": "recording.completed", "payload": {}}),
        ("ignored", {"event": ["x"]}),
        ("ignored", []),
        ("ignored", {}),
        ("unreadable", {"event": "meeting.started"}),
        ("unreadable", said("participant_joined", "soon", user_id="1")),
        ("unreadable", said("participant_joined", "2020-11-02T21:00:00Z")),
        ("unreadable", said("participant_left", "2020-11-02T21:00:00Z", user_id="\x00")),
        ("unreadable", said("participant_left", "2020-11-02T21:00:00Z", user_id="\ud800")),
    ]
    for outcome, event in cases:
        before = counted(outcome)
        await zoom_says(enrolled, event)
        assert counted(outcome) == before + 1, event
    async with enrolled.client() as zoom:
        for junk in (b"", b"{", b"\xff", b"[" * 100_000):
            assert (await post(zoom, junk)).status_code == 400
    assert await enrolled.count("observations") == 0


@pytest.mark.extras
@pytest.mark.long
async def test_ten_thousand_come_at_once(world: World) -> None:
    await ten_thousand(world, 10_000)


async def test_a_thousand_come_at_once(world: World) -> None:
    await ten_thousand(world, 1_000)


async def ten_thousand(world: World, many: int) -> None:
    """Through the edge, so many at a time as wait there; each is there afterwards, once."""
    await world.hears(course(sessions=sessions()))
    batches: list[int] = []
    step = world.edge.step

    async def counting(*most: int) -> int:
        batches.append(await step(*most))
        return batches[-1]

    world.edge.step = counting  # type: ignore[method-assign]
    async with world.client() as zoom:
        for start in range(0, many, 500):
            events = [
                said("participant_joined", "2020-11-02T21:00:00Z", user_id=f"{n}")
                for n in range(start, min(start + 500, many))
            ]
            answers = await asyncio.gather(*(post(zoom, event) for event in events))
            assert {answer.status_code for answer in answers} == {200}
    assert await world.count("observations") == many
    assert sum(batches) == many
    assert len(batches) < many / 10  # micro-batches, not a transaction each
    view = await world.view("s3")
    assert view["unmatched"] == many


@pytest.mark.parametrize("point", ["batch.flushed", "batch.committed", "edge.committed"])
async def test_a_crash_before_the_answer_and_the_redelivery_are_one_observation(
    database: Any, point: Any
) -> None:
    service = build(
        Settings(
            database_url=database("attendance"),
            platform_secret=SECRET,
            role="api",
            zoom_webhook_secrets=ZOOM_SECRET,
        ),
        clock=StillClock("2020-11-02T21:00:00Z"),
    )
    stage = World(service)  # nothing serves its edge: requests are stepped through it
    await stage.hears(course())
    body = json.dumps(said("participant_joined", "2020-11-02T21:00:00Z", user_id="1")).encode()
    with killed_at(point):
        await stage.asks("POST", WEBHOOK, content=body, headers=headers_of(body))
    answer = await stage.asks("POST", WEBHOOK, content=body, headers=headers_of(body))
    assert answer.status_code == 200
    assert await stage.count("observations") == 1
    assert await stage.count("unmatched") == 1
    await stage.http.aclose()
    await service.api_db.close()
    await service.worker_db.close()
