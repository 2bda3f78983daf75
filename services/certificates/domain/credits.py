"""How many credits sessions are worth: mode, step, rounding, cap (domain.md §6).

Everything is exact: seconds are summed, then rounded once. A session present by the rule counts
whole in every mode.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.certificates.domain.facts import Approval, Attended, Mode, Rounding
from shared.errors import Invalid

_NONE = Decimal(0)


@dataclass(frozen=True)
class Counted:
    """One session that counts for a board: minutes taught, attendance, and present for *it*.

    `scheduled` minutes were announced; fewer were taught where the session was cut short.
    """

    session_id: str
    minutes: int
    seconds: int
    present: bool
    scheduled: int


def counted(
    approval: Approval,
    session_id: str,
    minutes: int,
    attended: Attended | None,
    scheduled: int | None = None,
) -> Counted:
    """A session as this board sees it: it may be stricter about what may be missed."""
    seconds = min(attended.seconds, minutes * 60) if attended else 0
    present = attended is not None and attended.present
    if approval.max_missed_seconds is not None:
        present = present and minutes * 60 - seconds <= approval.max_missed_seconds
    return Counted(session_id, minutes, seconds, present, scheduled or minutes)


def earned(approval: Approval, sessions: Iterable[Counted]) -> Decimal:
    """Credits for these sessions, at most the approved hours; 0 where the mode gives nothing."""
    every = list(sessions)
    present = sum(session.minutes * 60 for session in every if session.present)
    parts = sum(session.seconds for session in every if not session.present)
    match approval.mode:
        case Mode.ALL_OR_NOTHING:
            seconds = present if every and all(session.present for session in every) else 0
        case Mode.PER_SESSION:
            seconds = present
        case Mode.PRO_RATA | Mode.CLAIMED:
            seconds = present + parts
    most = approval.approved_hours
    if approval.mode is Mode.CLAIMED:
        most -= most % approval.step  # what can be claimed, in steps
    return min(in_steps(approval, Fraction(seconds, approval.minutes_per_unit * 60)), most)


def in_steps(approval: Approval, units: Fraction) -> Decimal:
    """Rounded to the board's step: 6.9989 in quarters, down → 6.75."""
    steps = units / Fraction(approval.step)
    match approval.rounding:
        case Rounding.DOWN:
            whole = math.floor(steps)
        case Rounding.NEAREST:
            whole = math.floor(steps + Fraction(1, 2))
        case Rounding.UP:
            whole = math.ceil(steps)
    return whole * approval.step


def by_category(
    approval: Approval, sessions: Iterable[Counted], most: Decimal
) -> Mapping[str, Decimal]:
    """Hours by category (ethics, …) of the sessions that were present.

    Of a session cut short a category has its share of what was taught, in the board's steps.
    Together they say no more than `most`, the credits of which they are parts: where they would (a
    claim of less, or a cap), nobody knows which hours were left away, so each falls in proportion,
    down to whole steps; what is left of `most` is in no category (decision 20).
    """
    sums: dict[str, Decimal] = {}
    for session in sessions:
        if session.present:
            for name, hours in approval.categories.get(session.session_id, {}).items():
                sums[name] = sums.get(name, _NONE) + _taught(approval, session, hours)
    total = sum(sums.values(), _NONE)
    if total > most:
        share = Fraction(most) / Fraction(total)
        sums = {
            name: _whole_steps(approval, Fraction(hours) * share) for name, hours in sums.items()
        }
    return {name: hours for name, hours in sorted(sums.items()) if hours}


def _whole_steps(approval: Approval, units: Fraction) -> Decimal:
    return math.floor(units / Fraction(approval.step)) * approval.step


def _taught(approval: Approval, session: Counted, hours: Decimal) -> Decimal:
    if session.minutes >= session.scheduled:
        return hours
    share = Fraction(hours) * session.minutes / session.scheduled
    return min(in_steps(approval, share), hours)


def check_claim(approval: Approval, claimed: Decimal, up_to: Decimal) -> None:
    """A learner claims more than nothing, in whole steps, up to what was earned."""
    if claimed <= 0 or claimed % approval.step:
        raise Invalid(
            "claim-not-in-steps",
            f"Credits of {approval.board} are claimed in steps of {approval.step}, above 0.",
        )
    if claimed > up_to:
        raise Invalid(
            "claim-too-high",
            f"You can claim up to {up_to} {approval.unit}.",
            up_to=str(up_to),
        )
