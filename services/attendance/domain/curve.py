"""The curve of a session: how many were in the room, at moments that are equally far apart.

For whoever watches, and never what counts: seconds are counted by `minutes.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import accumulate

from services.attendance.domain.evidence import Attended
from services.attendance.domain.minutes import merged

MOST = 240  # moments of a curve
_MINUTE = timedelta(minutes=1)
BEFORE = timedelta(minutes=15)  # whoever comes early is seen, too


def curve(
    attended: Iterable[Attended], starts_at: datetime, ends_at: datetime, now: datetime
) -> list[tuple[datetime, int]]:
    """When, and how many registrations had somebody in the room; up to now, or to the end.

    From a quarter of an hour before the start, every minute, or every few of a long session. A stay
    lasts until it ends, so at its end it counts no more; one that was not seen to end counts now.
    """
    first, until = starts_at - BEFORE, min(now, ends_at)
    if until < first:
        return []
    minutes = -((first - ends_at) // _MINUTE)
    step = _MINUTE * -(-minutes // MOST)
    count = (until - first) // step + 1
    changes = [0] * (count + 1)
    for one in attended:
        open_now = {stay.joined_at for stay in one.counted if stay.inferred and stay.left_at == now}
        for start, end in merged((s.joined_at, s.left_at) for s in one.counted if s.left_at):
            lasting = end == now and bool(open_now)
            begins = min(count, max(0, -((first - start) // step)))
            ends = count if lasting else min(count, max(0, -((first - end) // step)))
            changes[begins] += 1
            changes[max(begins, ends)] -= 1
    return [(first + step * at, n) for at, n in enumerate(accumulate(changes[:count]))]
