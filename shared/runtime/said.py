"""An event with its envelope, for the few handlers that pass on what was said as it was said.

@with_envelope
@needs(_pass_on_needs)
async def pass_on(work: Work, said: Said[Event]) -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """What a handler is given: the event, or the key whose state has ended; the id by which the
    inbox knows it, and when it was said (None where the record does not say so, in UTC)."""

    what: T
    event_id: str
    at: datetime | None


def with_envelope(handler: F) -> F:
    """Mark a handler whose argument, and that of its plan, is a `Said`."""
    handler.__with_envelope__ = True  # type: ignore[attr-defined]
    return handler


def wants_envelope(handler: Callable[..., Any] | None) -> bool:
    """Whether a handler is marked so."""
    return bool(getattr(handler, "__with_envelope__", False))
