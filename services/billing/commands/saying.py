"""What several verbs say: the ids every money fact carries, and a task for staff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.billing.models import Registration
from shared.contracts.tasks import TaskOpened
from shared.runtime.work import Work

STAFF_WITHIN = timedelta(days=7)


def about(registration: Registration) -> dict[str, Any]:
    """The ids that every fact about a registration's money carries."""
    return {
        "registration_id": registration.registration_id,
        "course_id": registration.course_id,
        "person_id": registration.person_id,
    }


def open_task(work: Work, kind: str, what: str, **ids: str) -> None:
    """Ask a human, naming things by id only."""
    work.emit(
        TaskOpened(
            task_id=work.new_id(f"task/{kind}/{'/'.join(ids.values())}"),
            service="billing",
            kind=kind,
            about=ids,
            what=what,
            opened_at=work.now,
            due_at=work.now + STAFF_WITHIN,
        )
    )
