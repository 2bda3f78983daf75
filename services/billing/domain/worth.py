"""What a registration is worth when it is moved to another course (domain.md §4 "Transfer")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.billing.domain.decision import (
    CREDIT,
    Decision,
    Outcome,
    Paid,
    Restored,
    Returned,
    Step,
)
from services.billing.domain.newer import Ruling, rule
from services.billing.domain.refund_policy import decide
from services.billing.domain.standing import Standing, judge, starts_of


def ruled_value(
    standing: Standing,
    requested_at: datetime,
    choice: str | None,
    override: Outcome | None,
    *,
    by_provider: bool,
) -> Ruling:
    """The provider's own move, and a staff member's word, know no newer policy."""
    if not by_provider and override is None:
        return rule(standing, requested_at, choice=choice, value=value_of)
    value = value_of(standing, requested_at, by_provider=by_provider, override=override)
    return Ruling(value, standing.policy)


def value_of(
    standing: Standing,
    requested_at: datetime,
    *,
    by_provider: bool = False,
    override: Outcome | None = None,
) -> Decision:
    """What it is worth: everything where cancelling would give money, else what cancelling gives.

    Only what was really paid and not given back counts: a debt is nothing to take along.
    """
    paid, bought = standing.paid, standing.bought
    if not paid or bought is None:
        why = Step("nothing-paid", "Nothing was paid, so there is nothing to take along.")
        return Decision("nothing", 0, (), (), None, (why,))
    if by_provider:
        return _whole(paid, ())
    if override is not None:
        if override == "refund":
            return _whole(
                paid,
                [
                    Step(
                        "override", "Staff decided that its value goes along.", {"outcome": "value"}
                    )
                ],
            )
        return judge(replace(standing, due=0), requested_at, override=override)
    facts: dict[str, Any] = {
        "kind": bought.kind,
        "paid": paid,
        "currency": standing.currency,
        "requested_at": requested_at,
    }
    for start in starts_of(standing):
        decision = decide(bought.policy, starts_at=start, **facts)
        if decision.outcome == "refund":
            return _whole(paid, [s for s in decision.trace if s.rule in ("window", "base")])
    return judge(replace(standing, due=0), requested_at)


def _whole(paid: Iterable[Paid], why: Iterable[Step]) -> Decision:
    money = tuple(Returned(p.tender, p.amount, p.ref) for p in paid if p.tender != CREDIT)
    spent = tuple(
        Restored(p.amount, p.credit_expires_on, p.ref) for p in paid if p.tender == CREDIT
    )
    free = Step("no-fee", "Moved in time, it keeps its whole value, without a fee.")
    return Decision("refund", 0, money, spent, None, (*why, free))
