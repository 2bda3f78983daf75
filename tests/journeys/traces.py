"""Where anything can have been left behind on a stack: databases, topics, metrics, logs, files."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from cli.kafka import read_all
from shared.contracts.services import SERVICES
from shared.contracts.topics import BY_NAME, configs

PEOPLE = "registration.people"
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind='r'"
# What is kept by others, or by nobody but Kafka and Postgres themselves, who are asked instead.
_OTHERS = {"postgres", "kafka", "mailbox", "secrets.json", "state.json", "profile.json"}
_SHOWN = {".eml", ".pdf", ".ics"}  # what the demo puts there to be looked at


class Stack:
    """One that runs, and everything on it."""

    def __init__(self, home: Path, profile: str = "demo") -> None:
        self.place = home / profile
        self.state: dict[str, Any] = json.loads((self.place / "state.json").read_text())
        self.secrets: dict[str, str] = json.loads((self.place / "secrets.json").read_text())
        self.bootstrap: str = self.state["bootstrap"]
        self.door: str = self.state["public_url"]

    def database(self, service: str) -> str:
        password = self.secrets[f"{service.upper()}_DATABASE_PASSWORD"]
        port = self.state["facts"]["ports"]["postgres"]
        return f"postgresql://{service}:{password}@127.0.0.1:{port}/{service}"

    async def tables(self, service: str) -> dict[str, bytes]:
        """Table → all of it as text; what is kept as bytes stands there as it is."""
        con = await asyncpg.connect(self.database(service))
        try:
            found = {}
            for row in await con.fetch(_TABLES):
                rows = await con.fetch(f"SELECT * FROM {row['relname']}")
                cells = [each if isinstance(each, bytes) else str(each).encode()
                         for one in rows for each in one.values()]  # fmt: skip
                found[f"{service}.{row['relname']}"] = b"\n".join(cells)
            return found
        finally:
            await con.close()

    async def records(self) -> dict[str, bytes]:
        """Topic → keys, values and headers of all its records; partners' own topics, too."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            theirs = [name for name in await admin.list_topics() if name.startswith("partner.")]
        finally:
            await admin.close()
        found: dict[str, list[bytes]] = {name: [] for name in (*BY_NAME, *theirs)}
        async for record in read_all(self.bootstrap, list(found)):
            heads = [value or b"" for _, value in record.headers]
            found[record.topic] += [record.key or b"", record.value or b"", *heads]
        assert sum(len(each) for each in found.values()) > 1000, "the story is in the log"
        return {name: b"\n".join(each) for name, each in found.items()}

    def files(self) -> dict[str, bytes]:
        """Every file but Kafka's and Postgres' own, the mails that are out, and the secrets."""
        return {
            str(path.relative_to(self.place)): path.read_bytes()
            for path in sorted(self.place.rglob("*"))
            if path.relative_to(self.place).parts[0] not in _OTHERS
            and path.suffix not in _SHOWN
            and path.is_file()
        }

    def metrics(self, services: Sequence[str]) -> dict[str, bytes]:
        url = "{}/metrics".format
        with httpx.Client(trust_env=False, timeout=30) as client:
            known = {name: self.state["processes"][name]["url"] for name in services}
            return {
                name: client.get(url(at)).raise_for_status().content for name, at in known.items()
            }

    def mails(self) -> bytes:
        return b"\n".join(path.read_bytes() for path in (self.place / "mailbox").glob("*.eml"))

    async def compacted(self) -> None:
        """What Kafka does within a week on its own, now: only the last word of a key is left."""
        now = {"segment.ms": "1", "min.cleanable.dirty.ratio": "0.0", "delete.retention.ms": "0"}
        people = configs(1)[PEOPLE][1] | now | {"max.compaction.lag.ms": "1"}
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            topic, broker = ConfigResourceType.TOPIC, ConfigResourceType.BROKER
            await admin.alter_configs([ConfigResource(topic, PEOPLE, configs=people)])
            often = {"log.cleaner.backoff.ms": "200"}
            await admin.alter_configs([ConfigResource(broker, "1", configs=often)])
        finally:
            await admin.close()
        # A segment that is being written is never compacted: the next record begins another.
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
            for partition in range(configs(1)[PEOPLE][0]):
                await producer.send_and_wait(PEOPLE, None, key=b"nobody", partition=partition)


def where(places: Mapping[str, bytes], *texts: str) -> dict[str, list[str]]:
    """Place → which of the texts stand in it, whatever their case."""
    found = {}
    for place, content in places.items():
        low = content.lower()
        if hits := [text for text in texts if text.lower().encode() in low]:
            found[place] = hits
    return found


def tokens_in(mails: bytes) -> set[str]:
    """The tokens of all personal links, join links and unsubscriptions that were mailed."""
    whole = mails.replace(b"=\r\n", b"").replace(b"=\n", b"").replace(b"=3D", b"=").decode()
    return set(re.findall(r"\b[0-9]+\.[ut][\w-]{4,}\.[\w-]{24}\b", whole))


async def until(check: Any, seconds: float = 60) -> None:
    """Until an async check comes to nothing; fails with what it says."""
    left: Any = None
    try:
        async with asyncio.timeout(seconds):
            while left := await check():
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise AssertionError(f"still there: {left}") from None


def no_secret_is_written_down(stack: Stack) -> None:
    """Secrets of the machine, tokens of the people, names and addresses: in no log and no metric;
    secrets and tokens are said to nobody by Kafka either."""
    tokens = tokens_in(stack.mails())
    assert len(tokens) > 200, "pages, join links and unsubscriptions of sixty people"
    secrets = {value for name, value in stack.secrets.items() if name != "OPERATOR_KEY_HASH"}
    assert len(secrets) > 10
    logs = {name: text for name, text in stack.files().items() if name.endswith(".log")}
    assert sum(len(text) for text in logs.values()) > 20_000, "they were told to say everything"
    people = asyncio.run(_named(stack))
    assert len(people) > 100
    assert where(logs, *secrets, *tokens, *people) == {}
    assert where(stack.metrics(SERVICES), *secrets, *tokens, *people) == {}
    assert where(asyncio.run(stack.records()), *secrets, *tokens) == {}


async def _named(stack: Stack) -> set[str]:
    """The address and the whole name of everybody."""
    con = await asyncpg.connect(stack.database("registration"))
    try:
        rows = await con.fetch("SELECT name, email FROM people")
        return {text for row in rows for text in (row["name"], row["email"])}
    finally:
        await con.close()


def who_is_erased_leaves_only_evidence(stack: Stack, address: str, course_id: str) -> None:
    """Somebody who paid, took part, was certified and reported is erased: of them only the report
    is left that a registry has got, and the invoice's file, as the law says."""
    with httpx.Client(
        base_url=stack.door,
        headers={"Authorization": f"Bearer {stack.secrets['OPERATOR_KEY']}"},
        trust_env=False,
        timeout=60,
    ) as client:
        reports = f"/certificates/v1/courses/{course_id}/reports"
        _posted(client, reports, {"board": "NBCC", "format": "csv"})
        found = client.get("/registration/v1/people", params={"email": address}).json()
        [person] = found["items"]
        registration = person["registrations"][0]["registration_id"]
        client.get(f"/billing/v1/registrations/{registration}/invoice.pdf").raise_for_status()
        traces = (person["name"], person["email"], person["licenses"][0]["number"])
        before = asyncio.run(_left(stack, *traces))
        assert {f"{name}.people" for name in COPIES} <= before.keys()
        assert {
            *("registration.people", "certificates.documents", "notifications.messages"),
            "partners.occurrences",
        } <= before.keys()
        _posted(client, f"/registration/v1/people/{person['person_id']}/erase", {"reason": "asked"})
    kept = {"certificates.report_files": [traces[0], traces[2]]}

    async def gone() -> None:
        await stack.compacted()
        await until(lambda: _left(stack, *traces, but=kept))
        raw = [
            path.read_bytes()
            for path in (stack.place / "kafka" / "logs").glob("registration.people-*/*.log")
        ]
        assert len(raw) >= configs(1)[PEOPLE][0], "a file a partition"
        assert where({str(n): each for n, each in enumerate(raw)}, *traces) == {}
        # Everybody else is there as before: the search can find, and compaction loses nobody.
        others = await _named(stack)
        assert len(where({"topic": (await stack.records())[PEOPLE]}, *others)["topic"]) == len(
            others
        )

    asyncio.run(gone())


COPIES = ("registration", "billing", "attendance", "certificates", "notifications", "partners")


async def _left(stack: Stack, *texts: str, but: Mapping[str, list[str]] | None = None) -> Any:
    """Where any of it stands; nothing where that is `but` what may be kept."""
    places = await stack.records() | stack.files()
    for service in SERVICES:
        places |= await stack.tables(service)
    found = where(places, *texts)
    return {} if but is not None and found == but else found


def _posted(client: httpx.Client, path: str, body: Any) -> None:
    key = {"Idempotency-Key": f"traces-{path}"}
    client.post(path, json=body, headers=key).raise_for_status()
