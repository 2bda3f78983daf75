"""`rebuild`: what a service only copies is made anew from the whole log, compared, and mended.

The service may go on meanwhile: nothing is sent and nobody is called (`shared/runtime/rebuild.py`).
Exit codes: 0 all copies are what the log tells, or were mended; 1 some are not, or it is not safe;
2 wrong usage; 3 Kafka or the database does not answer.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import asyncpg
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli import say
from cli.here import here
from cli.say import AWAY, REFUSED, USAGE, AsJson, Ends
from shared.contracts.services import SERVICES
from shared.contracts.topics import BY_NAME

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

    from shared.runtime.rebuild import Compared, Places

_RUNS = "See what runs with: bin/holdfast status"
_FOR_EVER = {"facts", "state"}  # kinds of topics that a copy is made of: Kafka keeps these
Service = Annotated[str, typer.Argument(metavar="SERVICE", help="Whose copies.")]
Mend = Annotated[bool, typer.Option("--mend", help="Give the living tables what the log tells.")]


def rebuild(service: Service, mend: Mend = False, as_json: AsJson = False) -> None:
    """Make a service's copies anew from the log, and tell where the living ones differ."""
    if service not in SERVICES:
        raise Ends(USAGE, f"There is no service {service}.", f"One of {', '.join(SERVICES)}.")
    from aiokafka.errors import KafkaError  # a second of imports that other commands do not need

    stack = here()
    url = stack.database_urls().get(service)
    if not url:
        unset = f"The database of {service} is not known."
        raise Ends(AWAY, unset, f"Set {service.upper()}_DATABASE_URL.")
    try:
        found = asyncio.run(_made(stack.bootstrap, service, url, mend=mend))
    except KafkaError as why:
        away = f"Kafka at {stack.bootstrap} does not answer ({type(why).__name__})."
        raise Ends(AWAY, away, _RUNS) from why
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as why:
        away = f"The database of {service} does not answer ({type(why).__name__})."
        raise Ends(AWAY, away, _RUNS) from why
    _tell(service, found, mended=mend, as_json=as_json)


async def _made(bootstrap: str, service: str, url: str, *, mend: bool) -> list["Compared"]:
    """What was found in each copied table, before it was mended.

    Raises `Ends` (1) where the log does not reach back far enough, or mending is not safe.
    """
    from cli.built import service_of
    from cli.kafka import spans
    from shared.runtime.rebuild import Rebuild, RebuildError, copies_of

    made = service_of(service)
    anew = Rebuild(service, url, made.hears, copies_of(made.base.metadata.tables))
    try:
        there = await spans(bootstrap, anew.topics)
        _reaches_back(anew.topics, there)
        await anew.begin()
        with _bar(sum(end - begin for begin, end in there.values())) as bar:
            await anew.hear(_reading(bootstrap, bar))
            return await (anew.mend(_reading(bootstrap, bar)) if mend else anew.compare())
    except RebuildError as why:
        raise Ends(REFUSED, str(why), why.next_step) from why
    finally:
        await anew.end()


def _reaches_back(topics: Sequence[str], there: Any) -> None:
    """Refuses where a part of what copies are made of is not in the log any more."""
    missing = sorted(set(topics) - {part.topic for part in there})
    if missing:
        says = f"Kafka has no topic {missing[0]}: the log is not whole."
        raise Ends(REFUSED, says, "Is it the right Kafka? See: bin/holdfast status")
    for part, (begin, _) in sorted(there.items()):
        if begin and BY_NAME[part.topic].kind in _FOR_EVER:
            says = f"{part.topic}/{part.partition} begins at {begin}: what stood before is gone."
            step = "Restore the topic; until then copies are as good as they are."
            raise Ends(REFUSED, says, step)


def _reading(bootstrap: str, bar: Progress) -> Any:
    from cli.kafka import read_all

    async def read(topics: Sequence[str], places: "Places") -> AsyncIterator["ConsumerRecord"]:
        async for record in read_all(bootstrap, topics, places):
            bar.advance(bar.task_ids[0])
            yield record

    return read


def _bar(records: int) -> Progress:
    columns = (TextColumn("  Hearing the log"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, console=say.err, transient=True)
    bar.add_task("", total=records)
    return bar


def _tell(service: str, found: Sequence["Compared"], *, mended: bool, as_json: bool) -> None:
    differ = [one for one in found if not one.same]
    if as_json:
        tables = [asdict(one) | {"same": one.same} for one in found]
        say.data({"service": service, "mended": mended and bool(differ), "tables": tables})
    else:
        heads = ["table", "rows by the log", "differ", "missing", "of which the log tells nothing"]
        shown = [
            [one.table, *map(str, (one.rows, one.changed, one.missing, one.unknown))]
            for one in found
        ]
        say.table(heads, shown, right=(1, 2, 3, 4))
        say.following(_next_step(service, differ, mended=mended))
    if differ and not mended:
        raise typer.Exit(REFUSED)


def _next_step(service: str, differ: Sequence["Compared"], *, mended: bool) -> str:
    if not differ:
        return f"Nothing to do: the copies of {service} are what the log tells."
    rows = sum(one.changed + one.missing for one in differ)
    if mended:
        return f"{rows} rows were mended. See that all holds: bin/holdfast invariants"
    # One that is behind differs from the log for a moment, and is right.
    return (
        f"{rows} rows differ. Has {service} heard all (bin/holdfast status)? Then mend them, while"
        f" it goes on: bin/holdfast rebuild {service} --mend"
    )
