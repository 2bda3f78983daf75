"""Tasks: what needs a human. At most one is open a (kind, ref); said on the service's own topic.

A command plans `task_key(kind, ref)` and then calls `work.open_task` or `work.close_task`. What
stands open is read, and closed by hand, in `task_list.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from shared.contracts.tasks import TaskClosed, TaskOpened
from shared.runtime.rows import replace
from shared.runtime.tables import Task

if TYPE_CHECKING:
    from shared.runtime.work import Work


def task_key(kind: str, ref: str) -> tuple[type[Task], tuple[str, str]]:
    """The key of a task, for plans."""
    return Task, (kind, ref)


def open_task(
    work: Work,
    kind: str,
    ref: str,
    what: str,
    about: Mapping[str, str],
    due_at: datetime | None,
    scope: str,
) -> None:
    """Ask a human, unless one was asked already. `what` says what to do, without names."""
    known = work.get(Task, (kind, ref))
    if known is not None and known.closed_at is None:
        return
    number = known.number + 1 if known is not None else 1
    task = Task(
        kind=kind,
        ref=ref,
        number=number,
        task_id=work.new_id(f"task/{kind}/{ref}/{number}"),
        scope=scope,
        about=dict(about),
        what=what,
        opened_at=work.now,
        due_at=due_at,
    )
    work.put(task)
    work.emit(
        TaskOpened(
            task_id=task.task_id,
            service=work.service,
            kind=kind,
            about=task.about,
            what=what,
            opened_at=work.now,
            due_at=due_at,
        )
    )


def close_task(work: Work, kind: str, ref: str, outcome: str) -> None:
    """It was done, or came right by itself."""
    known = work.get(Task, (kind, ref))
    if known is None or known.closed_at is not None:
        return
    work.put(replace(known, closed_at=work.now))
    work.emit(
        TaskClosed(
            task_id=known.task_id,
            service=work.service,
            kind=kind,
            about=known.about,
            closed_at=work.now,
            outcome=outcome,
        )
    )
