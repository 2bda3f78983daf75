"""What partners are told: all that is said of courses and people; and what they alone are told,
which no service hears. Kept, described and published as all other contracts are.
"""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.catalogue import EVENTS
from shared.contracts.event import Event, Id
from shared.contracts.topics import BY_NAME


class PersonErased(Event):
    """A person is erased: delete what you know of them.

    Said once for each of your courses in which they had a registration, each time by the same id of
    the event. Facts that name them stay, for these hold ids only; their `person.recorded` is gone
    from the feed.
    """

    topic = "partner.<id>.events"
    type = "person.erased.v1"
    key = "person_id"
    when = "When a person's data is erased here."
    never = "A cancellation. Nor the end of certificates: these verify as before, without the name."
    example: ClassVar[dict[str, Any]] = {"person_id": reference.PERSON_ID}

    person_id: Id


class EndpointTested(Event):
    """A test, sent to one endpoint because somebody asked for it."""

    topic = "partner.<id>.events"
    type = "endpoint.tested.v1"
    key = "endpoint_id"
    when = "When the test of an endpoint is asked for, and at no other time."
    never = "Of a course or a person: answer it as any other, and do nothing with it."
    example: ClassVar[dict[str, Any]] = {
        "endpoint_id": "0192a0b0-5c1e-7a10-8f00-000000009101",
    }

    endpoint_id: Id


def _is_public(event: type[Event]) -> bool:
    topic = BY_NAME.get(event.topic)  # none where each service has one, as of tasks
    return topic is not None and topic.kind in ("state", "facts") and topic.owner != "partners"


PUBLIC: tuple[type[Event], ...] = tuple(event for event in EVENTS.values() if _is_public(event))
"""All that a partner can ever be shown of what services say: not keys, tasks, dead letters, nor
what partners send in."""
TO_PARTNERS: dict[str, type[Event]] = {
    event.type: event for event in (EndpointTested, PersonErased)
}
ALL: dict[str, type[Event]] = dict(sorted((EVENTS | TO_PARTNERS).items()))
"""Every event that anybody outside may build on, or read about."""
