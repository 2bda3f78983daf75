"""Workers say that they are there: what release they run, and which partitions are theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.runtime import presence
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.due import Dues
from shared.runtime.presence import Presence, Release
from shared.runtime.process_list import standing
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from shared.runtime.tokens import digest_of
from shared.runtime.worker import Worker
from tests.runtime import toy
from tests.runtime.test_batch import rows
from tests.runtime.test_consume import feed_each, hears, ours, record, send, topic_name, wait_for
from tests.stage import OPERATOR, SECRET, Stage, StillClock

__all__ = ["ours"]
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
OURS = Release("0.4.0", "a1b2c3")
KEY = ("registration.registrations", 3)


def row(worker_id: str, seconds: int, partitions: Any) -> dict[str, Any]:
    seen_at = NOW - timedelta(seconds=seconds)
    return {"worker_id": worker_id, "seen_at": seen_at, "partitions": partitions}


def test_the_last_look_tells_where_all_stand_and_each_worker_what_is_its_own() -> None:
    first = row("w-1", 20, [["t", 0, 5, 9, True], ["t", 1, 7, 7, False], ["t", 2, 0, 1, False]])
    second = row("w-2", 2, [["t", 0, 8, 9, False], ["t", 1, 7, 7, True], ["t", 2, 0, 1, False]])
    for order in ([first, second], [second, first]):
        partitions, looked_at = standing(order, NOW)
        assert looked_at == second["seen_at"]
        assert [(p["partition"], p["committed"], p["end"], p["lag"], p["holder"])
                for p in partitions] == [
            (0, 8, 9, 1, "w-1"), (1, 7, 7, 0, "w-2"), (2, 0, 1, 1, None),
        ]  # fmt: skip


def test_whoever_is_silent_holds_nothing_and_who_knows_nothing_hides_nobody() -> None:
    gone = row("w-1", 61, [["t", 0, 5, 9, True]])
    assert standing([], NOW) == ([], None)
    assert standing([gone], NOW) == ([], None)
    blind = row("w-2", 1, None)
    assert standing([gone, blind], NOW) == ([], None)
    there = row("w-3", 30, [["t", 0, 6, 9, False]])
    [one], _ = standing([gone, blind, there], NOW)
    assert (one["committed"], one["holder"]) == (6, None)


def test_a_partition_that_moved_is_of_whoever_spoke_last() -> None:
    before = row("w-1", 12, [["t", 0, 5, 9, True]])
    now = row("w-2", 3, [["t", 0, 5, 9, True]])
    [one], _ = standing([now, before], NOW)
    assert one["holder"] == "w-2"


def test_a_committed_place_behind_the_end_is_no_debt() -> None:
    [one], _ = standing([row("w-1", 1, [["t", 0, 12, 9, True]])], NOW)
    assert one["lag"] == 0, "the topic was made anew, or the two were not read at once"


async def test_a_worker_is_told_of_until_it_leaves_and_a_dead_one_for_an_hour(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "wall", lambda: NOW)
    known: list[Any] = [None]

    async def places() -> Any:
        return known[0]

    one = Presence(db, OURS, places, lambda: {KEY})
    await one.say()
    assert await rows(db, "SELECT release, revision, partitions FROM workers") == [
        ("0.4.0", "a1b2c3", None)
    ]
    known[0] = {KEY: (4, 6), (KEY[0], 1): (0, 0)}
    await one.say()
    told = [[KEY[0], 1, 0, 0, False], [*KEY, 4, 6, True]]
    assert await rows(db, "SELECT partitions FROM workers") == [(told,)]
    monkeypatch.setattr(presence, "wall", lambda: NOW + timedelta(minutes=61))
    other = Presence(db, OURS, places, set)
    await other.say()
    assert await rows(db, "SELECT worker_id FROM workers") == [(other.worker_id,)]
    await other.leave()
    await other.leave()
    assert await rows(db, "SELECT worker_id FROM workers") == []


async def test_an_operator_is_told_what_runs_and_nobody_else_is(db: Database, toy_url: str) -> None:
    settings = ServiceSettings(
        database_url=toy_url,
        role="api",
        release="0.4.0",
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
    )
    clock = StillClock("2020-09-01T13:00:00Z")
    service = Service("billing", settings, base=toy.Base, clock=clock)

    async def places() -> Any:
        return {KEY: (4, 6)}

    async with service.app.router.lifespan_context(service.app):
        stage = Stage(service)
        async with stage.http:
            path = "/billing/v1/processes"
            none = (await stage.http.get(path)).json()
            answers = none.pop("answers")
            assert (answers["role"], answers["release"], answers["revision"]) == (
                "api",
                "0.4.0",
                None,
            )
            assert none == {
                "service": "billing", "workers": [], "partitions": [], "looked_at": None,
            }  # fmt: skip
            one = Presence(db, OURS, places, lambda: {KEY})
            await one.say()
            told = (await stage.http.get(path)).json()
            [worker] = told["workers"]
            assert (worker["worker_id"], worker["revision"], worker["silent"]) == (
                one.worker_id,
                "a1b2c3",
                False,
            )
            assert told["partitions"] == [
                {"topic": KEY[0], "partition": 3, "committed": 4, "end": 6, "lag": 2,
                 "holder": one.worker_id}
            ]  # fmt: skip
            assert (await stage.client(None).get(path)).status_code == 401


async def test_a_worker_at_kafka_says_what_it_has_handled_and_what_is_its_own(
    db: Database,
    toy_url: str,
    toy_kafka: str,
    ours: str,
) -> None:
    group = hears(f"toy-{ours}", feed_each)
    worker = Worker(db, Clock(), group, Dues(), toy_url, toy_kafka, runs=OURS)
    worker.start()

    async def well() -> bool:
        return worker.ills() == []

    await wait_for(well, seconds=60)
    await send(toy_kafka, ours, record(f"{ours}a"))

    async def fed() -> bool:
        await worker.presence.say()
        [(told,)] = await rows(db, "SELECT partitions FROM workers")
        mine = [one for one in told or () if one[0] == topic_name(ours)]
        return len(mine) > 0 and all(held for *_, held in told) and sum(m[2] for m in mine) == 1

    await wait_for(fed, seconds=60)
    [(told,)] = await rows(db, "SELECT partitions FROM workers")
    assert all(
        committed == end for topic, _, committed, end, _ in told if topic == topic_name(ours)
    )
    await worker.stop()
    assert await rows(db, "SELECT worker_id FROM workers") == []
