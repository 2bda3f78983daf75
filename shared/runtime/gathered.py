"""What a unit of work comes from, plans and gathers: plain values, without behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

WALK = "walk"  # in the payload of a deadline that is a walk under way: how far it has come
UNBEGUN = "unbegun"  # in the payload of one that is claimed, while nothing can have been done yet


class UnplannedError(KeyError):
    """A key that the unit's plan did not name: a bug, unless an earlier unit of the batch, or
    another process, changed what the plan was made from; so the runtime plans once more."""


class AppendOnlyError(Exception):
    """A row of an append-only table would be changed or deleted: a bug."""


@dataclass(frozen=True)
class Audit:
    """Who did what, about which ids, and why they say they did."""

    at: datetime
    by: str
    act: str
    about: str
    why: str
    trace: str | None


@dataclass(frozen=True)
class DuePlan:
    """A deadline as a command planned it; None in its place takes it back."""

    kind: str
    ref: str
    due_at: datetime
    version: int
    payload: Mapping[str, Any]
    correlation: str | None = None
    trace: str | None = None
    lane: str = ""


@dataclass
class Origin:
    """Where a unit comes from: gives its ids, and what caused what it says."""

    new_id: Callable[[str], str]
    cause: str | None = None  # id of the event that is being handled
    correlation: str | None = None
    trace: str | None = None  # traceparent
    by: str = "system"  # who: a caller's name, or what made the runtime act
    scope: str = ""  # of the request's Idempotency-Key, where it has one


@dataclass
class Loaded:
    """A query as it was read: where in its order the last row of a full answer stood.

    There may be more rows behind it, which memory does not know; None means there are none.
    """

    last: tuple[Any, ...] | None
