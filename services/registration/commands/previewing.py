"""What an act would come to: the act itself is run, and all that it did is taken back.

So a preview says what the act would say, and is refused with the act's own words. It is of its
moment: what comes between the two is for the act to judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.registration.commands.accommodating import ACCOMMODATION
from services.registration.commands.cancelling import Cancel, cancel
from services.registration.commands.merging import Merge, merge
from services.registration.commands.people import Correct, correct
from services.registration.commands.persons import merged_of, person_of, reading_person
from services.registration.commands.publishing import Document, Published, as_it_stands
from services.registration.commands.sessions import Move, move
from services.registration.commands.substituting import Substitute, substitute
from services.registration.commands.transferring import Moved, Transfer, transfer
from services.registration.commands.transfers import pending
from services.registration.domain.attendee import RECORDED
from services.registration.models import Course, Person, Registration
from shared.runtime.plans import Plan, needs, plan_of
from shared.runtime.tables import Task
from shared.runtime.trying import tried
from shared.runtime.work import Work


@dataclass(frozen=True)
class Correction:
    """The person before and after; `changed` names the fields, `merged` are their other ids."""

    before: Person
    after: Person
    changed: Sequence[str]
    merged: Sequence[Person]


@needs(lambda c: plan_of(correct, c))
async def would_correct(work: Work, c: Correct) -> Correction:
    """What a correction would change; that the person was shown is audited."""
    _, after = await tried(work, correct, c)
    row = work.get(Registration, c.registration_id)
    before = person_of(work, row.person_id) if row is not None else None
    assert before is not None
    work.audit("person.read", before.person_id)
    changed = [name for name in RECORDED if getattr(after, name) != getattr(before, name)]
    return Correction(before, after, changed, work.find(merged_of(before.person_id)))


def _would_substitute_needs(c: Substitute) -> Plan:
    [row] = yield [(Registration, c.registration_id)]
    if row is not None:
        yield from reading_person(row.person_id)
    return (yield from plan_of(substitute, c))


@dataclass(frozen=True)
class Substitution:
    """The registration as it would be, its course, and who comes now. `held` is the seat of a move
    under way, which would be let go; `asked`: what they need was asked for, and would be answered
    by nobody."""

    done: Registration
    course: Course
    former: Person | None
    held: Registration | None
    asked: bool


@needs(_would_substitute_needs)
async def would_substitute(work: Work, c: Substitute) -> Substitution:
    """What a substitution would change, and what of the former person would end with it."""
    done, course = await tried(work, substitute, c)
    row = work.get(Registration, c.registration_id)
    assert row is not None
    task = work.get(Task, (ACCOMMODATION, row.registration_id))
    asked = task is not None and task.closed_at is None
    return Substitution(done, course, person_of(work, row.person_id), pending(work, row), asked)


@needs(lambda c: plan_of(cancel, c))
async def would_cancel(work: Work, c: Cancel) -> Registration:
    """The registration as it would be, with the moment from which billing decides."""
    return await tried(work, cancel, c)


@needs(lambda c: plan_of(transfer, c))
async def would_transfer(work: Work, c: Transfer) -> Moved:
    """What a transfer would make; nothing of it is there, nor is its id."""
    return await tried(work, transfer, c)


@dataclass(frozen=True)
class Merging:
    """The person, whom they would be, and the ids that come along; not `changed` where they are
    one person already."""

    merged: Person
    survivor: Person
    along: Sequence[Person]
    changed: bool


@needs(lambda c: plan_of(merge, c))
async def would_merge(work: Work, c: Merge) -> Merging:
    """What a merge would make of the two."""
    merged, survivor = await tried(work, merge, c)
    before = work.get(Person, c.person_id)
    return Merging(merged, survivor, work.find(merged_of(c.person_id)), before != merged)


@dataclass(frozen=True)
class Moving:
    """A session and its course before a move, and the course after it; the same where nothing would
    change."""

    session_id: str
    version: int
    before: Document
    after: Published


@needs(lambda c: plan_of(move, c))
async def would_move(work: Work, c: Move) -> Moving:
    """When a session would take place, and what is odd about that; nobody is told of it."""
    after = await tried(work, move, c)
    course, before = as_it_stands(work, c.course_id)
    return Moving(c.session_id, course.version, before, after)
