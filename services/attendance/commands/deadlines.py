"""The deadlines of a session: its door, its completion, and settling anew when evidence came.

Two walks go over everybody of a completed session, because what is late must not put off what is
said first: `close_session` settles each for the first time (or anew, when the minutes taught were
corrected) and ends with `session.completed`; `settle_session` looks at late evidence. Where that is
of a few participants only those are looked at whom it can concern (`concerned.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.attendance.domain.fetching import AFTER_END
from services.attendance.domain.schedule import KEEP_YEARS, kept_until, silent_until
from services.attendance.models import Session
from shared.runtime.walks import end_kind, row_kind
from shared.runtime.work import Work

OPEN = "open_session"
COMPLETE = "complete_session"
CLOSE = "close_session"
SETTLE = "settle_session"
CONCERNED = "settle_concerned"
SETTLE_LATER = "settle_session_later"
EXPIRE = "expire_evidence"
FETCH = "fetch_report"
REPORTS = "plan_reports"
PAGES = timedelta(seconds=60)  # after a report came: for its other pages
FEW = 20  # participants, up to which only those are looked at whom they concern
_WINDOW = 5  # seconds


def ref_of(course_id: str, session_id: str) -> str:
    """How deadlines and tasks name a session."""
    return f"{course_id}/{session_id}"


def plan_session(work: Work, session: Session, grace: timedelta) -> None:
    """Plan (or move) a scheduled session's door and completion; `grace` follows its end."""
    if session.opens_at is None or session.ends_at is None:
        return
    if session.state == "planned":
        _plan(work, OPEN, session, session.opens_at)
    _plan(work, COMPLETE, session, session.ends_at + grace)
    look_for_meetings(work, session, session.ends_at + AFTER_END)


def drop_session(work: Work, session: Session) -> None:
    """Nothing is due any more for a session that is not held, or is completed."""
    work.drop_due(OPEN, ref_of(session.course_id, session.session_id))
    work.drop_due(COMPLETE, ref_of(session.course_id, session.session_id))


def complete_sooner(work: Work, session: Session, grace: timedelta) -> None:
    """Some of the report is in and the session's end has passed: only its other pages are waited
    for, each time anew, however late they come; but who sends without end puts off nothing beyond
    the last moment that the session would have waited for anything."""
    if session.ends_at is not None and session.state in ("planned", "open"):
        last = max(session.ends_at + grace, silent_until_of(session))
        _plan(work, COMPLETE, session, min(work.now, last) + PAGES, by="report")


def silent_until_of(session: Session) -> datetime:
    """Until when the completion of a session waits of which nobody is known to have been there."""
    assert session.ends_at is not None
    in_a_room = session.meeting_id is None and not session.recorded
    return silent_until(session.ends_at, in_a_room=in_a_room)


def look_for_meetings(work: Work, session: Session, at: datetime) -> None:
    """See which meetings stand or stood for the session, and plan what is missing of their
    fetches: shortly after its end, for what came to it by then."""
    _plan(work, REPORTS, session, at)


def look_no_more(work: Work, session: Session) -> None:
    """The session is not held: there will be no report. (One that is completed may have its report
    yet.)"""
    work.drop_due(REPORTS, ref_of(session.course_id, session.session_id))


def look_once_open(work: Work, session: Session) -> None:
    """A meeting came to the session: its door has opened, which would have seen to it? Then now."""
    if session.opens_at is not None and work.now >= session.opens_at:
        look_for_meetings(work, session, work.now)


def fetch(
    work: Work, session: Session, meeting_id: str, at: datetime, *, again: bool = False
) -> None:
    """Make the next call for the report of one meeting; `again` is the second look after the
    first."""
    payload = {"course_id": session.course_id, "session_id": session.session_id}
    payload |= {"meeting_id": meeting_id, **({"again": "yes"} if again else {})}
    ref = f"{ref_of(session.course_id, session.session_id)}/{meeting_id}"
    work.plan_due(FETCH, ref, at, 0, payload)


def wait(work: Work, session: Session, at: datetime) -> None:
    """A fetch is under way, or nothing is known yet: completion waits for it until then."""
    _plan(work, COMPLETE, session, at)


def close(work: Work, session: Session) -> None:
    """Settle a session that is completed for everybody, and then say that it is."""
    _plan(work, CLOSE, session, work.now)


def say_again(work: Work, session: Session, at: datetime, version: int) -> None:
    """A completed session that the course has at another time (of schedule `version`), and that
    nobody opened again until `at`: say once more that it is completed."""
    payload = {"course_id": session.course_id, "session_id": session.session_id}
    ref = ref_of(session.course_id, session.session_id)
    work.plan_due(COMPLETE, ref, at, version, payload)


def close_no_more(work: Work, session: Session) -> None:
    """The session is opened again: no walk over everybody ends any more, and none is to come. Their
    rows find a session that is not completed."""
    ref = ref_of(session.course_id, session.session_id)
    for kind in (CLOSE, end_kind(CLOSE), SETTLE, end_kind(SETTLE), SETTLE_LATER):
        work.drop_due(kind, ref)


def settle_again(work: Work, session: Session) -> None:
    """Look at a completed session's evidence once more, at once.

    "At once" is rounded down to five seconds: a stream of late lines then plans one and the same
    deadline, instead of moving it away from the sweep for as long as the stream lasts.
    """
    seconds = int(work.now.timestamp()) // _WINDOW * _WINDOW
    _plan(work, SETTLE, session, datetime.fromtimestamp(seconds, work.now.tzinfo))


def settle_one(work: Work, session: Session, registration_id: str) -> None:
    """Look at one registration of a completed session at once, as the walk over all would."""
    ref = ref_of(session.course_id, session.session_id)
    payload = {"course_id": session.course_id, "session_id": session.session_id, "of": ref}
    payload["registration_id"] = registration_id
    work.plan_due(row_kind(SETTLE), f"{ref}/{registration_id}", work.now, 0, payload)


def settle_those(work: Work, session: Session, participants: Iterable[str | None]) -> None:
    """Look at those once more whom something new of a few participants can concern, at once.

    What is about the meeting itself (None) concerns everybody, and so may a long list.
    """
    those = set(participants)
    if None in those or len(those) > FEW:
        settle_again(work, session)
        return
    ref = ref_of(session.course_id, session.session_id)
    about = {"course_id": session.course_id, "session_id": session.session_id}
    for each in those:
        payload = {**about, "participant_id": each}
        work.plan_due(CONCERNED, f"{ref}/{each}", work.now, 0, payload)


def review(work: Work, session: Session) -> None:
    """Look once more at a completed session as a whole, as the walk over all does at its end."""
    payload = {"course_id": session.course_id, "session_id": session.session_id}
    ref = ref_of(session.course_id, session.session_id)
    work.plan_due(end_kind(SETTLE), ref, work.now, 0, payload)


def settle_later(work: Work, session: Session, at: datetime) -> None:
    """Look once more when what is still to come has come; what comes before is looked at too."""
    _plan(work, SETTLE_LATER, session, at)


def expire(work: Work, course_id: str, at: datetime) -> None:
    """Plan (or move) the end of the time for which a course's evidence is kept."""
    work.plan_due(EXPIRE, course_id, at, 0, {"course_id": course_id})


def expire_unknown(work: Work, session: Session) -> None:
    """The same for one session of which no course was heard: as long as where no board says."""
    ref, at = (
        ref_of(session.course_id, session.session_id),
        kept_until(work.now, "UTC", KEEP_YEARS),
    )
    payload = {"course_id": session.course_id, "session_id": session.session_id}
    work.plan_due(row_kind(EXPIRE), ref, at, 0, payload)


def expire_more(work: Work, kind: str, ref: str, payload: Mapping[str, Any]) -> None:
    """More is left than one transaction should delete."""
    work.plan_due(kind, ref, work.now, 0, payload)


def named(payload: Mapping[str, Any]) -> tuple[str, str]:
    """The key of the session that a deadline is about."""
    return str(payload["course_id"]), str(payload["session_id"])


def _plan(work: Work, kind: str, session: Session, at: datetime, **more: str) -> None:
    payload = {"course_id": session.course_id, "session_id": session.session_id, **more}
    ref = ref_of(session.course_id, session.session_id)
    version = session.schedule_version if kind in (OPEN, COMPLETE, CLOSE) else 0
    work.plan_due(kind, ref, at, version, payload)
