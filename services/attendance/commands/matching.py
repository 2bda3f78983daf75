"""Matching: whose a participant is, or that they are nobody's, said by a human or by the platform's
list of registrants.

Each word is a row that nobody changes, and an entry in the history of the participant's place,
where erasure reaches the reason. The last word holds; a human's is never changed by a list.
"Nobody" takes back a match, and dismisses who waits: their lines count for whom they name by a
registration, if for anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.attendance.commands import deadlines
from services.attendance.models import Match, Person, Registration, Session, Unmatched
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

BY_LIST = "registrants"  # who matched, in a place's history: no human did
OPEN, MATCHED, DISMISSED = "open", "matched", "dismissed"


class UnmatchedUnknown(NotFound):
    """There is nobody of this id among those who were not matched."""

    slug = "unmatched-unknown"


class OtherCourse(Conflict):
    """Evidence of one course never counts for another."""

    slug = "registration-of-another-course"


@dataclass(frozen=True, slots=True)
class Say:
    """A human says whose a participant is, None for nobody's; `by` names the key, `reason` says
    why, in words of their own."""

    unmatched_id: str
    registration_id: str | None
    reason: str
    by: str


def by_human(stranger: Unmatched) -> bool:
    """Whether a human ever said something of a participant: then no list does."""
    return any(entry["by"] != BY_LIST for entry in stranger.history)


def last_word(stranger: Unmatched) -> str | None:
    """The last word about a participant, as settlements name it; None where there is none."""
    return f"{stranger.id}/{len(stranger.history)}" if stranger.history else None


def say_by_list(work: Work, stranger: Unmatched, registration_id: str | None) -> Unmatched:
    """The list of registrants names whose a participant is; None: no longer anybody's."""
    return _said(work, stranger, MATCHED if registration_id else OPEN, registration_id, BY_LIST, "")


def _match_needs(asked: Say) -> Plan:
    [stranger] = yield [(Unmatched, asked.unmatched_id)]
    ids = (asked.registration_id, stranger.registration_id if stranger else None)
    registrations = yield [(Registration, each) for each in ids if each is not None]
    yield [(Person, each.person_id) for each in registrations if each is not None]
    if stranger is None:
        return []
    # Erasure locks the registrations too: it waits for these words and empties them, or they wait
    # for it and are not kept.
    theirs = [(Registration, each.registration_id) for each in registrations if each is not None]
    session = (Session, (stranger.course_id, stranger.session_id))
    return [session, *theirs, (Unmatched, stranger.id)]


@needs(_match_needs)
async def match(work: Work, asked: Say) -> Unmatched:
    """Say who a stranger was, or that they are nobody. Asked again the same: the same answer;
    otherwise: corrected.

    Who is matched has no name here any more: it has served. Of somebody erased no words are kept.
    """
    stranger = work.get(Unmatched, asked.unmatched_id)
    if stranger is None:
        raise UnmatchedUnknown("Nobody of this id is among those who were not matched.")
    if asked.registration_id is not None:
        registration = work.get(Registration, asked.registration_id)
        if registration is None:
            raise NotFound("registration-unknown", "There is no such registration.")
        if registration.course_id != stranger.course_id:
            raise OtherCourse("That registration is for another course.")
    state = MATCHED if asked.registration_id else DISMISSED
    same = (stranger.state, stranger.registration_id) == (state, asked.registration_id)
    if same and stranger.history[-1]["by"] != BY_LIST:
        return stranger
    former = stranger.registration_id
    reason = asked.reason
    if any(_erased(work, each) for each in (asked.registration_id, former)):
        reason = ""
    changed = _said(work, stranger, state, asked.registration_id, asked.by, reason)
    # The words stay in the row, where erasure reaches them; an audit is never changed.
    if asked.registration_id is None:
        about = f"{stranger.id} {former}" if former else stranger.id
        work.audit("participant.dismissed", about, "undone" if former else "nobody")
    else:
        why = "first-match" if stranger.state == OPEN else "corrected"
        work.audit("participant.matched", f"{stranger.id} {asked.registration_id}", why)
    session = work.get(Session, (stranger.course_id, stranger.session_id))
    if session is not None and session.state == "completed":
        deadlines.settle_those(work, session, [stranger.participant_id])
    elif session is not None and session.ends_at is not None and work.now >= session.ends_at:
        deadlines.review(work, session)  # it may wait for just that
    return changed


def _erased(work: Work, registration_id: str | None) -> bool:
    registration = work.get(Registration, registration_id) if registration_id else None
    person = work.get(Person, registration.person_id) if registration is not None else None
    return person is not None and person.erased


def _said(
    work: Work, stranger: Unmatched, state: str, registration_id: str | None, by: str, reason: str
) -> Unmatched:
    """Keep a word, and the place as it is by it."""
    entry = {
        "registration_id": registration_id,
        "reason": reason,
        "by": by,
        "at": work.now.isoformat(),
    }
    # Who is nobody's keeps a name: by it a slip is mended, and erasure finds them by the address.
    named = {"name": None, "email": None} if state == MATCHED else {}
    changed = replace(
        stranger,
        state=state,
        registration_id=registration_id,
        history=[*stranger.history, entry],
        **named,
    )
    work.put(changed)
    work.put(
        Match(
            course_id=stranger.course_id,
            session_id=stranger.session_id,
            unmatched_id=stranger.id,
            number=len(changed.history),
            participant_id=stranger.participant_id,
            registration_id=registration_id,
            registrant_id=stranger.registrant_id if by == BY_LIST else None,
            by=by,
            at=work.now,
        )
    )
    return changed
