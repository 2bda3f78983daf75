"""What an endpoint's answer means (interfaces.md §6, Standard Webhooks "Delivery").

2xx is success, and nothing else is: a redirect is not followed, and so is a failure. 410 says that
the endpoint is no more. With 429 and 503 an endpoint may say how long it wants to be left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

GONE = "gone"
REDIRECTED = "redirected"
TOO_MANY = "too-many-requests"
REFUSED = "answered"
NOT_PUBLIC = "not-public"
NO_ANSWER = "no-answer"
UNREACHABLE = "unreachable"
BROKEN = "broken-answer"
LONGEST_REST = 86_400  # seconds; more is not heeded


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try. `reason` is empty where it was taken, else a slug; `status` what was
    answered, if anything was; `rest` the seconds for which the endpoint wants to be left alone."""

    reason: str = ""
    status: int | None = None
    rest: int = 0

    @property
    def taken(self) -> bool:
        return not self.reason


def outcome_of(status: int, retry_after: str | None, now: datetime) -> Outcome:
    """What an HTTP answer means; `now` by the wall clock, for a date in Retry-After is by it."""
    if 200 <= status < 300:
        return Outcome("", status)
    rest = rest_of(retry_after, now) if status in (429, 503) else 0
    reasons = {410: GONE, 429: TOO_MANY}
    reason = REDIRECTED if 300 <= status < 400 else reasons.get(status, REFUSED)
    return Outcome(reason, status, rest)


def rest_of(retry_after: str | None, now: datetime) -> int:
    """Seconds of a Retry-After header (RFC 9110 §10.2.3): a number or a date, within a day; 0 where
    it says nothing that can be read."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_REST)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a date with numbers that no clock has
        return 0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0, min(int((until - now).total_seconds()), LONGEST_REST))
