"""Reconciliation: both sides of a thing side by side, and what of it does not agree (domain.md §2).

Things are compared by their ids, never by the sums of days: the gateway's days are not ours. The
books' side is what had been written when the comparison began; what is being looked up or given
back just now is no finding, for it will be said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.billing.domain.finding_words import WORDS

Looked = tuple[str, str]  # (kind of object, its id at the gateway): what a look there may heal


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not agree: `amount` minor units, where it is known; `look` where the gateway may
    simply not have been heard."""

    kind: str
    about: str
    amount: int | None
    currency: str
    look: Looked | None = None

    @property
    def cause(self) -> str | None:
        return WORDS[self.kind][0]

    @property
    def next_step(self) -> str:
        return WORDS[self.kind][1]


@dataclass(frozen=True, slots=True)
class PaymentSides:
    """A payment: `here` as recorded, `there` as moved, `divided` as given to registrations."""

    key: str
    currency: str
    here: int | None
    there: int | None
    divided: int | None


def of_payment(sides: PaymentSides) -> Iterator[Finding]:
    """Known on both sides, by the same amount, and somebody's."""
    key, here, there = sides.key, sides.here, sides.there
    if here is None:
        yield Finding("payment-unknown-here", key, there, sides.currency, ("payment", key))
        return
    if there is None:
        yield Finding("payment-unknown-there", key, here, sides.currency)
    elif here != there:
        yield Finding("amount-differs", key, there - here, sides.currency)
    if sides.divided is None:
        yield Finding("payment-of-nobody", key, here, sides.currency)


@dataclass(frozen=True, slots=True)
class RefundSides:
    """A refund at the gateway: `given` of it went through here, `there` left the gateway for good;
    `known` and `moved` say whether either side ever heard of it, `pending` that here its end is
    still waited for."""

    key: str
    currency: str
    known: bool
    given: int
    moved: bool
    there: int
    pending: bool


def of_refund(sides: RefundSides) -> Iterator[Finding]:
    """Both sides say the same of how much went back, once it did: a gateway may report what it has
    only begun."""
    if sides.pending:
        return
    key, difference, look = sides.key, sides.there - sides.given, ("refund", sides.key)
    if not sides.known:
        if sides.there:
            yield Finding("refund-unknown-here", key, sides.there, sides.currency, look)
    elif not sides.moved:
        if sides.given:
            yield Finding("refund-unknown-there", key, sides.given, sides.currency, look)
    elif difference and (not sides.given or not sides.there):
        yield Finding("refund-state-differs", key, difference, sides.currency, look)
    elif difference:
        yield Finding("amount-differs", key, difference, sides.currency)


@dataclass(frozen=True, slots=True)
class DisputeSides:
    """A dispute: what the bank has taken, by our record of it and by the movements, where there are
    any; `moving` is one that was decided while the comparison ran."""

    key: str
    currency: str
    here: int | None
    there: int | None
    moving: bool = False


def of_dispute(sides: DisputeSides) -> Iterator[Finding]:
    """Known on both sides, and what it took is what was taken."""
    key, here, there = sides.key, sides.here, sides.there
    if sides.moving:
        return
    if there is None:
        look = ("dispute", key)
        yield Finding("dispute-unknown-there", key, here, sides.currency, look)
    elif here is None:
        yield Finding("dispute-unknown", key, there, sides.currency, ("dispute", key))
    elif here != there:
        yield Finding("dispute-differs", key, there - here, sides.currency, ("dispute", key))


@dataclass(frozen=True, slots=True)
class RegistrationSides:
    """One registration's money by the ledger, by payments and credits, and by what became of it.

    `paid` is less what goes back or the bank has; `settled` is whether a day has passed since the
    last thing was heard that should change it.
    """

    key: str
    currency: str
    cash_booked: int
    cash_moved: int
    credits_booked: int
    credits_moved: int
    due: int
    paid: int
    basis: str | None
    confirmed: bool
    ended: bool
    expired: bool
    undecided: bool
    settled: bool


def of_registration(sides: RegistrationSides) -> Iterator[Finding]:
    """The ledger says what payments and credits say, and what was paid for is had."""
    key, currency = sides.key, sides.currency
    if sides.cash_booked != sides.cash_moved:
        difference = sides.cash_booked - sides.cash_moved
        yield Finding("cash-differs", key, difference, currency)
    if sides.credits_booked != sides.credits_moved:
        difference = sides.credits_booked - sides.credits_moved
        yield Finding("credit-ledger-differs", key, difference, currency)
    if not sides.settled:
        return
    if sides.undecided:
        yield Finding("cancelled-not-settled", key, sides.paid, currency)
    if sides.ended:
        return
    if sides.paid and not sides.confirmed and (sides.expired or not sides.due):
        kind = "expired-with-money" if sides.expired else "paid-not-confirmed"
        yield Finding(kind, key, sides.paid, currency)
    if sides.due and sides.confirmed and sides.basis in {"paid", "credit"}:
        yield Finding("confirmed-not-paid", key, sides.due, currency)


@dataclass(frozen=True, slots=True)
class CreditSides:
    """A credit: its balance, the sum of its entries, and whether its end is long past."""

    key: str
    currency: str
    balance: int
    entries: int
    overdue: bool


def of_credit(sides: CreditSides) -> Iterator[Finding]:
    """The balance is what moved on it, and nothing is left on it after its end."""
    if sides.balance != sides.entries:
        difference = sides.balance - sides.entries
        yield Finding("credit-balance-differs", sides.key, difference, sides.currency)
    if sides.overdue:
        yield Finding("credit-overdue", sides.key, sides.balance, sides.currency)


@dataclass(frozen=True, slots=True)
class Series:
    """A series of numbers: the last one given, and how many there are."""

    key: str
    last: int
    there: int


def of_series(series: Series) -> Iterator[Finding]:
    """As many as the last one says."""
    if series.last != series.there:
        yield Finding("number-gap", series.key, None, "")


@dataclass(frozen=True, slots=True)
class Stuck:
    """A refund that has been under way for longer than banks take, or that nobody carries on."""

    key: str
    currency: str
    amount: int


def of_stuck(refund: Stuck) -> Iterator[Finding]:
    yield Finding("refund-stuck", refund.key, refund.amount, refund.currency)


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payout: with all before it, `total`; what had moved at the gateway until then, `there`."""

    key: str
    currency: str
    total: int
    there: int


def of_payout(payout: PaidOut) -> Iterator[Finding]:
    """Never more is paid out than there was."""
    if payout.total > max(0, payout.there):
        difference = payout.total - payout.there
        yield Finding("payout-differs", payout.key, difference, payout.currency)
