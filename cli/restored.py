"""`restored`: a service whose database was restored from a backup hears what it had said itself,
and goes on from where that database knows.

The service must stand still: no process of it may be connected. Again it changes nothing, but tries
again what was no use the last time. Exit codes: 0 it may be started, 1 it may not be yet, 2 wrong
usage, 3 something does not answer.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import asyncpg
import typer

from cli import say
from cli.here import Here, here
from cli.replay import members_of
from cli.say import AWAY, REFUSED, USAGE, AsJson, Ends
from shared.contracts.services import SERVICES
from shared.contracts.topics import BY_NAME, TOPICS

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

    from shared.runtime.hears import Hears
    from shared.runtime.service import Service

_RUNS = "See what runs with: bin/holdfast status"
_BEFORE = timedelta(hours=1)  # of its own words: what was heard last may have been said long before
_CONNECTED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'holdfast-%'
"""
Name = Annotated[str, typer.Argument(metavar="SERVICE", help="Whose database was restored.")]


def restored(service: Name, as_json: AsJson = False) -> None:
    """Heal a service after its database was restored from a backup, before it is started."""
    if service not in SERVICES:
        raise Ends(USAGE, f"There is no service {service}.", f"One of {', '.join(SERVICES)}.")
    from aiokafka.errors import KafkaError  # a second of imports that other commands do not need

    stack = here()
    try:
        told = asyncio.run(_heal(stack, service))
    except KafkaError as why:
        away = f"Kafka at {stack.bootstrap} does not answer ({type(why).__name__})."
        raise Ends(AWAY, away, _RUNS) from why
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as why:
        older = f"The database of {service} is not of this release ({why})."
        step = f"python -m shared.runtime.migrate upgrade {service}, then this again."
        raise Ends(REFUSED, older, step) from why
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as why:
        away = f"The database of {service} does not answer ({type(why).__name__})."
        raise Ends(AWAY, away, _RUNS) from why
    if as_json:
        say.data({"service": service} | told)
        return
    last = told["last_heard"] or "nothing"
    say.line(f"The last that this database of {service} had heard: {last}.")
    say.line(f"{told['own']} of its own words were heard again, {told['refused']} were no use.")
    say.line(f"{told['to_hear']} records of others will be heard once it is started.")
    if told["refused"]:
        say.line(
            f"What was no use: bin/holdfast dead-letters list --service {service}. When its cause"
            f" is mended: bin/holdfast restored {service} again, while it stands still; else drop"
            " it there."
        )
    say.following(
        f"Start {service}. When all is quiet: bin/holdfast invariants, bin/holdfast reconcile; what"
        " did not heal is told there. See docs/backup.md."
    )


async def _heal(stack: Here, name: str) -> dict[str, Any]:
    from cli.built import service_of
    from shared.runtime.restored import drop_said, last_heard, send_back, to_hear

    service = service_of(name, **_told(stack, name))
    db = service.worker_db
    try:
        await _stands_still(stack, service)
        await service.clock.refresh()
        last = await last_heard(db, service.hears.consumer)
        await _begins(service)
        since = last - _BEFORE if last else None
        await drop_said(db, stack.bootstrap, since)
        came = await _recall(stack.bootstrap, service, since)
        places = await to_hear(db, stack.bootstrap, service.hears)
        behind = await _behind(stack.bootstrap, places)
        await send_back(db, stack.bootstrap, service.hears, places)
    finally:
        await db.close()
    return {
        "last_heard": last.isoformat(timespec="seconds") if last else None,
        "own": came["done"] + came["dead"],
        "refused": came["dead"],
        "to_hear": behind,
    }


def _told(stack: Here, name: str) -> dict[str, str]:
    """The settings that count: what it makes of ids by the platform's secret must be as it was."""
    url = stack.database_urls().get(name)
    secret = stack.secrets().get("PLATFORM_SECRET") or os.environ.get("PLATFORM_SECRET", "")
    unset = f"{name.upper()}_DATABASE_URL" if not url else "PLATFORM_SECRET" if not secret else ""
    if unset or url is None:
        raise Ends(AWAY, f"{unset} is not known here.", "Set it as the service has it.")
    clock = {"SANDBOX": "1", "SANDBOX_CLOCK_URL": stack.clock_url} if stack.clock_url else {}
    door = {"PUBLIC_URL": os.environ.get("PUBLIC_URL") or stack.door}
    return {f"{name.upper()}_DATABASE_URL": url, "PLATFORM_SECRET": secret} | clock | door


async def _stands_still(stack: Here, service: "Service") -> None:
    """Raises `Ends` (1) while a process of the service lives."""
    members = await members_of(stack.bootstrap, service.hears.consumer)
    con = await asyncpg.connect(service.settings.database_url)
    try:
        connected = await con.fetchval(_CONNECTED)
    finally:
        await con.close()
    if members or connected:
        lives = f"{members} in its group, {connected} connections to its database"
        step = "Stop every process of it, APIs too, wait half a minute, and try again."
        raise Ends(REFUSED, f"{service.name} is running ({lives}).", step)


async def _begins(service: "Service") -> None:
    """What the service does before all else where its database is not the one that was lost."""
    from shared.runtime.batch import run_batch
    from shared.runtime.request_unit import RequestUnit

    if service.restored is None:
        return
    unit = RequestUnit(service.restored, None, None, lambda _: (200, None), service.new_id)
    [answer] = await run_batch(service.worker_db, service.clock.now(), [unit], [])
    if answer.status_code != 200:
        why = f"{service.name} cannot go on with this database ({bytes(answer.body).decode()})."
        raise Ends(REFUSED, why, "Nothing was changed: mend that, and try again.")


async def _recall(bootstrap: str, service: "Service", since: Any) -> Counter[str]:
    """Its own words since that moment, in their order; what came of them."""
    from shared.runtime.events import NotYetError
    from shared.runtime.intake import Intake

    intake = Intake(service.worker_db, service.clock, service.recalls)
    intake.dead_in_a_row = 2**62  # what is no use is told, and nothing else waits behind it
    said = await _own_words(bootstrap, service.recalls, since)
    delivery = intake.deliver(said)
    while delivery.left:
        try:
            await intake.step(delivery)
        except NotYetError:  # a defect: it is given up after five times
            continue
    return Counter(one for one in delivery.outcomes if one is not None)


async def _own_words(bootstrap: str, recalls: "Hears", since: Any) -> list["ConsumerRecord"]:
    from cli.kafka import read_all

    oldest = since.timestamp() * 1000 if since else 0
    found = [
        once_more(record)
        async for record in read_all(bootstrap, sorted(recalls.topics))
        if record.timestamp >= oldest
    ]
    return in_order(recalls, found)


def once_more(record: "ConsumerRecord") -> "ConsumerRecord":
    """To be tried again where it was no use the last time this was done; done once where it was."""
    from shared.runtime.orders import REPLAY

    return replace(record, headers=(*record.headers, (REPLAY, b"1")))


def in_order(recalls: "Hears", found: Sequence["ConsumerRecord"]) -> list["ConsumerRecord"]:
    """States before facts, that hang on them, and facts as they were said; the ends of states last
    of all, for who is erased must not be known by what is heard later."""
    order = [topic.name for topic in TOPICS if topic.name in recalls.topics]

    def place(one: "ConsumerRecord") -> tuple[Any, ...]:
        state = BY_NAME[one.topic].kind == "state"
        within = order.index(one.topic) if state else len(order)
        return one.value is None, within, one.timestamp, one.partition, one.offset

    return sorted(found, key=place)


async def _behind(bootstrap: str, places: Any) -> int:
    """How many records stand behind these places."""
    from cli.kafka import spans

    ends = await spans(bootstrap, sorted({part.topic for part in places}))
    return sum(ends[part][1] - at for part, at in places.items())
