"""Amounts as Stripe counts them.

It counts some currencies otherwise than ISO 4217 does: króna and shilling with two decimals that
have to be 00, ariary with none, and those of three decimals have to end in 0.
"""

from __future__ import annotations

from shared.errors import Conflict
from shared.money import exponent_of

_EXPONENTS = {"ISK": 2, "UGX": 2, "MGA": 0}  # where Stripe's differ from ours
_STEPS = {"ISK": 100, "UGX": 100, "BHD": 10, "IQD": 10, "JOD": 10, "KWD": 10, "LYD": 10}
_STEPS |= {"OMR": 10, "TND": 10}
_POWERS = (1, 10, 100, 1000)


class AmountNotTaken(Conflict):
    """Stripe takes this currency in larger steps."""

    slug = "amount-not-taken"


def to_stripe(amount_minor: int, currency: str) -> int:
    """Stripe's count of an amount of ours; refused where there is none."""
    ours, theirs = exponent_of(currency), _exponent(currency)
    amount, rest = divmod(amount_minor * _POWERS[theirs], _POWERS[ours])
    if rest or amount % _STEPS.get(currency, 1):
        raise AmountNotTaken(f"Cards cannot be charged this amount of {currency}.")
    return amount


def from_stripe(amount: int, currency: str) -> int:
    """Our minor units of Stripe's count."""
    ours, theirs = exponent_of(currency), _exponent(currency)
    found, rest = divmod(amount * _POWERS[ours], _POWERS[theirs])
    if rest:
        raise ValueError(f"{amount} of {currency} is no whole amount")
    return found


def nearest(amount: int, currency: str) -> int:
    """What Stripe keeps need be no whole amount of ours."""
    ours, theirs = _POWERS[exponent_of(currency)], _POWERS[_exponent(currency)]
    return (2 * amount * ours + theirs) // (2 * theirs)


def _exponent(currency: str) -> int:
    return _EXPONENTS.get(currency, exponent_of(currency))
