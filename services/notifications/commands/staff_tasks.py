"""What needs a human, as every service says it: kept until it needs nobody any more.

A task has an id of its own each time it is opened, so what was closed before it was heard of stays
closed, and one that is opened anew is another. What is closed is forgotten after 90 days: twice as
long as an event is known for one that was heard.
"""

from __future__ import annotations

from datetime import timedelta

from services.notifications.commands.silences import course_asked, hear_answered, hear_asked
from services.notifications.domain.digest import is_urgent
from services.notifications.models import StaffTask
from shared.contracts.tasks import TaskClosed, TaskOpened
from shared.runtime.due import Due
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

BEGIN = "begin_digests"  # something is there to be told
URGENT = "urgent_digest"  # and cannot wait until the morning
STAFF = "staff"  # the ref of both
FORGET = "forget_task"
KEPT = timedelta(days=90)


@needs(lambda event: [(StaffTask, event.task_id), *course_asked(event)])
async def hear_opened(work: Work, event: TaskOpened) -> None:
    """Something needs a human."""
    if work.get(StaffTask, event.task_id) is not None:
        return
    urgent = is_urgent(event.kind, event.about, event.opened_at, event.due_at)
    work.put(
        StaffTask(
            task_id=event.task_id,
            service=event.service,
            kind=event.kind,
            about=event.about,
            what=event.what,
            urgent=urgent,
            opened_at=event.opened_at,
            due_at=event.due_at,
        )
    )
    hear_asked(work, event)
    work.plan_due(BEGIN, STAFF, work.now)
    if urgent:
        work.plan_due(URGENT, STAFF, work.now)


@needs(lambda event: [(StaffTask, event.task_id), *course_asked(event)])
async def hear_closed(work: Work, event: TaskClosed) -> None:
    """It needs nobody any more; perhaps it was not heard of yet that it did."""
    known = work.get(StaffTask, event.task_id)
    closed = known or StaffTask(task_id=event.task_id, service=event.service, kind=event.kind)
    if closed.closed_at is None:
        work.put(replace(closed, closed_at=event.closed_at))
        work.plan_due(FORGET, event.task_id, work.now + KEPT)
        hear_answered(work, event)


@needs(lambda due: [(StaffTask, due.ref)])
async def forget_task(work: Work, due: Due) -> None:
    """It was closed long ago."""
    task = work.get(StaffTask, due.ref)
    if task is not None and task.closed_at is not None:
        work.delete(task)
