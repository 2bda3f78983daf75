"""Prerequisites: what was shown is looked up, what it proves is kept (domain.md §4).

A course may ask for a certificate of another one. Shown it is by its number, together with its
holder's name or address, or by the personal token of the registration it was issued for. What was
proved holds: a certificate that is revoked later unmakes no registration.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.registration.commands.standing import certificates_of
from services.registration.commands.steps import note
from services.registration.domain.prerequisites import Named, Proof, met_by
from services.registration.models import (
    Certificate,
    Course,
    Person,
    PrerequisiteMet,
    Registration,
    Words,
)
from shared.runtime.plans import Wanted
from shared.runtime.rows import Query, where
from shared.runtime.work import Work

Reading = Generator[Sequence[Wanted], list[Any], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows of earlier courses, and where; or why staff do without (`waiver`)."""

    proofs: tuple[Proof, ...] = ()
    also: tuple[Proof, ...] = ()  # the link by which they are known
    waiver: str = ""
    pointer: str = "/prerequisites"


NOTHING = Shown()


def reading_proofs(shown: Shown) -> Reading:
    """For plans: all that `require_prerequisites` looks at."""
    proofs = (*shown.proofs, *shown.also)
    if not proofs:
        return
    known = yield [
        _numbered(proof) if proof.number else (Registration, proof.registration_id)
        for proof in proofs
    ]
    found: list[Certificate] = []
    shows: list[Wanted] = []
    for proof, answer in zip(proofs, known, strict=True):
        if proof.number:
            found += answer
        elif answer is not None:
            shows.append(certificates_of(answer.registration_id))
    theirs = [(Registration, one.registration_id) for one in found if one.registration_id]
    rows = yield [*theirs, *shows]
    people = yield [(Person, row.person_id) for row in rows[: len(theirs)] if row is not None]
    yield [(Person, one.merged_into) for one in people if one is not None and one.merged_into]


def named(person: Person | None) -> Named:
    """A person as recorded; one who was erased is like nobody."""
    return Named(person.name, person.email) if person is not None else Named("", "")


def met_before(registration_id: str) -> Query[PrerequisiteMet]:
    """What was proved for a registration so far, whoever came then."""
    return where(PrerequisiteMet, registration_id=registration_id)


def require_prerequisites(
    work: Work, course: Course, who: Named, shown: Shown, before: Sequence[PrerequisiteMet] = ()
) -> Mapping[str, str | None]:
    """The certificate that meets each requirement, None where staff waive it; else a refusal.

    `before` is what this person proved when they asked for a seat.
    """
    known = {one.course_id for one in before}
    required = [each for each in course.terms.get("prerequisites", []) if each not in known]
    if not required:
        return {}
    proved = [_proved(work, proof, who) for proof in shown.proofs]
    also = [_proved(work, proof, who) for proof in shown.also]
    return met_by(required, proved, also, waived=bool(shown.waiver), pointer=shown.pointer)


def keep_met(
    work: Work, row: Registration, met: Mapping[str, str | None], shown: Shown, *, by: str
) -> Registration:
    """Keep what was proved by whom; what staff waived stands in the history, their words apart."""
    for course_id, certificate_id in met.items():
        work.put(
            PrerequisiteMet(
                registration_id=row.registration_id,
                person_id=row.person_id,
                course_id=course_id,
                certificate_id=certificate_id,
                met_at=work.now,
            )
        )
    waived = [course_id for course_id, certificate_id in met.items() if certificate_id is None]
    if not waived:
        return row
    facts = {"course_ids": waived}
    noted = note(work, row, "prerequisites-waived", by=by, why="waived", facts=facts)
    work.put(
        Words(
            registration_id=noted.registration_id,
            revision=noted.revision,
            person_id=None,
            about_id=noted.person_id,
            said={"waiver": shown.waiver},
        )
    )
    work.audit("prerequisites.waived", " ".join([row.registration_id, *waived]), "waived")
    return noted


def _numbered(proof: Proof) -> Query[Certificate]:
    return where(Certificate, number=proof.number)


def _proved(work: Work, proof: Proof, who: Named) -> dict[str, str]:
    """The certificates that one thing proves, by course."""
    if proof.number:
        found = [one for one in work.find(_numbered(proof)) if _is_holder(work, one, who)]
    else:
        row = work.get(Registration, proof.registration_id)
        alive = row is not None and row.token_version == proof.version
        found = work.find(certificates_of(proof.registration_id)) if alive else []
    return {one.course_id: one.certificate_id for one in found if one.issued and not one.ended}


def _is_holder(work: Work, certificate: Certificate, who: Named) -> bool:
    if certificate.registration_id is None:
        return False
    row = work.get(Registration, certificate.registration_id)
    person = work.get(Person, row.person_id) if row is not None else None
    if person is None:
        return False
    survivor = work.get(Person, person.merged_into) if person.merged_into else None
    return any(who.is_like(Named(one.name, one.email)) for one in (person, survivor) if one)
