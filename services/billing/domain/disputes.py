"""What a dispute takes: whose part it is, and who bears one that is lost (domain.md §2).

Pure: amounts are minor units of one currency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.billing.domain.ledger import DEFERRED, FEES, FORFEITED, REVENUE, Lines
from shared.money import Money

KEPT = (DEFERRED, REVENUE, FORFEITED, FEES)  # in the order in which a loss is taken from them


def divide_dispute(
    amount: int, parts: Sequence[int], returned: Sequence[int], currency: str
) -> list[int]:
    """Each registration's part of what the bank took, as their parts of the payment are.

    First of what is left of those parts; only what is beyond was given back before.
    """
    left = [max(0, part - back) for part, back in zip(parts, returned, strict=True)]
    first = min(amount, sum(left))
    shares = [share.amount for share in Money(first, currency).allocate(left)]
    gone = [part - one for part, one in zip(parts, left, strict=True)]
    rest = Money(amount - first, currency).allocate(gone if any(gone) else parts)
    return [one + more.amount for one, more in zip(shares, rest, strict=True)]


@dataclass(frozen=True, slots=True)
class Loss:
    """Who bears a loss: refunds that were owed and credits that are unspent, each in the order
    given, then what was kept; `beyond` is what is nobody's but ours."""

    debts: tuple[int, ...]
    credits: tuple[int, ...]
    kept: Lines
    beyond: int


def bear_loss(
    amount: int,
    debts: Sequence[int],
    unspent: Sequence[int],
    kept: Mapping[str, int],
    due: int,
    brought: int,
) -> Loss:
    """`kept` is account → signed balance; of it what is still `due` was never paid, and no more is
    the lost payment's than it `brought`: the rest came by others, and stays. `unspent` is of
    credits that came out of it.

    Refunds come first, for the bank has given that very money back; then credits, that came out of
    it; then what was to be earned, was earned, forfeited or taken as a fee.
    """
    of_debts, left = _take(amount, debts)
    of_credits, left = _take(left, unspent)
    ours = max(0, min(brought, -sum(min(0, kept.get(name, 0)) for name in KEPT) - due))
    lines: list[tuple[str, int]] = []
    for name in KEPT:
        part = min(left, ours, max(0, -kept.get(name, 0)))
        if part:
            lines.append((name, part))
        left -= part
        ours -= part
    return Loss(of_debts, of_credits, tuple(lines), left)


def _take(amount: int, from_: Sequence[int]) -> tuple[tuple[int, ...], int]:
    taken: list[int] = []
    for most in from_:
        taken.append(min(amount, most))
        amount -= taken[-1]
    return tuple(taken), amount
