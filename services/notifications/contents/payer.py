"""Who paid, in the words of whoever reads of it. It goes back the way it came, and to them alone
(domain.md §2): the learner, their organisation, or whoever's place a colleague took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.notifications.commands.case import Case

CASH = "cash"
_CARD, _BANK = "card", "the bank account it came from"


@dataclass(frozen=True)
class PaidBy:
    """`yours`: the reader's own money; `organisation` is named where it paid."""

    yours: bool
    organisation: str | None = None

    @property
    def whom(self) -> str:
        return "you" if self.yours else self.organisation or "whoever paid"

    @property
    def who(self) -> str:
        return self.whom[:1].upper() + self.whom[1:]

    @property
    def gets(self) -> str:
        return "You'll get" if self.yours else f"{self.who} gets"

    @property
    def has(self) -> str:
        return "You have" if self.yours else f"{self.who} has"

    @property
    def owes(self) -> str:
        return "You still owe" if self.yours else f"{self.who} still owes"

    @property
    def bank(self) -> str:
        return "your bank" if self.yours else "the bank"

    def where(self, tender: str) -> str:
        """Where it goes back to, cash apart: that is given to somebody."""
        if tender == _CARD:
            return "your card" if self.yours else "the card it was paid with"
        return _BANK if tender == "transfer" else self.whom

    def back(self, tender: str) -> str:
        """`back on your card`, `back to the bank account it came from`, `back in cash`."""
        if tender == CASH:
            return "back in cash"
        known = {_CARD: f"on {self.where(tender)}", "transfer": f"to {_BANK}"}
        return f"back {known[tender]}" if tender in known else "back"

    def row(self, tender: str) -> str:
        """The same as the name of an amount."""
        return "Back in cash" if tender == CASH else f"Back to {self.where(tender)}"


def paid_by(case: Case, told: Mapping[str, Any]) -> PaidBy:
    """As billing says it in a fact; where it says nothing, the reader's."""
    payer = told.get("payer") or {}
    if payer.get("kind") == "organisation":
        return PaidBy(False, payer["id"])
    return PaidBy(payer.get("id", case.reader) == case.reader)
