"""What a person is charged: the price asked for is looked at before any seat is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.registration.domain.prices import Given, Price, for_group, given, is_over
from services.registration.models import Course, PriceCode, Registration, Words
from shared.errors import Conflict, Invalid, fault
from shared.runtime.plans import Wanted
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work


class PriceCodeInvalid(Conflict):
    """No price of this course is given by that code."""

    slug = "price-code-invalid"


class PriceCodeExpired(Conflict):
    """The code's time is over."""

    slug = "price-code-expired"


class PriceCodeUsed(Conflict):
    """The code was used as often as it may be."""

    slug = "price-code-used"


class PriceExpired(Conflict):
    """The price was given until a day that is over, or is not given any more."""

    slug = "price-expired"


@dataclass(frozen=True)
class PriceAsked:
    """A price by its id, with what the person states of themselves, or by the digest of a code."""

    price_id: str | None = None
    digest: str | None = None
    statement: str = ""


NONE_ASKED = PriceAsked()


def codes_of(course_id: str) -> Query[PriceCode]:
    """The codes of a course."""
    return where(PriceCode, course_id=course_id)


def pricing(course_id: str, asked: PriceAsked) -> list[Wanted]:
    """What one locks to give a price by a code."""
    return [codes_of(course_id)] if asked.digest is not None else []


def price_for(
    work: Work,
    course: Course,
    asked: PriceAsked,
    *,
    lines: int = 1,
    taken: Mapping[str, int] | None = None,
) -> Given:
    """The price that holds; `taken` is how often each code was used in the same order so far."""
    prices = course.terms["prices"]
    entitled = for_group(prices, lines)
    if asked.price_id is not None:
        entitled.add(_by_id(work, prices, asked))
    if asked.digest is not None:
        entitled.add(_by_code(work, course, asked.digest, taken or Counter()))
    return given(course.terms["price"]["amount"], prices, entitled, work.now)


def price_kept(work: Work, course: Course, row: Registration) -> Given:
    """Today's price of the kind that was asked for by one who waited."""
    prices = course.terms["prices"]
    if not row.price_id:
        return given(course.terms["price"]["amount"], prices, (), work.now)
    price = _named(prices, row.price_id)
    if price is None or is_over(price, work.now):
        raise PriceExpired(
            "The price you asked for is not given any more. Send an empty price to take the seat "
            "at today's."
        )
    code = work.get(PriceCode, (row.course_id, row.price_id))
    if code is not None:
        _usable(code, price, work, 0)
    return given(course.terms["price"]["amount"], prices, {row.price_id}, work.now)


def _by_id(work: Work, prices: Sequence[Price], asked: PriceAsked) -> str:
    price = _named(prices, asked.price_id)
    if price is None or price["kind"] not in {"early", "statement"}:
        wrong = fault("/price/id", "No price of this course is asked for by this id.")
        raise Invalid("price-unknown", "There is no such price.", errors=[wrong])
    if price["kind"] == "statement" and not asked.statement.strip():
        wrong = fault("/price/statement", f"This price needs: {price['statement']}")
        raise Invalid("price-unstated", "This price needs a statement.", errors=[wrong])
    if is_over(price, work.now):
        raise PriceExpired(f"This price was given until {price['until']}.")
    return str(price["price_id"])


def _by_code(work: Work, course: Course, digest: str, taken: Mapping[str, int]) -> str:
    found = [each for each in work.find(codes_of(course.course_id)) if each.digest == digest]
    price = _named(course.terms["prices"], found[0].price_id) if found else None
    if price is None:
        raise PriceCodeInvalid("This code is not one of this course.")
    _usable(found[0], price, work, taken.get(found[0].price_id, 0))
    return found[0].price_id


def _usable(code: PriceCode, price: Price, work: Work, taken: int) -> None:
    if code.ended:
        raise PriceCodeInvalid("This code is not one of this course.")
    if is_over(price, work.now):
        raise PriceCodeExpired(f"This code was good until {price['until']}.")
    if code.most is not None and code.used + taken >= code.most:
        raise PriceCodeUsed("This code was used as often as it may be.")


def _named(prices: Sequence[Price], price_id: str | None) -> Price | None:
    return next((each for each in prices if each["price_id"] == price_id), None)


def label_of(course: Course, price_id: str) -> str:
    """What a price is called on an invoice; the list price has no name."""
    price = _named(course.terms["prices"], price_id)
    return str(price["label"]) if price else ""


def use_code(work: Work, row: Registration, asked: PriceAsked) -> None:
    """A seat was given; where that is at the price of the code that was asked for, it is used."""
    if asked.digest is not None:
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


def keep_statement(work: Work, row: Registration, revision: int, asked: PriceAsked) -> None:
    """What a person states of themselves stays here, where staff can check it and erasure finds
    it."""
    if asked.price_id is not None and asked.statement.strip():
        work.put(
            Words(
                registration_id=row.registration_id,
                revision=revision,
                person_id=row.person_id,
                said={"statement": asked.statement.strip()},
            )
        )


def set_codes(work: Work, course_id: str, prices: Sequence[Mapping[str, Any]]) -> None:
    """The codes as the course's file has them now; a code that is gone is not good any more."""
    known = {code.price_id: code for code in work.find(codes_of(course_id))}
    given_now = {each["price_id"]: each for each in prices}
    for price_id, price in given_now.items():
        before = known.get(price_id)
        code = PriceCode(
            course_id=course_id,
            price_id=price_id,
            digest=price["digest"],
            most=price["most"],
            used=before.used if before and before.digest == price["digest"] else 0,
            ended=False,
        )
        work.put(code)
    for price_id, code in known.items():
        if price_id not in given_now and not code.ended:
            work.put(replace(code, ended=True))
