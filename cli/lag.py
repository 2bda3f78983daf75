"""`lag`: how far each service is behind what was said, what it has to say, and what is due.

Looked at from outside: places of consumer groups and ends of topics in Kafka, outboxes and
deadlines in the databases, where they are known here. Of a stack elsewhere whose Kafka nobody
named, each service says it itself, through the front door (`lag_told.py`).
"""

import asyncio
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli import say
from cli.here import Here, here
from cli.say import AWAY, USAGE, AsJson, Ends
from shared.contracts.services import SERVICES
from shared.dates import parse_instant, rfc3339

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, TopicPartition

_OUTBOX = "SELECT count(*) FROM outbox"
_DUE = "SELECT count(*) AS overdue, min(due_at) AS since FROM due WHERE due_at < $1"
_LOOKED_AT = 50  # partitions of a service, for how old what waits there is
_WAIT_MS = 2000

Service = Annotated[str, typer.Option("--service", help="This one alone.")]


@dataclass(frozen=True)
class Lag:
    """What waits at one service. None: it cannot be looked at from here."""

    service: str
    records: int | None  # said by others, and not yet handled
    oldest_at: str | None  # since when the first of them stands in the log, as RFC 3339
    outbox: int | None  # said by it, and not yet in Kafka
    overdue: int | None  # deadlines that have passed by the service's clock
    overdue_since: str | None


def lag(service: Service = "", as_json: AsJson = False) -> None:
    """How far each service is behind: records to hear, rows to say, deadlines that have passed.

    Of a stack elsewhere (HOLDFAST_URL) whose Kafka is not named here, by its own word: with the
    operator's key, and as of a quarter of a minute ago. Exit code 3 where one gives no answer.
    """
    if service and service not in SERVICES:
        raise Ends(USAGE, f"There is no service {service}.", f"One of {', '.join(SERVICES)}.")
    from aiokafka.errors import KafkaError

    stack, of = here(), [service] if service else list(SERVICES)
    if stack.local is None and not stack.bootstrap:
        from cli.lag_told import told

        found, silent, hint = told(stack, of)
        _show(found, as_json, hint)
        if silent:
            raise typer.Exit(AWAY)
        return
    try:
        found = asyncio.run(look(stack, of))
    except (KafkaError, OSError) as why:
        away = f"Kafka at {stack.bootstrap} does not answer ({type(why).__name__})."
        raise Ends(AWAY, away, "See what runs with: bin/holdfast status") from why
    _show(found, as_json)


def _show(found: list[Lag], as_json: bool, hint: str = "") -> None:
    if as_json:
        say.data({"services": [asdict(one) for one in found]})
        return
    now = datetime.now(UTC)
    rows = [
        [
            one.service,
            _count(one.records),
            _age(one.oldest_at, now),
            _count(one.outbox),
            _count(one.overdue),
            one.overdue_since or "",
        ]
        for one in found
    ]
    heads = ["", "to hear", "oldest", "to say", "overdue", "since"]
    say.table(heads, rows, right=[1, 2, 3, 4])
    if any(one.records or one.outbox or one.overdue for one in found):
        stuck = "What is stuck says why: bin/holdfast status"
        hint = f"Again in a moment: it should fall. {hint or stuck}"
    say.following(hint or "Nothing waits.")


async def look(stack: Here, services: list[str]) -> list[Lag]:
    """Each of the services, in this order."""
    databases, now, found = stack.database_urls(), _now(stack), []
    for name in services:
        records, oldest_at = await _behind(stack.bootstrap, name)
        outbox, overdue, since = await _held(databases.get(name), now)
        found.append(Lag(name, records, oldest_at, outbox, overdue, since))
    return found


async def _behind(bootstrap: str, service: str) -> tuple[int, str | None]:
    """How many records a service has to hear yet, and since when the first of them waits."""
    from cli.built import hears_of
    from cli.kafka import patiently
    from shared.runtime.offsets import committed
    from shared.runtime.spans import know, partitions_of, reader

    hears = hears_of(service)
    places = await patiently(lambda: committed(bootstrap, hears.consumer))
    async with reader(bootstrap) as consumer:
        parts = await partitions_of(consumer, sorted(hears.topics))
        if not parts:
            return 0, None
        know(consumer, parts)
        begins, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
        at = {part: max(begins[part], places.get(part, 0)) for part in parts}
        waiting = {part: at[part] for part in parts if at[part] < ends[part]}
        return sum(ends[part] - at[part] for part in waiting), await _oldest(consumer, waiting)


async def _oldest(consumer: "AIOKafkaConsumer", waiting: "dict[TopicPartition, int]") -> str | None:
    """When the first record that waits was appended; of so many partitions, one is enough."""
    looked_at = dict(sorted(waiting.items())[:_LOOKED_AT])
    for part, offset in looked_at.items():
        consumer.seek(part, offset)
    stamps: dict[TopicPartition, int] = {}
    consumer.resume(*looked_at)
    while left := [part for part in looked_at if part not in stamps]:
        came = await consumer.getmany(*left, timeout_ms=_WAIT_MS, max_records=len(left))
        if not came:  # compacted away: the ends count what is not there any more
            break
        for part, records in came.items():
            stamps[part] = records[0].timestamp
            consumer.pause(part)
    if not stamps:
        return None
    return rfc3339(datetime.fromtimestamp(min(stamps.values()) / 1000, UTC))


async def _held(url: str | None, now: datetime) -> tuple[int | None, int | None, str | None]:
    """Outbox rows, deadlines that have passed, and the first of those, of one database."""
    if url is None:
        return None, None, None
    import asyncpg

    try:
        con = await asyncpg.connect(url, timeout=10)
    except (OSError, asyncpg.PostgresError):
        return None, None, None
    try:
        outbox, due = await con.fetchval(_OUTBOX), await con.fetchrow(_DUE, now)
    finally:
        await con.close()
    return outbox, due["overdue"], rfc3339(due["since"]) if due["since"] else None


def _now(stack: Here) -> datetime:
    """What time it is for the services."""
    import httpx

    if not stack.sandbox:
        return datetime.now(UTC)
    try:
        told = httpx.get(f"{stack.clock_url}/", timeout=5, trust_env=False).json()
        return parse_instant(told["now"])
    except (httpx.HTTPError, ValueError) as why:
        away = f"The sandbox clock does not answer ({type(why).__name__})."
        raise Ends(AWAY, away, "See what runs with: bin/holdfast status") from why


def _count(number: int | None) -> str:
    return "-" if number is None else str(number)


def _age(at: str | None, now: datetime) -> str:
    """How long ago, in the largest unit that says something."""
    if at is None:
        return ""
    seconds = max(0, int((now - parse_instant(at)).total_seconds()))
    for unit, long in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= long:
            return f"{seconds // long} {unit}"
    return f"{seconds} s"
