"""What learners choose: to decline a board's credit, to ask for a certificate without credit."""

from __future__ import annotations

from dataclasses import dataclass

from services.certificates.commands.decide import (
    decide_again,
    decision_on,
    live_of,
    of_registration,
)
from services.certificates.commands.draft import BoardUnknown
from services.certificates.commands.learner import SOON, CourseNotHeard, known
from services.certificates.domain.awards import Award, Decision
from services.certificates.models import PARTICIPATION, Certificate, Course, Registration
from shared.errors import Conflict, fault
from shared.runtime.plans import needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work


class CertificateOut(Conflict):
    """A certificate of that board holds; only staff can take it away."""

    slug = "certificate-issued"


class NotRequestable(Conflict):
    """A certificate of participation cannot be asked for (now); `errors` says what is missing."""

    slug = "participation-not-requestable"


@dataclass(frozen=True)
class Decline:
    """Whether the credit of this board is not wanted."""

    registration_id: str
    board: str
    declined: bool


@dataclass(frozen=True)
class AskParticipation:
    """A certificate without credit is wanted."""

    registration_id: str


@needs(lambda c: of_registration(c.registration_id))
async def decline(work: Work, c: Decline) -> Award:
    """Decline a board's credit, or take that back, until a certificate of it is out.

    Gives the award as it then is. Again: the same answer. The choice is the person's: nobody who is
    substituted has made it. Raises NotFound, CourseNotHeard, BoardUnknown, CertificateOut.
    """
    reg = known(work, c.registration_id)
    heard(work, reg)
    award = _award(decision_on(work, reg), c.board)
    theirs = reg.declined.get(reg.person_id, [])
    if c.declined == (c.board in theirs):
        return award
    if c.board in live_of(work, reg):
        raise CertificateOut(
            f"A certificate of {c.board} is out. Write to the provider if you do not want it."
        )
    rest = [board for board in theirs if board != c.board]
    chosen = sorted([*rest, c.board]) if c.declined else rest
    reg = replace(reg, declined={**reg.declined, reg.person_id: chosen})
    work.put(reg)
    decide_again(work, reg)
    return _award(decision_on(work, reg), c.board)


@needs(lambda c: of_registration(c.registration_id))
async def ask_participation(work: Work, c: AskParticipation) -> None:
    """Ask for a certificate of participation where no board gives credit; again: nothing more.

    The wish stands while no board gives credit, also where it comes without being asked for: should
    a board do so before it is made, it is not made, and if it is out by then, the credit's
    certificate takes its place. One that staff revoked, only they issue again. Raises NotFound,
    CourseNotHeard, NotRequestable.
    """
    reg = known(work, c.registration_id)
    heard(work, reg)
    if _withdrawn(work, reg):
        raise NotRequestable(
            "The provider withdrew your certificate of participation. Write to them if you think "
            "that it is due to you."
        )
    if reg.participation_for == reg.person_id:
        return
    decision = decision_on(work, reg)
    joined = decision.participation
    if joined is None or not (joined.due or joined.requestable):
        raise NotRequestable(
            _why(decision),
            errors=[fault(f"/{u.condition}", u.detail) for u in (joined.unmet if joined else ())],
        )
    reg = replace(reg, participation_for=reg.person_id)
    work.put(reg)
    decide_again(work, reg)


def _withdrawn(work: Work, reg: Registration) -> bool:
    """Whether the last word on it is that staff revoked it: none holds, and none is being made."""
    issued = work.find(where(Certificate, registration_id=reg.registration_id))
    statuses = {one.status for one in issued if one.board == PARTICIPATION}
    return "revoked" in statuses and not statuses & {"valid", "preparing"}


def _why(decision: Decision) -> str:
    if decision.credited:
        return "A board gives you credit, or you can claim it, so there is no certificate without."
    if not decision.over:
        return "The course's last session is not over yet, or attendance is still being settled."
    if decision.participation is not None:
        return "Something is still missing."
    return (
        "There is no session at which you were present by the rule, or a certificate of credit "
        "holds."
    )


def heard(work: Work, reg: Registration) -> Course:
    """The registration's course; raises CourseNotHeard."""
    course = work.get(Course, reg.course_id)
    if course is None or not course.document:
        raise CourseNotHeard("We have not heard of this course yet.", retry_after=SOON)
    return course


def _award(decision: Decision, board: str) -> Award:
    found = next((one for one in decision.awards if one.board == board), None)
    if found is None:
        raise BoardUnknown(f"{board} is not a board of this course.")
    return found
