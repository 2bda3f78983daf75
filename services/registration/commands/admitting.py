"""Who is admitted, how it is paid and how much: before anybody is given anything (domain.md §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.registration.commands.admission import (
    require_disclosure,
    require_not_over,
    require_open,
)
from services.registration.commands.application import Register
from services.registration.commands.prerequisites import (
    require_prerequisites,
)
from services.registration.commands.pricing import price_for
from services.registration.domain import payment
from services.registration.domain.prerequisites import Named
from services.registration.domain.prices import Given
from services.registration.models import Course
from shared.runtime.work import Work


@dataclass(frozen=True)
class Admitted:
    """Who may register: how it is paid, and what is charged."""

    method: payment.Method
    price: Given


def admit(
    work: Work,
    course: Course,
    c: Register,
    *,
    lines: int = 1,
    taken: Mapping[str, int] | None = None,
) -> Admitted:
    """How it is paid, and how much; refuses whoever may not register, before anybody is given
    anything. `lines` and `taken` are of the order that it is part of (`price_for`)."""
    if c.complimentary is not None:
        return _admit_free(course, c, work.now)
    require_open(course, work.now)
    require_disclosure(course, c.disclosure_version)
    met_of(work, course, c)
    price = price_for(work, course, c.price, lines=lines, taken=taken)
    may_invoice = c.may_invoice or course.terms["invoice_allowed"]
    return Admitted(payment.method_for(c.method, price.amount, may_invoice=may_invoice), price)


def _admit_free(course: Course, c: Register, now: datetime) -> Admitted:
    """Who works at the course: neither window nor prerequisite is for them; a disclosure that they
    have accepted is the one in force."""
    require_not_over(course, now)
    if c.disclosure_version:
        require_disclosure(course, c.disclosure_version)
    return Admitted("free", Given("", 0))


def met_of(work: Work, course: Course, c: Register) -> Mapping[str, str | None]:
    """By what each prerequisite is met; nothing is asked of who works at the course."""
    if c.complimentary is not None:
        return {}
    who = Named(c.attendee.name, c.attendee.email)
    return require_prerequisites(work, course, who, c.shown)
