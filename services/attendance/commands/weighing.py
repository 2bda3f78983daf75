"""Weighing a correction: what it would come to for whom it is about, before anybody makes it.

Nothing is kept but that it was looked at. The same is refused as by the correction itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.attendance.commands.correctable import (
    Checked,
    Correct,
    as_said,
    checked,
    correct_needs,
    last_of,
)
from services.attendance.commands.deadlines import ref_of
from services.attendance.commands.gathering import taught_window
from services.attendance.commands.lines_of import attended_of, lines_needs
from services.attendance.domain.corrections import Kind, in_force, needs_a_human
from services.attendance.domain.minutes import Span, attended_seconds
from services.attendance.domain.presence import (
    Change,
    PresenceRule,
    Standing,
    standing,
    taught_seconds,
    weigh,
)
from services.attendance.domain.schedule import State
from services.attendance.domain.stays import spans
from shared.runtime.plans import Plan, needs
from shared.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Weighed:
    """What counts now, and what would count; `settled`: the session is completed.

    `ruled`: a ruling of staff counts then, whatever the evidence says. `waits`: the evidence bears
    less than what is settled, which stays until somebody decides about that. `after_number` is the
    number of the last correction that this rests on, 0 where there is none.
    """

    settled: bool
    before: Standing
    after: Standing
    taught: int
    ruled: bool
    waits: bool
    after_number: int


def _weigh_needs(asked: Correct) -> Plan:
    yield from lines_needs(asked.key, asked.registration_id)
    return (yield from correct_needs(asked))


@needs(_weigh_needs)
async def would_correct(work: Work, asked: Correct) -> Weighed:
    """What a correction would come to. Raises what `correctable.checked` raises."""
    it = checked(work, asked)
    rule = PresenceRule(it.session.rule_version, it.session.max_missed_seconds)
    taught = taught_seconds(it.window.seconds, it.session.instruction_minutes)
    ruling = in_force(as_said(it.known))
    attended = attended_of(work, it.session, asked.registration_id)
    so_far = attended.seconds if ruling is None else ruling.seconds or 0
    before = standing(so_far, taught, rule)
    if it.record is not None:
        before = Standing(it.record.seconds, it.record.present)
    seconds = _counting(asked, it, attended.seconds, so_far, spans(attended.counted))
    after = before if asked.kind is Kind.KEPT else standing(seconds, taught, rule)
    evidence = asked.kind is Kind.EVIDENCE
    # Evidence makes nothing less by itself, as it is settled (`settling.py`): a human is asked, but
    # for what was kept out before.
    worse = evidence and it.record is not None and weigh(before, after) is Change.WORSE
    waits = (
        worse
        and it.record is not None
        and needs_a_human(
            Change.WORSE,
            by_staff=False,
            anew=it.record.instruction_seconds != taught,
            seconds=after.seconds,
            kept=it.record.kept_seconds,
        )
    )
    work.audit("attendance.weighed", f"{ref_of(*asked.key)}/{asked.registration_id}")
    return Weighed(
        it.session.state == State.COMPLETED,
        before,
        before if worse else after,
        taught,
        asked.kind is Kind.RULING or (evidence and ruling is not None),
        waits,
        last_of(it.known),
    )


def _counting(asked: Correct, it: Checked, evidence: int, so_far: int, counted: list[Span]) -> int:
    """The seconds that would count, were this said."""
    if asked.kind is Kind.WITHDRAWN:
        return evidence
    if asked.kind is not Kind.EVIDENCE:
        return it.seconds or 0
    window = taught_window(it.session)
    if in_force(as_said(it.known)) is not None or window is None:
        return so_far  # a ruling holds: what is added is kept, and counts for nothing
    return attended_seconds([*counted, *it.intervals], window)
