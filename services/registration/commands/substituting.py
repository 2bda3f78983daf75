"""Substitute: a colleague comes instead, until the first session (domain.md §4).

The registration stays what it is, with its seat, its price and its payer. The person is another
one, who has accepted the disclosure in force, and all links of the former one are dead.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.registration.commands.access import by, only_operator, owned
from services.registration.commands.accommodating import ACCOMMODATION
from services.registration.commands.admission import (
    disclosed,
    require_disclosure,
    require_standing,
)
from services.registration.commands.people import SamePerson
from services.registration.commands.persons import new_person
from services.registration.commands.prerequisites import (
    NOTHING,
    Shown,
    keep_met,
    reading_proofs,
    require_prerequisites,
)
from services.registration.commands.recognising import living_of, reading_living
from services.registration.commands.saying import about, disclosure_of, say_link_requested
from services.registration.commands.standing import (
    certificates_of,
    require_no_certificate,
    require_not_begun,
)
from services.registration.commands.steps import keep_words, step
from services.registration.commands.transfers import end_pending, pending_needs
from services.registration.domain.attendee import Attendee
from services.registration.domain.prerequisites import Named
from services.registration.domain.same_person import person_key
from services.registration.domain.transfer import TransferPending
from services.registration.domain.transitions import move
from services.registration.models import Course, Registration
from shared.contracts.registration import RegistrationSubstituted
from shared.runtime.caller import Caller
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.tasks import task_key
from shared.runtime.work import Work


@dataclass(frozen=True)
class Substitute:
    """Who comes instead, and which disclosure they accepted."""

    registration_id: str
    caller: Caller
    attendee: Attendee
    disclosure_version: str | None
    shown: Shown = NOTHING
    reason: str = ""

    def key(self, row: Registration) -> str:
        """The new person within the course."""
        return person_key(row.course_id, self.attendee.name, self.attendee.email)


def _substitute_needs(c: Substitute) -> Plan:
    [row] = yield [(Registration, c.registration_id)]
    if row is None:
        return []
    yield [(Course, row.course_id)]
    yield from reading_proofs(c.shown)
    who = c.attendee
    lived, _ = yield from reading_living(row.course_id, who.name, who.email)
    moving = yield from pending_needs(row)
    own, task = (Registration, c.registration_id), task_key(ACCOMMODATION, c.registration_id)
    return [own, *lived, certificates_of(c.registration_id), task, *moving]


@needs(_substitute_needs)
async def substitute(work: Work, c: Substitute) -> tuple[Registration, Course]:
    """Let a colleague come instead; the former person may register anew."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    course = work.get(Course, row.course_id)
    assert course is not None
    if row.complimentary:  # to give one is for staff, so to hand it on is too
        only_operator(c.caller, "let somebody else have a complimentary seat")
    require_no_certificate(work, row)
    require_not_begun(row, course, work.now)
    move(row.state, "substitute")
    if row.state == "requested" and row.transferred_from is not None:
        raise TransferPending("This seat is held for who is moved here; pay the difference first.")
    if living_of(work, row.course_id, c.attendee.name, c.attendee.email) is not None:
        raise SamePerson("This person has a registration for this course already.")
    require_standing(course)
    require_disclosure(course, c.disclosure_version)
    accepted = disclosed(course, c.disclosure_version)
    who = Named(c.attendee.name, c.attendee.email)
    met = require_prerequisites(work, course, who, c.shown)
    person = new_person(work, c.attendee, course.terms["zone"])
    handed_on = replace(
        row,
        person_id=person.person_id,
        person_key=c.key(row),
        token_version=row.token_version + 1,
        disclosure_version=accepted,
        disclosed_at=work.now if accepted else None,
    )
    people = {"former_person_id": row.person_id, "person_id": person.person_id}
    done = step(work, handed_on, "substitute", seat=row.seat, by=by(c.caller), facts=people)  # type: ignore[arg-type]
    assert done is not None
    keep_words(work, done, {"reason": c.reason}, c.caller, row.person_id, done.person_id)
    end_pending(work, row)
    work.close_task(ACCOMMODATION, row.registration_id, "substituted")
    if c.caller.operator:
        work.audit("registration.substituted", row.registration_id)
    work.emit(
        RegistrationSubstituted(
            **about(done),
            former_person_id=row.person_id,
            token_version=done.token_version,
            disclosure=disclosure_of(done),
            substituted_at=work.now,
        )
    )
    if (
        done.state == "requested"
    ):  # who is confirmed is told so, with all links; here they are asked
        say_link_requested(work, done, work.new_id("request"))
    return keep_met(work, done, met, c.shown, by=by(c.caller)), course
