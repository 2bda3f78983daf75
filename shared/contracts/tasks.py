"""Tasks: what needs a human, said by whichever service needs one, on its own topic (events.md)."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from shared.contracts import reference
from shared.contracts.event import Event, Id, Instant, Text
from shared.contracts.services import SERVICES

_TASK = {
    "task_id": "0192a0b0-5c1e-7a10-8f00-000000008001",
    "service": "billing",
    "kind": "refund-failed",
    "about": {"registration_id": reference.REGISTRATION_ID, "refund_id": reference.REFUND_ID},
}


class OfTask(Event):
    """Base of the two. `about` names what it is about by ids only.

    `topic` is the pattern: each task is said on the topic of its own `service` (`topic_of`).
    """

    topic = "<service>.tasks"
    key = "task_id"

    task_id: Id
    service: Id
    kind: Text
    about: dict[str, Id] = Field(default_factory=dict)

    @classmethod
    def topics(cls) -> tuple[str, ...]:
        return tuple(f"{service}.tasks" for service in SERVICES)

    def topic_of(self) -> str:
        return f"{self.service}.tasks"


class TaskOpened(OfTask):
    """Something needs a human: `what` says what to do, without names, `due_at` by when."""

    type = "task.opened.v1"
    when = "When a service cannot go on by itself, or must not."
    never = "For partners or learners: it asks staff."
    example: ClassVar[dict[str, Any]] = _TASK | {
        "what": "The gateway could not give 169.00 USD back. Ask the learner for another account.",
        "opened_at": "2020-10-09T10:00:00Z",
        "due_at": "2020-10-16T10:00:00Z",
    }

    what: Text
    opened_at: Instant
    due_at: Instant | None = None


class TaskClosed(OfTask):
    """It needs nobody any more: it was done, or came right by itself."""

    type = "task.closed.v1"
    when = "When staff did it, or its reason is gone."
    never = "What was decided: the fact about it says that."
    example: ClassVar[dict[str, Any]] = _TASK | {
        "closed_at": "2020-10-12T09:00:00Z",
        "outcome": "done",
    }

    closed_at: Instant
    outcome: Text = "done"
