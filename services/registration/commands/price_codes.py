"""Codes of prices: by digest, counted under the lock of their course's seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def set_codes(work: Work, course_id: str, prices: Sequence[Mapping[str, Any]]) -> None:
    """The codes as the course's file has them now; a code that is gone is not good any more.

    What was used stays used, of a price whose code is another one now, and of a code that another
    price has now: else either would be given more often than it may be.
    """
    known = {code.price_id: code for code in work.find(codes_of(course_id))}
    given_now = {each["price_id"]: each for each in prices}
    for price_id, price in given_now.items():
        used = [
            code.used
            for code in known.values()
            if code.price_id == price_id or code.digest == price["digest"]
        ]
        code = PriceCode(
            course_id=course_id,
            price_id=price_id,
            digest=price["digest"],
            most=price["most"],
            used=max(used, default=0),
            ended=False,
        )
        work.put(code)
    for price_id, code in known.items():
        if price_id not in given_now and not code.ended:
            work.put(replace(code, ended=True))
