"""What taking an offered seat comes to today: shown before anybody takes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.registration.commands.pricing import price_still
from services.registration.domain.prices import given
from services.registration.models import Course, PrerequisiteMet, PriceCode, Registration
from shared.errors import Conflict
from shared.runtime.database import Reader


async def offer_of(
    reader: Reader,
    row: Registration,
    course: Course,
    met: Sequence[PrerequisiteMet],
    now: datetime,
) -> dict[str, Any] | None:
    """The price of the kind that was asked for, none where it is not given any more; that of who
    asks for none; and the courses of which a certificate is asked for since."""
    if row.state != "offered":
        return None
    code = await reader.get(PriceCode, (row.course_id, row.price_id)) if row.price_id else None
    listed, prices = course.terms["price"], course.terms["prices"]
    try:
        kept: int | None = price_still(course, row, code, now).amount
    except Conflict:
        kept = None
    known = {one.course_id for one in met if one.person_id == row.person_id}
    return {
        "price": None if kept is None else {"amount": kept, "currency": listed["currency"]},
        "price_today": {
            "amount": given(listed["amount"], prices, (), now).amount,
            "currency": listed["currency"],
        },
        "prerequisites_missing": [
            each for each in course.terms.get("prerequisites", []) if each not in known
        ],
    }
