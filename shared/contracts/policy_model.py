"""A refund policy as read: frozen, complete, with every default filled in (interfaces.md §10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Unit = Literal["days", "business_days", "hours", "start", "forever"]
Outcome = Literal["refund", "credit", "nothing"]
Allocation = Literal["credit_first", "card_first", "pro_rata"]

DELIVERIES = ("in_person", "live_online", "recorded", "mixed")
OUTCOMES: tuple[Outcome, ...] = ("refund", "credit", "nothing")
ALLOCATIONS: tuple[Allocation, ...] = ("credit_first", "card_first", "pro_rata")
ORIGINS = ("issue", "original_session", "year_end")


@dataclass(frozen=True, slots=True)
class Until:
    """The end of a window: `count` units before the start, the start itself, or never.

    `inclusive`: the day (or the very moment) named still belongs to the window. No unit ever
    reaches past the start but `forever`; a count of 0 means "until the start".
    """

    unit: Unit
    count: int = 0
    inclusive: bool = True

    @property
    def at_start(self) -> bool:
        return self.unit == "start" or (
            self.unit != "forever" and self.count == 0 and self.inclusive
        )


@dataclass(frozen=True, slots=True)
class Fee:
    """`fixed` minor units of the currency paid, or `percent` of what was paid (half up)."""

    fixed: int = 0
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Expiry:
    """`count` `unit`s after `origin`: the request's receipt day, the original session, year end."""

    unit: Literal["years", "months", "days"]
    count: int
    origin: str


@dataclass(frozen=True, slots=True)
class Window:
    """What a request gives that is received until `until` and after the window before it.

    `fees` by kind of product where the policy names kinds, else null and `fee` for all of them.
    `only_for` is `another_learning_product` or empty; a credit that is `transferable` may be handed
    on to somebody else.
    """

    until: Until
    outcome: Outcome
    fee: Fee = Fee()
    fees: Mapping[str, Fee] | None = None
    expires: Expiry | None = None
    only_for: str = ""
    transferable: bool = False

    def fee_for(self, kind: str) -> Fee | None:
        """The fee for that kind of product; None is a hole."""
        return self.fee if self.fees is None else self.fees.get(kind)


@dataclass(frozen=True, slots=True)
class ProviderCancels:
    """When the provider cancels: by default everything back, without fee (domain.md §2).

    A restored credit runs at least `restored_days` from that day.
    """

    outcome: Outcome = "refund"
    fee: Fee = Fee()
    expires: Expiry | None = None
    restored_days: int = 90


@dataclass(frozen=True, slots=True)
class Policy:
    """`deliveries` are those it covers. `text` is the provider's words, empty where absent."""

    version: int | str
    zone: str
    windows: tuple[Window, ...]
    deliveries: tuple[str, ...] = DELIVERIES
    allocation: Allocation = "credit_first"
    provider_cancels: ProviderCancels = ProviderCancels()
    holidays: frozenset[date] = field(default_factory=frozenset)
    text: str = ""
