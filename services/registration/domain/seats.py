"""Seats: who gets one (domain.md §4, invariant 3 of §10).

Sold + held + offered never exceed the capacity, except where the capacity was lowered under what
was already given: that throws nobody out, and gives nobody anything.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from shared.errors import Conflict

Seat = Literal["none", "held", "offered", "sold"]
Wish = Literal["hold", "buy"]


class NoSeat(Conflict):
    """A seat was to be given where there is none: the caller did not ask `place` first."""

    slug = "course-full"


class Tally(NamedTuple):
    """The count of a course's seats, and how many wait for one."""

    capacity: int
    sold: int = 0
    held: int = 0
    offered: int = 0
    waiting: int = 0

    @property
    def free(self) -> int:
        """Seats nobody has; never negative, though the capacity may have been lowered."""
        return max(0, self.capacity - self.sold - self.held - self.offered)


def place(tally: Tally, wish: Wish) -> Seat:
    """The seat a newcomer gets: one held or sold, or none: then they wait.

    Whoever waits comes first, so a newcomer waits too while anybody does, even beside a free seat.
    """
    if tally.free == 0 or tally.waiting > 0:
        return "none"
    return "held" if wish == "hold" else "sold"


def move(tally: Tally, before: Seat, after: Seat) -> Tally:
    """A registration's seat becomes another kind of seat; nothing is ever counted twice."""
    if before == after:
        return tally
    if before == "none" and tally.free == 0:
        raise NoSeat("No seat is free.")
    count = {"sold": tally.sold, "held": tally.held, "offered": tally.offered}
    if before != "none":
        count[before] -= 1
    if after != "none":
        count[after] += 1
    return tally._replace(**count)


def join_queue(tally: Tally) -> Tally:
    """One more waits."""
    return tally._replace(waiting=tally.waiting + 1)


def leave_queue(tally: Tally) -> Tally:
    """One less waits."""
    return tally._replace(waiting=tally.waiting - 1)


def offers_due(tally: Tally, *, closed: bool) -> int:
    """How many of those who wait get an offer now: as many as seats are free, none once closed."""
    return 0 if closed else min(tally.free, tally.waiting)
