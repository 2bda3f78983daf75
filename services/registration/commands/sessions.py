"""Move one session: to another time, or back into the course with a make-up date (domain.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.registration.commands.publishing import (
    Document,
    Published,
    as_it_stands,
    changing,
    replaced,
    say_changed,
    session_of,
)
from services.registration.domain.approvals import outside_warnings, too_much
from services.registration.domain.moving import moved, read_move
from services.registration.domain.schedule import held, instruction_minutes, overlaps
from services.registration.models import SessionDone
from shared.dates import parse_instant
from shared.errors import Conflict, Invalid, fault
from shared.runtime.plans import Plan, needs
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

APPROVAL = "approval-check"  # the kind of task: fewer hours are left than boards approved


class SessionOver(Conflict):
    """It was held: what was taught stays where it was."""

    slug = "session-over"


class MoveImpossible(Invalid):
    """No such wall time, or somebody is taught already then; `errors` has all of it."""

    slug = "session-invalid"


@dataclass(frozen=True)
class Move:
    """Another time for a session: `date`, `from`, `to`, and what else a file may say of when."""

    course_id: str
    session_id: str
    when: Mapping[str, Any]
    by: str


def _move_needs(c: Move) -> Plan:
    wanted = yield from changing(c.course_id)
    task = task_key(APPROVAL, c.course_id)
    return [*wanted, (SessionDone, (c.course_id, c.session_id)), task]


@needs(_move_needs)
async def move(work: Work, c: Move) -> Published:
    """Move a session; one that was cancelled takes place then after all. The same changes nothing.

    Registrations keep the start they were bought for: a move can only help them (domain.md §2).
    """
    _, document = as_it_stands(work, c.course_id)
    old = session_of(document, c.session_id)
    when, faults = read_move(c.when, old)
    if faults.errors:
        raise MoveImpossible("The session cannot be moved there.", errors=faults.errors)
    changed = replaced(document, moved(old, when))
    if changed == document:
        return say_changed(work, c.course_id, document, by=c.by, warnings=faults.warnings)
    _require_to_come(work, c, old)
    errors = _in_the_way(document, changed)
    if parse_instant(when["starts_at"]) <= work.now:
        errors.append(fault("/date", "A session is not moved into the past."))
    if errors:
        raise MoveImpossible("The session cannot be moved there.", errors=errors)
    if not _short(changed, instruction_minutes(held(changed["sessions"]))):
        work.close_task(APPROVAL, c.course_id)  # a make-up date was given
    warnings = [*faults.warnings, *_not_approved(changed, c.session_id)]
    return say_changed(work, c.course_id, changed, by=c.by, warnings=warnings)


def _in_the_way(before: Document, after: Document) -> list[dict[str, str]]:
    """Another session at that time; a board that approved more than is still taught."""
    taught = instruction_minutes(after["sessions"])
    found = [fault("/from", crossing) for crossing in overlaps(after["sessions"])]
    if taught < instruction_minutes(before["sessions"]):
        found += [fault("/to", detail) for detail in _short(after, taught)]
    return found


def _short(document: Document, taught: int) -> list[str]:
    """What boards approved beyond so many minutes."""
    return [found for board in document["boards"] if (found := too_much(board, taught))]


def _not_approved(document: Document, session_id: str) -> list[str]:
    return outside_warnings(document["boards"], document["sessions"], session_id)


def _require_to_come(work: Work, c: Move, old: Mapping[str, Any]) -> None:
    done = work.get(SessionDone, (c.course_id, c.session_id)) is not None
    ended = old["status"] != "cancelled" and parse_instant(old["ends_at"]) <= work.now
    if done or ended:
        raise SessionOver("This session was held.")
