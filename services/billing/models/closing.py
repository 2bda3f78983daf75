"""Months of the books that are closed, and what stood in them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import table


@table("closed_months", append_only=True)
class ClosedMonth(Base):
    """Nothing is booked before `ends_at` any more; the database sees to it.

    It goes by the zone that the books had then. `sha256` is of the roll-forward that was kept, and
    of the digest of the month closed before it. Whoever closes holds the lock of the books
    (`commands/close_month.py`): there is no row to lock before the first.
    """

    month: str = Field(primary_key=True)
    zone: str
    ends_at: datetime
    closed_at: datetime
    closed_by: str
    sha256: str


@table("month_closings", append_only=True)
class MonthClosing(Base):
    """A line of a closed month's roll-forward: opening, a movement, or closing of an account.

    `course_id` is empty but for deferred revenue. Amounts are as people read them: what we owe or
    have earned is positive.
    """

    month: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    course_id: str = Field(primary_key=True)
    movement: str = Field(primary_key=True)
    amount_minor: int
