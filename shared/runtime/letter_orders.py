"""What somebody does over HTTP about a dead letter: it is read, replayed as it stood, or dropped.

A replay is the same order as the command line's (`orders.py`), said through the outbox, so that a
process without Kafka can give it. Its letter stays here, `ordered`, until the worker has looked at
it: then it is used and gone, or dead again. A drop holds at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import Conflict, NotFound
from shared.runtime import orders
from shared.runtime.clock import wall
from shared.runtime.envelope import Entry, headers_decoded
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.tables import DeadLetter
from shared.runtime.work import Work


class LetterUnknown(NotFound):
    """There is no such dead letter, or somebody has decided about it."""

    slug = "dead-letter-unknown"


class LetterOrdered(Conflict):
    """A replay of it is asked for already."""

    slug = "dead-letter-ordered"


class LetterIncomplete(Conflict):
    """A part of it was too large to be kept."""

    slug = "dead-letter-incomplete"


class LetterOwn(Conflict):
    """The service heard it of itself after a restore."""

    slug = "dead-letter-own-word"


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody is shown its contents, which may name people."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Replay:
    """It is to be handed to its service again, as it stood."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Nobody has to look at it any more."""

    event_id: str
    reason: str


def _read_needs(asked: Read) -> Plan:
    yield [(DeadLetter, asked.event_id)]
    return []  # nobody who decides meanwhile has to wait


@needs(_read_needs)
async def read(work: Work, asked: Read) -> DeadLetter:
    """It as it stands; that it was read is audited. Raises LetterUnknown."""
    known = _known(work, asked.event_id)
    work.audit("dead-letter.read", known.event_id)
    return known


@needs(lambda asked: [(DeadLetter, asked.event_id)])
async def replay(work: Work, asked: Replay) -> DeadLetter:
    """Order it; audited as ordered now, and as replayed once it came through.

    Raises LetterUnknown, LetterOrdered, LetterIncomplete, LetterOwn.
    """
    known = _known(work, asked.event_id)
    if known.state == "ordered":
        raise LetterOrdered("A replay of it is asked for already; see what comes of it.")
    if known.missing:
        raise LetterIncomplete(f"It cannot be replayed: its {known.missing} was too large to keep.")
    if known.consumer != work.service:
        raise LetterOwn("It is its own word: bin/holdfast restored has it tried again.")
    said = {
        orders.REPLAY: "1",
        orders.EVENT: known.event_id,
        orders.BY: work.origin.by,
        orders.AT: str(int(wall().timestamp() * 1000)),
    }
    headers = [*headers_decoded(known.headers), *((k, v.encode()) for k, v in said.items())]
    topic = orders.letterbox(work.service)
    work.say(Entry(known.event_id, topic, known.key, known.payload, headers))
    work.audit("dead-letter.ordered", known.event_id)
    ordered = replace(known, state="ordered")
    work.put(ordered)
    return ordered


@needs(lambda asked: [(DeadLetter, asked.event_id)])
async def drop(work: Work, asked: Drop) -> DeadLetter:
    """Done with, for good; audited with the reason. Raises LetterUnknown."""
    known = _known(work, asked.event_id)
    await orders.drop(work, orders.Drop(work.service, known.event_id, asked.reason))
    return known


def _known(work: Work, event_id: str) -> DeadLetter:
    known = work.get(DeadLetter, event_id)
    if known is None:
        raise LetterUnknown("There is no such dead letter; perhaps somebody has decided about it.")
    return known
