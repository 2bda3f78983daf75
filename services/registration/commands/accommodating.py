"""Accommodation: somebody needs something to take part, and staff answer (domain.md §9a).

What is written is the person's: it stands in `words`, where erasure reaches it, and is shown to
staff and to that person only, not to a colleague who comes instead.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from services.registration.commands.access import by, owned
from services.registration.commands.saying import about
from services.registration.commands.steps import SYSTEM, written_at, wrote
from services.registration.domain.accommodation import answer_due
from services.registration.domain.transitions import LIVE
from services.registration.models import Course, Registration
from shared.contracts.registration import RegistrationAccommodationAnswered
from shared.errors import Conflict
from shared.runtime.caller import Caller
from shared.runtime.due import Due
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

ACCOMMODATION = "accommodation"  # the kind of the task
ASKED = "ask_for_accommodation"  # the deadline by which a new registration opens it
CARRY = "carry_accommodation"  # the deadline by which it follows a transfer
_WHAT = (
    "Somebody needs something to take part. Read what they wrote at their registration, see to it, "
    "and answer them there."
)
_GOING = LIVE - {"completed"}


class NothingAsked(Conflict):
    """Whoever comes has asked for nothing."""

    slug = "nothing-asked"


@dataclass(frozen=True)
class Ask:
    """What somebody needs, in their own words."""

    registration_id: str
    caller: Caller
    request: str


@dataclass(frozen=True)
class Answer:
    """What staff can do about it."""

    registration_id: str
    caller: Caller
    answer: str


def _reading(registration_id: str) -> Generator[Sequence[Wanted], list[Any], None]:
    [row] = yield [(Registration, registration_id)]
    if row is not None:
        yield [(Course, row.course_id), written_at(registration_id)]


def _needs(registration_id: str) -> Plan:
    yield from _reading(registration_id)
    return [(Registration, registration_id), task_key(ACCOMMODATION, registration_id)]


@needs(lambda c: _needs(c.registration_id))
async def ask(work: Work, c: Ask) -> Registration:
    """Keep what they need, and ask staff."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    if row.state not in _GOING:
        raise Conflict("registration-ended", "This registration has ended.")
    noted = keep_request(work, row, c.request, by=by(c.caller))
    _open(work, noted)
    return noted


def keep_request(work: Work, row: Registration, request: str, *, by: str) -> Registration:
    """That it was asked stands in the history, the words apart."""
    return wrote(work, row, "accommodation-requested", {"accommodation": request}, by=by)


@needs(lambda due: _needs(due.ref))
async def open_asked(work: Work, due: Due) -> None:
    """The task of one who asked while registering, unless they have left."""
    row = work.get(Registration, due.ref)
    if row is not None and row.state in _GOING and _asked(work, row):
        _open(work, row)


@needs(lambda c: _needs(c.registration_id))
async def answer(work: Work, c: Answer) -> Registration:
    """Keep the answer beside the request, and say that there is one; nobody needs to be asked."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    if not _asked(work, row):
        raise NothingAsked("Nothing was asked for by the person who comes.")
    noted = wrote(work, row, "accommodation-answered", {"answer": c.answer}, by=by(c.caller))
    work.close_task(ACCOMMODATION, row.registration_id)
    work.audit("accommodation.answered", row.registration_id)
    work.emit(
        RegistrationAccommodationAnswered(
            **about(noted), answer=noted.revision, answered_at=work.now
        )
    )
    return noted


def _carry_needs(due: Due) -> Plan:
    former = due.payload["from"]
    yield [written_at(former)]
    yield from _reading(due.ref)
    tasks = [task_key(ACCOMMODATION, one) for one in (former, due.ref)]
    return [(Registration, due.ref), *tasks]


@needs(_carry_needs)
async def carry(work: Work, due: Due) -> None:
    """Who is moved to another course needs the same there, and is answered for that one."""
    row = work.get(Registration, due.ref)
    work.close_task(ACCOMMODATION, due.payload["from"], "transferred")
    if row is None or row.state not in _GOING or _asked(work, row):
        return
    written = [
        w for w in work.find(written_at(due.payload["from"])) if w.person_id == row.person_id
    ]
    requests = [w for w in written if "accommodation" in w.said]
    if requests:
        last = max(requests, key=lambda one: one.revision).said["accommodation"]
        _open(work, keep_request(work, row, last, by=SYSTEM))


def _asked(work: Work, row: Registration) -> bool:
    written = work.find(written_at(row.registration_id))
    return any(w.person_id == row.person_id and "accommodation" in w.said for w in written)


def _open(work: Work, row: Registration) -> None:
    course = work.get(Course, row.course_id)
    assert course is not None
    about = {"registration_id": row.registration_id, "course_id": row.course_id}
    due_at = answer_due(work.now, course.first_start)
    work.open_task(ACCOMMODATION, row.registration_id, _WHAT, about, due_at)
