"""What can be done about a refund, by what billing says of it; billing has the last word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.web.domain.register_form import Fault
from shared.dates import day_of, end_of_day, parse_day, parse_instant
from shared.errors import Invalid

BY_HAND = ("transfer", "cash")  # tenders that no gateway carries
NO_REFERENCE = Fault("reference", "missing", "Say what the bank calls it.")
SEEN_AT = "moved_at"  # the moment that was seen goes along to the act, unseen


def acts_of(refund: Mapping[str, Any]) -> tuple[str, ...]:
    """`retry` and `settle`, as far as they are open: it failed, is still owed, and no other attempt
    took its place. What came by a bank is sent by people, so that is only settled."""
    by_hand = refund.get("tender") in BY_HAND
    failed = refund.get("status") == "failed" and refund.get("failure") != "lost"
    if failed and not refund.get("replaced"):
        return ("settle",) if by_hand else ("retry", "settle")
    return ("settle",) if by_hand and refund.get("status") == "requested" else ()


def tender_of(values: Mapping[str, str]) -> str:
    """How it went or came by hand: by a bank, where nothing else is said."""
    said = values.get("tender", "")
    return said if said in BY_HAND else BY_HAND[0]


def with_moment(values: Mapping[str, str], told: Mapping[str, Any]) -> dict[str, str]:
    """What was typed, with the moment that billing says it would be: sent from the page that shows
    it, the act is one and the same request, also after midnight."""
    return {**values, SEEN_AT: str(told["paid_at"])}


def money_moved(
    values: Mapping[str, str], now: datetime, field: str = "sent_on", *, seen: bool = False
) -> tuple[datetime | None, list[Fault]]:
    """When money went or came, by a day in UTC: its end; None for now, which is said for today and
    where nothing is. And what is wrong with that day. Where it was `seen`, the moment that was."""
    if seen and values.get(SEEN_AT):
        try:
            return parse_instant(values[SEEN_AT]), []
        except Invalid:
            pass  # not as the page had it: by the day, as if it had not been seen
    said = values.get(field, "")
    if not said:
        return None, []
    try:
        day = parse_day(said)
        end = end_of_day(day, "UTC").replace(microsecond=0)
    except (Invalid, OverflowError):
        return None, [Fault(field, "no-day", "Say the day, written 2027-10-19.")]
    today = day_of(now, "UTC")
    if day > today:
        return None, [Fault(field, "no-day", "That day is still to come.")]
    return (None if day == today else end), []
