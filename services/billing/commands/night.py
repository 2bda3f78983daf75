"""Money may move today: the night that comes, it is compared with what the gateways report."""

from __future__ import annotations

from datetime import timedelta

from shared.runtime.work import Work

NIGHT = "plan_night"


def plan_night(work: Work) -> None:
    """Once however often; which night that is depends on where the days of the books begin, and is
    found out by who knows."""
    work.plan_due(NIGHT, "next", work.now)


def plan_later_night(work: Work) -> None:
    """The night that comes after a day from now: what was heard today is compared then."""
    at = work.now + timedelta(days=1)
    work.plan_due(NIGHT, at.date().isoformat(), at)
