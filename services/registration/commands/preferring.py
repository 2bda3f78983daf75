"""What a learner wants for what the provider cancelled, while they may say so (domain.md §2).

For a whole course their money or a credit: until then the registration stays as it was, in a course
that is cancelled. For one session of several its share, or nothing: then they come to the make-up
date if there is one. Who takes the share keeps the seat in the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.registration.commands.access import by, owned
from services.registration.commands.saying import about
from services.registration.commands.shares import Lost, lost, may_take
from services.registration.commands.standing import (
    certificates_of,
    is_certified,
    require_no_certificate,
)
from services.registration.commands.steps import SYSTEM, note
from services.registration.commands.transfers import pending
from services.registration.commands.withdrawn import (
    WHOLE,
    ask_about_certificate,
    default,
    end,
    ending,
    may_choose,
)
from services.registration.domain.schedule import held
from services.registration.domain.transfer import TransferPending
from services.registration.domain.withdrawal import (
    AlreadyChosen,
    ChoiceEnded,
    NothingToChoose,
    Outcome,
    is_over,
    share_of,
    the_one,
)
from services.registration.models import Choice, Course, CourseVersion, Registration, Withdrawal
from shared.contracts.registration import RegistrationShareDue
from shared.errors import Invalid, fault
from shared.runtime.caller import Caller
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, where
from shared.runtime.work import Work


@dataclass(frozen=True)
class Prefer:
    """Somebody chooses; received by us at `received_at`. `session_id` names one of several."""

    registration_id: str
    caller: Caller
    received_at: datetime
    outcome: Outcome
    session_id: str | None = None


Chosen = tuple[Registration, Choice]


def _prefer_needs(c: Prefer) -> Plan:
    [row] = yield [(Registration, c.registration_id)]
    if row is None:
        return []
    yield [
        (Course, row.course_id),
        (CourseVersion, (row.course_id, row.course_version)),
        (Withdrawal, (row.course_id, WHOLE)),
        where(Withdrawal, course_id=row.course_id),
        certificates_of(row.registration_id),
    ]
    return [*(yield from ending(row)), _choices(row.registration_id)]


def _choices(registration_id: str) -> Query[Choice]:
    return where(Choice, registration_id=registration_id)


@needs(_prefer_needs)
async def prefer(work: Work, c: Prefer) -> Chosen:
    """Take the choice, once; the same again gives the same answer."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    gone = work.get(Withdrawal, (row.course_id, WHOLE))
    if gone is None:
        return _for_a_session(work, row, c)
    if c.session_id is not None:
        raise NothingToChoose("The whole course was cancelled: choose for it, without a session.")
    known = work.get(Choice, (row.registration_id, WHOLE))
    if known is not None and known.by != SYSTEM:
        return row, _same(known, c)
    if gone.choose_until is None or not may_choose(row, gone):
        raise NothingToChoose("There is nothing to choose: everything comes back by itself.")
    if known is not None or c.received_at >= gone.choose_until:
        raise ChoiceEnded("The time to choose is over.")
    if row.state != "confirmed":
        raise NothingToChoose("This registration had ended before the course was cancelled.")
    require_no_certificate(work, row)
    done = end(work, row, gone, outcome=c.outcome, by=by(c.caller))
    chosen = work.get(Choice, (row.registration_id, WHOLE))
    assert chosen is not None
    return done, chosen


def _same(known: Choice, c: Prefer) -> Choice:
    if known.outcome != c.outcome:
        raise AlreadyChosen(f"It was chosen already: {known.outcome}.")
    return known


def _for_a_session(work: Work, row: Registration, c: Prefer) -> Chosen:
    choices = {one.session_id: one for one in work.find(_choices(row.registration_id))}
    then = work.get(CourseVersion, (row.course_id, row.course_version))
    assert then is not None
    gone = the_one(_lost(work, row, then, choices), c.session_id, choices, c.received_at)
    if c.outcome != "refund":
        wrong = fault("/outcome", "A session's share goes back to what it was paid with.")
        raise Invalid("outcome-invalid", "For one session there is no credit.", errors=[wrong])
    known = choices.get(gone.session_id)
    if known is not None:
        return row, known
    share = share_of(held(then.document["sessions"]), gone.session_id)
    if share is None or not may_take(row):
        raise NothingToChoose("Nothing was paid here for this session.")
    if gone.choose_until is None or c.received_at >= gone.choose_until:
        raise ChoiceEnded("The time to take the share of this session back is over.")
    if pending(work, row) is not None:  # what it is to bring along was reckoned with the share
        detail = "A transfer waits to be paid: let it lapse, then take your share back."
        raise TransferPending(detail)
    return _take_share(work, row, gone, c, share)


def _lost(
    work: Work, row: Registration, then: CourseVersion, choices: Mapping[str, Choice]
) -> Sequence[Lost]:
    course = work.get(Course, row.course_id)
    assert course is not None
    withdrawn = work.find(where(Withdrawal, course_id=row.course_id))
    return lost(course, then.document, withdrawn, choices)


def _take_share(
    work: Work, row: Registration, gone: Lost, c: Prefer, share: tuple[int, int]
) -> Chosen:
    minutes, total = share
    facts = {"session_id": gone.session_id, "minutes": minutes, "total_minutes": total}
    noted = note(work, row, "share", by=by(c.caller), why="session-cancelled", facts=facts)
    chosen = Choice(
        registration_id=row.registration_id,
        session_id=gone.session_id,
        outcome=c.outcome,
        chosen_at=work.now,
        by=by(c.caller),
    )
    work.put(chosen)
    work.emit(RegistrationShareDue(**about(noted), requested_at=c.received_at, **facts))
    return noted, chosen


def _for_them_needs(due: Due) -> Plan:
    [row] = yield [(Registration, due.ref)]
    if row is None:
        return []
    yield [(Withdrawal, (row.course_id, WHOLE)), certificates_of(row.registration_id)]
    return (yield from ending(row))


@needs(_for_them_needs)
async def choose_for_them(work: Work, due: Due) -> None:
    """The time to choose is over: who said nothing gets what the operator said they would."""
    row = work.get(Registration, due.ref)
    gone = work.get(Withdrawal, (row.course_id, WHOLE)) if row else None
    if row is None or gone is None or row.state != "confirmed":
        return
    if is_over(gone.choose_until, work.now):
        if is_certified(work, row):
            ask_about_certificate(work, row)
        else:
            end(work, row, gone, outcome=default(gone), by=SYSTEM)
