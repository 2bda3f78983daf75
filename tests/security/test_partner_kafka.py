"""A partner's own topic in a Kafka that asks who may do what: `partners stream` makes topic, user
and rights; the user reads that topic and nothing else; and the examples keep what it tells."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, KafkaError, Producer
from typer.testing import CliRunner

from cli import streams as command
from cli.here import Here
from cli.main import app
from shared.contracts import reference
from shared.contracts.registration import PersonRecorded, RegistrationConfirmed
from shared.runtime.kafka import Bootstrap
from stack.jar_locks import ECJ
from stack.jars import class_path
from stack.topics import create_topics
from tests.conftest import ROOT, run
from tests.edges.partners.streams import Streams, id_of, streaming
from tests.security.guarded import CACHE, Guarded, guarded_kafka

EXAMPLES = ROOT / "examples" / "consumers"
PERSON = PersonRecorded.model_validate(PersonRecorded.example)
CONFIRMED = RegistrationConfirmed.model_validate(RegistrationConfirmed.example)
SECONDS = 90


@pytest.fixture(scope="module")
def kafka() -> Iterator[Guarded]:
    with guarded_kafka() as made:
        run(create_topics(made.bootstrap))
        yield made


@pytest.fixture
async def stage(database, kafka: Guarded) -> AsyncIterator[Streams]:
    async with streaming(database("partners"), kafka.servers, **kafka.settings) as made:
        yield made


class Door(Here):
    """The front door of a stage that lives in a loop."""

    stage: Streams
    loop: asyncio.AbstractEventLoop
    servers: Bootstrap

    @property
    def bootstrap(self) -> str:
        return self.servers

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self._through), base_url=self.door)

    def _through(self, request: httpx.Request) -> httpx.Response:
        asked = self.stage.asks(
            request.method, request.url.raw_path.decode(), content=request.content,
            headers={"content-type": "application/json"},
        )  # fmt: skip
        answer = asyncio.run_coroutine_threadsafe(asked, self.loop).result(60)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


Typed = Callable[..., Any]


@pytest.fixture
async def typed(stage: Streams, kafka: Guarded, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """What somebody types after `partners stream`, and what comes of it as JSON."""
    door = Door("http://holdfast.test", "key")
    for name, value in {
        "stage": stage, "loop": asyncio.get_running_loop(), "servers": kafka.bootstrap,
    }.items():  # fmt: skip
        object.__setattr__(door, name, value)
    monkeypatch.setattr(command, "here", lambda: door)

    async def type_(*words: str) -> Any:
        came = await asyncio.to_thread(
            CliRunner().invoke, app, ["partners", "stream", *words, "--json"]
        )
        assert came.exit_code == 0, came.output
        lines = came.stdout.splitlines()
        return json.loads("\n".join(lines[lines.index("{") :]))  # behind the service's own log

    return type_


def client(kafka: Guarded, partner: str, password: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": kafka.servers,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": f"partner.{partner}",
        "sasl.password": password,
        "ssl.ca.location": str(kafka.authority),
    }


def read(who: Mapping[str, Any], topic: str, group: str) -> str | list[str]:
    """The ids that somebody reads there, or the name of what they are refused with."""
    errors: list[KafkaError] = []
    reader = Consumer(
        dict(who) | {"group.id": group, "auto.offset.reset": "earliest", "error_cb": errors.append}
    )
    reader.subscribe([topic])
    found: list[str] = []
    try:
        for _ in range(SECONDS):
            record = reader.poll(1.0)
            error = record.error() if record is not None else None
            if error is not None:
                return str(error.name())
            if any(one.code() == KafkaError._AUTHENTICATION for one in errors):
                return "_AUTHENTICATION"
            if record is not None:
                found.append(dict(record.headers() or [])["ce_id"].decode())
            elif found:
                break
    finally:
        reader.close()
    return found


def write(who: Mapping[str, Any], topic: str) -> str:
    """What somebody is refused with who writes there."""
    came: list[Any] = []
    writer = Producer(dict(who))
    writer.produce(topic, b"{}", on_delivery=lambda error, _: came.append(error))
    writer.flush(SECONDS)
    return str(came[0].name()) if came and came[0] is not None else "written"


async def test_its_user_reads_its_own_topic_and_nothing_else(
    stage: Streams, kafka: Guarded, typed: Typed
) -> None:
    await stage.describes("ibh")
    await stage.describes("other")
    made, _ = await typed("ibh"), await typed("other")
    assert (made["topic"], made["state"], made["retention_days"]) == (
        "partner.ibh.events", "active", 7,
    )  # fmt: skip
    assert (made["authorizer"], made["user"], made["topic_made"]) == (True, "partner.ibh", True)
    await stage.says("e1", "e2")
    await stage.lands()
    own = client(kafka, "ibh", made["password"])
    tried = {
        "own": (own, "partner.ibh.events", "partner.ibh.one"),
        "another partner's": (own, "partner.other.events", "partner.ibh.two"),
        "people": (own, "registration.people", "partner.ibh.two"),
        "another's group": (own, "partner.ibh.events", "partner.other.one"),
        "a service's group": (own, "partner.ibh.events", "web"),
        "a wrong password": (own | {"sasl.password": "x"}, "partner.ibh.events", "partner.ibh.one"),
    }
    came = {name: await asyncio.to_thread(read, *how) for name, how in tried.items()}
    assert sorted(came.pop("own")) == sorted([id_of("e1"), id_of("e2")])
    assert came == {
        "another partner's": "TOPIC_AUTHORIZATION_FAILED",
        "people": "TOPIC_AUTHORIZATION_FAILED",
        "another's group": "GROUP_AUTHORIZATION_FAILED",
        "a service's group": "GROUP_AUTHORIZATION_FAILED",
        "a wrong password": "_AUTHENTICATION",
    }
    assert await asyncio.to_thread(write, own, "partner.ibh.events") == "TOPIC_AUTHORIZATION_FAILED"


async def test_a_password_is_shown_once_replaced_when_asked_for_and_none_after_a_stop(
    stage: Streams, kafka: Guarded, typed: Typed
) -> None:
    await stage.describes("turns")
    first = await typed("turns", "--retention-days", "3")
    again = await typed("turns")
    assert (again["password"], again["retention_days"], again["topic_made"]) == (None, 3, False)
    second = await typed("turns", "--rotate")
    assert second["password"] not in (None, first["password"])
    await stage.says("e1")
    await stage.lands()

    async def reads(password: str) -> Any:
        who = client(kafka, "turns", password)
        return await asyncio.to_thread(read, who, "partner.turns.events", "partner.turns.x")

    assert await reads(first["password"]) == "_AUTHENTICATION"
    assert await reads(second["password"]) == [id_of("e1")]
    stopped = await typed("turns", "--stop")
    assert (stopped["state"], stopped["user"]) == ("stopped", None)
    assert await reads(second["password"]) == "_AUTHENTICATION"


# --- the examples ---------------------------------------------------------------------------------


def python(_kafka: Guarded, _place: Path) -> list[str]:
    return [sys.executable, str(EXAMPLES / "python" / "consumer.py")]


def java(kafka: Guarded, place: Path) -> list[str]:
    """Compiled as it stands, for the Java of the wheel has no compiler of its own."""
    classes = place / "classes"
    if not classes.exists():
        home = Path(kafka.java).parents[1]
        ecj = class_path(CACHE / "ecj-3.43.0.jars", of=ECJ)
        subprocess.run(
            [kafka.java, "-cp", ecj, "org.eclipse.jdt.internal.compiler.batch.Main",
             "-source", "17", "-target", "17", "-proc:none", "--system", str(home),
             "-cp", kafka.jars, "-d", str(classes), str(EXAMPLES / "java" / "Consumer.java")],
            check=True,
        )  # fmt: skip
    return [kafka.java, "-cp", f"{classes}:{kafka.jars}", "Consumer"]


def kept_by_python(store: Path) -> dict[str, Any]:
    if not store.exists():
        return {}
    with sqlite3.connect(store) as kept:
        asked = {"facts": "SELECT id FROM facts", "people": "SELECT data FROM people"}
        try:
            found = {name: kept.execute(one).fetchall() for name, one in asked.items()}
        except sqlite3.OperationalError:
            return {}  # it is only just being made
    return {
        "facts": sorted(id_ for (id_,) in found["facts"]),
        "people": [json.loads(data) for (data,) in found["people"]],
    }


def kept_by_java(store: Path) -> dict[str, Any]:
    if not (store / "people").exists():
        return {}
    return {
        "facts": sorted(path.stem for path in (store / "facts").glob("*.json")),
        "people": [json.loads(path.read_text()) for path in (store / "people").glob("*.json")],
    }


EACH = pytest.mark.parametrize(
    ("command_of", "kept"), [(python, kept_by_python), (java, kept_by_java)], ids=["python", "java"]
)


def begun(
    command_of: Any, kafka: Guarded, place: Path, partner: str, password: str, **more: str
) -> subprocess.Popen[bytes]:
    told = {
        "KAFKA_BOOTSTRAP": kafka.servers, "KAFKA_USER": f"partner.{partner}",
        "KAFKA_PASSWORD": password, "KAFKA_CA": str(kafka.authority),
        "STORE": str(place / "store"),
    }  # fmt: skip
    with (place / "log").open("ab") as out:
        return subprocess.Popen(
            command_of(kafka, place), env=os.environ | told | more, stdout=out, stderr=out
        )


async def until(what: Callable[[], bool], place: Path) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            while not what():
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError((place / "log").read_text()) from None


@EACH
async def test_an_example_keeps_each_event_once_and_nobody_who_was_erased(
    stage: Streams, kafka: Guarded, typed: Typed, tmp_path: Path, command_of: Any, kept: Any
) -> None:
    partner = f"keeps-{command_of.__name__}"
    await stage.describes(partner, courses=[reference.COURSE_ID], fields=["name", "confirmed_at"])
    password = (await typed(partner))["password"]
    store, confirmed = tmp_path / "store", id_of(f"{partner} confirmed")
    await stage.hears(PERSON, CONFIRMED, ids=[id_of(f"{partner} person"), confirmed])
    await stage.lands()
    running = begun(command_of, kafka, tmp_path, partner, password)
    try:
        await until(lambda: len(kept(store).get("people", ())) == 1, tmp_path)
        [person] = kept(store)["people"]
        assert person == {
            "person_id": reference.PERSON_ID, "name": PERSON.name, "version": PERSON.version,
        }  # fmt: skip
        running.send_signal(signal.SIGKILL)
        running.wait(20)
        await typed(partner, "--begin", "beginning")  # all of it once more
        await stage.forgets(reference.PERSON_ID)
        await stage.lands()
        running = begun(command_of, kafka, tmp_path, partner, password)
        await until(lambda: kept(store)["people"] == [], tmp_path)
        await until(lambda: kept(store)["facts"] == [confirmed], tmp_path)
    finally:
        running.kill()
        running.wait(20)
    assert PERSON.name.encode() not in b"".join(
        path.read_bytes() for path in store.rglob("*.json") if path.is_file()
    )


@EACH
@pytest.mark.parametrize("topic", ["registration.people", "partner.strangers.events"])
async def test_an_example_reads_nothing_where_it_has_no_business(
    stage: Streams, kafka: Guarded, typed: Typed, tmp_path: Path, command_of: Any, kept: Any,
    topic: str,
) -> None:  # fmt: skip
    partner = f"peeks-{command_of.__name__}-{topic.partition('.')[0]}"
    await stage.describes(partner)
    await stage.describes("strangers")
    await typed("strangers")
    password = (await typed(partner))["password"]
    await stage.says("theirs")
    await stage.lands()
    running = begun(command_of, kafka, tmp_path, partner, password, TOPIC=topic)
    try:
        text = (tmp_path / "log").read_text
        await until(lambda: "not authorized" in text().lower(), tmp_path)
    finally:
        running.kill()
        running.wait(20)
    found = kept(tmp_path / "store")
    assert not found.get("facts")
    assert not found.get("people")
