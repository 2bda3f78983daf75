"""The terms that a registration is under for ever: in words, and until when each holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from babel import Locale

from services.notifications import words
from services.notifications.contents.terms_in_words import in_words
from shared.contracts import policy
from shared.dates import business_days_before, day_of, end_of_day, parse_instant
from shared.errors import Refusal


def terms_of(
    requested: dict[str, Any] | None, locale: Locale
) -> tuple[list[str], list[tuple[str, datetime]]]:
    """The policy's lines for this kind of product, and the last moments of its windows.

    What the provider wrote stays as it was agreed to; where they left the words to us, they are
    said for this kind alone, in the reader's language.
    """
    if not requested:
        return [], []
    try:
        read = policy.read(requested["policy"])
    except Refusal:  # a document from before some check was made: its own words, or none
        return _lines(str(requested["policy"].get("text", ""))), []
    start, tongue = parse_instant(requested["starts_at"]), words.tongue(locale)
    ends = [(window.outcome, _last_moment(window.until, start, read)) for window in read.windows]
    said = {"refund": tongue.say("Money back until"), "credit": tongue.say("A credit until")}
    moments = [(said[what], at) for what, at in ends if at is not None and what in said]
    return _in_words(read, requested["price"]["currency"], requested["kind"], locale), moments


def _in_words(read: policy.Policy, currency: str, kind: str, locale: Locale) -> list[str]:
    plain = replace(read, text="")
    generated = {"", policy.text_of(plain), policy.text_of(plain, currency)}
    if read.text not in generated:
        return _lines(read.text)
    return in_words(plain, currency, kind, locale)


def _last_moment(until: policy.Until, start: datetime, document: policy.Policy) -> datetime | None:
    """The last instant of a window that ends before the start; None for one that does not."""
    if until.at_start or until.unit == "forever":
        return None
    if until.unit == "hours":
        return start - timedelta(hours=until.count)
    first = day_of(start, document.zone)
    if until.unit == "business_days":
        day = business_days_before(first, until.count, document.holidays)
    else:
        day = first - timedelta(days=until.count)
    return end_of_day(day if until.inclusive else day - timedelta(days=1), document.zone)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
