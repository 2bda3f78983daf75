"""The roll: which registrations are expected at a session.

Also how many of them have to be known before a session is settled without asking (decision 63).

Only what matters here of a registration's life (domain.md §4): it is not yet confirmed, confirmed,
or ended (cancelled, expired, unseated, transferred). Order within one registration is the topic's;
a replay may still bring an old event late, so what has ended stays ended, except that an expired
one may be confirmed by a late payment.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """What a registration is to attendance."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    LAPSED = "lapsed"  # the hold or the offer ran out: a late payment may still confirm it
    ENDED = "ended"


_NEXT: dict[tuple[Standing, Standing], Standing] = {
    (Standing.PENDING, Standing.CONFIRMED): Standing.CONFIRMED,
    (Standing.PENDING, Standing.LAPSED): Standing.LAPSED,
    (Standing.PENDING, Standing.ENDED): Standing.ENDED,
    (Standing.LAPSED, Standing.CONFIRMED): Standing.CONFIRMED,
    (Standing.LAPSED, Standing.ENDED): Standing.ENDED,
    (Standing.CONFIRMED, Standing.ENDED): Standing.ENDED,
}


def heard(standing: Standing, event: Standing) -> Standing:
    """The standing after an event; what leads nowhere leaves it as it is."""
    return _NEXT.get((standing, event), standing)


def expected(
    confirmed: bool, ended_at: datetime | None, starts_at: datetime, *, gave_back: bool = False
) -> bool:
    """Whether a registration is expected at a session that starts then.

    Who is cancelled after the start keeps what was attended of this session (domain.md §2: sessions
    attended may still earn what the board allows); who is cancelled before is not expected. Nor is
    who took the share of it back when it was cancelled, on its make-up date.
    """
    return confirmed and not gave_back and (ended_at is None or ended_at > starts_at)


def asks_first(expected: int, known: int, strangers: int) -> bool:
    """Whether a human is asked before a session is settled (decision 63).

    Of the people it expects so many are known to have been there, and so many participants are
    matched to nobody. Where none is known; or where more of those who seem absent may wait among
    the strangers than are known: a file by names, of which nobody is matched yet.
    """
    if not expected:  # nobody can lose anything
        return False
    return not known or min(strangers, expected - known) > known
