"""What a cancellation is judged on, and from which start: one answer for quotes and decisions.

Judged is what was paid and not given back, and for a registration that was confirmed on an
employer's invoice also what that still asks for (domain.md §2). Whoever waits for a seat, or never
got one, has paid nothing, and nothing comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.billing.domain.decision import Decision, Outcome, Paid, Returned, Step
from services.billing.domain.refund_policy import decide, decide_for_learner
from services.billing.domain.windows import Ending, endings
from shared.money import Money

DUE = "due"  # the tender of what an open invoice still asks for
ON_INVOICE = "invoice"  # the method of an employer that pays later


@dataclass(frozen=True, slots=True)
class Bought:
    """The snapshot taken at purchase."""

    policy: Mapping[str, Any]
    kind: str
    starts_at: datetime
    course_version: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A version of the course; no start where no session is left."""

    version: int
    starts_at: datetime | None
    cancelled: bool = False
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a registration stands. `due` is what an open invoice still asks for, minor units.

    `bought` is None where a seat was never asked to be paid for: on the waiting list. `newer` is
    the policy in force, where it is another than the one that was bought.
    """

    bought: Bought | None
    course: Schedule | None
    paid: Sequence[Paid]
    due: int
    currency: str
    payment_method: str | None
    confirmed: bool
    newer: Mapping[str, Any] | None = None

    @property
    def policy(self) -> Mapping[str, Any]:
        """The policy that was bought; empty where there is none."""
        return self.bought.policy if self.bought else {}

    @property
    def withdrawn(self) -> bool:
        """The provider cancelled the course: whoever cancels now gets what they give."""
        return self.course is not None and self.course.cancelled

    def counts_from(self, asked: datetime) -> datetime:
        """The moment that a cancellation asked for then is judged by: once the provider cancelled,
        theirs, for what they give is decided and dated by it."""
        course = self.course
        return course.cancelled_at or asked if course and course.cancelled else asked

    @property
    def owed(self) -> int:
        """What is due and stays so: a held seat's invoice is simply withdrawn."""
        return self.due if on_account(self.payment_method, confirmed=self.confirmed) else 0


def on_account(payment_method: str | None, *, confirmed: bool) -> bool:
    """Confirmed on an employer's invoice, by whatever word: what is due stays due."""
    return payment_method == ON_INVOICE and confirmed


def judged(standing: Standing) -> list[Paid]:
    """What the policy is applied to, part by part."""
    owed = [Paid(DUE, standing.owed)] if standing.owed > 0 else []
    return [*standing.paid, *owed]


def starts_of(standing: Standing) -> list[datetime]:
    """The start at purchase, and the one it was moved to since, if it was."""
    bought, course = standing.bought, standing.course
    if bought is None:
        return []
    moved = course is not None and course.version > bought.course_version
    later = course.starts_at if course and moved else None
    return [bought.starts_at, *([later] if later else [])]


def judge(
    standing: Standing,
    requested_at: datetime,
    *,
    by_provider: bool = False,
    override: Outcome | None = None,
) -> Decision:
    """What cancelling at `requested_at` comes to. Raises PolicyUndefined where there is a hole."""
    parts, bought = judged(standing), standing.bought
    if not parts or bought is None:
        why = Step("nothing-paid", "Nothing was paid: no fee, and nothing to give back.")
        return Decision("nothing", 0, (), (), None, (why,))
    facts: dict[str, Any] = {
        "kind": bought.kind,
        "paid": parts,
        "currency": standing.currency,
        "requested_at": requested_at,
        "by_provider": by_provider,
        "override": override,
    }
    if by_provider:
        return _by_provider(bought, standing, facts)
    return decide_for_learner(bought.policy, starts_of(standing), **facts)


def preferred(standing: Standing, prefer: str | None) -> Outcome | None:
    """What overrides the policy where the provider cancelled and it is said what is wanted.

    Money is everything back, without a fee, as everybody of a cancelled course was told (domain.md
    §2), whatever the policy's own words for it are.
    """
    own = standing.policy.get("provider_cancels") or {}
    if prefer == "refund" and (own.get("outcome", "refund") != "refund" or own.get("fee")):
        return "refund"
    return "credit" if prefer == "credit" else None


def _by_provider(bought: Bought, standing: Standing, facts: dict[str, Any]) -> Decision:
    """Everything back. What an open invoice asks for is never turned into a credit, which would
    have to be paid first: it is not asked for any more."""
    if facts["override"] != "credit" or not standing.owed:
        return decide(bought.policy, starts_at=bought.starts_at, **facts)
    if not standing.paid:
        facts["override"] = None
        return decide(bought.policy, starts_at=bought.starts_at, **facts)
    facts["paid"] = standing.paid
    given = decide(bought.policy, starts_at=bought.starts_at, **facts)
    why = Step("not-due", "What was still due is not asked for any more.")
    not_due = Returned(DUE, standing.owed)
    return replace(given, refunds=(*given.refunds, not_due), trace=(*given.trace, why))


def windows_ahead(standing: Standing) -> list[Ending]:
    """The windows for the learner, from the start that keeps them open longest.

    None where there is nothing that they could give back, or where the provider cancelled.
    """
    parts, bought = judged(standing), standing.bought
    if not parts or bought is None or standing.withdrawn:
        return []
    total = Money(sum(part.amount for part in parts), standing.currency)
    return endings(bought.policy, max(starts_of(standing)), bought.kind, total)
