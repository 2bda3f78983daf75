"""A course some days later or earlier, as its file has it: wall times stay, whatever clocks do.

Sessions, when registration opens and closes, and until when prices are given move. What boards
approved and what a policy calls a holiday stays: those are days of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from shared.dates import parse_day, parse_instant, rfc3339, zone_of

Part = Mapping[str, Any]


def first_day(course: Part) -> date:
    """The day of its first session."""
    return min(parse_day(session["date"]) for session in course["sessions"])


def moved(course: Part, days: int) -> dict[str, Any]:
    """The course with all of its days so many later. Raises OverflowError beyond the calendar.

    A wall time that came twice, and said which it was, is asked about anew.
    """
    shift, zone = timedelta(days=days), str(course["zone"])
    later = dict(course)
    later["sessions"] = [_session(one, shift) for one in course["sessions"]]
    if window := course.get("registration"):
        later["registration"] = {side: _until(when, zone, shift) for side, when in window.items()}
    if prices := course.get("prices"):
        later["prices"] = [_price(one, zone, shift) for one in prices]
    return later


def _session(session: Part, shift: timedelta) -> dict[str, Any]:
    kept = {name: value for name, value in session.items() if name != "fold" or not shift}
    days = {name: _until(session[name], "", shift) for name in ("date", "to_date") if name in kept}
    return kept | days


def _price(price: Part, zone: str, shift: timedelta) -> dict[str, Any]:
    when = price.get("when") or {}
    if "until" in when:
        when = {**when, "until": _until(when["until"], zone, shift)}
    return {**price, "when": when}


def _until(said: str, zone: str, shift: timedelta) -> str:
    """A day, or an instant: that at which clocks in the zone show the same on the later day. Where
    they skip it, as long after the jump as it would have been before."""
    if len(said) == len("2027-10-19"):
        return (parse_day(said) + shift).isoformat()
    local = parse_instant(said).astimezone(zone_of(zone))
    later = datetime.combine(local.date() + shift, local.timetz())
    return rfc3339(later)
