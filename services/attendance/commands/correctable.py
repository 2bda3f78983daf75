"""Whether a correction may be made, over what stands and what was said before; nothing is kept.

Keeping one (`correcting.py`) and weighing it (`weighing.py`) both ask here first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.attendance.commands import tasks
from services.attendance.commands.completing import SessionUnknown, still_kept
from services.attendance.commands.gathering import window_of
from services.attendance.commands.observing import Key
from services.attendance.commands.settled import stands
from services.attendance.domain.corrections import (
    Correction,
    Kind,
    check_intervals,
    check_seconds,
    in_force,
)
from services.attendance.domain.minutes import Span, Window
from services.attendance.domain.presence import taught_seconds
from services.attendance.domain.roll import expected
from services.attendance.domain.schedule import State, may_complete
from services.attendance.models import Correction as Row
from services.attendance.models import Person, Record, Registration, Session
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan
from shared.runtime.rows import Query, where
from shared.runtime.work import Work


class NotExpected(Conflict):
    """Nothing is settled for who is not confirmed, left before, or took the share back."""

    slug = "registration-not-expected"


class NothingFlagged(Conflict):
    """There is no worse result to accept or to keep out."""

    slug = "nothing-flagged"


class FlaggedOtherwise(Conflict):
    """The worse result is another than the one that was looked at."""

    slug = "flagged-otherwise"


class NothingRuled(Conflict):
    """There is no ruling to withdraw: the evidence counts as it is."""

    slug = "nothing-ruled"


class CorrectedMeanwhile(Conflict):
    """Something was said after what was looked at: what this would come to is another thing."""

    slug = "corrected-meanwhile"


@dataclass(frozen=True, slots=True)
class Correct:
    """One correction, as asked for.

    Of a worse result that is accepted or kept out, `seconds` are those that were seen of it.
    `after` is the number of the last that was known when it was weighed, 0 where there was none;
    None where nobody says.
    """

    course_id: str
    session_id: str
    registration_id: str
    kind: Kind
    reason: str
    by: str
    seconds: int | None = None
    intervals: tuple[Span, ...] = ()
    after: int | None = None

    @property
    def key(self) -> Key:
        """The session it is about."""
        return self.course_id, self.session_id


def corrections_of(key: Key, registration_id: str) -> Query[Row]:
    """All corrections of one registration and session, for plans."""
    return where(Row, course_id=key[0], session_id=key[1], registration_id=registration_id)


def last_of(known: Iterable[Row]) -> int:
    """The number of the last correction; 0 where there is none."""
    return max((row.number for row in known), default=0)


def as_said(rows: Iterable[Row]) -> list[Correction]:
    """Rows as the rules see them."""
    return [Correction(row.number, Kind(row.kind), row.seconds) for row in rows]


@dataclass(frozen=True, slots=True)
class Checked:
    """A correction that may be made: of what, over what stands, and what was said before."""

    session: Session
    window: Window
    record: Record | None
    known: list[Row]
    seconds: int | None
    intervals: tuple[Span, ...]


def correct_needs(asked: Correct) -> Plan:
    """What checking a correction, and keeping it, needs."""
    who, _ = yield [
        (Registration, asked.registration_id),
        corrections_of(asked.key, asked.registration_id),
    ]
    if who is not None:
        yield [(Person, who.person_id)]
    return [
        (Session, asked.key),
        (Registration, asked.registration_id),  # erasure locks it too: no reason outlives it
        (Record, (*asked.key, asked.registration_id)),
        tasks.task_of_record(*asked.key, asked.registration_id),
    ]


def checked(work: Work, asked: Correct) -> Checked:
    """Whether it may be made. Raises SessionUnknown, NotExpected, CorrectedMeanwhile,
    NothingRuled, NothingFlagged, FlaggedOtherwise, and Invalid for seconds or intervals that cannot
    count."""
    session, window = _session(work, asked)
    _check_expected(work, asked, window)
    record = stands(work.get(Record, (*asked.key, asked.registration_id)), session)
    known = work.find(corrections_of(asked.key, asked.registration_id))
    if asked.after is not None and asked.after != (last := last_of(known)):
        raise CorrectedMeanwhile(
            "This attendance was corrected meanwhile: look at it again before you say this.",
            after_number=last,
        )
    if asked.kind is Kind.WITHDRAWN and in_force(as_said(known)) is None:
        raise NothingRuled("No ruling of staff holds here: the evidence counts already.")
    seconds = _seconds(asked, session, window, record)
    intervals = check_intervals(asked.intervals, window, work.now)
    return Checked(session, window, record, list(known), seconds, intervals)


def _session(work: Work, asked: Correct) -> tuple[Session, Window]:
    session = work.get(Session, asked.key)
    window = window_of(session) if session is not None else None
    if session is None or window is None:
        raise SessionUnknown("There is no such session.")
    still_kept(session)
    may_complete(State(session.state), session.starts_at, work.now)
    return session, window


def _check_expected(work: Work, asked: Correct, window: Window) -> None:
    who = work.get(Registration, asked.registration_id)
    if who is None or who.course_id != asked.course_id:
        raise NotFound("registration-unknown", "This course has no such registration.")
    confirmed, gave_back = who.confirmed_at is not None, asked.session_id in who.given_back
    if not expected(confirmed, who.ended_at, window.starts_at, gave_back=gave_back):
        raise NotExpected(
            "This registration is not expected at the session: it is not confirmed, it ended"
            " before, or the share of the session was taken back."
        )


def _seconds(asked: Correct, session: Session, window: Window, record: Record | None) -> int | None:
    if asked.kind in (Kind.EVIDENCE, Kind.WITHDRAWN):
        return None
    if asked.kind is Kind.RULING and asked.seconds is not None:
        taught = taught_seconds(window.seconds, session.instruction_minutes)
        return check_seconds(asked.seconds, taught)
    if record is None or record.flagged_seconds is None:
        raise NothingFlagged("No worse result waits for you to decide.")
    there = record.flagged_seconds
    if asked.seconds != there:
        raise FlaggedOtherwise(
            f"The evidence says {there} seconds now: look at it again.", flagged_seconds=there
        )
    return there
