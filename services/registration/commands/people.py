"""People: corrected, asked again about the disclosure (domain.md §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.registration.commands.access import by, only_operator, owned
from services.registration.commands.admission import require_disclosure
from services.registration.commands.persons import (
    changing_person,
    person_of,
    reading_person,
    record,
)
from services.registration.commands.saying import about, say_link_requested
from services.registration.commands.steps import keep_words, living, note
from services.registration.domain.attendee import RECORDED, Attendee, read_attendee
from services.registration.domain.same_person import person_key
from services.registration.domain.texts import Number, changed_texts
from services.registration.domain.transitions import LIVE
from services.registration.models import Course, Person, Registration
from shared.contracts.registration import DisclosureAccepted, RegistrationAcknowledged
from shared.errors import Conflict, Invalid, Refusal, fault
from shared.runtime.caller import Caller
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import where
from shared.runtime.work import Work

OWN = frozenset(
    {"zone", "locale", "birth_day", "phone", "sms_consent"}
)  # what learners may change of themselves


class SamePerson(Conflict):
    """Nobody lives twice in a course."""

    slug = "same-person-registered"


class Erased(Conflict):
    """The person behind this registration is no longer on record."""

    slug = "person-erased"


class PersonChanged(Conflict):
    """Somebody else corrected them since they were looked at."""

    slug = "person-changed"


@dataclass(frozen=True)
class Correct:
    """Some fields of a person, anew: what is not named stays. `number` reads telephone numbers;
    `seen` is the version of the person that was looked at, where that is said."""

    registration_id: str
    caller: Caller
    changes: Mapping[str, Any]
    number: Number
    reason: str = ""
    seen: int | None = None


def _correct_needs(c: Correct) -> Plan:
    own = (Registration, c.registration_id)
    [row] = yield [own]
    person = (yield from reading_person(row.person_id)) if row is not None else None
    if person is None:
        return [own]
    theirs = where(Registration, person_id=person.person_id)
    keys = [own, theirs, *changing_person(person)]
    try:
        after = _corrected(person, c)
    except Refusal:
        return keys  # the command will refuse with the same faults
    [rows] = yield [theirs]
    return [*keys, *(living(person_key(r.course_id, after.name, after.email)) for r in rows)]


@needs(_correct_needs)
async def correct(work: Work, c: Correct) -> tuple[Registration, Person]:
    """Correct a person: a learner their zone, locale, birth day and whether they get texts, an
    operator everything; but texts an operator can only stop, for nobody agrees for another.

    Refuses (`PersonChanged`) where another version was looked at than is recorded, and it would
    be changed."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    person = person_of(work, row.person_id)
    if person is None:
        raise Erased("The person of this registration was erased.")
    after = _corrected(person, c)
    changed = [name for name in RECORDED if getattr(after, name) != _of(person, name)]
    if set(changed) - OWN:
        only_operator(c.caller, "correct a name, an address, a profession or a licence")
    if not changed:
        return row, person
    _require_seen(c, person)
    if c.caller.operator and "sms_consent" in changed and after.sms_consent:
        wrong = fault("/sms_consent", "Only they themselves can: on their page.")
        raise Invalid("consent-not-theirs", "Nobody agrees to texts for another.", errors=[wrong])
    written = record(work, person, after)
    facts = {"fields": changed}  # never the values: those are personal
    if c.caller.operator:
        work.audit("attendee.corrected", row.registration_id, " ".join(changed))
    noted = _renamed(work, row, written, by(c.caller), facts)
    keep_words(work, noted, {"reason": c.reason}, c.caller, row.person_id)
    if {"name", "email"} & set(changed):
        for other in work.find(where(Registration, person_id=written.person_id)):
            if other.registration_id != row.registration_id:
                _renamed(work, other, written, by(c.caller), facts)
    if "email" in changed:
        say_link_requested(work, noted, work.new_id("request"))
    return noted, written


def _require_seen(c: Correct, person: Person) -> None:
    """Whoever says which version they looked at overwrites no other."""
    if c.seen is not None and c.seen != person.version:
        raise PersonChanged(
            f"They were corrected meanwhile: version {person.version} is recorded now, not "
            f"{c.seen} that was looked at. Nothing was changed."
        )


def _renamed(
    work: Work, row: Registration, person: Person, who: str, facts: Mapping[str, Any]
) -> Registration:
    """A registration of the person, by what they are called now; one under another id of theirs
    keeps the name it was made under."""
    if row.person_id != person.person_id:
        return note(work, row, "corrected", by=who, facts=facts)
    key = person_key(row.course_id, person.name, person.email)
    live = work.first(living(key))
    if live is not None and live.registration_id != row.registration_id:
        raise SamePerson("This person has a registration of their own.")
    alive = key if row.state in LIVE else None
    return note(work, row, "corrected", by=who, facts=facts, person_key=key, live_key=alive)


def _of(person: Person, name: str) -> Any:
    value = getattr(person, name)
    return tuple(value) if name == "licenses" else value


def _corrected(person: Person, c: Correct) -> Attendee:
    before = {name: getattr(person, name) for name in RECORDED}
    after = before | dict(c.changes) | changed_texts(before, c.changes)

    def number(typed: str) -> str | None:  # what is recorded stays good, whatever tables say now
        return person.phone if typed == person.phone else c.number(typed)

    return read_attendee(after, person.zone, "", person.locale, number)


@dataclass(frozen=True)
class Acknowledge:
    """The learner accepts the disclosure in force."""

    registration_id: str
    caller: Caller
    disclosure_version: str


def _acknowledge_needs(c: Acknowledge) -> Plan:
    [row] = yield [(Registration, c.registration_id)]
    if row is None:
        return []
    yield [(Course, row.course_id)]
    return [(Registration, c.registration_id)]


@needs(_acknowledge_needs)
async def acknowledge(work: Work, c: Acknowledge) -> Registration:
    """Keep which version was accepted and when; the same one again changes nothing."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    course = work.get(Course, row.course_id)
    assert course is not None
    current = course.terms["disclosure_version"]
    if current is None:
        wrong = fault("/disclosure_version", "This course has no disclosure to accept.")
        raise Invalid("disclosure-unknown", "There is nothing to accept.", errors=[wrong])
    require_disclosure(course, c.disclosure_version, required=True)
    if row.disclosure_version == c.disclosure_version:
        return row
    noted = note(
        work,
        row,
        "acknowledged",
        by=by(c.caller),
        facts={"version": c.disclosure_version, "former": row.disclosure_version},
        disclosure_version=c.disclosure_version,
        disclosed_at=work.now,
    )
    accepted = DisclosureAccepted(version=c.disclosure_version, accepted_at=work.now)
    work.emit(RegistrationAcknowledged(**about(noted), disclosure=accepted))
    return noted
