"""Who paid, in the words of whoever reads of it. It goes back the way it came, and to them alone
(domain.md §2): the learner, their organisation, or whoever's place a colleague took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common
from shared.languages import Tongue, marked

CASH = "cash"
_GETS = {  # by tender; %(less)s is empty, or says in brackets what was taken off
    "card": marked("You'll get %(amount)s back on your card%(less)s."),
    "transfer": marked("You'll get %(amount)s back to the bank account it came from%(less)s."),
    CASH: marked("You'll get %(amount)s back in cash%(less)s."),
    "": marked("You'll get %(amount)s back%(less)s."),
}
_OTHERS_GET = {
    "card": marked("%(who)s gets %(amount)s back on the card it was paid with%(less)s."),
    "transfer": marked("%(who)s gets %(amount)s back to the bank account it came from%(less)s."),
    CASH: marked("%(who)s gets %(amount)s back in cash%(less)s."),
    "": marked("%(who)s gets %(amount)s back%(less)s."),
}


@dataclass(frozen=True)
class PaidBy:
    """`yours`: the reader's own money; `organisation` is named where it paid."""

    yours: bool
    organisation: str | None
    tongue: Tongue

    @property
    def who(self) -> str:
        """Whoever else paid, at the beginning of a sentence."""
        return self.organisation or self.tongue.say("Whoever paid")

    @property
    def whom(self) -> str:
        """The same as "to whom"."""
        if self.yours:
            return self.tongue.say("you")
        return self.organisation or self.tongue.say("whoever paid")

    def gets(self, tender: str, amount: str, less: str) -> str:
        """`You'll get $169.00 back on your card.`"""
        known = _GETS if self.yours else _OTHERS_GET
        sentence = known.get(tender, known[""])
        return self.tongue.say(sentence, who=self.who, amount=amount, less=less)

    def takes(self) -> str:
        """How long it takes."""
        if self.yours:
            return self.tongue.say("It can take 5 to 10 days until your bank shows the money.")
        return self.tongue.say("It can take 5 to 10 days until the bank shows the money.")

    def where(self, tender: str) -> str:
        """Where it goes back to, cash apart: that is given to somebody."""
        if tender == "card" and self.yours:
            return self.tongue.say("your card")
        if tender == "card":
            return self.tongue.say("the card it was paid with")
        if tender == "transfer":
            return self.tongue.say("the bank account it came from")
        return self.whom

    def row(self, tender: str) -> str:
        """The same as the name of an amount."""
        if tender == CASH:
            return self.tongue.say("Back in cash")
        if tender == "card":
            yours = self.tongue.say("Back to your card")
            return yours if self.yours else self.tongue.say("Back to the card it was paid with")
        if tender == "transfer":
            return self.tongue.say("Back to the bank account it came from")
        return self.tongue.say("Back to %(whom)s", whom=self.whom)


def paid_by(case: Case, told: Mapping[str, Any], c: Common) -> PaidBy:
    """As billing says it in a fact; where it says nothing, the reader's."""
    payer = told.get("payer") or {}
    if payer.get("kind") == "organisation":
        return PaidBy(False, payer["id"], c.tongue)
    return PaidBy(payer.get("id", case.reader) == case.reader, None, c.tongue)
