"""Money may move today: the night that comes, it is compared with what the gateways report."""

from __future__ import annotations

from shared.runtime.work import Work

NIGHT = "plan_night"


def plan_night(work: Work) -> None:
    """Once however often; which night that is depends on where the days of the books begin, and is
    found out by who knows."""
    work.plan_due(NIGHT, "next", work.now)
