"""Which events there are that a partner can ever see: all that is said of courses and people, but
for keys, what partners send in, tasks and dead letters."""

from __future__ import annotations

from services.partners.domain.visibility import ERASED
from shared.contracts.catalogue import EVENTS
from shared.contracts.event import Event
from shared.contracts.topics import BY_NAME


def _is_public(event: type[Event]) -> bool:
    topic = BY_NAME.get(event.topic)  # none where each service has one, as of tasks
    return topic is not None and topic.kind in ("state", "facts") and topic.owner != "partners"


FACTS: tuple[type[Event], ...] = tuple(event for event in EVENTS.values() if _is_public(event))
VISIBLE: tuple[str, ...] = (*(event.type for event in FACTS), ERASED)
