"""Who that is: a person of an earlier registration, or one who lives in the course already.

Across courses a person is recognised by a personal token of an earlier registration, or by staff
who merged two; a name and an address prove nothing. Within a course the same name and address are
the same person, and of who was merged, any that they are recorded under.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from services.registration.commands.persons import (
    attendee_of,
    merged_of,
    person_of,
    reading_person,
)
from services.registration.commands.steps import living
from services.registration.domain.attendee import Attendee, known_attendee
from services.registration.domain.same_person import alias, person_key
from services.registration.models import Person, Registration
from shared.errors import Invalid, fault
from shared.runtime.plans import Wanted
from shared.runtime.rows import Query, where
from shared.runtime.work import Work

Reading = Generator[Sequence[Wanted], list[Any], Any]


class NotKnown(Invalid):
    """The personal link of an earlier registration that was given is good for nothing."""

    slug = "known-by-invalid"


@dataclass(frozen=True, slots=True)
class Known:
    """The earlier registration whose personal token was given, with its version."""

    registration_id: str
    version: int


def reading_known(known: Known) -> Reading:
    """For plans: the person of an earlier registration, None where there is none."""
    [row] = yield [(Registration, known.registration_id)]
    return (yield from reading_person(row.person_id)) if row is not None else None


def known_person(work: Work, known: Known) -> tuple[Person, Person]:
    """The person of an earlier registration, whose token must live; and as they were known in it,
    which holds again should staff part them from whom they were merged into."""
    row = work.get(Registration, known.registration_id)
    if row is None or row.token_version != known.version:
        raise not_known("This link is not good any more.")
    person, own = person_of(work, row.person_id), work.get(Person, row.person_id)
    if person is None or own is None:
        raise not_known("The person of this link is no longer on record.")
    return person, own


def not_known(detail: str) -> NotKnown:
    """The refusal, pointing at the link."""
    return NotKnown(detail, errors=[fault("/known_by", detail)])


def as_known(person: Person, typed: Attendee) -> Attendee:
    """The recorded person, with what they may say of themselves when they come again."""
    return known_attendee(attendee_of(person), typed)


@lru_cache(maxsize=512)  # asked for in a plan, and again by the command
def _named(name: str, email: str) -> Query[Person]:
    return where(Person, alias=alias(name, email))


def reading_living(course_id: str, name: str, email: str) -> Reading:
    """For plans: what `living_of` looks at, to be locked; and the registration it will find."""
    key = person_key(course_id, name, email)
    [found, named] = yield [living(key), _named(name, email)]
    keys = [key]
    if named:
        ids = sorted({one.merged_into or one.person_id for one in named})
        people = yield [(Person, one) for one in ids]
        merged = yield [merged_of(one) for one in ids]
        each = [one for one in people if one is not None] + [p for group in merged for p in group]
        others = {person_key(course_id, one.name, one.email) for one in each} - {key}
        keys += sorted(others)
        answers = yield [living(one) for one in sorted(others)]
        found = [*found, *[row for rows in answers for row in rows]]
    return [living(one) for one in keys], (found[0] if found else None)


def living_of(work: Work, course_id: str, name: str, email: str) -> Registration | None:
    """The live registration of that person in that course, under whichever of their names."""
    key = person_key(course_id, name, email)
    live = work.first(living(key))
    if live is not None:
        return live
    others: set[str] = set()
    for one in work.find(_named(name, email)):
        survivor = one.merged_into or one.person_id
        people = [work.get(Person, survivor), *work.find(merged_of(survivor))]
        others |= {person_key(course_id, p.name, p.email) for p in people if p is not None}
    found = [work.first(living(each)) for each in sorted(others - {key})]
    return next((row for row in found if row is not None), None)
