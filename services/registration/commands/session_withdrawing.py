"""The provider cancels one session of several: the course goes on without it (domain.md §2).

Nobody's registration ends. A make-up date is given by moving the session; until `choose_until` a
learner may take their share of it back instead, whether there is such a date yet or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.registration.commands.access import by
from services.registration.commands.publishing import (
    as_it_stands,
    changing,
    say_changed,
    session_of,
    with_session,
)
from services.registration.commands.sessions import APPROVAL, SessionOver
from services.registration.domain.approvals import too_much
from services.registration.domain.schedule import held, instruction_minutes
from services.registration.domain.withdrawal import share_end
from services.registration.models import SessionDone, Withdrawal
from shared.dates import parse_instant
from shared.errors import Conflict
from shared.runtime.caller import Caller
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

_CONFIRMED = "SELECT count(*) FROM registrations WHERE course_id = $1 AND state = 'confirmed'"


class LastSession(Conflict):
    """Without it nothing is left of the course."""

    slug = "last-session"


@dataclass(frozen=True)
class WithdrawSession:
    """The provider cancels a session; our receipt of the request is when."""

    course_id: str
    session_id: str
    caller: Caller
    received_at: datetime
    reason: str
    choose_until: datetime | None = None
    prefer_credit: bool = False


def _withdraw_needs(c: WithdrawSession) -> Plan:
    locked = yield from changing(c.course_id)
    yield [(SessionDone, (c.course_id, c.session_id))]
    task = task_key(APPROVAL, c.course_id)
    return [*locked, (Withdrawal, (c.course_id, c.session_id)), task]


@alone
@needs(_withdraw_needs)
async def withdraw_session(work: Work, c: WithdrawSession) -> Withdrawal:
    """Cancel a session in a new version of its course; a second time changes nothing."""
    _, document = as_it_stands(work, c.course_id)
    session = session_of(document, c.session_id)
    key = (c.course_id, c.session_id)
    known = work.get(Withdrawal, key)
    if known is not None and session.get("status") == "cancelled":
        return known
    if work.get(SessionDone, key) or c.received_at >= parse_instant(session["ends_at"]):
        raise SessionOver("This session was held already.")
    going = [each for each in held(document["sessions"]) if each["session_id"] != c.session_id]
    if not going:
        raise LastSession("This is the only session left: cancel the course instead.")
    version = session.get("schedule_version", 1) + 1
    gone = Withdrawal(
        course_id=c.course_id,
        session_id=c.session_id,
        cancelled_at=c.received_at,
        reason=c.reason,
        choose_until=share_end(c.choose_until, c.prefer_credit, c.received_at),
        prefer_credit=False,
        concerned=await work.con.fetchval(_CONFIRMED, c.course_id),
        schedule_version=version,
    )
    work.put(gone)
    changed = with_session(
        document,
        c.session_id,
        status="cancelled",
        cancelled_reason=c.reason,
        schedule_version=version,
    )
    say_changed(work, c.course_id, changed, by=by(c.caller))
    work.audit("session.cancelled", f"{c.course_id} {c.session_id}")
    _check_approvals(work, c, changed)
    return gone


def _check_approvals(work: Work, c: WithdrawSession, document: Mapping[str, Any]) -> None:
    """Boards approved more than is now taught: somebody has to ask them, or give a make-up date."""
    taught = instruction_minutes(held(document["sessions"]))
    short = [board["board"] for board in document["boards"] if too_much(board, taught)]
    if short:
        work.open_task(
            APPROVAL,
            c.course_id,
            "A session was cancelled, and fewer hours are left than were approved by "
            f"{', '.join(short)}. Give a make-up date, or check the approval with the boards.",
            {"course_id": c.course_id, "session_id": c.session_id},
        )
