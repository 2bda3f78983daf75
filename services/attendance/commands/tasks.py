"""Tasks: what of a session needs a human. At most one is open a kind and ref."""

from __future__ import annotations

from dataclasses import dataclass

from services.attendance.commands.deadlines import ref_of
from services.attendance.commands.gathering import Gathered
from services.attendance.domain.schedule import ended_early
from services.attendance.models import Record, Session, Task
from shared.contracts.tasks import TaskClosed, TaskOpened
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

WORSE = "attendance-worse"
ENDED_EARLY = "meeting-ended-early"
STRANGERS = "participants-unmatched"

_UNMATCHED = (
    "Participants of this session could not be matched to a registration. Match them in the queue"
    " of the unmatched, with the evidence shown there."
)
_TOO_SOON = (
    "The platform ended the meeting more than 5 minutes before the session's end. If the session"
    " was cut short, complete it with the minutes that were taught."
)


@dataclass(frozen=True, slots=True)
class Book:
    """The tasks of one session, within one transaction that planned them."""

    work: Work
    session: Session
    tasks: dict[tuple[str, str], Task]

    def open(self, kind: str, ref: str, what: str, **about: str) -> None:
        """Call a human, unless one was called already."""
        known = self.tasks.get((kind, ref))
        if known is not None and known.closed_at is None:
            return
        task = Task(
            kind=kind,
            ref=ref,
            task_id=self.work.new_id(f"task/{kind}/{ref}"),
            course_id=self.session.course_id,
            session_id=self.session.session_id,
            about=self._about() | about,
            opened_at=self.work.now,
        )
        self._keep(task)
        self.work.emit(
            TaskOpened(
                task_id=task.task_id,
                service="attendance",
                kind=kind,
                about=task.about,
                what=what,
                opened_at=self.work.now,
            )
        )

    def close(self, kind: str, ref: str) -> None:
        """It has come right, if it was open."""
        known = self.tasks.get((kind, ref))
        if known is None or known.closed_at is not None:
            return
        self._keep(replace(known, closed_at=self.work.now))
        self.work.emit(
            TaskClosed(
                task_id=known.task_id,
                service="attendance",
                kind=kind,
                about=known.about,
                closed_at=self.work.now,
            )
        )

    def _about(self) -> dict[str, str]:
        return {"course_id": self.session.course_id, "session_id": self.session.session_id}

    def _keep(self, task: Task) -> None:
        self.work.put(task)
        self.tasks[task.kind, task.ref] = task


def tasks_of(course_id: str, session_id: str) -> Query[Task]:
    """All tasks of a session."""
    return where(Task, course_id=course_id, session_id=session_id)


def book_of(work: Work, session: Session) -> Book:
    """The session's tasks; the plan must have asked for them."""
    found = work.find(tasks_of(session.course_id, session.session_id))
    return Book(work, session, {(task.kind, task.ref): task for task in found})


def review(book: Book, gathered: Gathered) -> None:
    """After settling: the queue of the unmatched, and a platform that ended too soon."""
    session = book.session
    ref = ref_of(session.course_id, session.session_id)
    if gathered.strangers:
        book.open(STRANGERS, ref, _UNMATCHED)
    else:
        book.close(STRANGERS, ref)
    early = None
    if session.ends_at is not None and session.instruction_minutes is None:
        early = ended_early(gathered.ends, gathered.last_entry, session.ends_at)
    if early is not None:
        book.open(ENDED_EARLY, ref, _TOO_SOON)
    else:
        book.close(ENDED_EARLY, ref)


def worse(book: Book, record: Record, seconds: int) -> None:
    """Late evidence says less than was settled."""
    what = (
        f"Late evidence says {seconds} seconds attended; {record.seconds} were settled. Nothing"
        " was revoked: look at the evidence and decide."
    )
    book.open(WORSE, ref_of_record(record), what, registration_id=record.registration_id)


def mended(book: Book, record: Record) -> None:
    """What was flagged has come right."""
    book.close(WORSE, ref_of_record(record))


def ref_of_record(record: Record) -> str:
    """How tasks name one registration's attendance of a session."""
    return f"{ref_of(record.course_id, record.session_id)}/{record.registration_id}"
