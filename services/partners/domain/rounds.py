"""What goes out to an endpoint in one round, and in which order.

A round is made of strands: what is in one strand goes out one after another and ends at the first
that is not taken, and strands go out side by side. Where an endpoint asks for order, a strand is a
subject, and none of a subject goes out while an earlier one of it waits. Else each is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

TESTED = "endpoint.tested.v1"
MOST = 100  # in a round
MOST_AGAIN = 50  # of them those that were tried before, so that they never keep new ones back
MOST_PROBED = 20  # waiting ones, before a probe takes nothing new any more


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event on its way. `next_at` is None for one that is new; it and `last_at` (of the last
    try) tell when it was to be tried. `body` is the whole CloudEvent."""

    position: int
    event_id: str
    type: str
    course_id: str
    subject: str
    body: bytes
    next_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def new(self) -> bool:
        return self.next_at is None

    @property
    def test(self) -> bool:
        """Whether it is a test event, which is sent whatever the endpoint's health is."""
        return self.type == TESTED


Strand = tuple[Parcel, ...]


def strands_of(parcels: Sequence[Parcel], now: datetime, *, ordered: bool) -> list[Strand]:
    """All strands that may go out now, the oldest first."""
    return [strand for strand in _split(parcels, ordered) if _may(strand[0], now)]


def probe_of(parcels: Sequence[Parcel], now: datetime, *, ordered: bool) -> list[Strand]:
    """The one that is to find out whether an endpoint is back: the one whose time has come and that
    was tried longest ago, else a new one, else any. So a few that it will never take do not keep it
    from being found well, and few rows are written for an endpoint that is dead."""
    heads = [strand[0] for strand in _split(parcels, ordered)]
    waiting = sorted((head for head in heads if not head.new), key=lambda head: head.last_at or now)
    due = [head for head in waiting if _may(head, now)]
    new = [head for head in heads if head.new]
    if len(parcels) - len(new) >= MOST_PROBED:
        new = []
    tests = [head for head in due if head.test]
    return [(head,) for head in (tests or due or new or waiting)[:1]]


def wake_at(parcels: Sequence[Parcel], *, ordered: bool) -> datetime | None:
    """When the next of those that wait is to be tried; None if none does."""
    heads = [strand[0].next_at for strand in _split(parcels, ordered)]
    return min((at for at in heads if at is not None), default=None)


def cut(strands: Sequence[Strand], most: int = MOST) -> list[Strand]:
    """The first of them, with at most so many parcels together."""
    kept: list[Strand] = []
    for strand in strands:
        if most <= 0:
            break
        kept.append(strand[:most])
        most -= len(strand)
    return kept


def _may(head: Parcel, now: datetime) -> bool:
    return head.next_at is None or head.next_at <= now


def _split(parcels: Sequence[Parcel], ordered: bool) -> list[Strand]:
    if not ordered:
        return [(parcel,) for parcel in parcels]
    subjects: dict[str, list[Parcel]] = {}
    for parcel in sorted(parcels, key=lambda parcel: parcel.position):
        subjects.setdefault(parcel.subject, []).append(parcel)
    return [tuple(strand) for strand in subjects.values()]
