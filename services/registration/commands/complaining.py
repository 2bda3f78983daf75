"""Complaints: a learner complains, and staff answer by a promised day (domain.md §9a).

A complaint may come at any time, also of a registration that has ended: it is often about how that
came. What is written is the person's: it stands in `words`, where erasure reaches it, and is shown
to staff and to that person only, not to a colleague who comes instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.registration.commands.access import by, only_operator, owned
from services.registration.commands.saying import about
from services.registration.commands.steps import written_at, wrote
from services.registration.domain.complaints import answer_by
from services.registration.models import Course, Registration
from shared.contracts.registration import RegistrationComplained, RegistrationComplaintAnswered
from shared.errors import Conflict
from shared.runtime.caller import Caller
from shared.runtime.plans import Plan, needs
from shared.runtime.tables import Task
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

COMPLAINT = "complaint"  # the kind of the task
_WHAT = (
    "Somebody complains. Read what they wrote at their registration, see to it, and answer them "
    "there by the day that they were promised."
)


class NothingComplained(Conflict):
    """Nobody complained at this registration, or what they wrote was erased."""

    slug = "nothing-complained"


@dataclass(frozen=True)
class Complain:
    """What went wrong, in their own words."""

    registration_id: str
    caller: Caller
    complaint: str


@dataclass(frozen=True)
class AnswerComplaint:
    """What staff say to it."""

    registration_id: str
    caller: Caller
    answer: str


@dataclass(frozen=True)
class Kept:
    """The registration at which it was kept, and by when it is answered."""

    row: Registration
    answer_by: datetime


def _needs(registration_id: str) -> Plan:
    [row] = yield [(Registration, registration_id)]
    if row is not None:
        yield [(Course, row.course_id), written_at(registration_id)]
    return [(Registration, registration_id), task_key(COMPLAINT, registration_id)]


@needs(lambda c: _needs(c.registration_id))
async def complain(work: Work, c: Complain) -> Kept:
    """Keep it, ask staff, and promise an answer. More of it while it is unanswered is kept too,
    and answered with the first."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    task = work.get(Task, (COMPLAINT, row.registration_id))
    open_ = task is not None and task.closed_at is None
    due_at = answer_by(work.now, task.due_at if task is not None and open_ else None)
    facts = {"answer_by": due_at.isoformat()}
    noted = wrote(work, row, "complained", {"complaint": c.complaint}, by=by(c.caller), facts=facts)
    about_it = {"registration_id": row.registration_id, "course_id": row.course_id}
    work.open_task(COMPLAINT, row.registration_id, _WHAT, about_it, due_at)
    work.emit(
        RegistrationComplained(
            **about(noted), complaint=noted.revision, complained_at=work.now, answer_by=due_at
        )
    )
    return Kept(noted, due_at)


@needs(lambda c: _needs(c.registration_id))
async def answer_complaint(work: Work, c: AnswerComplaint) -> Registration:
    """Keep the answer beside what was complained of, and tell who did that there is one.

    Raises Forbidden for whoever is no operator, NothingComplained where there is nothing to answer.
    """
    only_operator(c.caller, "answer a complaint")
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    made = [w for w in work.find(written_at(row.registration_id)) if "complaint" in w.said]
    if not made:
        raise NothingComplained("Nobody complained here, or what they wrote was erased.")
    whose = max(made, key=lambda one: one.revision).person_id
    said = {"complaint_answer": c.answer}
    noted = wrote(work, row, "complaint-answered", said, by=by(c.caller), whose=whose)
    work.close_task(COMPLAINT, row.registration_id)
    work.audit("complaint.answered", row.registration_id)
    work.emit(
        RegistrationComplaintAnswered(
            **about(noted), complained_by=whose, answer=noted.revision, answered_at=work.now
        )
    )
    return noted
