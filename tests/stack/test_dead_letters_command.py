"""`dead-letters` against a real Kafka and a real service: looked at, replayed, dropped."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from cli import dead_letters
from cli.kafka import read_all
from cli.main import app
from cli.say import Ends
from shared.contracts.registration import CoursePublished
from shared.runtime import orders
from shared.runtime.orders import letterbox
from shared.runtime.records import header
from tests.edges.poison import Said, as_sent, good, named
from tests.edges.test_poison import Poisoned, build, made_topics, until_heard

__all__ = ["build"]
ESC = b'{"course_id": "\x1b[2J\xe2\x80\xae evil"}'


class Desk:
    """Web, one topic of its own, its dead letters, and what is typed about them."""

    def __init__(self, poisoned: Poisoned, topic: str, kafka: str) -> None:
        self.web, self.topic = poisoned, topic
        self.service = poisoned.service
        self.kafka = kafka

    async def handles(self, *records: Said) -> None:
        """Web hears these and its orders, and says what came of them."""
        await self.web.say({self.topic: list(records)} if records else {})
        async with self.web.consuming() as consumer:
            await until_heard(consumer)
        relay = self.service.worker.relay
        while await relay.step():
            pass

    async def types(self, *words: str) -> Any:
        """What a command comes to: (exit code, what it printed)."""
        found = await asyncio.to_thread(CliRunner().invoke, app, ["dead-letters", *words])
        if isinstance(found.exception, Ends):
            return found.exception.code, found.exception.message
        return found.exit_code, found.output

    async def ordered(self, event_id: str) -> None:
        """Until an order about it stands in Kafka. (No command: two at once in one process would
        each print into what the other is read from.)"""
        while True:
            async for record in read_all(self.kafka, [letterbox("web")]):
                if header(record, orders.EVENT) == event_id:
                    return
            await asyncio.sleep(0.2)

    async def listed(self, *words: str) -> list[dict[str, Any]]:
        code, said = await self.types("list", "--service", "web", "--json", *words)
        assert code == 0
        items = json.loads(said)["items"]
        return [one for one in items if one["origin"].startswith(self.topic)]


@pytest.fixture
async def desk(
    build: Any, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    class Stack:
        bootstrap = kafka_bootstrap

    monkeypatch.setattr(dead_letters, "here", Stack)
    poisoned = Poisoned(build("web"), kafka_bootstrap)
    topic = next(one for one in poisoned.said if one.startswith("registration.courses"))
    poisoned.service.hears.topics = {topic, letterbox("web")}
    await made_topics(kafka_bootstrap, [topic])
    yield Desk(poisoned, topic, kafka_bootstrap)
    await poisoned.service.worker.relay.stop()
    await poisoned.end()


def bad(type_: bytes = b"course.published.v99", value: bytes = ESC) -> Said:
    return Said(b"of-" + uuid.uuid4().hex.encode(), value, named(type_))


async def test_it_is_listed_shown_safely_dropped_with_a_reason_and_listed_no_more(
    desk: Desk,
) -> None:
    await desk.handles(bad(), bad(b"course.published.v1", b"\xff\x00\x1b"))
    by_reason = {one["reason"]: one for one in await desk.listed()}
    assert by_reason.keys() == {"version-unknown", "value-unreadable"}
    first, second = by_reason["version-unknown"], by_reason["value-unreadable"]
    assert await desk.listed("--reason", "version-unknown") == [first]
    assert await desk.listed("--type", "course.published.v1") == [second]
    code, said = await desk.types("show", first["letter"])
    assert code == 0
    assert "evil" in said
    assert not {"\x1b", "\u202e"} & set(said), "nothing of it steers the terminal"
    code, said = await desk.types("show", second["letter"], "--json")
    assert json.loads(said)["value"] == "00000000  ff 00 1b"
    code, said = await desk.types("drop", first["letter"], "--because", "Ada sent it")
    assert code == 2, "no names in the audit"
    dropping = asyncio.create_task(
        desk.types("drop", first["letter"], "--because", "sent-by-mistake", "--json")
    )
    await desk.ordered(first["event_id"])
    await desk.handles()
    code, said = await dropping
    assert (code, json.loads(said)) == (
        0,
        {"items": [{"letter": first["letter"], "came": "dropped"}]},
    )
    assert await desk.listed() == [second]
    async with desk.service.worker_db.acquire() as con:
        [row] = await con.fetch("SELECT act, about, why FROM audit")
        assert tuple(row) == ("dead-letter.dropped", first["event_id"], "sent-by-mistake")


async def test_a_bulk_is_replayed_when_the_cause_is_mended_and_what_died_again_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = desk.service.hears.handlers
    well = handlers[CoursePublished.type]

    async def broken(work: Any, event: Any) -> None:
        raise ZeroDivisionError("a defect")

    key = f"course-{uuid.uuid4().hex}"
    handlers[CoursePublished.type] = CoursePublished, broken
    await desk.handles(good(CoursePublished, key, "registration"), bad())
    handlers[CoursePublished.type] = well
    assert {one["reason"] for one in await desk.listed()} == {"defect", "version-unknown"}
    typed = ("replay", "--service", "web", "--type", CoursePublished.type, "--yes", "--json")
    # Nobody runs the service: the orders stand, and it is said what to do.
    code, said = await desk.types(*typed, "--reason", "defect", "--wait", "0")
    assert (code, "orders stand" in said) == (3, True)
    [other] = await desk.listed()
    assert (await desk.types("replay", other["letter"], "--wait", "0"))[0] == 3
    await desk.handles()
    async with desk.service.worker_db.acquire() as con:
        assert await con.fetchval("SELECT count(*) FROM courses WHERE course_id = $1", key) == 1
    [again] = await desk.listed()
    assert again["reason"] == "version-unknown"
    states = {one["reason"]: one["state"] for one in await desk.listed("--all")}
    assert states == {"defect": "used", "version-unknown": "open"}
    code, said = await desk.types(*typed, "--reason", "defect")
    assert (code, said) == (1, "web has no such dead letter.")


async def test_a_state_that_a_later_word_took_the_place_of_is_not_replayed(desk: Desk) -> None:
    one = bad()
    await desk.handles(one)
    async with AIOKafkaProducer(bootstrap_servers=desk.web.kafka) as producer:
        newer = good(CoursePublished, (one.key or b"").decode(), "registration")
        await producer.send_and_wait(desk.topic, **as_sent(newer), partition=0)
    [letter] = await desk.listed()
    code, said = await desk.types("replay", letter["letter"], "--wait", "0")
    assert code == 1
    assert "a later word" in said
    assert (await desk.listed())[0]["state"] == "open", "nothing was ordered"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["list", "--service", "nothing"], 2),
        (["replay"], 2),
        (["replay", "web/0@1", "--service", "web"], 2),
        (["replay", "web/9@9"], 1),
        (["show", "web/9@9"], 1),
        (["drop", "web/9@9"], 2),
    ],
)
async def test_what_cannot_be_meant_is_told(desk: Desk, words: list[str], code: int) -> None:
    assert (await desk.types(*words))[0] == code


def test_where_kafka_is_away_the_exit_code_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        bootstrap = "127.0.0.1:1"

    monkeypatch.setattr(dead_letters, "here", Away)
    found = CliRunner().invoke(app, ["dead-letters", "list"])
    assert isinstance(found.exception, Ends)
    assert found.exception.code == 3
