"""What a person is charged: the price asked for is looked at before any seat is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.registration.commands.price_codes import codes_of
from services.registration.domain.prices import Given, Price, for_group, given, is_over
from services.registration.models import Course, PriceCode, Registration, Words
from shared.errors import Conflict, Invalid, fault
from shared.runtime.plans import Wanted
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
    code = work.get(PriceCode, (row.course_id, row.price_id)) if row.price_id else None
    return price_still(course, row, code, work.now)


def price_still(course: Course, row: Registration, code: PriceCode | None, now: datetime) -> Given:
    """The same, of one whose price is given by that code, or by none."""
    prices = course.terms["prices"]
    if not row.price_id:
        return given(course.terms["price"]["amount"], prices, (), now)
    price = _named(prices, row.price_id)
    if price is None or is_over(price, now):
        raise PriceExpired(
            "The price you asked for is not given any more. Send an empty price to take the seat "
            "at today's."
        )
    if code is not None:
        _usable(code, price, now, 0)
    return given(course.terms["price"]["amount"], prices, {row.price_id}, now)


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
    codes = work.find(codes_of(course.course_id))
    found = [each for each in codes if each.digest == digest and not each.ended]
    price = _named(course.terms["prices"], found[0].price_id) if found else None
    if price is None:
        raise PriceCodeInvalid("This code is not one of this course.")
    _usable(found[0], price, work.now, taken.get(found[0].price_id, 0))
    return found[0].price_id


def _usable(code: PriceCode, price: Price, now: datetime, taken: int) -> None:
    if code.ended:
        raise PriceCodeInvalid("This code is not one of this course.")
    if is_over(price, now):
        raise PriceCodeExpired(f"This code was good until {price['until']}.")
    if code.most is not None and code.used + taken >= code.most:
        raise PriceCodeUsed("This code was used as often as it may be.")


def _named(prices: Sequence[Price], price_id: str | None) -> Price | None:
    return next((each for each in prices if each["price_id"] == price_id), None)


def label_of(course: Course, price_id: str) -> str:
    """What a price is called on an invoice; the list price has no name."""
    price = _named(course.terms["prices"], price_id)
    return str(price["label"]) if price else ""


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
