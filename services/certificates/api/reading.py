"""What several routes read: a registration that the caller may see, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.certificates.commands.knowledge import facts_of
from services.certificates.domain.facts import Facts
from services.certificates.models import Certificate, Course, Person, Registration
from shared.errors import NotFound
from shared.runtime.caller import Caller, for_subject
from shared.runtime.database import Reader
from shared.runtime.rows import where

_DUPLICATES = """
SELECT duplicate_id, certificate_id, made_at, sha256 FROM duplicates
WHERE kind = 'duplicate' AND certificate_id = ANY($1) ORDER BY made_at, duplicate_id
"""


async def allowed(reader: Reader, caller: Caller, registration_id: str) -> Registration:
    """The registration, for its learner or the operator; raises as `for_subject`, and NotFound."""
    reg = await reader.get(Registration, registration_id)
    for_subject(caller, registration_id, reg.token_version if reg else None)
    if reg is None:
        raise NotFound("registration-unknown", "There is no such registration.")
    return reg


async def facts_by(reader: Reader, reg: Registration) -> tuple[list[Certificate], Facts]:
    """Its certificates in the order of issue, and all that awards are decided from."""
    issued = await reader.find(
        where(Certificate, registration_id=reg.registration_id, order=("issued_at",))
    )
    course = await reader.get(Course, reg.course_id)
    person = await reader.get(Person, reg.person_id)
    return issued, facts_of(reg, course, person, issued)


async def duplicates_of(
    reader: Reader, issued: Iterable[Certificate]
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The duplicates that were made, without their files, by certificate."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in await reader.fetch(_DUPLICATES, [one.certificate_id for one in issued]):
        found.setdefault(row["certificate_id"], []).append(row)
    return found
