"""What attendance does when its time comes."""

from __future__ import annotations

from services.attendance.commands import completing, deadlines, retention, settling
from shared.runtime.due import Dues


def dues_of() -> Dues:
    """The deadlines of this service."""
    dues = Dues()
    dues.inside(deadlines.OPEN)(completing.open_session)
    dues.inside(deadlines.COMPLETE)(completing.complete_by_clock)
    dues.walk(
        deadlines.CLOSE,
        over=settling.registrations_of,
        each=settling.settle_one,
        through=settling.close_session,
    )
    dues.walk(
        deadlines.SETTLE,
        over=settling.registrations_of,
        each=settling.settle_one,
        through=settling.review_session,
    )
    dues.inside(deadlines.SETTLE_LATER)(settling.settle_later)
    dues.walk(deadlines.EXPIRE, over=retention.sessions_of, each=retention.expire_session)
    return dues
