"""What a course costs today, and which prices one may ask for: what is shown, never what is due.

Which price somebody is given is registration's to say; here they are told apart for the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.money import Money


@dataclass(frozen=True, slots=True)
class Price:
    """A price beside the list price; it is over at `ends_at`."""

    price_id: str
    label: str
    kind: str
    amount: Money
    ends_at: datetime | None
    statement: str
    at_least: int

    @property
    def last(self) -> datetime | None:
        """The minute that is printed as the last one: a day's end is 23:59, not midnight."""
        return self.ends_at - timedelta(seconds=1) if self.ends_at else None


@dataclass(frozen=True, slots=True)
class Today:
    """The prices as they are now: `early` is the one that applies by itself, where one does."""

    listed: Money
    early: Price | None
    after: Money
    stated: tuple[Price, ...]
    group: tuple[Price, ...]

    @property
    def amount(self) -> Money:
        """What it costs who asks for nothing."""
        return self.early.amount if self.early else self.listed

    @property
    def several(self) -> bool:
        """Whether there is more to say than one amount."""
        return bool(self.early or self.stated or self.group)


def today(listed: Money, prices: Iterable[Price], now: datetime) -> Today:
    """What holds at `now`; `after` is what holds by itself once today's early price is over."""
    prices = list(prices)
    running = [each for each in prices if each.ends_at is None or now < each.ends_at]
    early = _early(listed, running)
    later = [each for each in running if early and early.ends_at and _outlives(each, early.ends_at)]
    next_ = _early(listed, later)
    return Today(
        listed,
        early,
        next_.amount if next_ else listed,
        tuple(each for each in running if each.kind == "statement"),
        tuple(each for each in running if each.kind == "group"),
    )


def _early(listed: Money, prices: Iterable[Price]) -> Price | None:
    lower = [p for p in prices if p.kind == "early" and p.amount.amount < listed.amount]
    return min(lower, key=lambda price: price.amount.amount, default=None)


def _outlives(price: Price, ends_at: datetime) -> bool:
    return price.ends_at is None or price.ends_at > ends_at
