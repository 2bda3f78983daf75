"""What a certificate's page is made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from services.certificates.domain.facts import Attended
from shared.contracts.boards import Board
from shared.contracts.course import Course
from shared.contracts.registration import License


@dataclass(frozen=True)
class Given:
    """What the page is made from. `board` is None for a certificate of participation, or, where
    `presents`, of a presenter. `counting` are the sessions that may count for the board (taught
    while it approved, in its format), all of them where it is None. `tested`: the board wanted its
    post-test of this very person."""

    course: Course
    board: Board | None
    name: str
    license: License | None
    credits: Decimal
    sessions: Sequence[str]
    attended: Mapping[str, Attended]
    number: str
    verify_url: str
    issued_at: datetime
    categories: Mapping[str, Decimal] = field(default_factory=dict)
    supersedes: str = ""
    counting: Collection[str] | None = None
    presents: bool = False
    tested: bool = False
