"""`replay`: where in the log a service goes on, decided by a person.

From a moment of the last weeks, it hears again what was said since; the inbox drops what was done.

A service whose consumer group lost its offsets waits for this decision (runtime.md §3): from the
beginning it hears everything again, of which its inbox knows the last 45 days; from the end it
never hears what was said while it had no offsets.
"""

import asyncio
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from cli import say
from cli.here import here
from cli.say import AWAY, REFUSED, USAGE, Ends
from shared.contracts.services import SERVICES
from shared.dates import parse_instant
from shared.runtime.clock import wall
from shared.runtime.inbox import KEPT


class Begin(StrEnum):
    """Where to go on."""

    BEGINNING = "beginning"
    END = "end"


Service = Annotated[str, typer.Option("--service", help="The service that is to go on.")]
From = Annotated[
    str, typer.Option("--from", help="beginning, end, or a moment: 2026-11-20T08:00:00Z.")
]


def replay(service: Service, given: From) -> None:
    """Set where a service goes on in the log; refused while it is consuming."""
    begin = _begin(given)
    if service not in SERVICES:
        raise Ends(USAGE, f"There is no service {service}.", f"One of {', '.join(SERVICES)}.")
    from aiokafka.errors import KafkaError  # a second of imports that other commands do not need

    bootstrap = here().bootstrap
    try:
        topics = asyncio.run(set_offsets(bootstrap, service, begin))
    except (KafkaError, OSError) as why:
        away = f"Kafka at {bootstrap} does not answer ({type(why).__name__})."
        raise Ends(AWAY, away, "See what runs with: bin/holdfast status") from why
    say.line(f"{service} goes on from {given}, in {len(topics)} topics.")
    said = {
        Begin.BEGINNING: "What its inbox knows is not done again; what is older than 45 days is.",
        Begin.END: "What was said until now and it had not handled, it will never hear.",
    }
    what = said[begin] if isinstance(begin, Begin) else "What its inbox knows is not done again."
    say.following(f"{what} It begins within seconds, or when it is started.")


def _begin(given: str) -> "Begin | datetime":
    """Raises `Ends` (2) for what is neither a word nor a moment of the last 45 days."""
    try:
        return Begin(given)
    except ValueError:
        pass
    try:
        at = parse_instant(given)
    except ValueError:
        at = None
    if at is None or not wall() - KEPT < at < wall():
        wrong = f"--from {given} is neither beginning nor end, nor a moment of the last 45 days."
        raise Ends(USAGE, wrong, "A moment as 2026-11-20T08:00:00Z; inboxes are kept 45 days.")
    return at


async def set_offsets(bootstrap: str, service: str, begin: Begin | datetime) -> list[str]:
    """Commit the offsets; gives the topics. Raises `Ends` while the group has members."""
    from cli.built import hears_of
    from shared.runtime.offsets import begin_at, begin_at_end, begin_at_start

    hears = hears_of(service)
    topics = sorted(hears.topics)
    if not topics:
        raise Ends(
            REFUSED,
            f"{service} hears nothing: there is nothing to replay.",
            "What others hear: bin/holdfast replay SERVICE",
        )
    members = await members_of(bootstrap, hears.consumer)
    if members:
        raise Ends(
            REFUSED,
            f"{service} is consuming ({members} in its group): its offsets are its own now.",
            "Stop every process of it first, wait half a minute, and try again.",
        )
    if isinstance(begin, datetime):
        await begin_at(bootstrap, hears.consumer, topics, begin)
        return topics
    commit = begin_at_start if begin is Begin.BEGINNING else begin_at_end
    await commit(bootstrap, hears.consumer, topics)
    return topics


async def members_of(bootstrap: str, group: str) -> int:
    """How many consumers are in a group at this moment."""
    from aiokafka.admin import AIOKafkaAdminClient

    from cli.kafka import patiently
    from shared.runtime.kafka import client_of

    admin = AIOKafkaAdminClient(**client_of(bootstrap))
    await admin.start()
    try:
        described = await patiently(lambda: admin.describe_consumer_groups([group]))
    finally:
        await admin.close()
    return sum(len(found[5]) for answer in described for found in answer.groups)
