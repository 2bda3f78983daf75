"""What cancelling gives when: billing's windows, and for each its own quote."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.web.domain import cancelling
from services.web.domain.cancelling import Window
from services.web.owners import SHOWING, Answer, Away, Owners
from shared.contracts.course import Course
from shared.dates import parse_instant, rfc3339
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Shown:
    """A window as the page tells it; `quote` is None where billing could not be asked."""

    outcome: str
    ends: datetime | None
    last: datetime | None
    since: float
    until: float
    quote: Any
    lasts: tuple[int, str] | None


_MOST = 2_000  # quotes that are kept


async def bands_of(
    course: Course, owners: Owners, price: Money, now: datetime
) -> tuple[list[Shown], bool]:
    """The windows from now on with a quote for each, `price` paid; and whether billing was away."""
    if not course.sessions or not price.amount:
        return [], False
    starts_at = min(session.starts_at for session in course.sessions)
    try:
        # Any quote says all windows; the one at the start is the last that is shown as well.
        first = await _quote(course, owners, price, starts_at, starts_at)
    except Away:
        return [], True
    windows = cancelling.bands(windows_of(first), starts_at, now)
    asked = (_quote(course, owners, price, starts_at, window.ask_at) for window in windows)
    quotes = await asyncio.gather(*asked, return_exceptions=True)
    away = any(isinstance(quote, Away) for quote in quotes)
    return [
        Shown(
            window.outcome,
            window.ends,
            cancelling.last_moment(window.ends) if window.ends else None,
            window.since,
            window.until,
            quote if isinstance(quote, dict) else None,
            cancelling.lasts(course.policy, window.outcome),
        )
        for window, quote in zip(windows, quotes, strict=True)
    ], away


async def _quote(
    course: Course, owners: Owners, price: Money, starts_at: datetime, at: datetime
) -> dict[str, Any] | None:
    # Quotes are pure: the same policy, price and moment give the same answer for ever.
    known = (course.course_id, course.version, price, starts_at, at)
    if known in owners.lasting:
        return owners.lasting[known]
    paid = {"tender": "card", **price.as_json()}
    body = {
        "policy": course.policy,
        "kind": course.kind,
        "delivery": course.delivery,
        "starts_at": rfc3339(starts_at),
        "paid": [paid],
        "requested_at": rfc3339(at),
        "cancelled_by": "learner",
    }
    answer = await owners.act("billing", "/billing/v1/quotes", body, timeout=SHOWING)
    if not answer.ok:
        return None
    if len(owners.lasting) >= _MOST:
        owners.lasting.clear()
    owners.lasting[known] = quote_of(answer)
    return owners.lasting[known]


def windows_of(quote: dict[str, Any] | None) -> list[Window]:
    """The windows of a quote; none where billing could not quote at all."""
    return [
        Window(str(one["outcome"]), parse_instant(one["ends"]) if one["ends"] else None)
        for one in (quote or {}).get("windows", ())
    ]


def quote_of(answer: Answer) -> dict[str, Any]:
    """A quote with every field there is, so that a template may ask for each."""
    return with_every_field(answer.body)


def with_every_field(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same of what was answered, or of one of two quotes in it."""
    empty: dict[str, Any] = {
        "outcome": "nothing",
        "fee": None,
        "refunds": [],
        "restored": [],
        "credit": None,
        "trace": [],
        "windows": [],
    }
    return empty | {name: value for name, value in body.items() if value is not None}
