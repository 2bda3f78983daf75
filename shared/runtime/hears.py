"""What a service hears: one handler an event, in one readable table.

hears = Hears("billing")

@hears(RegistrationRequested)
@needs(invoices.issue_needs)
async def issue_invoice(work: Work, event: RegistrationRequested) -> None:
    await invoices.issue(work, event)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from shared.contracts.event import Event
from shared.runtime.work import Work

RECALLED = ".own"
Handler = Callable[[Work, Any], Awaitable[Any]]
H = TypeVar("H", bound=Callable[..., Awaitable[Any]])


def own_words(service: str) -> str:
    """The consumer of what a service said itself, after its database was restored from a backup."""
    return f"{service}{RECALLED}"


class Hears:
    """The subscriptions of one consumer group."""

    def __init__(self, consumer: str) -> None:
        self.consumer = consumer
        self.handlers: dict[str, tuple[type[Event], Handler]] = {}
        self.tombstones: dict[str, Handler] = {}  # by topic
        self.topics: set[str] = set()

    def __call__(self, event: type[Event]) -> Callable[[H], H]:
        """Subscribe a handler to an event type."""

        def subscribe(handler: H) -> H:
            if event.type in self.handlers:
                raise ValueError(f"{self.consumer} has a handler for {event.type} already")
            self.handlers[event.type] = (event, handler)
            self.topics.update(event.topics())
            return handler

        return subscribe

    def tombstone(self, event: type[Event]) -> Callable[[H], H]:
        """Subscribe a handler to the end of keys on the event's topic; its argument is the key."""

        def subscribe(handler: H) -> H:
            self.tombstones[event.topic] = handler
            self.topics.add(event.topic)
            return handler

        return subscribe

    def stems(self) -> set[str]:
        """The types heard, without their version: an unknown version of one is a dead letter."""
        return {type_.rsplit(".", 1)[0] for type_ in self.handlers}
