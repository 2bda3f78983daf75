"""Double entry: what each movement of money books (domain.md §3).

Amounts are signed minor units: what is owed to us or held by us is positive (debit), what we owe or
have earned negative (credit). Every set of lines sums to zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

Lines = tuple[tuple[str, int], ...]

RECEIVABLE = "receivable"
CASH = "cash:gateway"
BANK = "cash:bank"  # transfers and cash, as staff say that they came or went
DEFERRED = "deferred_revenue"
REVENUE = "revenue"
CREDITS = "credits"
FEES = "fees"
REFUNDS = "refunds_payable"
DISPUTES = "disputes"  # what banks took back until they decide
FORFEITED = "forfeited"  # kept of what was cancelled too late
BREAKAGE = "breakage"  # left on credits when they expired
TAX = "tax"  # within what is deferred, earned or forfeited
TAX_FEES = "tax:fees"
LOSSES = "losses"  # goodwill credits, and disputes beyond what was still ours
ACCOUNTS = (
    RECEIVABLE,
    CASH,
    BANK,
    DEFERRED,
    REVENUE,
    CREDITS,
    FEES,
    REFUNDS,
    DISPUTES,
    FORFEITED,
    BREAKAGE,
    TAX,
    TAX_FEES,
    LOSSES,
)


class UnbalancedError(ArithmeticError):
    """Lines that do not sum to zero: a bug, never to be written."""


def cash_of(gateway: str) -> str:
    """The account on which what came by a gateway stands; `bank` is none."""
    return BANK if gateway == "bank" else CASH


def balanced(lines: Iterable[tuple[str, int]]) -> Lines:
    """Lines without zeros; they must sum to zero and name known accounts."""
    kept = tuple((account, amount) for account, amount in lines if amount)
    if sum(amount for _, amount in kept) or any(account not in ACCOUNTS for account, _ in kept):
        raise UnbalancedError(repr(kept))
    return kept


def move(amount: int, *, debit: str, credit: str) -> Lines:
    """One amount from one account to another."""
    return ((debit, amount), (credit, -amount)) if amount else ()


def earned(held: int, already: int, minutes: Sequence[int], done: Iterable[int]) -> int:
    """What is newly earned when the sessions at the places `done` were held.

    `held` is still deferred, `already` earned; minutes of all sessions. The last session takes the
    rest, so nothing stays deferred through rounding.
    """
    total, taught = sum(minutes), sum(minutes[place] for place in done)
    if total <= 0:
        return 0
    return max(0, min(held, (held + already) * taught // total - already))


def settle(
    *,
    deferred: int,
    earned: int,
    refunds: int = 0,
    credited: int = 0,
    fee: int = 0,
    forfeited: int = 0,
    not_due: int = 0,
    moved: Mapping[str, int] = MappingProxyType({}),
) -> Lines:
    """A cancellation: what was paid leaves what was held, for whom it now belongs to.

    What was held is `deferred` and, where sessions were already taught, `earned`; the first is used
    up before the second is taken back. The other parts together are what was paid or due; what is
    `not_due` any more lowers what is asked for. What is `forfeited` stands on an account of its
    own, but for what of it was earned already: that stays earned. Money that is `moved` to another
    registration leaves our cash for this one, and comes in for that one.
    """
    whole = refunds + credited + fee + forfeited + not_due + sum(moved.values())
    from_deferred = min(deferred, whole)
    from_earned = whole - from_deferred
    if from_earned > earned:
        raise UnbalancedError(f"{whole} of {deferred} deferred and {earned} earned")
    stays_earned = min(from_earned, forfeited)
    return balanced(
        [
            (DEFERRED, from_deferred),
            (REVENUE, from_earned - stays_earned),
            (FORFEITED, stays_earned - forfeited),
            (REFUNDS, -refunds),
            (CREDITS, -credited),
            (FEES, -fee),
            (RECEIVABLE, -not_due),
            *((account, -amount) for account, amount in sorted(moved.items())),
        ]
    )


def drawn_in(*, ended: bool) -> tuple[str, ...]:
    """The accounts on which what we hold or kept stands, in the order in which it is given back."""
    if ended:
        return (FEES, FORFEITED, REVENUE, DEFERRED)
    return (DEFERRED, REVENUE, FEES)


def draw(amount: int, owed: Mapping[str, int], order: Sequence[str]) -> Lines:
    """Debits of together `amount` from accounts we owe from, in order, each at most its balance."""
    lines = []
    for account in order:
        part = min(amount, max(0, -owed.get(account, 0)))
        lines.append((account, part))
        amount -= part
    if amount:
        raise UnbalancedError(f"{amount} more than there is in {', '.join(order)}")
    return tuple(lines)


def with_tax(on: Mapping[str, int]) -> dict[str, int]:
    """Balances with whole amounts: what is taxed, as it was paid. Whoever gives something back
    gives its tax back with it; what is tax is set right when the books are closed."""
    whole = {account: amount for account, amount in on.items() if account not in (TAX, TAX_FEES)}
    for tax, taxed in ((TAX, DEFERRED), (TAX_FEES, FEES)):
        if on.get(tax):
            whole[taxed] = whole.get(taxed, 0) + on[tax]
    return whole
