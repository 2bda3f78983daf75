"""Complaints: a learner complains, and staff answer by a promised day (domain.md §9a).

A complaint may come at any time, also of a registration that has ended: it is often about how that
came. What is written is the person's: it stands in `words`, where erasure reaches it, and is shown
to staff and to that person only, not to a colleague who comes instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.registration.commands.access import by, only_operator, owned
from services.registration.commands.saying import about
from services.registration.commands.steps import written_at, wrote
from services.registration.domain.complaints import answer_by, answer_to
from services.registration.models import History, Registration, Words
from shared.contracts.registration import RegistrationComplained, RegistrationComplaintAnswered
from shared.dates import parse_instant
from shared.errors import Conflict
from shared.runtime.caller import Caller
from shared.runtime.plans import needs
from shared.runtime.rows import Query, where
from shared.runtime.tables import Task
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

COMPLAINT = "complaint"  # the kind of the task
MADE, ANSWER = "complaint", "complaint_answer"  # what words say
ACTS = frozenset({"complained", "complaint-answered"})  # of a history
_WHAT = (
    "Somebody complains. Read what they wrote at their registration, see to it, and answer them "
    "there by the day that they were promised."
)


class NothingComplained(Conflict):
    """Nobody complained of that at this registration, or what they wrote was erased."""

    slug = "nothing-complained"


class ComplainedMore(Conflict):
    """They wrote more since, which whoever answers has not read."""

    slug = "complained-more"


@dataclass(frozen=True)
class Complain:
    """What went wrong, in their own words."""

    registration_id: str
    caller: Caller
    complaint: str


@dataclass(frozen=True)
class AnswerComplaint:
    """What staff say `to` the last complaint of somebody that they have read, by its number; None:
    to the last there is."""

    registration_id: str
    caller: Caller
    answer: str
    to: int | None = None


@dataclass(frozen=True)
class Kept:
    """The registration at which it was kept, and by when it is answered."""

    row: Registration
    answer_by: datetime


def _last_made(registration_id: str) -> Query[History]:
    """The last complaint there, with what was promised for it."""
    return where(
        History, registration_id=registration_id, act="complained", order=("-revision",), limit=1
    )


@needs(
    lambda c: [
        (Registration, c.registration_id),
        task_key(COMPLAINT, c.registration_id),
        _last_made(c.registration_id),
    ]
)
async def complain(work: Work, c: Complain) -> Kept:
    """Keep it, ask staff, and promise an answer. More of it while it is unanswered is kept too,
    and answered with the first."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    task = work.get(Task, (COMPLAINT, row.registration_id))
    last = work.find(_last_made(row.registration_id))
    said = last[0].facts.get("answer_by") if last and task and task.closed_at is None else None
    due_at = answer_by(work.now, parse_instant(said) if said else None)
    facts = {"answer_by": due_at.isoformat()}
    noted = wrote(work, row, "complained", {MADE: c.complaint}, by=by(c.caller), facts=facts)
    about_it = {"registration_id": row.registration_id, "course_id": row.course_id}
    work.open_task(COMPLAINT, row.registration_id, _WHAT, about_it, due_at)
    work.emit(
        RegistrationComplained(
            **about(noted), complaint=noted.revision, complained_at=work.now, answer_by=due_at
        )
    )
    return Kept(noted, due_at)


@needs(
    lambda c: [
        (Registration, c.registration_id),
        task_key(COMPLAINT, c.registration_id),
        written_at(c.registration_id),
    ]
)
async def answer_complaint(work: Work, c: AnswerComplaint) -> Registration:
    """Keep the answer beside what its person complained of, and tell them that there is one. Nobody
    needs to be asked any more, unless somebody else's complaint is unanswered.

    Raises Forbidden for whoever is no operator, NothingComplained where there is no such complaint,
    ComplainedMore where its person has written more since.
    """
    only_operator(c.caller, "answer a complaint")
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    written = work.find(written_at(row.registration_id))
    made = sorted((w for w in written if MADE in w.said), key=lambda one: one.revision)
    asked = made[-1:] if c.to is None else [one for one in made if one.revision == c.to]
    if not asked:
        raise NothingComplained("There is no such complaint here, or what was written was erased.")
    whose = asked[0].person_id
    if any(one.person_id == whose and one.revision > asked[0].revision for one in made):
        raise ComplainedMore("They wrote more since. Read it first; nothing was sent.")
    noted = wrote(work, row, "complaint-answered", {ANSWER: c.answer}, by=by(c.caller), whose=whose)
    if not _others_wait(written, whose):
        work.close_task(COMPLAINT, row.registration_id)
    work.audit("complaint.answered", row.registration_id)
    work.emit(
        RegistrationComplaintAnswered(
            **about(noted), complained_by=whose, answer=noted.revision, answered_at=work.now
        )
    )
    return noted


def _others_wait(written: Sequence[Words], whose: str | None) -> bool:
    """Whether somebody else who was here has complained and has no answer."""
    for person_id in {one.person_id for one in written} - {whose}:
        theirs = [one for one in written if one.person_id == person_id]
        made, answers = (
            [one.revision for one in theirs if what in one.said] for what in (MADE, ANSWER)
        )
        if any(answer_to(number, made, answers) is None for number in made):
            return True
    return False
