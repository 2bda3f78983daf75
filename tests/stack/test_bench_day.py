"""A session's day: what is told and when, and how old what waits is, each counted by hand."""

import asyncio
import uuid
from collections import Counter
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench import day, outbox, people
from cli.crowd import sightings
from cli.crowd.lagging import Ages, Lag


def test_each_comes_some_drop_and_some_is_told_twice() -> None:
    told = sightings.arrival(people.learners(8, 8), 100.0, 3)
    # three of each of eight; numbers 1 and 5 drop and are back; one of twenty, of 28, twice
    assert sightings.distinct(told) == 28
    assert len(told) == 30
    assert [said.after for said in told] == sorted(said.after for said in told)
    assert told[-1].after <= 100
    kinds = Counter(said.kind for said in {(s.one.number, s.n): s for s in told}.values())
    assert kinds == {"waiting": 8, "admitted": 8, "joined": 10, "left": 2}
    for one in people.learners(8, 8):
        mine = [said.n for said in told if said.one.number == one.number]
        assert list(dict.fromkeys(mine)) == sorted(set(mine)), "of one in their order"
    assert told == sightings.arrival(people.learners(8, 8), 100.0, 3)
    assert told != sightings.arrival(people.learners(8, 8), 100.0, 4)


def test_a_platform_that_stumbles_tells_of_all_one_kind_after_the_other() -> None:
    told = sightings.burst(people.learners(3, 3), ("left", "joined"), 5)
    assert [(one.number, n, kind) for one, n, kind in told] == [
        *((number, 5, "left") for number in range(3)),
        *((number, 6, "joined") for number in range(3)),
    ]


def test_an_observation_has_an_id_of_its_own_whatever_is_told_of_whom() -> None:
    many = people.learners(40, 40)
    at = day.STARTS["s4"]
    ids = [sightings.sighting(one, "s4", n, "left", at)["id"] for one in many for n in range(8)]
    assert len(set(ids)) == 320


@pytest.mark.parametrize(
    ("looks", "ages"),
    [
        # (when, done, end): all is done
        ([(0, 5, 5), (1, 7, 7)], [0, 0]),
        # the eighth was not yet said a second ago, and waits
        ([(0, 7, 7), (1, 7, 8), (2, 7, 9), (3, 8, 9)], [0, 1, 2, 2]),
        # done at last; what comes then is new
        ([(0, 0, 4), (5, 0, 4), (6, 4, 4), (7, 4, 5)], [0, 5, 0, 1]),
        # some is done between looks, and what is left is of the last one
        ([(0, 3, 3), (1, 3, 10), (2, 12, 20), (3, 12, 20)], [0, 1, 1, 2]),
    ],
    ids=["done", "waits", "late", "moves"],
)
def test_how_old_what_waits_is(looks: list[tuple[float, int, int]], ages: list[float]) -> None:
    seen = Ages()
    assert [seen.note("it", *look) for look in looks] == ages
    assert seen.note("another", 9, 0, 3) == 0, "nobody looked before"


def test_what_was_refused_anywhere_in_a_day_counts() -> None:
    none = {"refused": 0, "lost": 0}
    assert day.bad({"coming": none, "peak": none, "leaving": none}) == 0
    assert day.bad({"coming": {"refused": 2, "lost": 0}, "peak": none,
                    "leaving": {"refused": 0, "lost": 3}}) == 5  # fmt: skip


async def test_what_waits_in_an_outbox_and_on_kafka_is_seen(
    database: Any, kafka_server: str
) -> None:
    """A row that nobody relays, and a record behind a group's offset; what is done makes no age."""
    group = f"bench-{uuid.uuid4().hex[:12]}"
    con = await asyncpg.connect(database("billing"))
    async with outbox.topic(kafka_server, "lag") as name:
        tp = TopicPartition(name, 0)
        producer = AIOKafkaProducer(bootstrap_servers=kafka_server)
        await producer.start()
        for _ in range(2):
            await producer.send_and_wait(name, b"{}", partition=0)
        await producer.stop()
        reading = AIOKafkaConsumer(
            bootstrap_servers=kafka_server, group_id=group, enable_auto_commit=False
        )
        await reading.start()
        reading.assign([tp])
        await reading.commit({tp: 2})
        async with Lag({group: con}, kafka_server) as lag:
            await asyncio.sleep(1.5)
            assert lag.samples >= 1
            assert (lag.worst, set(lag.most.values())) == (0, {0.0}), "all is done"
        await reading.commit({tp: 1})
        await con.execute(
            "INSERT INTO outbox (event_id, shard, topic, key, payload, headers)"
            " VALUES (gen_random_uuid(), 0, 'x', 'k', '{}', '[]')"
        )
        async with Lag({group: con}, kafka_server) as lag:
            while lag.samples < 3:
                lag.raise_for_end()
                await asyncio.sleep(0.1)
        waited = {one for one, seconds in lag.most.items() if seconds > 0}
        assert waited == {f"{group}'s outbox", f"{group} of {name}/0"}
        assert lag.where in waited
        await reading.stop()
    await con.close()


async def test_a_look_that_fails_is_no_silence(database: Any, kafka_server: str) -> None:
    con = await asyncpg.connect(database("billing"))
    lag = Lag({"nobody": con}, kafka_server)
    async with lag:
        await con.close()
        assert lag._task is not None
        await asyncio.wait([lag._task], timeout=30)
        with pytest.raises(asyncpg.InterfaceError):
            lag.raise_for_end()
