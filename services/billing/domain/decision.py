"""What a cancellation is decided from, and what it comes to: plain frozen values.

All amounts are minor units of the one currency that was paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from shared.errors import Invalid

Outcome = Literal["refund", "credit", "nothing"]
CREDIT = "credit"


class PolicyUndefined(Invalid):
    """The policy says nothing of this kind of product or this moment: a hole."""

    slug = "policy-undefined"


@dataclass(frozen=True, slots=True)
class Paid:
    """One part of what was paid; `ref` names the payment, or the credit that was spent.

    `tender` is "credit", or whatever money came by ("card", "due" for an unpaid invoice).
    A credit without an expiry is spent last.
    """

    tender: str
    amount: int
    credit_expires_on: date | None = None
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """Money that goes back to the tender it came from."""

    tender: str
    amount: int
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """A credit that gets back what was spent of it."""

    amount: int
    expires_on: date | None
    ref: str = ""


@dataclass(frozen=True, slots=True)
class NewCredit:
    """A credit to be issued, with the terms of the window that gives it; no `expires_on` means
    that it does not expire, no `only_for` that it is good for everything."""

    amount: int
    expires_on: date | None
    only_for: str = ""
    transferable: bool = False

    @property
    def terms(self) -> dict[str, Any]:
        """What is kept of it where it is issued only later."""
        return {"only_for": self.only_for, "transferable": self.transferable}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reasoning: which rule, and why, with its values.

    `values` are the figures in it by name, as JSON, for whoever says it in another language: money
    as in facts, moments and days as text.
    """

    rule: str
    because: str
    values: Mapping[str, Any] = field(default_factory=dict, compare=False)


def figure(amount: int, currency: str) -> dict[str, Any]:
    """An amount among the values of a step."""
    return {"amount": amount, "currency": currency}


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one cancellation, with the reasons in order."""

    outcome: Outcome
    fee: int
    refunds: tuple[Returned, ...]
    restored: tuple[Restored, ...]
    credit: NewCredit | None
    trace: tuple[Step, ...]

    @property
    def cash(self) -> int:
        """Money that goes back."""
        return sum(refund.amount for refund in self.refunds)

    @property
    def credited(self) -> int:
        """What is given as credit, new or restored."""
        new = self.credit.amount if self.credit else 0
        return new + sum(part.amount for part in self.restored)
