"""What staff say of who presented: the sessions, named one by one, until they are taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.certificates.commands.choices import heard
from services.certificates.commands.decide import decide_again, of_registration
from services.certificates.commands.learner import known
from services.certificates.models import Course
from shared.errors import Invalid, fault
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


@dataclass(frozen=True)
class SayPresented:
    """Staff say that this person presented these sessions, and no others; none takes it back."""

    registration_id: str
    sessions: Sequence[str]


@needs(lambda c: of_registration(c.registration_id))
async def say_presented(work: Work, c: SayPresented) -> None:
    """Keep which sessions this person presented (`domain/presenting.py`); the same again changes
    nothing.

    It is said of a person: a colleague who comes instead presented nothing by it. A certificate
    that is out and says more than is so now is left to staff, as always. Raises NotFound,
    CourseNotHeard, Invalid (a session that the course does not hold).
    """
    reg = known(work, c.registration_id)
    named = _named(heard(work, reg), c.sessions)
    if named == reg.presented.get(reg.person_id, []):
        return
    others = {who: theirs for who, theirs in reg.presented.items() if who != reg.person_id}
    reg = replace(reg, presented=others | ({reg.person_id: named} if named else {}))
    work.put(reg)
    work.audit("presenter.stated", reg.registration_id, "presented" if named else "withdrawn")
    decide_again(work, reg)


def _named(course: Course, sessions: Sequence[str]) -> list[str]:
    """In the course's order, each once. Raises Invalid."""
    said = course.document["sessions"]
    held = [one["session_id"] for one in said if one["status"] != "cancelled"]
    unknown = [
        fault(f"/sessions/{place}", "No session that the course holds has this id.")
        for place, session_id in enumerate(sessions)
        if session_id not in held
    ]
    if unknown:
        raise Invalid("session-unknown", "The course holds no such session.", errors=unknown)
    return [session_id for session_id in held if session_id in sessions]
