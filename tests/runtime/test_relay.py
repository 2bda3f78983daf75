"""The relay between a database and a Kafka that come and go, and beside other relays."""

import asyncio
import json
import uuid
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaTimeoutError, UnknownTopicOrPartitionError

from shared.runtime import producing, refusals
from shared.runtime import relay as relay_module
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.due import Dues
from shared.runtime.hears import Hears
from shared.runtime.producing import KafkaProducer
from shared.runtime.relay import Relay
from shared.runtime.relay_statements import READ
from shared.runtime.unsaid import take_back
from shared.runtime.worker import Worker
from tests.runtime.proxy import Proxy
from tests.runtime.test_batch import rows
from tests.runtime.test_consume import outbox, topic_of, wait_for
from tests.stage import Shelf


def mark() -> str:
    return uuid.uuid4().hex[:8]


class NeverAcknowledged:
    """A Kafka that takes everything and acknowledges nothing, as far as a producer can see."""

    def __init__(self) -> None:
        self.dropped: list[bool] = []
        self.futures: list[asyncio.Future[None]] = []

    async def hand_over(self, given: Any) -> tuple[list[Any], None]:
        self.futures = [asyncio.get_running_loop().create_future() for _ in given]
        return list(self.futures), None

    def ended(self) -> bool:
        return False

    async def drop(self, *, flush: bool = True) -> None:
        self.dropped.append(flush)


async def test_whoever_loses_its_shards_while_kafka_is_silent_never_sends_their_rows_later(
    db: Database, toy_url: str, toy_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "PING", 0.1)
    name = mark()
    await outbox(db, name, 10)
    silent = NeverAcknowledged()
    first = Relay(toy_url, toy_kafka, "toy", silent)
    stepping = asyncio.create_task(first.step())

    async def says_so() -> bool:
        return any("has not acknowledged" in ill for ill in first.ills())

    await wait_for(says_so)
    assert not stepping.done(), "the same futures are waited for, however long it takes"
    await rows(
        db,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'holdfast-toy-relay' and datname = current_database()",
    )
    with pytest.raises(Exception, match="connection"):
        await stepping
    assert silent.dropped == [False], "what it still held is not flushed"
    assert first.shards == set()
    second = Relay(toy_url, toy_kafka, "toy")
    while await second.step():
        pass
    await second.stop()
    assert len(await topic_of(toy_kafka, name)) == 10


async def test_whoever_loses_its_shards_knows_it_at_once_and_not_by_the_next_sign_of_life(
    db: Database, toy_url: str, toy_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it knows, it may still send rows of which another has said newer ones since."""
    monkeypatch.setattr(relay_module, "PING", 3600.0)
    await outbox(db, mark(), 3)
    silent = NeverAcknowledged()
    relay = Relay(toy_url, toy_kafka, "toy", silent)
    stepping = asyncio.create_task(relay.step())

    async def sent() -> bool:
        return bool(silent.futures)

    await wait_for(sent)
    await rows(
        db,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'holdfast-toy-relay' and datname = current_database()",
    )
    async with asyncio.timeout(60):
        with pytest.raises(Exception, match="connection"):
            await stepping
    assert silent.dropped == [False]
    assert relay.shards == set()
    assert relay.ills() == [], "Kafka is not to blame"


async def word(db: Database, key: str, n: int) -> None:
    async with db.acquire() as con:
        await con.execute(
            "insert into outbox (event_id, shard, topic, key, payload, headers)"
            " values ($1, 0, 'toy.grown', $2, $3, '[]')",
            *(str(uuid.uuid4()), key.encode(), b"%d" % n),
        )


async def test_what_a_relay_holds_when_it_loses_its_shards_is_not_said_behind_newer_words(
    db: Database, toy_url: str, toy_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own way to Kafka is cut, another's is not; on a compacted topic the last word counts."""
    monkeypatch.setattr(relay_module, "PING", 3600.0)
    name, (host, _, port) = mark(), toy_kafka.rpartition(":")
    ours = KafkaProducer(toy_kafka, "toy-relay")
    first, second = Relay(toy_url, toy_kafka, "toy", ours), Relay(toy_url, toy_kafka, "toy")

    async def others_say_all() -> bool:
        await second.step()
        return await rows(db, "select 1 from outbox") == []

    async with Proxy(host, int(port)) as way:
        client = (await ours._producer()).client
        known = client.cluster.broker_metadata
        monkeypatch.setattr(
            client.cluster, "broker_metadata", lambda node: known(node)._replace(port=way.port)
        )
        for connection in list(client._conns.values()):
            connection.close()
        await word(db, name, 0)
        assert await first.step() == 1
        way.refuse()
        await word(db, name, 1)
        stepping = asyncio.create_task(first.step())

        async def tried() -> bool:
            return way.refused > 0

        await wait_for(tried)
        await rows(
            db,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'holdfast-toy-relay' and datname = current_database()",
        )
        await wait_for(others_say_all)
        await word(db, name, 2)
        await wait_for(others_say_all)
        way.heal()
        await asyncio.wait([stepping], timeout=60)
        assert stepping.exception() is not None
    await second.stop()
    assert [n for _, n in await topic_of(toy_kafka, name)] == [0, 1, 2]


async def test_an_outage_is_waited_out_with_the_same_futures_and_nothing_is_sent_twice(
    db: Database, toy_url: str, toy_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "PING", 0.1)
    name = mark()
    await outbox(db, name, 10)
    silent = NeverAcknowledged()
    relay = Relay(toy_url, toy_kafka, "toy", silent)
    stepping = asyncio.create_task(relay.step())

    async def says_so() -> bool:
        return bool(relay.ills())

    await wait_for(says_so)
    for future in silent.futures:
        future.set_result(None)
    assert await stepping == 10
    assert relay.ills() == []
    assert await rows(db, "select 1 from outbox") == []
    await relay.stop()


async def test_a_relay_without_kafka_keeps_its_shards_and_its_rows(
    db: Database, toy_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producing, "HAND_OVER", 0.2)
    await outbox(db, mark(), 3)
    relay = Relay(toy_url, "127.0.0.1:1", "toy")
    for _ in range(3):
        with pytest.raises(Exception, match=r"127\.0\.0\.1|Timeout"):
            await relay.step()
    assert len(relay.shards) == 16
    assert await rows(db, "select attempts from outbox") == [(0,)] * 3
    await relay.stop()


async def test_a_row_for_a_topic_that_is_not_there_holds_up_its_shard_and_no_other(
    db: Database, toy_url: str, toy_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told from a Kafka that does not answer, at once, and again after each wait."""
    monkeypatch.setattr(refusals, "ATTEMPTS", 2)
    name, missing = mark(), f"toy.missing-{mark()}"
    await outbox(db, name, 30, keys=3)
    await rows(
        db,
        f"update outbox set topic = '{missing}' where convert_from(payload, 'UTF8') = '4' returning id",
    )
    [(stuck,)] = await rows(db, f"select id from outbox where topic = '{missing}'")
    relay = Relay(toy_url, toy_kafka, "toy")
    started = asyncio.get_running_loop().time()

    async def others_went() -> bool:
        await relay.step()
        left = await rows(db, "select shard, max(attempts) from outbox group by shard")
        return [shard for shard, _ in left] == [1] and left[0][1] >= 2

    await wait_for(others_went)
    assert asyncio.get_running_loop().time() - started < producing.HAND_OVER
    [ill] = relay.ills()
    assert f"row {stuck} for {missing}" in ill
    assert "UnknownTopicOrPartitionError" in ill
    assert sorted(n for _, n in await topic_of(toy_kafka, name)) == [
        n for n in range(30) if n % 3 != 1 or n < 4
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=toy_kafka)
    await admin.start()
    await admin.create_topics([NewTopic(missing, 1, 1)])
    await admin.close()

    async def all_went() -> bool:
        await relay.step()
        return await rows(db, "select 1 from outbox") == [] and not relay.ills()

    await wait_for(all_went)
    await relay.stop()


async def test_a_full_buffer_costs_no_record_twice(
    db: Database, toy_url: str, toy_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some were taken, then there was no room: those are waited for, the rest goes next time."""
    monkeypatch.setattr(producing, "HAND_OVER", 0.3)
    name = mark()
    await outbox(db, name, 10)
    ours = KafkaProducer(toy_kafka, "toy-relay")
    relay = Relay(toy_url, toy_kafka, "toy", ours)
    producer = await ours._producer()
    send, taken = producer.send, 0

    async def room_for_four(*args: Any, **kwargs: Any) -> Any:
        nonlocal taken
        taken += 1
        if taken == 5:
            raise KafkaTimeoutError
        return await send(*args, **kwargs)

    monkeypatch.setattr(producer, "send", room_for_four)
    assert await relay.step() == 4
    assert await relay.step() == 6
    await relay.stop()
    assert sorted(value for _, value in await topic_of(toy_kafka, name)) == list(range(10))


async def test_emptying_the_outbox_at_the_end_does_not_race_with_the_loop(
    db: Database, toy_url: str, toy_kafka: str
) -> None:
    name = mark()
    worker = Worker(db, Clock(), Hears("toy"), Dues(), toy_url, toy_kafka)
    worker.start()
    await outbox(db, name, 3000)
    await worker.stop()
    async with asyncio.timeout(5):
        assert await rows(db, "select count(*) from outbox") == [(0,)]
    got = await topic_of(toy_kafka, name)
    assert len(got) == 3000
    for key in range(5):
        assert [v for k, v in got if k == f"{name}{key}"] == list(range(key, 3000, 5))


async def test_relays_that_die_while_others_share_out_leave_no_shard_alone_and_break_no_order(
    db: Database, toy_url: str, toy_kafka: str
) -> None:
    name = mark()
    url = urlsplit(toy_url)
    async with Proxy(str(url.hostname), int(url.port or 5432)) as proxy:
        mortal_url = urlunsplit(
            url._replace(netloc=url.netloc.replace(f":{url.port}", f":{proxy.port}"))
        )
        mortal, other = Relay(mortal_url, toy_kafka, "toy"), Relay(toy_url, toy_kafka, "toy")
        loops = [asyncio.create_task(mortal.run()), asyncio.create_task(other.run())]
        for number in range(6):
            await outbox(db, f"{name}-{number}-", 200)
            await asyncio.sleep(0.2)
            proxy.cut()

        async def empty() -> bool:
            return await rows(db, "select 1 from outbox limit 1") == []

        await wait_for(empty)
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await mortal.stop()
        await other.stop()
    got = await topic_of(toy_kafka, name)
    first_times = list(dict.fromkeys(got))
    assert len(first_times) == 1200
    for number in range(6):
        for key in range(5):
            values = [v for k, v in first_times if k == f"{name}-{number}-{key}"]
            assert values == list(range(key, 200, 5))


async def _put(db: Database, *rows_: tuple[int, str]) -> None:
    async with db.acquire() as con:
        await con.executemany(
            "insert into outbox (event_id, shard, topic, key, payload, headers)"
            " values ($1, $2, $3, $4, '1', '{}')",
            [(str(uuid.uuid4()), shard, name, name.encode()) for shard, name in rows_],
        )


async def test_what_has_a_shard_apart_goes_behind_all_else_and_with_the_owner_of_one(
    db: Database, toy_url: str, toy_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "ROWS", 3)
    await _put(db, (16 + 2, "apart"), (2, "a"), (32 + 5, "apart"), (5, "b"), (2, "c"))
    shelf = Shelf()
    relay = Relay(toy_url, toy_kafka, "toy", shelf)
    await relay._connection()
    relay.shards, relay._shared_out = {2}, float("inf")
    assert await relay.step() == 3
    assert [one.topic for one in shelf.take()] == ["a", "c", "apart"]
    assert await relay.step() == 0
    relay.shards = {2, 5}
    assert await relay.step() == 2
    assert [one.topic for one in shelf.take()] == ["b", "apart"]
    await relay.stop()


@pytest.mark.parametrize("known", [False, True], ids=["never looked at", "looked at"])
async def test_what_waits_for_others_is_not_looked_through_for_a_shard_apart(
    db: Database, *, known: bool
) -> None:
    """A full outbox is read a hundred times a second: each look costs what it gives."""
    arguments = (list(range(16)), [], 1000, 4_000_000)
    async with db.acquire() as con:
        await con.execute(
            "INSERT INTO outbox (event_id, shard, topic, key, payload, headers)"
            " SELECT gen_random_uuid(), n % 16, 'waits', 'k', repeat('x', 600)::bytea, '{}'"
            " FROM generate_series(1, 60000) n"
        )
        if known:
            await con.execute("ANALYZE outbox")
        [[plan]] = await con.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {READ}", *arguments)
    branches = [node for node in _nodes(json.loads(plan)[0]["Plan"]) if "Index Name" in node]
    apart = [node for node in branches if node["Actual Rows"] == 0]
    assert [node["Index Name"] for node in apart] == ["ix_outbox_shard_id"]
    assert apart[0].get("Rows Removed by Filter", 0) == 0


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", ()) for node in _nodes(part))]


class Ended:
    """A session that the server has ended, and whose hanging up is not heard yet."""

    def __init__(self, con: Any) -> None:
        self._con = con

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        raise asyncpg.InternalClientError(
            "cannot switch to state 12; another operation (2) is in progress"
        )

    fetch = execute = fetchval


async def test_a_session_that_was_just_ended_is_given_up_with_its_shards(
    db: Database, toy_url: str, toy_kafka: str
) -> None:
    await _put(db, (2, "a"))
    shelf = Shelf()
    relay = Relay(toy_url, toy_kafka, "toy", shelf)
    assert await relay.step() == 1
    con = relay._con
    relay._con = Ended(con)  # type: ignore[assignment]
    with pytest.raises(asyncpg.InternalClientError):
        await relay.step()
    assert (relay.shards, con is not None and con.is_closed()) == (set(), True)
    await _put(db, (2, "b"))
    assert await relay.step() == 1, "by a session of its own, at once"
    await relay.stop()


async def test_whoever_cannot_keep_its_session_while_kafka_is_silent_gives_its_rows_up(
    db: Database, toy_url: str, toy_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "PING", 0.1)
    await _put(db, (2, "a"))
    silent = NeverAcknowledged()
    relay = Relay(toy_url, toy_kafka, "toy", silent)
    con = await relay._connection()
    await relay._share_out(con)
    relay._shared_out = float("inf")
    ended = Ended(con)
    ended.fetch = con.fetch  # type: ignore[method-assign]  # it reads its rows before
    relay._con = ended  # type: ignore[assignment]
    with pytest.raises(asyncpg.InternalClientError):
        await relay.step()
    assert silent.dropped[0] is False, "nothing of them goes out later"
    assert relay.shards == set()
    await relay.stop()


class Refusing(Shelf):
    """A Kafka that does not have some topics."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names

    async def hand_over(self, rows: Any) -> tuple[list[Any], Any]:
        for place, row in enumerate(rows):
            if row["topic"] in self.names:
                sent, _ = await super().hand_over(rows[:place])
                return sent, UnknownTopicOrPartitionError(row["topic"])
        return await super().hand_over(rows)


@pytest.mark.parametrize(("stuck", "goes"), [(2, 18), (18, 2), (18, 34)])
async def test_a_shard_apart_and_that_which_it_goes_with_do_not_wait_for_each_other(
    db: Database, toy_url: str, toy_kafka: str, monkeypatch: pytest.MonkeyPatch, stuck, goes
) -> None:
    monkeypatch.setattr(refusals, "ATTEMPTS", 1)
    await _put(db, (stuck, "gone"), (goes, "there"), (stuck, "gone"))
    shelf = Refusing("gone")
    relay = Relay(toy_url, toy_kafka, "toy", shelf)
    await relay.step()
    await relay.step()
    assert [one.topic for one in shelf.take()] == ["there"]
    assert await rows(db, "select shard from outbox") == [(stuck,)] * 2
    assert len(relay.ills()) == 1
    await rows(db, "delete from outbox returning 1")
    monkeypatch.setattr(relay.refusals, "_tick", lambda: float("inf"))
    await relay.step()
    assert relay.ills() == []
    await relay.stop()


@pytest.mark.parametrize("who", ["relay", "taken-back"])
async def test_rows_of_the_outbox_are_locked_in_one_order_by_whoever_deletes_them(
    db: Database, toy_url: str, toy_kafka: str, who: str
) -> None:
    """The older row lies behind the newer one on disk, as after a refusal. Who locked the newer one
    first and then waited for the older would wait for ever for one who did it the other way."""
    await _put(db, (1, "t"), (1, "t"))
    [(older,), (newer,)] = await rows(db, "select id from outbox order by id")
    await rows(db, f"update outbox set attempts = 1 where id = {older} returning 1")
    relay = Relay(toy_url, toy_kafka, "toy", Shelf())

    async def deletes() -> None:
        if who == "relay":
            await relay.step()
        else:
            async with db.acquire() as con, con.transaction():
                await take_back(con, "t")

    async with db.acquire() as con, con.transaction():
        await con.execute("select 1 from outbox where id = $1 for update", older)
        deleting = asyncio.create_task(deletes())

        async def waits() -> bool:
            asked = "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
            return bool(await rows(db, f"{asked} and datname = current_database()"))

        await wait_for(waits)
        asked = "select id from outbox where id = $1 for update skip locked"
        assert await con.fetchval(asked, newer) == newer
    await deleting
    assert await rows(db, "select 1 from outbox") == []
    await relay.stop()
