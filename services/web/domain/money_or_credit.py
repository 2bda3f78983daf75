"""What staff offer when they cancel a course: a credit instead of their money, for who paid.

The rules are registration's (interfaces.md §2): a time to choose by, sixty days from now at most,
and what those get who say nothing. Here is only what was typed, said back before it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.web.domain.earlier import moment_in
from shared.dates import rfc3339

LONGEST = timedelta(days=60)
_FIELDS = ("choose_day", "choose_wall")
_NO_TIME = (
    "Say until when they may choose, or leave it at their money: without a time to choose everybody"
    " gets their money."
)


@dataclass(frozen=True, slots=True)
class Offer:
    """`until` is None where there is no choice; `credit`: who says nothing gets a credit. `wrong`
    is what cannot be so, of the form's field `where`."""

    until: datetime | None = None
    credit: bool = False
    wrong: str = ""
    where: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)  # as registration takes it


def choice_typed(form: Mapping[str, str]) -> bool:
    """Whether the form says a time to choose."""
    return any(form.get(name, "").strip() for name in _FIELDS)


def choice_in(form: Mapping[str, str], zone: str, now: datetime) -> Offer:
    """What the form offers, by the clocks of the course's zone."""
    credit = form.get("prefer") == "credit"
    typed = {name: form.get(name, "").strip() for name in _FIELDS}
    until, faults = moment_in(typed, zone, *_FIELDS)
    if faults:
        return Offer(credit=credit, wrong=faults[0].detail, where=faults[0].field)
    if until is None:
        wrong = _NO_TIME if credit else ""
        return Offer(credit=credit, wrong=wrong, where="choose_day" if credit else "")
    if not now < until <= now + LONGEST:
        said = "The time to choose ends after now, and within 60 days."
        return Offer(credit=credit, wrong=said, where="choose_day")
    body = {"choose_until": rfc3339(until), "prefer_credit": credit}
    return Offer(until, credit, body=body)
