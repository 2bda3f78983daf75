"""The life of a registration, as far as awards ask: confirmed or not, and how it ended.

One table for all that registration says of it (runtime.md §2). Order within one registration is the
topic's; a dead letter that is replayed may still bring an old event late, so what has ended stays
ended, except that a late payment may confirm who had let the hold or the offer run out.
"""

from __future__ import annotations

from enum import StrEnum


class Standing(StrEnum):
    """What a registration is to certificates."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    LAPSED = "lapsed"  # the hold or the offer ran out
    ENDED = "ended"  # cancelled, transferred, unseated


_RAN_OUT = frozenset({"expired", "lapsed"})
_GOES: frozenset[tuple[Standing, Standing]] = frozenset(
    {
        (Standing.PENDING, Standing.CONFIRMED),
        (Standing.PENDING, Standing.LAPSED),
        (Standing.PENDING, Standing.ENDED),
        (Standing.LAPSED, Standing.CONFIRMED),
        (Standing.LAPSED, Standing.ENDED),
        (Standing.CONFIRMED, Standing.ENDED),
    }
)


def standing(confirmed: bool, ended: str | None) -> Standing:
    """Where a registration stands that was (ever) confirmed, and ended in that way, if it did."""
    if ended is not None:
        return end_of(ended)
    return Standing.CONFIRMED if confirmed else Standing.PENDING


def end_of(how: str) -> Standing:
    """What it means to have ended so: expired, lapsed, cancelled, transferred or unseated."""
    return Standing.LAPSED if how in _RAN_OUT else Standing.ENDED


def goes(now: Standing, event: Standing) -> bool:
    """Whether an event moves it; what does not leaves it where it stands."""
    return (now, event) in _GOES


def whose(known_version: int | None, said_version: int | None) -> bool:
    """Whether what is said also tells whose registration it is.

    A substitution raises the version of the personal token; what was said under a lower one, or
    under none, is about somebody who may have been the former person. `known_version` is None
    until registration itself has spoken.
    """
    if known_version is None:
        return True
    return said_version is not None and said_version >= known_version
