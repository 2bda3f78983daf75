"""Two ids, one person: staff say so, and may take it back (domain.md §4).

No row moves. The merged person stays as recorded, and what is said under their id from now on is
the survivor's data; so it can be undone by saying the old data again.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from services.registration.commands.people import Erased, SamePerson
from services.registration.commands.persons import merged_of, say_as
from services.registration.commands.saying import say_person
from services.registration.domain.same_person import alias
from services.registration.domain.transitions import LIVE
from services.registration.models import Person, PersonChange, Registration
from shared.errors import Conflict, NotFound
from shared.runtime.caller import Caller
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

MOST = 50  # merged into one: each correction of the survivor says all of them again


class PersonUnknown(NotFound):
    """There is no such person."""

    slug = "person-unknown"


class MergeCycle(Conflict):
    """They are one person already, the other way round."""

    slug = "merge-cycle"


class MergedElsewhere(Conflict):
    """Merged into somebody else before; that has to be taken back first."""

    slug = "already-merged"


class NotMerged(Conflict):
    """There is nothing to take back."""

    slug = "not-merged"


class MergedTooMany(Conflict):
    """More ids than one person can have."""

    slug = "too-many-merged"


@dataclass(frozen=True)
class Merge:
    """This person is that one."""

    person_id: str
    into: str
    reason: str
    caller: Caller


@dataclass(frozen=True)
class Unmerge:
    """They are two after all."""

    person_id: str
    reason: str
    caller: Caller


def known_in(person_id: str) -> Query[Registration]:
    """Their registrations; whoever has any was recorded once."""
    return where(Registration, person_id=person_id)


Reading = Generator[Sequence[Wanted], list[Any], list[Wanted]]


def reading_all(person_ids: Sequence[str]) -> Reading:
    """Everybody whom these ids stand for, and their registrations."""
    people = yield [(Person, one) for one in person_ids]
    heads = {one.merged_into or one.person_id for one in people if one is not None}
    everybody = sorted({*person_ids, *heads})
    merged = yield [merged_of(one) for one in everybody]
    members = {one.person_id for group in merged for one in group}
    return [
        *[(Person, one) for one in sorted({*everybody, *members})],
        *[merged_of(one) for one in everybody],
        *[known_in(one) for one in sorted({*everybody, *members})],
    ]


def _merge_needs(c: Merge) -> Plan:
    return (yield from reading_all(sorted({c.person_id, c.into})))


@needs(_merge_needs)
async def merge(work: Work, c: Merge) -> tuple[Person, Person]:
    """Say that one is the other; gives the merged person and the survivor."""
    person, into = _recorded(work, c.person_id), _recorded(work, c.into)
    survivor = _recorded(work, into.merged_into) if into.merged_into else into
    if survivor.person_id == person.person_id:
        raise MergeCycle("They are one person already: the other was merged into this one.")
    if person.merged_into == survivor.person_id:
        return person, survivor
    if person.merged_into is not None:
        raise MergedElsewhere("This person was merged into another one; take that back first.")
    joining = [person, *work.find(merged_of(person.person_id))]
    there = work.find(merged_of(survivor.person_id))
    if len(joining) + len(there) > MOST:
        raise MergedTooMany(f"At most {MOST} can be merged into one person.")
    _require_apart(work, joining, [survivor, *there])
    for one in joining:
        say_as(work, one, survivor)
    work.put(replace(survivor, alias=alias(survivor.name, survivor.email)))
    merged = work.get(Person, person.person_id)
    assert merged is not None
    _keep(work, merged, "merged", survivor.person_id, c.reason, c.caller)
    return merged, survivor


def _unmerge_needs(c: Unmerge) -> Plan:
    return (yield from reading_all([c.person_id]))


@needs(_unmerge_needs)
async def unmerge(work: Work, c: Unmerge) -> Person:
    """Say the old data again; ids that came along with this one stay with the survivor."""
    person = _recorded(work, c.person_id)
    if person.merged_into is None:
        raise NotMerged("This person was not merged into anybody.")
    survivor = work.get(Person, person.merged_into)
    alone = replace(person, version=person.version + 1, alias=None, merged_into=None)
    work.put(alone)
    say_person(work, alone)
    if survivor is not None and not work.find(merged_of(survivor.person_id)):
        work.put(replace(survivor, alias=None))
    _keep(work, alone, "unmerged", person.merged_into, c.reason, c.caller)
    return alone


def _recorded(work: Work, person_id: str) -> Person:
    person = work.get(Person, person_id)
    if person is not None:
        return person
    if work.find(known_in(person_id)):
        raise Erased("The record of one of them was erased; there is nothing to merge.")
    raise PersonUnknown("There is no such person.")


def _require_apart(work: Work, joining: Sequence[Person], there: Sequence[Person]) -> None:
    """Nobody lives twice in a course: one of the two registrations has to be cancelled first."""
    theirs = {row.course_id for one in there for row in _alive(work, one)}
    both = sorted({row.course_id for one in joining for row in _alive(work, one)} & theirs)
    if both:
        raise SamePerson(
            f"Both are registered for {', '.join(both)}; cancel one of the two first.",
            courses=both,
        )


def _alive(work: Work, person: Person) -> list[Registration]:
    return [row for row in work.find(known_in(person.person_id)) if row.state in LIVE]


def _keep(work: Work, person: Person, act: str, other: str, reason: str, caller: Caller) -> None:
    """Who did it, when and why; their words stand here only."""
    work.audit(f"person.{act}", f"{person.person_id} {other}", "same-person")
    work.put(
        PersonChange(
            person_id=person.person_id,
            version=person.version,
            at=work.now,
            by=caller.name,
            act=act,
            other=other,
            reason=reason,
        )
    )
