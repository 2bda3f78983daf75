"""What a course asks for before it: a living certificate of each of some other courses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.registration.domain.same_person import email_key, name_key
from shared.errors import Conflict, fault


class PrerequisiteMissing(Conflict):
    """No living certificate was shown of a course that this one builds on; `missing` names it."""

    slug = "prerequisite-missing"


@dataclass(frozen=True, slots=True)
class Proof:
    """Something that was shown: a certificate by its number, or an earlier registration by its
    personal token. What can be neither proves nothing."""

    number: str = ""
    registration_id: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """A person, as far as they are compared with the holder of a certificate."""

    name: str
    email: str

    def is_like(self, holder: Named) -> bool:
        """By name or by address: else anybody could quote a colleague's number."""
        same_name = name_key(self.name) == name_key(holder.name)
        return same_name or email_key(self.email) == email_key(holder.email)


def number_key(written: str) -> str:
    """A certificate's number as it is compared, however it is written down."""
    return "".join(re.findall("[A-Z0-9]", written.upper()))


def met_by(
    required: Sequence[str],
    proved: Sequence[Mapping[str, str]],
    also: Sequence[Mapping[str, str]] = (),
    *,
    waived: bool = False,
    pointer: str = "/prerequisites",
) -> dict[str, str | None]:
    """The certificate that meets each requirement, None where staff waive it.

    `proved` has, for each thing that was shown, the certificates it proves, by course; `also` is
    known without being shown. Raises PrerequisiteMissing, pointing at what proved nothing that is
    asked for.
    """
    met: dict[str, str | None] = {}
    for each in reversed([*proved, *also]):
        met |= {course_id: each[course_id] for course_id in required if course_id in each}
    missing = [course_id for course_id in required if course_id not in met]
    if missing and not waived:
        useless = [place for place, each in enumerate(proved) if not each.keys() & set(required)]
        raise PrerequisiteMissing(
            f"A certificate of {_listed(missing)} is needed. Give its number as it stands on the "
            "certificate, with the name or address it was made out to; or the personal link of "
            "that registration.",
            errors=[
                *(fault(f"{pointer}/{n}", "Not valid for what is asked.") for n in useless),
                *([] if useless else [fault(pointer, f"Missing: {', '.join(missing)}.")]),
            ],
            missing=missing,
        )
    return met | dict.fromkeys(missing)


def _listed(course_ids: Sequence[str]) -> str:
    *others, last = course_ids
    return f"{', '.join(others)} and {last}" if others else last
