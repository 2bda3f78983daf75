"""A person is recorded: the row, and the one event with personal data.

Where staff found several ids to be one person, all but one are merged into that one, the survivor.
Their rows stay as they were recorded; what is said under their ids is the survivor's data, so that
every copy in every service shows one person and no row needs to move.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any

from services.registration.commands.saying import say_person
from services.registration.domain.attendee import RECORDED, Attendee
from services.registration.domain.name_words import words_of
from services.registration.domain.same_person import alias, email_key
from services.registration.models import Person
from shared.runtime.plans import Wanted
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

ReadingPerson = Generator[Sequence[Wanted], list[Any], Person | None]


def new_person(work: Work, who: Attendee, zone: str) -> Person:
    """A new person: a name and an address are no proof of an earlier one; `zone` where none is
    given."""
    person = Person(
        person_id=work.new_id("person"),
        version=1,
        name=who.name,
        email=who.email,
        email_key=email_key(who.email),
        zone=who.zone or zone,
        locale=who.locale,
        profession=who.profession,
        licenses=list(who.licenses),
        birth_day=who.birth_day,
        phone=who.phone,
        sms_consent=who.sms_consent,
        sms_consent_at=work.now if who.sms_consent else None,
        alias=None,
        merged_into=None,
        recorded_at=work.now,
        name_words=words_of(who.name),
    )
    work.put(person)
    say_person(work, person)
    return person


def attendee_of(person: Person) -> Attendee:
    """A person as recorded."""
    fields = {name: getattr(person, name) for name in RECORDED}
    return Attendee(**fields | {"licenses": tuple(person.licenses)})


def merged_of(person_id: str) -> Query[Person]:
    """Those who are this person under another id."""
    return where(Person, merged_into=person_id)


def reading_person(person_id: str) -> ReadingPerson:
    """For plans: whoever that id stands for; None where nobody is on record."""
    found: Person | None
    [found] = yield [(Person, person_id)]
    if found is not None and found.merged_into is not None:
        [survivor] = yield [(Person, found.merged_into)]
        found = survivor or found
    return found


def person_of(work: Work, person_id: str) -> Person | None:
    """Whoever that id stands for."""
    person = work.get(Person, person_id)
    if person is None or person.merged_into is None:
        return person
    return work.get(Person, person.merged_into) or person


def changing_person(person: Person) -> list[Wanted]:
    """For plans: what `record` locks."""
    return [(Person, person.person_id), merged_of(person.person_id)]


def record(work: Work, person: Person, who: Attendee) -> Person:
    """The person is recorded otherwise; said under all their ids."""
    written = replace(
        person,
        version=person.version + 1,
        name=who.name,
        email=who.email,
        email_key=email_key(who.email),
        zone=who.zone,
        locale=who.locale,
        profession=who.profession,
        licenses=list(who.licenses),
        birth_day=who.birth_day,
        phone=who.phone,
        sms_consent=who.sms_consent,
        sms_consent_at=_agreed_at(work, person, who),
        alias=alias(who.name, who.email) if person.alias else None,
        recorded_at=work.now,
        name_words=words_of(who.name),
    )
    work.put(written)
    say_person(work, written)
    for other in work.find(merged_of(person.person_id)):
        say_as(work, other, written)
    return written


def _agreed_at(work: Work, person: Person, who: Attendee) -> datetime | None:
    """Since when they agree to texts at that number, by that wording."""
    if not who.sms_consent:
        return None
    same = (person.phone, person.sms_consent) == (who.phone, who.sms_consent)
    return person.sms_consent_at if same else work.now


def say_as(work: Work, other: Person, survivor: Person) -> None:
    """Another id of the survivor: its row stays as it was recorded, what is said is theirs."""
    merged = replace(
        other,
        version=other.version + 1,
        alias=alias(other.name, other.email),
        merged_into=survivor.person_id,
    )
    work.put(merged)
    say_person(work, merged, survivor)
