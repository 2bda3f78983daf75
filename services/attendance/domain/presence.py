"""Presence: the rule that is stamped on a session, and what new evidence does to a decision.

A person is present who missed at most `max_missed_seconds` of what was taught; seconds are compared
as seconds. A session cut short by an operator (`instruction_minutes`) is judged by the time that
was taught: from its start, so that an empty room afterwards is nobody's time. However much a rule
lets be missed, nobody is present who was not there for half of what was taught. Late evidence may
only help: better is settled anew, worse goes to a human (domain.md §5, interfaces.md §10).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Invalid, fault

DEFAULT_MAX_MISSED_SECONDS = 900


@dataclass(frozen=True, slots=True)
class PresenceRule:
    """What may be missed, in seconds, and the version under which a session was scheduled."""

    version: int = 1
    max_missed_seconds: int = DEFAULT_MAX_MISSED_SECONDS


@dataclass(frozen=True, slots=True)
class Standing:
    """What was, or would be, settled for one registration and session."""

    seconds: int
    present: bool


class Change(StrEnum):
    """What a new standing does to the settled one."""

    FIRST = "first"
    SAME = "same"
    BETTER = "better"
    WORSE = "worse"


class LongerThanScheduled(Invalid):
    """A session is never longer than it was announced."""

    slug = "instruction-minutes-invalid"


def taught_seconds(scheduled_seconds: int, instruction_minutes: int | None) -> int:
    """Seconds taught: as scheduled, or what an operator said; 1 minute up to the whole session."""
    if instruction_minutes is None:
        return scheduled_seconds
    if not 0 < instruction_minutes * 60 <= scheduled_seconds:
        whole = scheduled_seconds // 60
        said = f"the session has {whole} minutes: say from 1 to {whole}"
        faults = [fault("/instruction_minutes", said)]
        raise LongerThanScheduled("A session is never longer than planned.", errors=faults)
    return instruction_minutes * 60


def standing(attended_seconds: int, taught: int, rule: PresenceRule) -> Standing:
    """Seconds capped at what was taught, and whether that is enough.

    What may be missed is what the rule says, but of a short session half of it: a second of a
    quarter of an hour is no presence. Of whom nothing was seen is never present.
    """
    seconds = min(attended_seconds, taught)
    may_miss = min(rule.max_missed_seconds, taught // 2)
    return Standing(seconds, seconds > 0 and taught - seconds <= may_miss)


def weigh(settled: Standing | None, new: Standing) -> Change:
    """Being present counts first (such a session counts whole), then seconds."""
    if settled is None:
        return Change.FIRST
    before, after = (settled.present, settled.seconds), (new.present, new.seconds)
    if before == after:
        return Change.SAME
    return Change.BETTER if after > before else Change.WORSE
