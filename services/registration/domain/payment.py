"""How one pays for a place, and what a payment that comes too late gives (domain.md §2, §4)."""

from __future__ import annotations

from typing import Literal

from services.registration.domain.seats import Wish
from shared.errors import Conflict, Invalid, fault

Method = Literal["card", "invoice", "free"]


class InvoiceNotAllowed(Conflict):
    """Only operators, partners' inbound lines, or all where the course says so, pay by invoice."""

    slug = "invoice-not-allowed"


def method_for(asked: str, price: int, *, may_invoice: bool) -> Method:
    """The method that holds: what costs nothing is free however it was asked for."""
    if price == 0:
        return "free"
    if asked == "card":
        return "card"
    if asked == "invoice":
        if not may_invoice:
            raise InvoiceNotAllowed("This course is paid by card.")
        return "invoice"
    wrong = fault("/payment/method", "This course is not free; choose card.")
    raise Invalid("payment-invalid", "The payment does not fit the course.", errors=[wrong])


def wish_of(method: str) -> Wish:
    """A card holds a seat until it is paid; all else takes it at once."""
    return "hold" if method == "card" else "buy"


def late_payment(
    *,
    ever_confirmed: bool,
    state: str,
    seat_free: bool,
    begun: bool,
    lives_anew: bool,
    to_move: bool = False,
) -> Literal["confirm", "unseat", "nothing"]:
    """What is said when an invoice is paid of a registration whose hold is gone.

    Once it was confirmed, or where the learner gave the seat up, a payment is billing's affair
    alone: a cancellation has one outcome, and billing decides it. An expired one gets a seat if one
    is free, nobody waits for it, the course has not begun, and the person is not registered anew.
    A difference that was to be paid `to_move` another registration goes back: that has lapsed.
    """
    if ever_confirmed or state == "cancelled":
        return "nothing"
    if state == "expired" and seat_free and not begun and not lives_anew and not to_move:
        return "confirm"
    return "unseat"
