"""A person is recorded: the row, and the one event with personal data."""

from __future__ import annotations

from services.registration.commands.saying import say_person
from services.registration.domain.attendee import Attendee
from services.registration.domain.same_person import email_key
from services.registration.models import Person
from shared.runtime.work import Work


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
        merged_into=None,
        recorded_at=work.now,
    )
    work.put(person)
    say_person(work, person)
    return person
