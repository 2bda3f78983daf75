"""What a course asks of those who register, and what it costs today: for the page and the form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.web.domain import choices, prices
from services.web.domain.prices import Today
from services.web.domain.register_form import MOST_NEEDS
from services.web.models import Course as CourseRow
from shared.contracts.course import Course
from shared.runtime.database import Reader


def today_of(course: Course, now: datetime) -> Today:
    """The course's prices as they are now."""
    known = [
        prices.Price(
            each.price_id,
            each.label or each.price_id,
            each.kind,
            each.amount,
            each.ends_at,
            each.statement,
            each.at_least,
        )
        for each in course.prices
    ]
    return prices.today(course.price, known, now)


async def asked_of(course: Course, reader: Reader, now: datetime) -> dict[str, Any]:
    """What the form of a course is made of: professions, prices, courses that come before it."""
    return {
        "professions": choices.professions({p for b in course.boards for p in b.professions}),
        "today": today_of(course, now),
        "before": [(each, await _title(reader, each)) for each in course.prerequisites],
        "most_needs": MOST_NEEDS,
    }


async def _title(reader: Reader, course_id: str) -> str:
    row = await reader.get(CourseRow, course_id)
    return str(row.document.get("title") or course_id) if row else course_id
