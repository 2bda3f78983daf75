"""What a fact that moves money came to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import Json, table


@table("settlements")
class Settlement(Base):
    """A fact that moves money (a cancellation, a lost seat, a share), and what it came to.

    Settled again only where a payment turns up later that had been made before the request.
    `booked` is the ledger transaction that carried it out, for one that corrects it to name.
    `waiting_minor` is a credit that waits for an employer's open invoice to be paid. What the
    course was when it was asked is kept with it, so that the order in which its moves are heard
    changes nothing. `otherwise` is what it came to before staff decided, by the policy alone.
    """

    registration_id: str = Field(primary_key=True)
    cause: str = Field(primary_key=True)  # cancelled, unseated, transferred, share_due/<session>
    requested_at: datetime
    by: str
    was: str
    prefer: str | None = None
    override: dict[str, Any] | None = Json(default=None)
    minutes: list[int] | None = Json(default=None)  # of the session, of all sessions
    settled_at: datetime | None = None
    outcome: str | None = None
    paid_minor: int = 0
    fee_minor: int = 0
    booked: str | None = None
    decided: dict[str, Any] | None = Json(default=None)
    waiting_minor: int = 0
    waiting_until: date | None = None
    waiting_terms: dict[str, Any] | None = Json(default=None)  # of the credit that waits
    course_version_now: int | None = None
    starts_at_now: datetime | None = None
    policy_now: dict[str, Any] | None = Json(default=None)
    policy_choice: str | None = None
    otherwise: dict[str, Any] | None = Json(default=None)
