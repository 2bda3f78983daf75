"""The reference policy and its course, and short ways to ask what a cancellation comes to."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.billing.domain.decision import Decision, Paid
from services.billing.domain.refund_policy import decide

NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2020, 10, 19, 16, 0, tzinfo=NEW_YORK)
POLICY: dict[str, Any] = {
    "version": 1,
    "zone": "America/New_York",
    "deliveries": ["in_person", "live_online", "mixed"],
    "windows": [
        {
            "until": {"days_before_start": 14, "inclusive": True},
            "outcome": "refund",
            "fee": {"two_day_workshop": 3000, "online_course": 3000, "four_day_workshop": 5000},
        },
        {
            "until": "start",
            "outcome": "credit",
            "of": "paid",
            "expires": {"years": 1, "from": "issue"},
            "for": "another_learning_product",
        },
        {"until": "forever", "outcome": "nothing"},
    ],
}
EARLY = datetime(2020, 9, 20, 12, 0, tzinfo=NEW_YORK)
LATE = datetime(2020, 10, 12, 12, 0, tzinfo=NEW_YORK)


def new_york(
    year: int,
    month: int,
    day: int,
    hour: int = 12,
    minute: int = 0,
    second: int = 0,
    micro: int = 0,
) -> datetime:
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=NEW_YORK)


def utc(
    year: int, month: int, day: int, hour: int = 12, minute: int = 0, second: int = 0
) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def card(amount: int, ref: str = "") -> Paid:
    return Paid("card", amount, None, ref)


def credit(amount: int, until: str | None = "2021-03-31", ref: str = "") -> Paid:
    return Paid("credit", amount, date.fromisoformat(until) if until else None, ref)


def quote(requested_at: datetime, *paid: Paid, **more: Any) -> Decision:
    """The reference policy for an online course, unless `more` says otherwise."""
    facts: dict[str, Any] = {
        "policy": POLICY,
        "kind": "online_course",
        "starts_at": START,
        "currency": "USD",
    }
    facts |= more
    policy = facts.pop("policy")
    return decide(policy, paid=paid, requested_at=requested_at, **facts)


def windows(*given: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 1, "zone": "America/New_York", "windows": list(given)} | more


def amounts(decision: Decision) -> tuple[Any, ...]:
    """(outcome, fee, refunds, restored, credit), with days as text."""
    return (
        decision.outcome,
        decision.fee,
        [(part.tender, part.amount) for part in decision.refunds],
        [
            (part.amount, part.expires_on.isoformat() if part.expires_on else None)
            for part in decision.restored
        ],
        decision.credit
        and (
            decision.credit.amount,
            decision.credit.expires_on.isoformat() if decision.credit.expires_on else None,
        ),
    )
