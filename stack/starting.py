"""The order in which a stack comes up: as soon as what a thing needs is there, and no later.

Kafka and Postgres are made at the same time, while the simulator, the mailbox, the clock and the
front door already start; migrations run when Postgres answers, topics are created when Kafka does,
and the services start between the two: they wait for Kafka by themselves.
"""

import asyncio
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from shared.runtime.settings import kafka_of
from stack import ports
from stack.children import Children
from stack.plan import Plan, Process
from stack.postgres import create_databases
from stack.profile import ROOT
from stack.topics import create_topics
from stack.trouble import REFUSED, Trouble

KAFKA_SECONDS = 90.0
POSTGRES_SECONDS = 60.0
READY_SECONDS = 120.0
# A proxy that the shell names is for the world outside, not for processes of this machine.
_STRAIGHT = build_opener(ProxyHandler({}))


def start(children: Children, plan: Plan) -> None:
    """Bring everything up; returns when all of it is ready. Raises `Trouble` or `Stopped`."""
    began = time.monotonic()
    pool = ThreadPoolExecutor(2)
    try:
        kafka = (
            pool.submit(plan.kafka.prepare, children.say, children.check) if plan.kafka else None
        )
        postgres = pool.submit(plan.postgres.prepare) if plan.postgres else None
        if plan.postgres and postgres:
            _patiently(children, postgres)
            children.spawn(_postgres(plan))
        for process in [*plan.edges, plan.door]:
            children.spawn(process)
        if plan.kafka and kafka:
            _patiently(children, kafka)
            children.spawn(_kafka(plan))
        _patiently(children, pool.submit(_wait_postgres, children, plan))
        _patiently(children, pool.submit(_migrate, plan))
        children.say("Databases are migrated")
        topics = pool.submit(_topics, children, plan)
        for process in plan.services:
            children.spawn(process)
        _patiently(children, topics)
        children.say("Kafka has its topics; waiting for the services")
    finally:
        # Whoever is to stop, or cannot start, waits for no step that is still on its way.
        pool.shutdown(wait=False, cancel_futures=True)
    _wait_all(children)
    children.say(f"Everything is ready after {time.monotonic() - began:.0f} seconds")


def answers(process: Process) -> bool:
    """Whether the process says it is ready."""
    if not process.ready:
        return ports.listening(process.port)
    try:
        with _STRAIGHT.open(process.ready, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError, ValueError):
        return False


def _postgres(plan: Plan) -> Process:
    server = plan.postgres
    assert server is not None
    url = f"postgresql://127.0.0.1:{server.port}"
    return Process(
        name="postgres",
        command=server.command(),
        env=server.environment(),
        port=server.port,
        url=url,
        # SIGINT: end sessions and shut down; SIGTERM would wait for everyone to leave.
        stop_signal=2,
        as_postgres=True,
    )


def _kafka(plan: Plan) -> Process:
    server = plan.kafka
    assert server is not None
    return Process("kafka", server.command(), server.environment(), server.port, "", plan.bootstrap)


def _migrate(plan: Plan) -> None:
    if plan.postgres:
        asyncio.run(create_databases(plan.postgres.url, plan.own_databases))
    done = subprocess.run(
        [sys.executable, "-m", "stack.migrate", *(one.name for one in plan.services)],
        env=plan.given | plan.databases | {"SANDBOX": "1" if plan.sandbox else "0"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    log = plan.profile.logs / "migrate.log"
    log.write_text(done.stdout + done.stderr)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no word why"]
        if done.returncode == REFUSED:
            raise Trouble(last[0], code=REFUSED)
        raise Trouble(f"The migrations failed: {last[0][:300]} (more in {log})")


def _topics(children: Children, plan: Plan) -> None:
    bootstrap = plan.bootstrap if plan.kafka else kafka_of(plan.bootstrap)
    copies = 1 if plan.kafka else int(plan.given.get("KAFKA_REPLICATION_FACTOR") or "1")
    for left in reversed(range(5)):
        # Each time: a Kafka of our own may have died since, and be coming back.
        if plan.kafka and not plan.kafka.wait_ready(KAFKA_SECONDS, lambda: children.is_up("kafka")):
            if not left:
                raise Trouble(f"Kafka does not start: {children.last_words('kafka')}")
            time.sleep(1)
            continue
        try:
            asyncio.run(create_topics(bootstrap, copies))
            return
        except Trouble:
            raise
        except Exception as why:
            if not left:
                raise Trouble(
                    f"Kafka at {plan.bootstrap} does not answer ({type(why).__name__}).",
                    "Check KAFKA_BOOTSTRAP_SERVERS." if not plan.kafka else "",
                ) from why
            time.sleep(1)


def _wait_postgres(children: Children, plan: Plan) -> None:
    if plan.postgres and not plan.postgres.wait_ready(
        POSTGRES_SECONDS, lambda: children.is_up("postgres")
    ):
        raise Trouble(f"Postgres does not start: {children.last_words('postgres')}")


def _wait_all(children: Children) -> None:
    until = time.monotonic() + READY_SECONDS
    waiting = children.unready()
    while waiting:
        children.revive(starting_up=True)
        for name in sorted(waiting):
            if children.is_up(name) and answers(waiting[name]):
                children.ready(name)
                del waiting[name]
        if waiting and time.monotonic() > until:
            first = min(waiting)
            raise Trouble(
                f"{', '.join(sorted(waiting))} not ready after {READY_SECONDS:.0f} seconds. "
                f"{first}: {_reasons(waiting[first]) or children.last_words(first)}"
            )
        time.sleep(0.1)


def _reasons(process: Process) -> str:
    """Why a service says it is not ready, in its own words."""
    import httpx

    try:
        return "; ".join(httpx.get(process.ready, timeout=2, trust_env=False).json()["reasons"])
    except (httpx.HTTPError, ValueError, KeyError):
        return ""


def _patiently(children: Children, future: "Future[None]") -> None:
    """Wait for a step, noticing meanwhile what dies and whether to stop."""
    while not future.done():
        children.revive(starting_up=True)
        time.sleep(0.05)
    future.result()
