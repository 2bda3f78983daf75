"""Points between two steps, where a crash matters: a test may let something happen there.

`failpoint("relay.sent")` does nothing, for the price of one look into an empty dict. Only code can
arm a point, no setting and no environment can, and no code but that of tests does: a test of the
house rules looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, get_args

Point = Literal[
    "batch.claimed",  # inbox rows or idempotency keys are ours, nothing else is read or locked
    "batch.flushing",  # all units were called, nothing is written yet
    "batch.flushed",  # all is written, nothing is committed
    "batch.committed",  # of events, requests, deadlines, calls: nobody knows of it yet
    "intake.handled",  # all records of a delivery are committed, their offsets are not
    "edge.committed",  # what requests asked for is committed, nobody has an answer
    "sweep.taken",  # due rows are taken in a transaction that has done nothing else
    "outside.claimed",  # a lease is committed, nothing is prepared
    "outside.prepared",  # what was prepared is committed, nobody has acted
    "outside.begun",  # it is committed that it may be done from here on, and it is not
    "outside.acted",  # the world outside has changed, we have not
    "outside.recorded",  # what came of the call is committed
    "relay.read",  # outbox rows are read, none was sent
    "relay.sent",  # Kafka has acknowledged them, they still stand in the outbox
    "relay.deleted",  # they are gone
]
POINTS: tuple[Point, ...] = get_args(Point)
_armed: dict[str, Callable[[], object]] = {}


def failpoint(name: Point) -> None:
    """Here a test may raise, kill the process, or look."""
    act = _armed.get(name)
    if act is not None:
        act()


@contextmanager
def armed(name: Point, act: Callable[[], object]) -> Iterator[None]:
    """For tests: `act` is called at the point, in this process, for as long as the block lasts."""
    before = _armed.get(name)
    _armed[name] = act
    try:
        yield
    finally:
        if before is None:
            del _armed[name]
        else:
            _armed[name] = before
