"""Staff look people up: what they were shown of whom is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.registration.commands.merging import PersonUnknown, known_in
from services.registration.commands.persons import merged_of
from services.registration.domain.same_person import email_key
from services.registration.models import Person, PersonChange, Registration
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, where
from shared.runtime.work import Work

SHOWN = 100  # registrations of a person in a list


@dataclass(frozen=True)
class Find:
    """Those recorded under an address, a page of them."""

    email: str
    limit: int
    after: str | None

    def page(self) -> Query[Person]:
        """One more than asked for, to see whether there is more."""
        key = email_key(self.email)
        return where(Person, email_key=key, limit=self.limit + 1, after=self.after)


@dataclass(frozen=True)
class Found:
    """A person, their registrations, the ids merged into theirs, and how that came."""

    person: Person
    survivor: Person | None
    registrations: Sequence[Registration]
    merged: Sequence[Person]
    changes: Sequence[PersonChange] = ()


def _theirs(person_id: str) -> Query[Registration]:
    return where(Registration, person_id=person_id, limit=SHOWN)


def _find_needs(c: Find) -> Plan:
    [people] = yield [c.page()]
    yield from _around(people)
    return []


@needs(_find_needs)
async def find(work: Work, c: Find) -> tuple[list[Found], bool]:
    """Whom an address belongs to, and whether there are more."""
    people = work.find(c.page())
    return _searched(work, people[: c.limit]), len(people) > c.limit


@dataclass(frozen=True)
class Named:
    """Those whose ids a search by name gave, in this order."""

    ids: tuple[str, ...]


def _named_needs(c: Named) -> Plan:
    people = yield [(Person, one) for one in c.ids]
    yield from _around([one for one in people if one is not None])
    return []


@needs(_named_needs)
async def named(work: Work, c: Named) -> list[Found]:
    """Who they are; who was erased since they were searched is not there any more."""
    people = [work.get(Person, one) for one in c.ids]
    return _searched(work, [one for one in people if one is not None])


def _around(people: Sequence[Person]) -> Plan:
    yield [_theirs(one.person_id) for one in people]
    yield [merged_of(one.person_id) for one in people]
    yield [(Person, one.merged_into) for one in people if one.merged_into]
    return []


def _searched(work: Work, people: Sequence[Person]) -> list[Found]:
    for person_id in [one.person_id for one in people] or [""]:  # in vain: that was searched, too
        work.audit("people.searched", person_id)
    return [_found(work, one, work.find(_theirs(one.person_id))) for one in people]


@dataclass(frozen=True)
class Show:
    """One person, whole."""

    person_id: str


def _changes(person_id: str) -> Query[PersonChange]:
    return where(PersonChange, person_id=person_id)


def _show_needs(c: Show) -> Plan:
    [person] = yield [(Person, c.person_id)]
    yield [known_in(c.person_id), merged_of(c.person_id), _changes(c.person_id)]
    yield [(Person, person.merged_into)] if person is not None and person.merged_into else []
    return []


@needs(_show_needs)
async def show(work: Work, c: Show) -> Found:
    """One person with all their registrations; the reading is audited."""
    person = work.get(Person, c.person_id)
    if person is None:
        raise PersonUnknown("There is no such person, or they were erased.")
    work.audit("person.read", c.person_id)
    registrations = work.find(known_in(c.person_id))
    return _found(work, person, registrations, work.find(_changes(c.person_id)))


def _found(
    work: Work,
    person: Person,
    registrations: Sequence[Registration],
    changes: Sequence[PersonChange] = (),
) -> Found:
    survivor = work.get(Person, person.merged_into) if person.merged_into else None
    return Found(person, survivor, registrations, work.find(merged_of(person.person_id)), changes)
