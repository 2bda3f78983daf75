"""What may be moved to another course, and what then is to be paid (domain.md §4)."""

from __future__ import annotations

from collections.abc import Iterable

from services.registration.domain.payment import Method
from shared.errors import Conflict
from shared.money import Money

Priced = tuple[str, int, str]  # a course, what is charged there in minor units, the currency


class TransferPending(Conflict):
    """One transfer at a time: the first is paid, or lapses."""

    slug = "transfer-pending"


class Complimentary(Conflict):
    """A seat that was given and not bought has no value to take along."""

    slug = "complimentary-seat"


class NotPaid(Conflict):
    """What was not paid cannot be taken along: a late cancellation could be dodged so."""

    slug = "invoice-unpaid"


class SameCourse(Conflict):
    """The course that it is in already."""

    slug = "same-course"


class OtherCurrency(Conflict):
    """Money is not changed from one currency into another."""

    slug = "currency-differs"


def require_movable(price: int, *, complimentary: bool, paid: bool) -> None:
    """Refuse what was not bought, or is not paid yet."""
    if complimentary:
        raise Complimentary("A complimentary seat cannot be moved to another course.")
    if price and not paid:
        raise NotPaid("Please pay the invoice of this registration first; then it can be moved.")


def require_other(old: Priced, new: Priced) -> None:
    """Refuse the same course, and prices that cannot be compared."""
    if old[0] == new[0]:
        raise SameCourse("This registration is for that course already.")
    if old[1] and new[1] and old[2] != new[2]:
        raise OtherCurrency(f"That course is paid in {new[2]}, this one was in {old[2]}.")


def value_left(price: int, shares: Iterable[tuple[int, int]], currency: str) -> int:
    """What is left of what was paid after the shares of cancelled sessions: minutes of all."""
    whole = Money(price, currency)
    return price - sum(whole.allocate([part, all_ - part])[0].amount for part, all_ in shares)


def difference(old: int, new: int) -> int:
    """What the other course costs more."""
    return max(0, new - old)


def method_after(method: str, price: int) -> Method:
    """Paid as the old one was; what was free and now costs something is paid by card."""
    if price == 0:
        return "free"
    return "invoice" if method == "invoice" else "card"
