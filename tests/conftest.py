"""The stack under the tests: one Postgres and one Kafka for the session, whoever runs them.

`TEST_POSTGRES_URL` and `TEST_KAFKA_BOOTSTRAP_SERVERS` point at ones that run; with
`HOLDFAST_STACK=docker` testcontainers starts them; else the embedded ones start on free ports.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import hypothesis
import psutil
import pytest

from stack import ports
from stack.kafka import Kafka
from stack.postgres import Postgres, create_databases
from stack.server_user import identity

hypothesis.settings.register_profile(  # a busy machine is no defect: nothing here is timed
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
if not os.environ.get("CI"):  # there its own profile holds: untimed too, and the same each time
    hypothesis.settings.load_profile("untimed")

ROOT = Path(__file__).parent.parent
T = TypeVar("T")
Database = Callable[[str], str]


# Longest first. What waits for much (a stack, a killed process) before what only computes.
LONG = (
    "journeys/test_reference_course.py",
    "chaos/test_chaos.py",
    "journeys",
    "simulation",
    "edges/billing/test_month.py",
    "crash",
    "edges/notifications/test_killed.py",
    "stack",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long first: at the end all other workers would wait for the one that has it."""

    def turn(item: pytest.Item) -> int:
        where = item.path.relative_to(ROOT / "tests")
        found = (n for n, each in enumerate(LONG) if where.is_relative_to(each))
        return next(found, len(LONG))

    items.sort(key=turn)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, also where an event loop already runs in this thread."""
    result: list[T] = []
    errors: list[BaseException] = []

    def inside() -> None:
        try:
            result.append(asyncio.run(work))
        except BaseException as why:
            errors.append(why)

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return result[0]


@contextmanager
def own_directory(within: Path | None = None) -> Iterator[Path]:
    """A directory that Postgres' own user can reach. Below pytest's it cannot be sure of that:
    every session of pytest, also one that starts meanwhile, closes that directory to others."""
    with tempfile.TemporaryDirectory(
        prefix="holdfast-", dir=within, ignore_cleanup_errors=True
    ) as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory of this test, for servers with a user of their own."""
    with own_directory() as made:
        yield made


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """An administrator's URL of a Postgres of at least 15."""
    given = os.environ.get("TEST_POSTGRES_URL")
    with ExitStack() as stack:
        if given:
            yield given
        elif os.environ.get("HOLDFAST_STACK") == "docker":
            yield stack.enter_context(_docker_postgres())
        else:
            directory = stack.enter_context(own_directory(_in_memory()))
            yield stack.enter_context(_embedded_postgres(directory))


def _in_memory() -> Path | None:
    """Where files stay in memory, if there is room: each test has databases of its own, and one
    is copied there ten times as fast as on a disk. What a killed run left there is taken away."""
    memory = Path("/dev/shm")
    for left in memory.glob("holdfast-*/data/cluster/postmaster.pid"):
        if not (left.parents[1] / "holdfast-ready").exists():
            continue  # another run makes it at this moment: its servers for that come and go
        if not psutil.pid_exists(int(left.read_text().split("\n", 1)[0])):
            shutil.rmtree(left.parents[2], ignore_errors=True)
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 4 * 2**30
    return memory if roomy and os.access(memory, os.W_OK) else None


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Kafka, without any topic promised."""
    given = os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS")
    with ExitStack() as stack:
        if given:
            yield given
        elif os.environ.get("HOLDFAST_STACK") == "docker":
            yield stack.enter_context(_docker_kafka())
        else:
            yield stack.enter_context(_embedded_kafka(tmp_path_factory.mktemp("kafka")))


@pytest.fixture(scope="session")
def kafka_bootstrap(kafka_server: str) -> str:
    """The address of a Kafka that has every topic of `shared.contracts.topics`.

    Topics are shared by all tests of the session: use ids and consumer groups of your own.
    """
    from stack.topics import create_topics

    run(create_topics(kafka_server))
    return kafka_server


@pytest.fixture(scope="session")
def _admin(postgres_url: str) -> Iterator[Callable[[str], None]]:
    """Runs a statement as the administrator, always over the same connection."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def now(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    con = now(asyncpg.connect(postgres_url))
    yield lambda statement: now(con.execute(statement))
    now(con.close())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="session")
def _templates(_admin: Callable[[str], None]) -> Iterator[dict[str, str]]:
    """Service → the database its migrations were run in, filled as services are asked for.

    Its owner is a role of the same name: nothing more than what the stack gives a service.
    """
    made: dict[str, str] = {}
    yield made
    for name in made.values():
        _admin(f"drop database if exists {name} with (force)")
        _admin(f"drop role {name}")


@pytest.fixture
def database(
    postgres_url: str, _admin: Callable[[str], None], _templates: dict[str, str]
) -> Iterator[Database]:
    """`database("billing")` → the URL of a fresh, migrated database, dropped after the test.

    As its owner, who is no superuser: what the service may not do, a test may not either.
    """
    made: list[str] = []

    def fresh(service: str) -> str:
        if service not in _templates:
            _templates[service] = _migrated(postgres_url, service)
        name, like = _name(service), _templates[service]
        _admin(f"create database {name} template {like} owner {like} strategy file_copy")
        made.append(name)
        return _url_of(postgres_url, name, like)

    yield fresh
    for name in made:
        _admin(f"drop database if exists {name} with (force)")


def _migrated(admin: str, service: str) -> str:
    name = _name(f"template_{service}")
    run(create_databases(admin, {name: name}))
    done = subprocess.run(
        [sys.executable, "-m", "shared.runtime.migrate", "upgrade", service],
        env=os.environ | {f"{service.upper()}_DATABASE_URL": _url_of(admin, name, name)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        run(_execute(admin, f"drop database {name} with (force)"))
        run(_execute(admin, f"drop role {name}"))
        pytest.fail(f"the migrations of {service} failed:\n{done.stdout}{done.stderr}")
    return name


def _name(what: str) -> str:
    return f"test_{what}_{uuid.uuid4().hex[:12]}"


def _url_of(admin: str, database: str, owner: str | None = None) -> str:
    """The administrator's URL of a database, or that of its owner (whose password is its name)."""
    url = urlsplit(admin)
    place = url.netloc.rpartition("@")[2]
    netloc = f"{owner}:{owner}@{place}" if owner else url.netloc
    return urlunsplit(url._replace(netloc=netloc, path=f"/{database}"))


async def _execute(url: str, statement: str) -> None:
    con = await asyncpg.connect(url)
    try:
        await con.execute(statement)
    finally:
        await con.close()


@contextmanager
def running(
    command: list[str], log: Path, *, stop: int = signal.SIGTERM, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as the block lasts."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, **options
        )
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _embedded_postgres(directory: Path) -> Iterator[str]:
    server = Postgres(directory / "data", ports.free_port(), "test", durable=False)
    server.prepare()
    with running(
        server.command(),
        directory / "log",
        stop=signal.SIGINT,
        cwd=server.data,
        env=server.environment(),
        **identity(),
    ) as process:
        assert server.wait_ready(30, lambda: process.poll() is None), (
            directory / "log"
        ).read_text()
        yield server.url


@contextmanager
def _embedded_kafka(directory: Path) -> Iterator[str]:
    cache = ROOT / ".holdfast" / "cache"
    server = Kafka(directory / "data", ports.free_port(), ports.free_port(), cache)
    server.prepare()
    with running(server.command(), directory / "log", env=server.environment()) as process:
        assert server.wait_ready(60, lambda: process.poll() is None), (
            directory / "log"
        ).read_text()
        yield server.bootstrap


@contextmanager
def _docker_postgres() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    container = DockerContainer("postgres:17").with_env("POSTGRES_PASSWORD", "test")
    container = container.with_exposed_ports(5432).with_command(
        "postgres -c max_connections=200 -c fsync=off"
    )
    # The image starts a first server for its set-up: only the second one stays.
    ready = LogMessageWaitStrategy("ready to accept connections", times=2)
    with container.waiting_for(ready):
        port = container.get_exposed_port(5432)
        yield f"postgresql://postgres:test@{container.get_container_host_ip()}:{port}/postgres"


@contextmanager
def _docker_kafka() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer

    # The advertised listener must name the port on the host, so it cannot be left to Docker.
    port = ports.free_port()
    container = DockerContainer("apache/kafka:4.3.1").with_bind_ports(9092, port)
    for name, value in {
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_NODE_ID": "1",
        "KAFKA_LISTENERS": "PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@127.0.0.1:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
        "KAFKA_OFFSETS_RETENTION_MINUTES": "2147483647",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }.items():
        container = container.with_env(name, value)
    with container:
        address = f"127.0.0.1:{port}"
        run(_answers(address))
        yield address


async def _answers(bootstrap: str) -> None:
    from aiokafka import AIOKafkaProducer
    from aiokafka.errors import KafkaError

    for _ in range(120):
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        try:
            await producer.start()
        except KafkaError:
            await asyncio.sleep(0.5)
        else:
            return
        finally:
            await producer.stop()
    raise AssertionError(f"no Kafka at {bootstrap} after a minute")
