"""Kafka by TLS, with a password or a certificate, and Postgres by TLS: by settings alone.

One broker that has a door for certificates and one for passwords, and none in the clear; one
Postgres whose gate lets nobody in without TLS. Two services talk through them.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from cli.kafka import read_all
from services.partners import app as partners
from services.partners.settings import Settings as PartnersSettings
from services.web import app as web
from services.web.settings import Settings as WebSettings
from shared.runtime import migrate
from shared.runtime.kafka import Bootstrap, Security, broker_security, client_of
from shared.runtime.settings import kafka_of
from shared.runtime.tokens import digest_of
from stack import ports
from stack.jars import class_path
from stack.kafka import Kafka
from stack.postgres import Postgres, create_databases
from stack.server_user import identity
from stack.topics import create_topics
from tests.conftest import ROOT, own_directory, running
from tests.security.authority import Authority
from tests.stage import OPERATOR, SECRET

USER, PASSWORD = "holdfast", "a-password-of-the-tests"


@dataclass(frozen=True)
class World:
    """Where the two servers are, and the files to get in."""

    files: Path
    by_certificate: str
    by_password: str
    postgres: Postgres
    gate: int

    def security(self, **changes: Any) -> Security:
        known = Security(
            "SASL_SSL", "SCRAM-SHA-512", USER, PASSWORD, ca_file=str(self.files / "ours.pem")
        )
        return replace(known, **changes)

    def url(self, role: str, password: str, mode: str = "verify-full", ca: str = "ours") -> str:
        plain = replace(self.postgres, port=self.gate).url_of(role, password, role)
        return f"{plain}?sslmode={mode}&sslrootcert={self.files / ca}.pem"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with own_directory() as place:
        yield from _world(place)


def _world(place: Path) -> Iterator[World]:
    files = place / "tls"
    files.mkdir(mode=0o755)
    ours, others = Authority.made(files, "ours"), Authority.made(files, "others")
    ours.issue("server", "127.0.0.1")
    ours.issue("client")
    ours.issue("renewed")
    others.issue("stranger")
    Authority(files, ours.key, ours.cert).issue("elsewhere", "127.0.0.9")
    kafka = Kafka(
        place / "kafka", ports.free_port(), ports.free_port(), ROOT / ".holdfast" / "cache"
    )
    by_password = ports.free_port()
    _prepare(kafka, files, by_password)
    server = Postgres(place / "postgres", ports.free_port(), "test", durable=False)
    server.prepare()
    with (
        running(kafka.command(), place / "kafka.log", env=kafka.environment()) as broker,
        running(
            server.command(),
            place / "postgres.log",
            stop=2,
            cwd=server.data,
            env=server.environment(),
            **identity(),
        ) as database,
        Gate(files, server.port) as gate,
    ):
        assert server.wait_ready(30, lambda: database.poll() is None)
        assert kafka.wait_ready(60, lambda: broker.poll() is None)
        yield World(files, kafka.bootstrap, f"127.0.0.1:{by_password}", server, gate.port)


def _prepare(kafka: Kafka, files: Path, by_password: int) -> None:
    """A broker whose clients come by TLS, made with a user who has a password."""
    kafka.prepare()
    known = kafka.settings.read_text()
    pem = files / "server.pem"
    pem.write_bytes((files / "server.key").read_bytes() + (files / "server.crt").read_bytes())
    doors = f"SSL://127.0.0.1:{kafka.port},SASL_SSL://127.0.0.1:{by_password}"
    protocols = "CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL"
    told = {
        "listeners": f"{doors},CONTROLLER://127.0.0.1:{kafka.controller_port}",
        "advertised.listeners": doors,
        "listener.security.protocol.map": protocols,
        "inter.broker.listener.name": "SSL",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(pem),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(files / "ours.pem"),
        "listener.name.ssl.ssl.client.auth": "required",
        "listener.name.sasl_ssl.ssl.client.auth": "none",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.sasl_ssl.plain.sasl.jaas.config": (
            "org.apache.kafka.common.security.plain.PlainLoginModule required"
            f' user_{USER}="{PASSWORD}";'
        ),
    }
    kept = [line for line in known.splitlines() if line.partition("=")[0] not in told]
    kafka.settings.write_text("\n".join([*kept, *(f"{k}={v}" for k, v in told.items())]) + "\n")
    # The user's password is a record of the cluster's own log: it is formatted once more.
    logs = kafka.data / "logs"
    subprocess.run(["rm", "-rf", str(logs)], check=True)
    jars = class_path(kafka.cache / "kafka-4.3.1.jars")
    user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    subprocess.run(
        [*kafka._java("-Xshare:auto"), "-cp", jars, "kafka.tools.StorageTool", "format",
         "--cluster-id=MkU3OEVBNTcwNTJENDM2Qg", "-c", str(kafka.settings), "--add-scram", user],
        env=kafka.environment(), check=True, capture_output=True,
    )  # fmt: skip


class Gate:
    """TLS in front of a Postgres, as its own would be (the embedded one is built without): answers
    the request for TLS, takes it off, and passes on what is inside. Who does not ask is sent away.
    """

    def __init__(self, files: Path, inside: int) -> None:
        self.port = 0
        self._inside = inside
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(files / "server.crt", files / "server.key")
        self._loop = asyncio.new_event_loop()
        self._open = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._open.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.run_until_complete(self._ended())
        self._loop.close()

    async def _ended(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._guest, "127.0.0.1", 0)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._open.set()
        self._loop.run_forever()

    async def _guest(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await reader.readexactly(8) != _ASKS_FOR_TLS:
                return
            writer.write(b"S")
            await writer.start_tls(self._context)
            inner, out = await asyncio.open_connection("127.0.0.1", self._inside)
            await asyncio.gather(_pass(reader, out), _pass(inner, writer))
        except (OSError, EOFError):
            pass
        finally:
            writer.close()


_ASKS_FOR_TLS = struct.pack("!ii", 8, 80877103)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def knocks(bootstrap: str) -> set[str]:
    """The topics there; raises where nobody is let in."""
    admin = AIOKafkaAdminClient(**client_of(bootstrap), request_timeout_ms=5_000)
    try:
        await admin.start()
        return set(await admin.list_topics())
    finally:
        await admin.close()


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
async def test_a_password_by_tls_lets_in_and_another_does_not(world: World, mechanism: Any) -> None:
    good = world.security(mechanism=mechanism)
    assert isinstance(await knocks(Bootstrap(world.by_password, good)), set)
    for wrong in (replace(good, password="x"), replace(good, username="nobody")):
        with pytest.raises(KafkaError):
            await knocks(Bootstrap(world.by_password, wrong))


async def test_a_certificate_of_ours_lets_in_and_none_or_another_s_does_not(world: World) -> None:
    own = {
        "cert_file": str(world.files / "client.crt"),
        "key_file": str(world.files / "client.key"),
    }
    good = world.security(protocol="SSL", **own)
    assert isinstance(await knocks(Bootstrap(world.by_certificate, good)), set)
    with pytest.raises(KafkaError):
        await knocks(Bootstrap(world.by_certificate, replace(good, cert_file="", key_file="")))


@pytest.mark.parametrize("kind", [AIOKafkaProducer, AIOKafkaConsumer])
async def test_a_client_that_lives_comes_with_the_certificate_that_is_there_then(
    world: World, tmp_path: Path, kind: Any
) -> None:
    """They are renewed under services that run for years. Kafka's refusal of a stranger shows that
    it is the file's of that moment, and not the first one's."""
    mine = {end: tmp_path / f"mine.{end}" for end in ("crt", "key")}

    def becomes(name: str) -> None:
        for end, file in mine.items():
            made = tmp_path / "next"
            made.write_bytes((world.files / f"{name}.{end}").read_bytes())
            made.rename(file)

    async def comes_again() -> bool:
        """What it has of connections is lost; whether it gets another."""
        for connection in list(client._conns.values()):
            connection.close()
        [node] = {broker.nodeId for broker in client.cluster.brokers()}
        return bool(await client.ready(node))

    becomes("client")
    how = world.security(protocol="SSL", cert_file=str(mine["crt"]), key_file=str(mine["key"]))
    living = kind(**client_of(Bootstrap(world.by_certificate, how)), request_timeout_ms=10_000)
    await living.start()
    try:
        client = living.client if kind is AIOKafkaProducer else living._client
        assert await comes_again()
        becomes("stranger")
        assert not await comes_again()
        becomes("renewed")
        assert await comes_again()
        assert await client.fetch_all_metadata()
    finally:
        await living.stop()


async def test_a_broker_that_others_vouch_for_is_not_believed(world: World) -> None:
    others = world.security(ca_file=str(world.files / "others.pem"))
    with pytest.raises(KafkaError):
        await knocks(Bootstrap(world.by_password, others))
    system = world.security(ca_file="")  # nobody whom the system trusts signed it
    with pytest.raises(KafkaError):
        await knocks(Bootstrap(world.by_password, system))


async def test_nobody_comes_in_the_clear(world: World) -> None:
    with pytest.raises(KafkaError):
        await knocks(world.by_password)
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await asyncpg.connect(world.url("postgres", "test", "disable"))


def test_names_are_checked_and_nothing_can_turn_that_off(world: World) -> None:
    told = world.security().context()
    assert told is not None
    context = told.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="a").context
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert PASSWORD not in repr(world.security())
    assert PASSWORD not in repr(Bootstrap("a:1", world.security()))


def test_settings_say_how_and_both_libraries_are_told_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client_of("a:1,b:2") == {"bootstrap_servers": ["a:1", "b:2"]}
    assert broker_security("a:1") is None
    for name, value in {
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": PASSWORD, "KAFKA_SSL_CA_FILE": str(world.files / "ours.pem"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    made = kafka_of("a:1")
    assert (made, made.security) == ("a:1", world.security())
    told, broker = client_of(made), broker_security(made)
    assert (told["security_protocol"], told["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (told["sasl_plain_username"], told["sasl_plain_password"]) == (USER, PASSWORD)
    assert isinstance(broker, type(broker_security(made)))
    assert (broker.username, broker.password, broker.use_ssl) == (USER, PASSWORD, True)  # type: ignore[union-attr]


async def test_postgres_is_believed_by_its_certificate(world: World) -> None:
    await create_databases(world.postgres.url, {"knocking": "p"})
    con = await asyncpg.connect(world.url("knocking", "p"))
    assert await con.fetchval("SELECT current_user") == "knocking"
    await con.close()
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncpg.connect(world.url("knocking", "p", ca="others"))


async def test_two_services_talk_through_both(world: World) -> None:
    """Migrated, saying, hearing, counting what is behind: nothing of it goes in the clear."""
    passwords = {"partners": "p1", "web": "p2"}
    await create_databases(world.postgres.url, passwords)
    urls = {name: world.url(name, word) for name, word in passwords.items()}
    for name, url in urls.items():
        await asyncio.to_thread(migrate.upgrade, name, url)
    bootstrap = Bootstrap(world.by_password, world.security())
    assert "partners.keys" in await create_topics(bootstrap)
    common: dict[str, Any] = {
        "platform_secret": SECRET,
        "operator_key_hash": digest_of(OPERATOR),
        "kafka_bootstrap_servers": world.by_password,
        "kafka_security_protocol": "SASL_SSL",
        "kafka_sasl_username": USER,
        "kafka_sasl_password": PASSWORD,
        "kafka_ssl_ca_file": str(world.files / "ours.pem"),
    }
    says = partners.build(PartnersSettings(database_url=urls["partners"], **common))
    hears = web.build(WebSettings(database_url=urls["web"], **common))
    async with AsyncExitStack() as open_:
        for service in (says, hears):
            await open_.enter_async_context(service.app.router.lifespan_context(service.app))
        client = await open_.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(says.app),
                base_url="http://partners.test",
                headers={
                    "Authorization": f"Bearer {OPERATOR}",
                    "Idempotency-Key": str(uuid.uuid4()),
                },
            )
        )
        made = await client.post("/partners/v1/keys", json={"scopes": ["reader"]})
        assert made.status_code == 201, made.text
        async with asyncio.timeout(60):
            while not await _copied(hears, made.json()["key_id"]):
                await asyncio.sleep(0.1)
        assert await hears.lag() == 0
        assert await hears.ills() == []
    found = [r.key async for r in read_all(bootstrap, ["partners.keys"])]
    assert made.json()["key_id"].encode() in found


async def _copied(service: Any, key_id: str) -> bool:
    async with service.api_db.acquire() as con:
        return bool(await con.fetchval("SELECT 1 FROM api_keys WHERE key_id = $1", key_id))
