"""Tasks: what of a session needs a human."""

from __future__ import annotations

from collections.abc import Sequence

from services.attendance.commands.deadlines import ref_of
from services.attendance.commands.overview import Overview
from services.attendance.commands.silence import NO_EVIDENCE, STRANGERS, ended, strangers
from services.attendance.domain.doubts import Doubt
from services.attendance.domain.pages import ENDLESS, MISSING
from services.attendance.domain.schedule import ended_early
from services.attendance.models import Record, Session
from shared.runtime.plans import Wanted
from shared.runtime.rows import Query, where
from shared.runtime.tables import Task
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

WORSE = "attendance-worse"
ENDED_EARLY = "meeting-ended-early"
UNPLACED = "evidence-of-no-session"
NOT_FETCHED = "report-not-fetched"
NOT_READ = "report-lines-not-read"
DOUBTFUL = "attendance-doubtful"

_TOO_SOON = (
    "The platform ended the meeting more than 5 minutes before the session's end. If the session"
    " was cut short, complete it with the minutes that were taught."
)
_NO_SESSION = (
    "Evidence came for a session that this course does not have, so nobody's time is counted from"
    " it. See how the platform names the session, and have it sent again under the right one."
)
_NO_REPORT = (
    "The report of meeting {meeting} of this session could not be fetched from Zoom ({trouble})."
    "{why} In Zoom, open Reports, Usage, this meeting's participants, and export them as CSV; then"
    " upload the file as this session's report. Where nobody was in this meeting there is nothing"
    " to bring: close this task. docs/zoom.md says what each trouble means."
)
_WHY = {
    ENDLESS: " Its pages do not end, or the same come again; what they told is kept.",
    MISSING: " Zoom says that there are more lines than its pages told; those are kept.",
}
_NOT_READ = (
    "{refused} lines of the report that Zoom gave of meeting {meeting} of this session could not be"
    " read, so they count for nobody. Export the meeting's participants as CSV in Zoom (Reports,"
    " Usage), see who is told there with times that cannot be right, and correct their attendance"
    " by hand."
)
_DOUBTS = (
    "Not present by the rule, although what is known of them may say more: {people} people; {why}."
    " See who (bin/holdfast session watch COURSE SESSION --json: doubts). Then bring the right"
    " file, or correct their attendance, with the evidence shown there (docs/session-day.md)."
)
_DOUBT = {
    Doubt.REPORT: "of {n} the report tells less than was seen, and what was seen would do",
    Doubt.OUTSIDE: "of {n} lines lie outside the session (another day's file, or another zone's)",
    Doubt.OPEN: "of {n} nobody saw when they left",
}
Fetched = tuple[str, str, str]  # course, session and meeting


def about_evidence(course_id: str, session_id: str) -> list[Wanted]:
    """All tasks that ask to look at a session's evidence, for plans."""
    return [task_key(UNPLACED, course_id), about_session(course_id, session_id)]


async def expired(work: Work, course_id: str, session_id: str) -> None:
    """The evidence is deleted, and nobody can look at it any more: of a session of thousands there
    may be a task for each of them. Plan: `about_evidence`."""
    outcome = "evidence-expired"
    work.close_task(UNPLACED, course_id, outcome)
    await ended_all(work, course_id, session_id, outcome)


async def ended_all(work: Work, course_id: str, session_id: str, outcome: str) -> None:
    """Nothing that was asked about a session is to be answered any more. Plan: `about_session`."""
    async for task in work.unhurried(work.find(about_session(course_id, session_id))):
        work.close_task(task.kind, task.ref, outcome)


def about_session(course_id: str, session_id: str) -> Query[Task]:
    """All tasks about a session, for plans."""
    return where(Task, scope=ref_of(course_id, session_id))


def tasks_of_report(key: Fetched) -> list[Wanted]:
    """The keys of the tasks about the report of one meeting, for plans."""
    return [task_key(kind, "/".join(key)) for kind in (NOT_FETCHED, NOT_READ)]


def not_read(work: Work, key: Fetched, refused: int) -> None:
    """The report is in: a human looks after those of its lines that could not be read, if any."""
    if refused:
        what = _NOT_READ.format(refused=refused, meeting=key[2])
        work.open_task(NOT_READ, "/".join(key), what, _about(key), scope=ref_of(*key[:2]))
    else:
        work.close_task(NOT_READ, "/".join(key))


def not_fetched(work: Work, key: Fetched, trouble: str) -> None:
    """A human brings the report: it could not be fetched. `trouble` is a stable word."""
    what = _NO_REPORT.format(trouble=trouble, meeting=key[2], why=_WHY.get(trouble, ""))
    work.open_task(NOT_FETCHED, "/".join(key), what, _about(key), scope=ref_of(*key[:2]))


def is_fetched(work: Work, key: Fetched) -> None:
    """Nobody needs to bring it any more."""
    work.close_task(NOT_FETCHED, "/".join(key))


def _about(key: Fetched) -> dict[str, str]:
    return dict(zip(("course_id", "session_id", "meeting_id"), key, strict=True))


def tasks_of(course_id: str, session_id: str) -> list[Wanted]:
    """The keys of the tasks that a look at a whole session may open or close, for plans."""
    ref = ref_of(course_id, session_id)
    of_course = task_key(UNPLACED, course_id)
    whole = (STRANGERS, ENDED_EARLY, NO_EVIDENCE, DOUBTFUL)
    return [of_course, *(task_key(kind, ref) for kind in whole)]


def review(work: Work, session: Session, overview: Overview) -> None:
    """After settling: the queue of the unmatched, a platform that ended too soon, and whom doubtful
    evidence may have cost their presence."""
    ref = ref_of(session.course_id, session.session_id)
    strangers(work, session, overview.strangers)
    early = None
    if session.ends_at is not None and session.instruction_minutes is None:
        early = ended_early(overview.ends, overview.last_entry, session.ends_at)
    if early is not None:
        _open(work, ENDED_EARLY, session, _TOO_SOON)
    else:
        work.close_task(ENDED_EARLY, ref)
    if overview.known or not overview.expected:
        ended(work, session.course_id, session.session_id)
    # Where the platform ended too soon, that is why nobody was seen to leave: it is asked above.
    _doubtful(work, session, overview, {Doubt.OPEN} if early is not None else set())


def _doubtful(work: Work, session: Session, overview: Overview, but: set[str]) -> None:
    """One task a session, with how many; with other numbers it is another."""
    of_whom = {doubts: n for doubts, n in overview.doubts.items() if not but.issuperset(doubts)}
    ref = ref_of(session.course_id, session.session_id)
    if not of_whom:
        work.close_task(DOUBTFUL, ref)
        return
    many = {each: sum(n for doubts, n in of_whom.items() if each in doubts) for each in Doubt}
    why = "; ".join(_DOUBT[each].format(n=n) for each, n in many.items() if n and each not in but)
    what = _DOUBTS.format(people=sum(of_whom.values()), why=why)
    known = work.get(*task_key(DOUBTFUL, ref))
    if known is not None and known.what != what:
        work.close_task(DOUBTFUL, ref, "superseded")
    _open(work, DOUBTFUL, session, what)


def _open(work: Work, kind: str, session: Session, what: str) -> None:
    ref = ref_of(session.course_id, session.session_id)
    about = {"course_id": session.course_id, "session_id": session.session_id}
    work.open_task(kind, ref, what, about, scope=ref)


def unplaced(work: Work, course_id: str, stubs: Sequence[Session]) -> None:
    """When a session is completed: evidence of sessions that the course has not named by then."""
    if stubs:
        about = {"course_id": course_id, "session_id": stubs[0].session_id}
        work.open_task(UNPLACED, course_id, _NO_SESSION, about)
    else:
        work.close_task(UNPLACED, course_id)


def worse(work: Work, record: Record, seconds: int) -> None:
    """What came late, or was withdrawn, leaves less than was settled. What was asked before is
    asked no more: who decides sees the numbers that are decided."""
    what = (
        f"The evidence now says {seconds} seconds attended; {record.seconds} were settled. Nothing"
        " was revoked: look at the evidence and decide."
    )
    about = {
        "course_id": record.course_id,
        "session_id": record.session_id,
        "registration_id": record.registration_id,
    }
    work.close_task(WORSE, _ref(record), "superseded")
    scope = ref_of(record.course_id, record.session_id)
    work.open_task(WORSE, _ref(record), what, about, scope=scope)


def mended(work: Work, record: Record) -> None:
    """What was flagged has come right."""
    work.close_task(WORSE, _ref(record))


def task_of_record(course_id: str, session_id: str, registration_id: str) -> Wanted:
    """The key of the task about one registration's attendance, for plans."""
    return task_key(WORSE, f"{ref_of(course_id, session_id)}/{registration_id}")


def _ref(record: Record) -> str:
    return f"{ref_of(record.course_id, record.session_id)}/{record.registration_id}"
