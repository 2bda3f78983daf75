"""Codes of prices: by digest, counted under the lock of their course's seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from services.registration.models import PriceCode, Registration
from shared.runtime.plans import Wanted
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work


def codes_of(course_id: str) -> Query[PriceCode]:
    """The codes of a course."""
    return where(PriceCode, course_id=course_id)


def use_code(work: Work, row: Registration, digest: str | None) -> None:
    """A seat was given; where that is at the price of the code that was asked for, it is used."""
    if digest is not None:
        for code in work.find(codes_of(row.course_id)):
            if code.price_id == row.price_id:
                work.put(replace(code, used=code.used + 1))


def count_use(work: Work, row: Registration, by: int = 1) -> None:
    """The same of one who waited, or was late; -1 where a seat was given up before it was paid for.

    Given back, so that people who went to the till and left do not use a code up. Who pays all the
    same, and late, has the price they were promised, be it once more than the code may be used.
    """
    code = work.get(PriceCode, (row.course_id, row.price_id)) if row.price_id else None
    if code is not None:
        work.put(replace(code, used=max(0, code.used + by)))


def uses(row: Registration) -> list[Wanted]:
    """What one locks to count a use of this registration's code, if it has one."""
    return [(PriceCode, (row.course_id, row.price_id))] if row.price_id else []


@dataclass(frozen=True)
class CodeChange:
    """What becomes of the code of a price, and its row then.

    `what`: new; code, another one than before; uses, another number of them; ended.
    """

    price_id: str
    label: str
    what: str
    then: PriceCode


def code_changes(
    work: Work,
    course_id: str,
    prices: Sequence[Mapping[str, Any]],
    former: Sequence[Mapping[str, Any]] = (),
) -> list[CodeChange]:
    """How the codes become what the course's file has now; a code that is gone is not good any
    more. `former` has what the prices were called.

    What was used stays used, of a price whose code is another one now, and of a code that another
    price has now: else either would be given more often than it may be.
    """
    known = {code.price_id: code for code in work.find(codes_of(course_id))}
    labels = {each["price_id"]: str(each["label"]) for each in (*former, *prices)}
    given_now = {each["price_id"]: each for each in prices}
    rows = [_as_filed(course_id, price, known) for price in given_now.values()]
    rows += [
        replace(code, ended=True) for price_id, code in known.items() if price_id not in given_now
    ]
    return [
        CodeChange(row.price_id, labels.get(row.price_id, row.price_id), what, row)
        for row in rows
        if (what := _what(known.get(row.price_id), row))
    ]


def codes_mark(work: Work, course_id: str) -> str:
    """Another word where other codes are in force, or may be used another number of times; it says
    nothing of any of them. What was used of them is not in it, for learners change that."""
    good = [
        f"{code.price_id} {code.digest} {code.most}"
        for code in work.find(codes_of(course_id))
        if not code.ended
    ]
    return sha256("\n".join(sorted(good)).encode()).hexdigest()[:16]


def ended_warnings(changes: Sequence[CodeChange]) -> list[str]:
    """Whose code ends with this file, and no other price has it: one that was given back has none
    of them."""
    given_on = {each.then.digest for each in changes if each.what != "ended"}
    return [
        f"The code of the price {each.label} ends: it is not in the file, and codes are not kept. "
        "Whoever has it pays the list price then; to keep it, write it into the file again."
        for each in changes
        if each.what == "ended" and each.then.digest not in given_on
    ]


def set_codes(work: Work, course_id: str, changes: Sequence[CodeChange]) -> None:
    """Keep them as they are then; which prices had it is audited, for no version says so."""
    for each in changes:
        work.put(each.then)
    if changes:
        work.audit("course.codes-set", " ".join([course_id, *(one.price_id for one in changes)]))


def _as_filed(
    course_id: str, price: Mapping[str, Any], known: Mapping[str, PriceCode]
) -> PriceCode:
    used = [
        code.used
        for code in known.values()
        if code.price_id == price["price_id"] or code.digest == price["digest"]
    ]
    return PriceCode(
        course_id=course_id,
        price_id=price["price_id"],
        digest=price["digest"],
        most=price["most"],
        used=max(used, default=0),
        ended=False,
    )


def _what(before: PriceCode | None, then: PriceCode) -> str:
    """What of it changes; nothing, the empty text."""
    if before is None or before.ended:
        return "" if then.ended else "new"
    if then.ended:
        return "ended"
    if before.digest != then.digest:
        return "code"
    return "uses" if (before.most, before.used) != (then.most, then.used) else ""
