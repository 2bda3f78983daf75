"""What stands open for people, over all services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.dates import parse_instant


@dataclass(frozen=True, slots=True)
class Todo:
    """How many tasks stand open (`more`: at least so many), how many should be done already, since
    when the oldest stands; `away`: services that gave no answer."""

    open: int
    overdue: int
    oldest: datetime | None
    away: tuple[str, ...]
    more: bool = False


def todo_of(said: Mapping[str, Mapping[str, Any] | None], now: datetime) -> Todo:
    """From the first page of each service's open tasks, which is in the order of their opening."""
    items = [one for page in said.values() if page for one in page.get("items") or ()]
    opened = [parse_instant(one["opened_at"]) for one in items]
    due = [parse_instant(one["due_at"]) for one in items if one.get("due_at")]
    return Todo(
        open=len(items),
        overdue=sum(1 for at in due if at < now),
        oldest=min(opened, default=None),
        away=tuple(name for name, page in said.items() if page is None),
        more=any(page.get("next") for page in said.values() if page),
    )
