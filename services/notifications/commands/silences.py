"""A session of which nothing is known: a human is asked, and until they answered nobody is told
that they were not there (`domain/certificates.py`).

Kept on the course's copy, for all of its registrations hang on it: the tasks that are open, each
since when, and when one was last answered.
"""

from __future__ import annotations

from typing import Any

from services.notifications.commands.planning import FAN_OUT
from services.notifications.models import Course
from shared.contracts.tasks import OfTask, TaskClosed, TaskOpened
from shared.dates import rfc3339
from shared.runtime.rows import replace
from shared.runtime.work import Work

_KIND, _COURSE = "no-evidence", "course_id"


def course_asked(event: OfTask) -> list[Any]:
    """For plans: the course whose session a task asks about, where it does."""
    asks = event.kind == _KIND and _COURSE in event.about
    return [(Course, event.about[_COURSE])] if asks else []


def hear_asked(work: Work, event: TaskOpened) -> None:
    """What is missing is told later."""
    for _, course_id in course_asked(event):
        course = work.get(Course, course_id) or Course(course_id=course_id)
        known = course.body.get("asked", {})
        open_ = {**known.get("open", {}), event.task_id: rfc3339(event.opened_at)}
        _keep(work, course, {**known, "open": open_})


def hear_answered(work: Work, event: TaskClosed) -> None:
    """What is missing is told once the answer has settled."""
    for _, course_id in course_asked(event):
        course = work.get(Course, course_id)
        known = course.body.get("asked", {}) if course is not None else {}
        if course is not None and event.task_id in known.get("open", {}):
            left = {key: at for key, at in known["open"].items() if key != event.task_id}
            _keep(work, course, {"open": left, "answered_at": rfc3339(event.closed_at)})


def _keep(work: Work, course: Course, asked: dict[str, Any]) -> None:
    work.put(replace(course, body={**course.body, "asked": asked}))
    work.plan_due(FAN_OUT, course.course_id, work.now)
