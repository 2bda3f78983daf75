"""Three brokers, one killed under load and started again, then another: nothing lost or doubled.

The short form, of one service; `make brokers` does it to the whole stack (docs/reliability.md).
"""

import asyncio
import json
import socket
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

import stack.brokers
from cli.kafka import read_all
from shared.runtime.hears import Hears
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from shared.runtime.work import Work
from stack.brokers import brokers
from stack.kafka import Kafka
from stack.profile import ROOT
from tests.runtime import toy, toy_service
from tests.three_brokers import PATIENCE, Three, three

TOPICS = {"toy.grown": 6, "toy.dead-letters": 3}
ACCOUNTS = ("ada", "ben", "cem", "dee")


async def create(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics(
            [
                NewTopic(name, parts, 3, topic_configs={"min.insync.replicas": "2"})
                for name, parts in TOPICS.items()
            ]
        )
    finally:
        await admin.close()


def service_of(url: str, bootstrap: str) -> Service:
    """What is said of an account is heard, and kept in order under another name."""
    hears = Hears(f"toy-{uuid.uuid4().hex[:8]}")

    @hears(toy.AccountGrown)
    @needs(lambda e: [(toy.Account, f"heard {e.account_id}")])
    async def grown(work: Work, event: toy.AccountGrown) -> None:
        place = f"heard {event.account_id}"
        known = work.get(toy.Account, place) or toy.Account(id=place, bank_id="none")
        work.put(replace(known, notes=[*known.notes, event.balance]))

    settings = ServiceSettings(
        database_url=url, platform_secret="a-secret-of-the-platform",
        kafka_bootstrap_servers=bootstrap, kafka_session_timeout_ms=6_000,
    )  # fmt: skip
    return Service("toy", settings, base=toy.Base, routers=[toy_service.router], hears=hears)


class Load:
    """Who feeds accounts, one after another each, as fast as they are answered."""

    def __init__(self, client: httpx.AsyncClient, service: Service) -> None:
        self._client, self._service = client, service
        self.fed: dict[str, int] = dict.fromkeys(ACCOUNTS, 0)
        self._going = True
        self._tasks = [asyncio.create_task(self._feed(account)) for account in ACCOUNTS]

    async def _feed(self, account: str) -> None:
        while self._going:
            key = f"{account} {self.fed[account]}"
            answer = await self._client.post(
                f"/toy/v1/accounts/{account}/feed",
                json={"amount": 1},
                headers={"Idempotency-Key": key},
            )
            assert answer.status_code == 201, answer.text
            self.fed[account] += 1
            await asyncio.sleep(0.02)

    async def heard(self) -> dict[str, list[int]]:
        async with self._service.api_db.acquire() as con:
            rows = await con.fetch("SELECT id, notes FROM accounts WHERE id LIKE 'heard %'")
        return {row["id"].removeprefix("heard "): row["notes"] for row in rows}

    async def all_heard(self) -> None:
        """Until what was fed by now is heard, while more is."""
        by_now = dict(self.fed)
        async with asyncio.timeout(PATIENCE):
            while True:
                heard = await self.heard()
                if all(len(heard.get(account, ())) >= n for account, n in by_now.items()):
                    return
                await asyncio.sleep(0.2)

    async def end(self) -> None:
        self._going = False
        await asyncio.gather(*self._tasks)


async def dies(kafka: Three, load: Load, node: int) -> None:
    """A broker is killed; what was said before and after goes on to be heard while it is away."""
    await asyncio.sleep(0.5)
    kafka.kill(node)
    await asyncio.sleep(1.0)  # so that some is fed that its partitions do not get
    await load.all_heard()
    assert kafka.running[node].poll() is not None


@pytest.mark.extras
@pytest.mark.timeout(900)
async def test_one_broker_after_another_dies_under_load_and_nothing_is_lost_or_doubled(
    place: Path, toy_url: str
) -> None:
    async with three(place, silence_ms=6_000) as kafka:
        await create(kafka.bootstrap)
        await kafka.in_sync(list(TOPICS))
        service = service_of(toy_url, kafka.bootstrap)
        transport = httpx.ASGITransport(service.app)
        async with (
            service.app.router.lifespan_context(service.app),
            httpx.AsyncClient(transport=transport, base_url="http://toy", timeout=60) as client,
        ):
            load = Load(client, service)
            while not await load.heard():  # the group has just been made
                await asyncio.sleep(0.1)
            consumer = service.worker.consumer
            [first] = {p["leader"] for p in await kafka.described(["toy.grown"])
                       if p["partition"] == 0}  # fmt: skip
            await dies(kafka, load, first)
            kafka.start(first)
            await kafka.in_sync(list(TOPICS))
            second = next(node for node in kafka.by_node if node != first)
            await dies(kafka, load, second)
            await load.end()
            await load.all_heard()
            heard, fed = await load.heard(), load.fed
            assert service.worker.consumer is consumer, "it went on by itself"
        said: dict[str, list[Any]] = defaultdict(list)
        async for record in read_all(kafka.bootstrap, ["toy.grown"]):
            said[record.key.decode()].append(json.loads(record.value)["balance"])
    assert min(fed.values()) > 5
    in_order = {account: list(range(1, n + 1)) for account, n in fed.items()}
    assert heard == in_order, "each once, in order"
    assert said == in_order, "and so it stands in the log, which two of three have"


def test_three_are_one_cluster_the_next_time_too(tmp_path: Path) -> None:
    made = brokers(tmp_path, [1001, 1002, 1003], [2001, 2002, 2003], tmp_path)
    assert [(one.node, one.port, one.controller_port) for one in made] == [
        (1, 1001, 2001),
        (2, 1002, 2002),
        (3, 1003, 2003),
    ]
    assert len({one.cluster for one in made}) == 1
    again = brokers(tmp_path, [1001, 1002, 1003], [2001, 2002, 2003], tmp_path)
    assert again == made, "the same cluster the next time"


def told(one: Kafka) -> dict[str, str]:
    """The settings that a broker is started with."""
    logs = one.data / "logs"
    logs.mkdir(parents=True)
    (logs / "meta.properties").touch()  # as if it was formatted
    one.prepare(lambda _: None)
    return dict(line.split("=", 1) for line in one.settings.read_text().splitlines())


def test_each_of_three_is_told_of_all_and_keeps_three_copies(tmp_path: Path) -> None:
    cache = ROOT / ".holdfast" / "cache"
    made = brokers(tmp_path, [1001, 1002, 1003], [2001, 2002, 2003], cache, silence_ms=6_000)
    for one in made:
        said = told(one)
        assert said["node.id"] == str(one.node)
        assert (
            said["controller.quorum.voters"] == "1@127.0.0.1:2001,2@127.0.0.1:2002,3@127.0.0.1:2003"
        )
        assert said["offsets.topic.replication.factor"] == "3"
        assert said["transaction.state.log.min.isr"] == "2"
        assert said["broker.session.timeout.ms"] == "6000"


def test_one_alone_keeps_one(tmp_path: Path) -> None:
    said = told(Kafka(tmp_path / "one", 1001, 2001, ROOT / ".holdfast" / "cache"))
    assert (said["node.id"], said["controller.quorum.voters"]) == ("1", "1@127.0.0.1:2001")
    assert said["offsets.topic.replication.factor"] == "1"
    assert said["transaction.state.log.min.isr"] == "1"


def test_a_port_that_is_taken_is_named_and_nothing_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        monkeypatch.setattr(stack.brokers, "FIRST", port)
        monkeypatch.setattr(stack.brokers.signal, "signal", lambda *_: None)  # pytest's own stay
        monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
        monkeypatch.setenv("HOLDFAST_PORT_OFFSET", "0")
        assert stack.brokers.main() != 0
    assert f"Port {port} is taken" in capsys.readouterr().out
    assert not (tmp_path / "brokers").exists()
