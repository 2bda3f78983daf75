"""What was uploaded of a session as a whole, and what of it was withdrawn: append-only."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from services.attendance.models.base import Base
from shared.runtime.tables import table


@table("uploads", append_only=True)
class Upload(Base):
    """A report or sheet that was sent: append-only, numbered from 1 within its session.

    The same bytes read in the same zone are the same upload, until it is withdrawn. `fingerprint`
    is HMAC-SHA256 of the bytes as they came, with the platform's secret: names stand in them.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    origin: str
    fingerprint: str
    zone: str | None = None  # in which its times were read, where it does not say so itself
    by: str  # the name of the key that sent it
    received_at: datetime


@table("withdrawals", append_only=True)
class Withdrawal(Base):
    """An upload that counts no more, and why: append-only. The reason is about a file, and names
    nobody."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    reason: str
    by: str
    at: datetime
