"""All events there are: importing this loads every owner's file."""

from __future__ import annotations

from shared.contracts import (
    attendance,
    billing,
    certificates,
    notifications,
    partners,
    registration,
    tasks,
)
from shared.contracts.event import REGISTRY, Event

OWNERS = (registration, billing, attendance, certificates, notifications, partners, tasks)
_NAMES = tuple(owner.__name__ for owner in OWNERS)


def _is_ours(event: type[Event]) -> bool:
    """Of these files alone: a test, or a partner's own code, may have declared events before."""
    return any(f"{event.__module__}.".startswith(f"{name}.") for name in _NAMES)


EVENTS: dict[str, type[Event]] = {
    name: event for name, event in sorted(REGISTRY.items()) if _is_ours(event)
}


def said_by(service: str) -> list[type[Event]]:
    """The events a service says, tasks among them, by type."""
    return [
        event
        for event in EVENTS.values()
        if any(topic.split(".")[0] == service for topic in event.topics())
    ]
