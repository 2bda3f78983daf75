"""The log of deliveries is not kept for ever: what arrived is forgotten after 90 days, and what was
parked after a year. The events themselves stay in the feed."""

from __future__ import annotations

from datetime import timedelta

from shared.runtime.due import Due
from shared.runtime.plans import alone
from shared.runtime.work import Work

FORGET = "forget_deliveries"
_KEPT = {"delivered": timedelta(days=90), "parked": timedelta(days=365)}
_EVERY = timedelta(days=1)
_SOON = timedelta(minutes=1)
_MOST = 10_000
_FORGET = """
DELETE FROM deliveries WHERE (endpoint_id, position) IN (
  SELECT endpoint_id, position FROM deliveries WHERE status = $1 AND last_at < $2
  ORDER BY last_at LIMIT $3)
"""


def plan_forgetting(work: Work) -> None:
    """From now on, once a day."""
    work.plan_due(FORGET, "", work.now + _EVERY)


@alone
async def forget_deliveries(work: Work, due: Due) -> None:
    """What is old enough, at most so many of each at once."""
    most = 0
    for status, kept in _KEPT.items():
        done = await work.con.execute(_FORGET, status, work.now - kept, _MOST)
        most = max(most, int(done.rpartition(" ")[2]))
    work.plan_due(FORGET, due.ref, work.now + (_SOON if most == _MOST else _EVERY))
