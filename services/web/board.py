"""The board of the day, asked of the owners once for all consoles that look at it.

Whoever looks gets what was asked a few seconds ago at most; so twenty consoles cost the owners what
one does, and none costs nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from services.web.domain.board import (
    SERVICES,
    Line,
    Queue,
    Sitting,
    following,
    line_of,
    of_the_day,
    queue_of,
)
from services.web.domain.todo import Todo, todo_of
from services.web.domain.wrong_today import Wrong, wrong_of
from services.web.models import Course as CourseRow
from services.web.owners import Answer, or_none, segment, together
from services.web.staff import Desk
from shared.contracts.course import Course
from shared.contracts.registration import CourseCancelled, CoursePublished
from shared.runtime.clock import wall
from shared.runtime.database import Reader
from shared.runtime.rows import build

T = TypeVar("T")
SESSIONS_EVERY, QUEUES_EVERY, TASKS_EVERY = 3.0, 5.0, 15.0  # seconds
_NEAR = "SELECT * FROM courses WHERE last_end > $1 AND first_start < $2 ORDER BY first_start"
_AHEAD = "SELECT * FROM courses WHERE last_end > $1 ORDER BY first_start"
_DAY = timedelta(hours=40)  # no zone's day lies further from an instant of it
_TASKS, _LETTERS, _PAGE = 1_000, 200, 200  # of a service, that are read; and of them at once


class Shared(Generic[T]):
    """Something asked for by many and made for all of them, at most every so many seconds."""

    def __init__(
        self, every: float, make: Callable[[], Awaitable[T]], tick: Callable[[], float]
    ) -> None:
        self._every, self._make, self._tick = every, make, tick
        self._turn = asyncio.Lock()
        self._known: tuple[T, float] | None = None

    async def now(self) -> T:
        """As it is, or was so many seconds ago at most."""
        async with self._turn:
            if self._known is None or self._tick() >= self._known[1]:
                made = await self._make()
                self._known = made, self._tick() + self._every
            return self._known[0]


@dataclass(frozen=True)
class Day:
    """The sessions of today; `next` is told where there are none. `away`: owners that gave no
    answer."""

    now: datetime
    lines: tuple[Line, ...]
    next: Sitting | None
    away: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """All that the board shows. `mail` is notifications' outlook, None where it is away; `wrong` is
    of the day in the zone of its first session."""

    day: Day
    queues: tuple[Queue, ...]
    todo: Todo
    mail: dict[str, Any] | None
    wrong: Wrong


@dataclass(frozen=True)
class _Lists:
    """What each service has for people to do, and could not use; None where it gave no answer."""

    tasks: dict[str, dict[str, Any] | None]
    letters: dict[str, dict[str, Any] | None]
    at: datetime
    wall: datetime


class Board:
    """Looks at the day. `desk` asks in the board's own name, `own` is how web itself fares."""

    def __init__(
        self,
        desk: Desk,
        reader: Reader,
        now: Callable[[], datetime],
        own: Callable[[], Awaitable[dict[str, Any]]],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk, self._reader, self._now, self._own = desk, reader, now, own
        self._since: dict[str, datetime] = {}
        self._sessions = Shared(SESSIONS_EVERY, self._day, tick)
        self._queues = Shared(QUEUES_EVERY, self._fares, tick)
        self._lists = Shared(TASKS_EVERY, self._listed, tick)
        self._mail = Shared(TASKS_EVERY, self._outlook, tick)

    async def look(self) -> Look:
        """The board as it is; parts of it may be some seconds old."""
        day, queues, lists, mail = await asyncio.gather(
            self._sessions.now(), self._queues.now(), self._lists.now(), self._mail.now()
        )
        first = day.lines[0].sitting if day.lines else day.next
        zone = first.zone if first else "UTC"
        wrong = wrong_of(lists.tasks, lists.letters, lists.at, lists.wall, zone)
        return Look(day, queues, todo_of(lists.tasks, lists.at), mail, wrong)

    async def _day(self) -> Day:
        now = self._now()
        near = await self._reader.fetch(_NEAR, now - _DAY, now + _DAY)
        sittings = of_the_day(_sittings(near), now)
        away: set[str] = set()
        seats = await self._asked(
            "registration",
            [f"/registration/v1/courses/{segment(i)}" for i in {s.course_id for s in sittings}],
            away,
        )
        seen = await self._asked("attendance", [_session(one) for one in sittings], away)
        lines = [
            line_of(
                one,
                seats.get(f"/registration/v1/courses/{segment(one.course_id)}"),
                seen.get(_session(one)),
                now,
            )
            for one in sittings
        ]
        upcoming = None
        if not lines:
            upcoming = following(_sittings(await self._reader.fetch(_AHEAD, now)), now)
        return Day(now, tuple(lines), upcoming, tuple(sorted(away)))

    async def _asked(
        self, owner: str, paths: list[str], away: set[str]
    ) -> dict[str, dict[str, Any]]:
        """Path → what the owner says there; who does not answer is `away`."""
        answers = await together(*(self._desk.ask(owner, path) for path in paths))
        if any(answer is None for answer in answers):
            away.add(owner)
        told = zip(paths, answers, strict=True)
        return {path: dict(answer.body) for path, answer in told if answer and answer.ok}

    async def _fares(self) -> tuple[Queue, ...]:
        others = [name for name in SERVICES if name != "web"]
        asked = together(*(self._desk.ask(name, f"/{name}/health/quiet") for name in others))
        answers, own = await asyncio.gather(asked, self._itself())
        said = {name: _body(answer) for name, answer in zip(others, answers, strict=True)}
        said["web"] = own
        return tuple(self._queue(name, said[name]) for name in SERVICES)

    def _queue(self, name: str, said: dict[str, Any] | None) -> Queue:
        queue = queue_of(name, said, None)
        if not (queue.behind or queue.away):
            self._since.pop(name, None)
            return queue
        return queue_of(name, said, self._since.setdefault(name, wall()))

    async def _itself(self) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(2):
                return await self._own()
        except Exception:  # the board says so, and shows the rest
            return None

    async def _listed(self) -> _Lists:
        owners = [name for name in SERVICES if name != "web"]
        tasks, letters = await asyncio.gather(
            asyncio.gather(*(self._list(name, "tasks", _TASKS) for name in owners)),
            asyncio.gather(*(self._list(name, "dead-letters", _LETTERS) for name in SERVICES)),
        )
        told = dict(zip(owners, tasks, strict=True))
        return _Lists(told, dict(zip(SERVICES, letters, strict=True)), self._now(), wall())

    async def _list(self, name: str, what: str, most: int) -> dict[str, Any] | None:
        """As far as `most`, page after page, none of which the board waits for long."""
        items: list[Any] = []
        after = ""
        while True:
            path = f"/{name}/v1/{what}?limit={_PAGE}" + (
                f"&after={segment(after)}" if after else ""
            )
            said = _body(await or_none(self._desk.ask(name, path)))
            if said is None:
                return None
            items += said.get("items") or ()
            after = str(said.get("next") or "")
            if not after or len(items) >= most:
                return {"items": items, "next": after or None}

    async def _outlook(self) -> dict[str, Any] | None:
        return _body(await or_none(self._desk.ask("notifications", "/notifications/v1/outlook")))


def _body(answer: Answer | None) -> dict[str, Any] | None:
    return dict(answer.body) if answer and answer.ok else None


def _session(one: Sitting) -> str:
    place = f"{segment(one.course_id)}/{segment(one.session_id)}"
    return f"/attendance/v1/sessions/{place}?records=false"


def _sittings(records: list[Any]) -> list[Sitting]:
    rows = [build(CourseRow, dict(record)) for record in records]
    return [one for row in rows for one in sittings_of(_said(row))]


def _said(row: CourseRow) -> Course:
    kind = CourseCancelled if row.status == "cancelled" else CoursePublished
    return kind.model_validate(row.document)


def sittings_of(course: Course) -> list[Sitting]:
    """The sessions of a course as the board knows them."""
    return [
        Sitting(
            course.course_id,
            session.session_id,
            course.title,
            session.title,
            place,
            len(course.sessions),
            session.zone,
            session.starts_at - timedelta(minutes=session.opens_minutes_before),
            session.starts_at,
            session.ends_at,
            in_person=session.delivery == "in_person",
            cancelled=course.status == "cancelled" or session.status == "cancelled",
        )
        for place, session in enumerate(course.sessions, 1)
    ]
