"""What Prometheus is shown: of the process, of its database at that moment, and what is not known
is not shown."""

import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from math import isnan
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.runtime import metrics, sent
from shared.runtime.ages import MOST, Ages
from shared.runtime.database import Database
from shared.runtime.hears import Hears
from shared.runtime.here import host_is_here, is_here
from shared.runtime.reads import Read
from shared.runtime.service import Service
from shared.runtime.watching import EVERY, Watching
from stack.ports import free_port
from tests.runtime.test_consume import feed_each, hears, wait_for
from tests.runtime.test_health import service
from tests.stage import StillClock

NOW = "2026-03-02T12:00:00+00:00"


def values(text: bytes | str) -> dict[tuple[str, ...], float]:
    """(name, values of its labels by their names' order …) → value."""
    read = text if isinstance(text, str) else text.decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(read)
        for sample in family.samples
    }


class Tick:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


# --- ages -----------------------------------------------------------------------------------------


def test_what_stands_there_is_as_old_as_the_first_look_that_saw_it() -> None:
    ages = Ages()
    assert ages.age(10, 10, 100.0) == 0.0
    assert ages.age(10, 12, 105.0) == 0.0, "seen for the first time"
    assert ages.age(10, 15, 125.0) == 20.0, "10 and 11 were there at 105"
    assert ages.age(12, 15, 130.0) == 5.0, "12 came after 105, and was there at 125"
    assert ages.age(15, 15, 140.0) == 0.0


def test_a_count_that_begins_anew_is_as_one_never_seen() -> None:
    ages = Ages()
    ages.age(5, 9, 100.0)
    assert ages.age(0, 3, 160.0) == 0.0
    assert ages.age(0, 3, 170.0) == 10.0


def test_looks_are_bounded_and_the_oldest_tells() -> None:
    ages = Ages()
    for n in range(5_000):
        told = ages.age(0, n + 1, 100.0 + n)
    assert told == 4_999.0
    assert len(ages._seen) <= MOST
    for n in range(5_000):
        ages.age(10_000 + n, 10_000 + n, 9_000.0 + n)
    assert len(ages._seen) <= MOST, "where nothing stands nothing is kept"


# --- what the database says -----------------------------------------------------------------------


DUES = """
INSERT INTO due (kind, ref, lane, due_at, version, payload) VALUES
  ('remind', 'a', '', $1::timestamptz - interval '5 minutes', 1, '{}'),
  ('remind', 'b', 'x', $1::timestamptz - interval '9 minutes', 1, '{}'),
  ('remind', 'c', 'x', $1::timestamptz + interval '9 minutes', 1, '{}'),
  ('later', 'd', '', $1::timestamptz + interval '1 minute', 1, '{}'),
  ('gone', 'e', '', 'infinity', 1, '{}')
"""
TASKS = """
INSERT INTO tasks (kind, ref, number, task_id, scope, about, what, opened_at, due_at, closed_at)
VALUES ('call', 'a', 1, '1', '', '{}', '', $1, $1::timestamptz - interval '1 second', NULL),
  ('call', 'b', 1, '2', '', '{}', '', $1, $1::timestamptz + interval '1 hour', NULL),
  ('call', 'c', 1, '3', '', '{}', '', $1, $1::timestamptz - interval '1 hour', $1),
  ('write', 'a', 1, '4', '', '{}', '', $1, NULL, NULL)
"""
OUTBOX = """
INSERT INTO outbox (event_id, shard, topic, key, payload, headers)
SELECT gen_random_uuid(), 1, 'toys', NULL, NULL, '{}' FROM generate_series(1, 3)
"""


async def test_what_stands_in_the_database_is_shown(db: Database) -> None:
    now, tick = datetime.fromisoformat(NOW), Tick()
    watching = Watching(db, StillClock(NOW), tick=tick)
    async with db.acquire() as con:
        await con.execute(DUES, now)
        await con.execute(TASKS, now)
        await con.execute(OUTBOX)
    shown = values(await watching.shown())
    assert shown[("due_overdue", "remind")] == 2
    assert shown[("due_late_seconds", "remind")] == 540
    assert (shown[("due_overdue", "later")], shown[("due_late_seconds", "later")]) == (0, 0)
    assert shown[("due_overdue", "gone")] == 0, "dropped while it was acted on"
    assert (shown[("tasks_open", "call")], shown[("tasks_overdue", "call")]) == (2, 1)
    assert (shown[("tasks_open", "write")], shown[("tasks_overdue", "write")]) == (1, 0)
    assert shown[("outbox_pending",)] == 3
    assert 1 <= shown[("database_server_connections",)] < 1000
    assert shown[("database_server_connections_most",)] > 10
    tick.now += 60
    await watching.shown()
    assert metrics.outbox_oldest._value.get() == 60, "they stood there at the look before"


async def test_a_row_that_stands_is_as_old_though_later_ones_went(db: Database) -> None:
    tick = Tick()
    watching = Watching(db, StillClock(NOW), tick=tick)
    async with db.acquire() as con:
        await con.execute(OUTBOX)
        await watching.shown()
        await con.execute("DELETE FROM outbox WHERE id > (SELECT min(id) FROM outbox)")
    tick.now += 60
    await watching.shown()
    assert metrics.outbox_oldest._value.get() == 60


async def test_a_look_that_was_dear_is_shown_again_for_twenty_times_as_long(db: Database) -> None:
    tick = Tick()
    watching = Watching(db, StillClock(NOW), tick=tick)
    looks = 0
    before = watching._look

    async def look(asked: Database) -> Any:
        nonlocal looks
        looks += 1
        tick.now += 2 if looks == 2 else 0  # so long the second one takes
        return await before(asked)

    watching._look = look  # type: ignore[method-assign]
    for then, made in ((0.0, 1), (EVERY - 0.1, 1), (0.2, 2), (37.0, 2), (1.1, 3)):
        tick.now += then
        await watching.shown()
        assert looks == made, then


async def test_what_cannot_be_read_is_not_shown_as_it_was(db: Database) -> None:
    tick = Tick()
    watching = Watching(db, StillClock(NOW), [Read({"toys": "Toys"}, "SELECT 7 AS toys")], tick)
    assert values(await watching.shown())[("toys",)] == 7
    failed = metrics.reads_failed._value.get()
    watching._reads = (Read({"toys": "Toys"}, "SELECT 7 AS toys FROM nowhere"),)
    tick.now += EVERY
    assert values(await watching.shown()) == {}
    assert isnan(metrics.outbox_oldest._value.get())
    assert metrics.reads_failed._value.get() == failed + 1


async def test_a_row_that_says_null_shows_nothing(db: Database) -> None:
    read = Read(
        {"toys": "Toys", "age": "Age"},
        "SELECT * FROM (VALUES ('a', 1, NULL), ('b', 2, 3)) v(name, toys, age)",
        labels=("name",),
    )
    shown = values(await Watching(db, StillClock(NOW), [read]).shown())
    toys = {key: value for key, value in shown.items() if key[0] in {"toys", "age"}}
    assert toys == {("toys", "a"): 1, ("toys", "b"): 2, ("age", "b"): 3}


# --- who is shown what ----------------------------------------------------------------------------


@pytest.fixture
async def asked(toy_url: str, toy_kafka: str) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    made = service(toy_url, toy_kafka, Hears("toy"))
    made.clock = made.watching._clock = StillClock(NOW)
    transport = httpx.ASGITransport(made.app, raise_app_exceptions=False)
    async with (
        made.app.router.lifespan_context(made.app),
        httpx.AsyncClient(transport=transport, base_url="http://toy") as client,
    ):
        yield made, client


async def test_through_a_front_door_nothing_of_the_business_is_shown(
    asked: tuple[Service, httpx.AsyncClient],
) -> None:
    _, client = asked
    sent.count([{"shard": 3, "headers": {"ce_type": "toy.given.v1"}}])  # type: ignore[list-item]
    inside = values((await client.get("/toy/metrics")).text)
    assert inside[("events_sent_total", "toy.given.v1")] >= 1
    assert ("outbox_pending",) in inside
    assert inside[("service_info", "no", "all", "no")] == 1
    for header in ("X-Forwarded-For", "Forwarded"):
        shown = values((await client.get("/toy/metrics", headers={header: "192.0.2.1"})).text)
        assert ("service_ready",) in shown
        assert {name for name, *_ in shown} & {"events_sent_total", "outbox_pending"} == set()


async def test_a_process_that_only_answers_leaves_the_database_to_those_that_work(
    toy_url: str, toy_kafka: str
) -> None:
    made = service(toy_url, toy_kafka, Hears("toy"), role="api")
    assert await made.watching.shown() == b""


async def test_a_process_that_never_reached_kafka_says_that_it_is_away(toy_url: str) -> None:
    metrics.kafka_away.set(0)
    nobody = f"127.0.0.1:{free_port()}"
    made = service(toy_url, nobody, hears(f"toy-{uuid.uuid4()}", feed_each))
    await made.start()

    async def away() -> bool:
        return bool(metrics.kafka_away._value.get() == 1)

    await wait_for(away, seconds=60)
    await made.stop()
    metrics.kafka_away.set(0)


def test_copies_for_partners_and_dead_letters_are_no_events_that_were_said() -> None:
    def counted(type_: str) -> float:
        return metrics.events_sent.labels(type_)._value.get()

    before, rows = counted("toy.lost.v1"), metrics.relay_sent._value.get()
    sent.count(
        [
            {"shard": 3, "headers": {"ce_type": "toy.lost.v1"}},
            {"shard": 15, "headers": {"ce_type": "toy.lost.v1"}},
            {"shard": 16, "headers": {"ce_type": "toy.lost.v1"}},
            {"shard": 3, "headers": [["ce_type", "dG95"]]},
            {"shard": 3, "headers": {}},
        ]  # type: ignore[list-item]
    )
    assert counted("toy.lost.v1") - before == 2
    assert metrics.relay_sent._value.get() - rows == 5


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080", True),
        ("http://holdfast.localhost", True),
        ("http://[::1]:8080", True),
        ("https://courses.example.org", False),
        ("http://10.1.2.3", False),
        ("", False),
    ],
)
def test_which_address_only_this_machine_reaches(url: str, here: bool) -> None:
    assert is_here(url) is here


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("mail.localhost", False),  # a resolver may say anything of it
        ("10.1.2.3", False),
        ("mail.example.org", False),
        ("", False),
    ],
)
def test_which_host_a_password_may_go_to_in_the_clear(host: str, here: bool) -> None:
    assert host_is_here(host) is here
