"""Withdrawing: an upload that was the wrong one counts no more, as a whole.

Evidence is never changed, so a withdrawal is a row of its own: from then on nothing counts that
only this upload brought, and who was settled by it is settled anew. The same bytes may be sent
again, to the right session or in the right zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.attendance.commands import deadlines
from services.attendance.commands.completing import SessionUnknown, still_kept
from services.attendance.commands.deadlines import ref_of
from services.attendance.commands.uploads import Key, uploads_of, withdrawals_of
from services.attendance.models import Session, Withdrawal
from shared.errors import NotFound
from shared.runtime.plans import Plan, needs
from shared.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Staff withdraw an upload; `grace` is how long a session waits for its report."""

    course_id: str
    session_id: str
    number: int
    reason: str
    by: str
    grace: timedelta

    @property
    def key(self) -> Key:
        """The session it is about."""
        return self.course_id, self.session_id


def _withdraw_needs(asked: Withdraw) -> Plan:
    yield [uploads_of(asked.key), withdrawals_of(asked.key)]
    return [(Session, asked.key)]


@needs(_withdraw_needs)
async def withdraw(work: Work, asked: Withdraw) -> Withdrawal:
    """Let an upload count no more. Asked again: what was answered first, whatever the reason."""
    session = work.get(Session, asked.key)
    if session is None:
        raise SessionUnknown("There is no such session.")
    still_kept(session)
    numbers = {row.number for row in work.find(uploads_of(asked.key))}
    if asked.number not in numbers:
        raise NotFound("upload-unknown", "This session has no upload of that number.")
    gone = work.find(withdrawals_of(asked.key))
    for row in gone:
        if row.number == asked.number:
            return row
    row = Withdrawal(
        course_id=asked.course_id,
        session_id=asked.session_id,
        number=asked.number,
        reason=asked.reason,
        by=asked.by,
        at=work.now,
    )
    work.put(row)
    work.audit("upload.withdrawn", f"{ref_of(*asked.key)}/{asked.number}")
    if session.state == "completed":
        deadlines.settle_again(work, session)
    elif numbers == {asked.number, *(each.number for each in gone)}:
        # Nothing is in any more: completion waits as long as it would have without.
        deadlines.plan_session(work, session, asked.grace)
    return row
