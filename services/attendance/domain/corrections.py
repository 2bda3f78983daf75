"""Corrections: what staff say of one person's attendance, and what holds of it (decision 56).

evidence   somebody was seen in the room: intervals that count beside the others, and no more
ruling     seconds that count from now on, up or down, whatever the evidence says
withdrawn  the ruling is taken back: the evidence counts again, up or down
accepted   a worse result was looked at, and is settled; evidence goes on counting from there
kept       a worse result was looked at, and changes nothing

A ruling holds until the next, or until it is withdrawn; evidence that comes meanwhile is kept, and
changes nothing. What staff decide is settled as they decide it, also downwards: less that was
taught too, by the evidence of it (decision 78). What evidence alone makes worse is never settled: a
human is asked, also where less was taught at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.attendance.domain.minutes import Span, Window, attended_seconds
from services.attendance.domain.presence import (
    Change,
    PresenceRule,
    Standing,
    standing,
    weigh,
)
from shared.errors import Invalid, fault

MOST_INTERVALS = 50


class Kind(StrEnum):
    """What was said."""

    EVIDENCE = "evidence"
    RULING = "ruling"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    KEPT = "kept"


_RULES = (Kind.RULING, Kind.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Correction:
    """One of a registration and session; `seconds` of a ruling, or of a worse result."""

    number: int
    kind: Kind
    seconds: int | None = None


def in_force(said: Iterable[Correction]) -> Correction | None:
    """The ruling that holds: the latest, unless it was withdrawn."""
    latest = _latest(said)
    return latest if latest is not None and latest.kind is Kind.RULING else None


def decided(said: Iterable[Correction]) -> int:
    """The number of the latest word that settles, a ruling, its end, or a worse result accepted;
    0 where there is none."""
    return max((one.number for one in said if one.kind in (*_RULES, Kind.ACCEPTED)), default=0)


def ruled_since(said: Iterable[Correction], number: int) -> bool:
    """Whether a ruling or its end came after a correction that was weighed."""
    latest = _latest(said)
    return latest is not None and latest.number > number


def accepted_since(said: Iterable[Correction], number: int) -> Correction | None:
    """The worse result that was accepted last, after a correction that was weighed."""
    later = (one for one in said if one.kind is Kind.ACCEPTED and one.number > number)
    return max(later, key=lambda one: one.number, default=None)


def upheld(
    settled: Standing, taught: int, rule: PresenceRule, accepted: Correction | None = None
) -> Standing:
    """What is left of a settled result where the evidence does not bear it, until a human says: its
    seconds, up to what was taught and what was accepted.

    Less that was taught gives presence to nobody here, and takes it from nobody; a worse result
    that was accepted may take it.
    """
    if accepted is None:
        return Standing(min(settled.seconds, taught), settled.present)
    left = standing(min(settled.seconds, accepted.seconds or 0), taught, rule)
    return Standing(left.seconds, left.present and settled.present)


def only_less_taught(settled: Standing, said_before: Standing) -> bool:
    """Whether a worse result comes of less that was taught alone: before that was said, the
    evidence bore what was settled (`said_before`: what it says of all that was taught then).

    Staff said so, and it is their word: nobody attends minutes that were not taught, and of those
    that were, nobody attends more than the evidence says.
    """
    return weigh(settled, said_before) is not Change.WORSE


def needs_a_human(
    change: Change, *, by_staff: bool, anew: bool, seconds: int, kept: int | None
) -> bool:
    """Whether a result is one that only a human may settle.

    `change` is against what is `upheld` of the settled, so that fewer seconds for less that was
    taught are no change. Staff's own word needs nobody; nor does a result no worse than what a
    human `kept` out, unless what is upheld is `anew`: less was taught, or worse was accepted.
    """
    if change is not Change.WORSE or by_staff:
        return False
    return anew or kept is None or seconds < kept


def check_seconds(seconds: int, taught: int) -> int:
    """The seconds of a ruling: not more than were taught."""
    if seconds > taught:
        faults = [fault("/seconds", f"the session has {taught} seconds")]
        raise Invalid("invalid", "Nobody attends more than was taught.", errors=faults)
    return seconds


def check_intervals(given: Sequence[Span], window: Window, now: datetime) -> tuple[Span, ...]:
    """Intervals that say something of the session: in order, not of the future, within it."""
    faults = []
    for place, (joined_at, left_at) in enumerate(given):
        where = f"/intervals/{place}"
        if left_at <= joined_at:
            faults.append(fault(f"{where}/left_at", "is not after joined_at"))
        elif left_at > now:
            faults.append(fault(f"{where}/left_at", "is in the future"))
        elif not attended_seconds([(joined_at, left_at)], window):
            faults.append(fault(where, "is outside the session, or within its breaks"))
    if faults:
        raise Invalid("invalid", "These intervals cannot count.", errors=faults)
    return tuple(given)


def _latest(said: Iterable[Correction]) -> Correction | None:
    return max(
        (one for one in said if one.kind in _RULES), key=lambda one: one.number, default=None
    )
