"""What the shell names is used by `up`, and by the demo never; the two clocks never mix."""

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError

from cli.here import Here, here
from stack import plan as plans
from stack import starting, state
from stack.given import left_out
from stack.images import revision, version
from stack.profile import ROOT, Ports, Profile
from stack.state import State
from stack.trouble import Trouble

REAL = {
    "KAFKA_BOOTSTRAP_SERVERS": "kafka.real:9092",
    "KAFKA_REPLICATION_FACTOR": "3",
    "BILLING_DATABASE_URL": "postgresql://u:p@db.real/billing",
    "WEB_DATABASE_URL": "postgresql://u:p@db.real/web",
    "NOTIFICATIONS_SMTP_HOST": "smtp.real",
    "NOTIFICATIONS_SMTP_PASSWORD": "real-password",
    "BILLING_GATEWAY_URL": "https://gateway.real",
    "BILLING_GATEWAY_API_KEY": "real-key",
    "BILLING_WEBHOOK_SECRET": "real-webhooks",
    "PLATFORM_SECRET": "real-secret, real-secret",
    "PUBLIC_URL": "https://courses.real",
}


@pytest.fixture(autouse=True)
def shell(tmp_path, monkeypatch):
    """The shell of somebody who runs a real system."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)


def plan_of(name: str) -> plans.Plan:
    profile = Profile(name)
    return plans.make(profile, Ports(31000), profile.prepare(sandbox=True), sandbox=True)


def test_nothing_that_the_demo_starts_hears_of_a_real_system():
    made = plan_of("demo")
    for one in [*made.edges, *made.services, made.door]:
        told = " ".join(f"{name}={value}" for name, value in one.env.items())
        assert [value for value in REAL.values() if "real" in value and value in told] == []
    assert (made.kafka is None, made.postgres is None, made.elsewhere) == (False, False, [])
    assert all("@127.0.0.1:39132/" in url for url in made.databases.values())
    assert made.public_url == "http://127.0.0.1:39080"
    billing = next(one for one in made.services if one.name == "billing")
    assert billing.env["BILLING_GATEWAY_URL"] == "http://127.0.0.1:39110"
    notifications = next(one for one in made.services if one.name == "notifications")
    assert notifications.env["NOTIFICATIONS_SMTP_HOST"] == "127.0.0.1"


def test_each_service_is_told_what_it_is_made_of_whatever_the_shell_says(monkeypatch):
    monkeypatch.setenv("HOLDFAST_RELEASE", "9.9.9")
    for one in plan_of("data").services:
        assert one.env["HOLDFAST_RELEASE"] == version()
        assert one.env["HOLDFAST_REVISION"] == revision()


def test_patience_with_a_mailbox_of_this_machine_is_no_patience_with_a_real_mail_server():
    def told(name: str) -> list[str | None]:
        [one] = [one for one in plan_of(name).services if one.name == "notifications"]
        steps = ("PATIENCE", "TIMEOUT", "ANSWER")
        return [one.env.get(f"NOTIFICATIONS_SMTP_{step}") for step in steps]

    assert told("demo") == ["5", "5", "20"]
    assert told("data") == [None, None, None]  # its server is elsewhere: the service's own defaults


def test_the_demo_says_what_it_takes_no_notice_of():
    assert left_out(Profile("demo")) == sorted(REAL)
    assert left_out(Profile("data")) == []


def test_the_demos_own_kafka_is_one_broker_whatever_the_real_one_has(monkeypatch):
    copies: list[int] = []

    async def created(_bootstrap: str, replication: int) -> list[str]:
        copies.append(replication)
        return []

    monkeypatch.setattr(starting, "create_topics", created)
    monkeypatch.setattr("stack.kafka.Kafka.wait_ready", lambda *_: True)
    for name in ("demo", "data"):
        starting._topics(None, plan_of(name))  # type: ignore[arg-type]
    assert copies == [1, 3]


def test_a_kafka_of_our_own_that_dies_while_its_topics_are_made_is_waited_for(monkeypatch):
    up = iter([True, False, True])  # it dies as it is asked, and is started again
    asked: list[str] = []

    async def made(bootstrap: str, _replication: int) -> list[str]:
        asked.append(bootstrap)
        if len(asked) == 1:
            raise KafkaConnectionError("closed")
        return []

    monkeypatch.setattr(starting, "create_topics", made)
    monkeypatch.setattr("stack.kafka.Kafka.wait_ready", lambda *_: next(up))
    monkeypatch.setattr("stack.starting.time.sleep", lambda _: None)
    starting._topics(None, plan_of("demo"))  # type: ignore[arg-type]
    assert len(asked) == 2
    assert next(up, "all used") == "all used"


def test_a_stack_is_looked_at_where_it_was_started_with_and_not_where_this_shell_points():
    secrets = Profile("demo").prepare(sandbox=True)
    ports = {"postgres": 39132}
    demo = State("demo", facts={"ports": ports, "elsewhere": []})
    demo = replace(demo, processes={"billing": state.this_process("billing")})
    url = Here("http://door", "", demo).database_urls()["billing"]
    password = secrets["BILLING_DATABASE_PASSWORD"]
    assert url == f"postgresql://billing:{password}@127.0.0.1:39132/billing"
    real = replace(demo, facts={"ports": ports, "elsewhere": ["BILLING_DATABASE_URL"]})
    known = Here("http://door", "", real).database_urls()
    assert known == {"billing": REAL["BILLING_DATABASE_URL"]}


def test_a_stack_elsewhere_is_asked_with_the_gateways_key_of_the_shell(monkeypatch):
    monkeypatch.setenv("PAYSIM_API_KEY", "its-key")
    monkeypatch.setenv("HOLDFAST_MAILBOX_URL", "http://mail.elsewhere/")
    stack = Here("https://courses.real", "")
    assert (stack.gateway_key, stack.mailbox) == ("its-key", "http://mail.elsewhere")


def test_the_demo_is_spoken_to_with_its_own_key(monkeypatch):
    own = Profile("demo").prepare(sandbox=True)["OPERATOR_KEY"]
    boss = state.this_process("supervisor")
    demo = State("demo", phase="ready", supervisor=boss, processes={"front door": boss})
    monkeypatch.setattr(state, "running_profile", lambda: demo)
    monkeypatch.setenv("HOLDFAST_OPERATOR_KEY", "hf_real")
    monkeypatch.delenv("HOLDFAST_URL", raising=False)
    assert here().key == own


def up(monkeypatch: pytest.MonkeyPatch, phase: str = "ready") -> State:
    """A sandbox of this machine, whose front door is at 8080."""
    boss = state.this_process("supervisor")
    door = replace(boss, url="http://127.0.0.1:8080")
    clock = replace(boss, url="http://127.0.0.1:9999")
    known = {"front door": door, "clock": clock}
    own = State("data", phase=phase, sandbox=True, supervisor=boss, processes=known)
    monkeypatch.setattr(state, "running_profile", lambda: own)
    return own


@pytest.mark.parametrize(
    "named", ["http://127.0.0.1:8080", "http://127.0.0.1:8080/", "http://localhost:8080"]
)
def test_who_names_the_door_of_this_machine_means_its_stack(monkeypatch, named):
    own = up(monkeypatch)
    monkeypatch.setenv("HOLDFAST_URL", named)
    assert here().local is own
    assert (here().sandbox, here().clock_url) == (True, "http://127.0.0.1:9999")


@pytest.mark.parametrize(
    "named",
    [
        "http://127.0.0.1:8081",
        "https://127.0.0.1:8080",
        "http://courses.real:8080",
        "http://127.0.0.1:8080/behind",
        "http://127.0.0.1:x",
    ],
)
def test_any_other_door_is_elsewhere(monkeypatch, named):
    up(monkeypatch)
    monkeypatch.setenv("HOLDFAST_URL", named)
    assert (here().local, here().door) == (None, named)


@pytest.mark.parametrize(
    ("said", "clock"),
    [("", "http://clock:8112"), ("1", "http://clock:8112"), ("0", "")],
)
def test_a_stack_elsewhere_that_is_no_sandbox_has_no_clock(monkeypatch, said, clock):
    """Compose tells everybody where a clock would be."""
    up(monkeypatch)
    monkeypatch.setenv("HOLDFAST_URL", "http://front-door:8080")
    monkeypatch.setenv("SANDBOX_CLOCK_URL", "http://clock:8112/")
    monkeypatch.setenv("SANDBOX", said)
    assert (here().clock_url, here().sandbox) == (clock, bool(clock))


def test_one_that_is_not_up_yet_is_asked_as_it_was_named(monkeypatch):
    up(monkeypatch, phase="starting")
    monkeypatch.setenv("HOLDFAST_URL", "http://127.0.0.1:8080")
    assert here().local is None


@pytest.fixture
def empty(postgres_url: str) -> Iterator[Callable[[], str]]:
    """`empty()` → the URL of a database that nothing was migrated in."""
    made: list[str] = []

    def run(statement: str) -> None:
        async def execute() -> None:
            con = await asyncpg.connect(postgres_url)
            await con.execute(statement)
            await con.close()

        asyncio.run(execute())

    def fresh() -> str:
        made.append(f"test_mark_{uuid.uuid4().hex[:12]}")
        run(f"create database {made[-1]}")
        return urlunsplit(urlsplit(postgres_url)._replace(path=f"/{made[-1]}"))

    yield fresh
    for name in made:
        run(f"drop database if exists {name} with (force)")


def migrated(url: str, sandbox: str, *module: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *(module or ("stack.migrate",)), "web"],
        env=os.environ | {"WEB_DATABASE_URL": url, "SANDBOX": sandbox, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("made_with", "then"), [("1", "0"), ("0", "1")])
def test_a_database_elsewhere_that_was_made_with_the_other_clock_is_refused(
    empty: Callable[[], str], made_with: str, then: str
):
    url = empty()
    for _ in range(2):
        done = migrated(url, made_with)
        assert done.returncode == 0, done.stderr
    refused = migrated(url, then)
    assert refused.returncode == 1
    [told] = refused.stderr.strip().splitlines()
    clocks = {"1": "on a sandbox clock", "0": "on the wall clock"}
    assert f"The database of web was made {clocks[made_with]}, and this stack lives" in told
    assert "WEB_DATABASE_URL" in told


def test_a_database_without_a_mark_lives_on_the_wall_clock(empty: Callable[[], str]):
    url = empty()
    by_hand = migrated(url, "0", "shared.runtime.migrate", "upgrade")
    assert by_hand.returncode == 0, by_hand.stderr
    assert migrated(url, "1").returncode == 1
    assert migrated(url, "0").returncode == 0


def test_a_stack_that_meets_the_other_clock_in_its_database_is_refused_in_words(monkeypatch):
    made = plan_of("data")
    told = "The database of web was made on the wall clock, and this stack lives on a sandbox one."
    monkeypatch.setattr(
        subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, "", f"x\n{told}\n")
    )
    with pytest.raises(Trouble) as why:
        starting._migrate(replace(made, postgres=None))
    assert (str(why.value), why.value.code) == (told, 1)
