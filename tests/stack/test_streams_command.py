"""`partners stream` where Kafka asks nobody who they are, and how it ends where it cannot go on.

Where Kafka does ask: tests/security/test_partner_kafka.py.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from typer.testing import CliRunner

from cli import streams as command
from cli.here import Here
from cli.main import app
from cli.say import Ends

DAY = 24 * 60 * 60 * 1000
seen: list[tuple[str, str, Any]] = []
stands: dict[str, Any] = {}


class Door(Here):
    """A front door behind which there is one partner, with a stream or without."""

    servers = "127.0.0.1:1"

    @property
    def bootstrap(self) -> str:
        return self.servers

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(answer), base_url=self.door)


def answer(request: httpx.Request) -> httpx.Response:
    path, body = request.url.path, json.loads(request.content) if request.content else None
    seen.append((request.method, path, body))
    if "nobody" in path:
        return problem("Partner unknown")
    if not path.endswith("/stream"):
        return httpx.Response(200, json={"partner_id": path.rpartition("/")[2]})
    if request.method == "PUT":
        partner = path.split("/")[4]
        stands.update(
            {"partner_id": partner, "topic": f"partner.{partner}.events", "state": "active"}
        )
        stands["retention_days"] = body["retention_days"]
    elif not stands:
        return problem("Stream unknown")
    elif request.method == "DELETE":
        stands["state"] = "stopped"
    return httpx.Response(200, json=stands)


def problem(title: str) -> httpx.Response:
    kind = {"content-type": "application/problem+json"}
    return httpx.Response(404, json={"title": title}, headers=kind)


@pytest.fixture(autouse=True)
def _at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    stands.clear()
    monkeypatch.setattr(command, "here", lambda: Door("http://holdfast.test", "key"))


def typed(*words: str) -> Any:
    return CliRunner().invoke(app, ["partners", "stream", *words])


async def kept(bootstrap: str, topic: str) -> tuple[int, dict[str, str]]:
    """How many partitions it has, and what Kafka is told of it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        [told] = await admin.describe_topics([topic])
        asked = ConfigResource(ConfigResourceType.TOPIC, topic)
        [found] = await admin.describe_configs([asked])
        [resource] = found.resources
        return len(told["partitions"]), {entry[0]: entry[1] for entry in resource[4]}
    finally:
        await admin.close()


@pytest.fixture
def partner(kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(Door, "servers", kafka_bootstrap)
    return f"p-{uuid.uuid4().hex[:12]}"


async def test_where_kafka_asks_nobody_the_topic_is_made_and_no_user(
    partner: str, kafka_bootstrap: str
) -> None:
    done = typed(partner)
    assert done.exit_code == 0, done.output
    assert f"partner.{partner}.events  made, active, keeps 7 days" in done.output
    assert "no authorizer" in done.output
    assert "password" not in done.output
    assert seen[-1] == (
        "PUT", f"/partners/v1/partners/{partner}/stream", {"retention_days": 7},
    )  # fmt: skip
    partitions, told = await kept(kafka_bootstrap, f"partner.{partner}.events")
    assert partitions == 3
    assert (told["retention.ms"], told["cleanup.policy"]) == (str(7 * DAY), "delete")
    assert told["segment.ms"] == str(DAY)


async def test_what_is_there_keeps_what_it_was_asked_for_unless_it_is_asked_again(
    partner: str, kafka_bootstrap: str
) -> None:
    name = f"partner.{partner}.events"
    assert typed(partner, "--retention-days", "3", "--begin", "now").exit_code == 0
    assert seen[-1][2] == {"retention_days": 3, "begin": "now"}
    again = json.loads(typed(partner, "--json").stdout)
    assert (again["retention_days"], again["topic_made"], again["user"]) == (3, False, None)
    assert (await kept(kafka_bootstrap, name))[1]["retention.ms"] == str(3 * DAY)
    assert typed(partner, "--retention-days", "5").exit_code == 0
    assert (await kept(kafka_bootstrap, name))[1]["retention.ms"] == str(5 * DAY)
    stopped = typed(partner, "--stop")
    assert "Nothing is written" in stopped.output
    assert seen[-1][0] == "DELETE"


def test_a_new_password_is_refused_where_nobody_would_ask_for_it(partner: str) -> None:
    ended = typed(partner, "--rotate").exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.remedy) == (1, "Give it one first: authorizer.class.name")
    assert all(method == "GET" for method, _, _ in seen)


@pytest.mark.parametrize(
    "words",
    [["--stop", "--rotate"], ["--stop", "--begin", "now"], ["--begin", "tomorrow"]],
    ids=["stop and rotate", "stop and begin", "begin tomorrow"],
)
def test_what_cannot_be_asked_together_is_wrong_usage(words: list[str]) -> None:
    ended = typed("ibh", *words).exception
    assert isinstance(ended, Ends)
    assert ended.code == 2
    assert seen == []


def test_nothing_is_made_for_a_partner_that_there_is_not() -> None:
    ended = typed("nobody").exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.remedy) == (1, "See which there are: bin/holdfast partners list")


def test_a_stop_of_nothing_says_what_to_do() -> None:
    ended = typed("ibh", "--stop").exception
    assert isinstance(ended, Ends)
    assert ended.code == 1
    assert ended.remedy.endswith("bin/holdfast partners stream ibh")


def test_a_kafka_that_is_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    from cli import kafka_rights

    monkeypatch.setattr(kafka_rights, "_SECONDS", 2.0)
    ended = typed("ibh").exception
    assert isinstance(ended, Ends)
    assert ended.code == 3
    assert all(method == "GET" for method, _, _ in seen)
