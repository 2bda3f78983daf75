"""Credits that are asked for by their codes: which they are, and whether they may be spent here.

Billing spends them and refuses what is wrong with one, but knows no people: that one belongs to
somebody else is said here. Whoever shows its code under the holder's name is the holder, for within
a course the same name is how a person is known again, and their address may be another by now.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any

from services.registration.commands.persons import person_of
from services.registration.domain.same_person import name_key
from services.registration.models import Credit, Person
from shared.runtime.plans import Wanted
from shared.runtime.work import Work

ReadingCredits = Generator[Sequence[Wanted], list[Any], list[Wanted]]


def reading_credits(digests: Iterable[str]) -> ReadingCredits:
    """For plans: the credits by code, to be locked; whoever holds them is read."""
    asked: list[Wanted] = [(Credit, digest) for digest in digests]
    if not asked:
        return []
    found = yield asked
    people = yield [(Person, one.holder_id) for one in found if one and _is_bound(one)]
    yield [(Person, one.merged_into) for one in people if one and one.merged_into]
    return asked


def credit_ids(work: Work, digests: Sequence[str]) -> list[str]:
    """The credits whose codes were given; a code that is none is named so, for billing to say."""
    found = [(work.get(Credit, digest), digest) for digest in digests]
    return [credit.credit_id if credit else f"unknown:{digest[:16]}" for credit, digest in found]


def credits_of_others(
    work: Work, digests: Sequence[str], person: Person | None, organisation: str | None
) -> list[str]:
    """Of these, those that belong to somebody else and may not be given away."""
    found = [work.get(Credit, digest) for digest in digests]
    return [
        credit.credit_id
        for credit in found
        if credit is not None
        and not credit.transferable
        and not _is_theirs(work, credit, person, organisation)
    ]


def _is_bound(credit: Credit) -> bool:
    return credit.holder_kind == "person" and not credit.transferable


def _is_theirs(work: Work, credit: Credit, person: Person | None, organisation: str | None) -> bool:
    if credit.holder_kind == "organisation":  # which may book any of its people
        return name_key(credit.holder_id) == name_key(organisation or "")
    holder = person_of(work, credit.holder_id)
    if person is None or holder is None:  # somebody who was erased holds nothing
        return False
    same = holder.person_id in {person.person_id, person.merged_into}
    return same or name_key(holder.name) == name_key(person.name)
