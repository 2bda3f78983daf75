"""A correction of somebody's attendance as staff type it: wall times of the session, or minutes.

Whether it can count is the owner's to say; here is only said what is lacking, and what is no time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Protocol

from services.web.domain.register_form import Fault
from shared.dates import AmbiguousTime, day_of, instant_of, parse_day, parse_wall, rfc3339
from shared.errors import Invalid

WAYS = ("seen", "ruled", "withdraw", "accept", "keep")
MOST = 50  # times in one correction, as many as the owner takes
_SLACK = timedelta(hours=6)  # before and after the session: what is further away is a slip
_WALL = r"(?:([0-9]{4}-[0-9]{2}-[0-9]{2})\s+)?([0-9]{1,2}:[0-9]{2}(?:\s*[AaPp]\.?[Mm]\.?)?)"
_SPAN = re.compile(rf"{_WALL}\s*(?:-|–|—|to|until)\s*{_WALL}")
_OWNERS = ("owner", "refused")  # codes of what the owner says
_BETWEEN = re.compile(r"[\n,;]")
_MINUTES = re.compile(r"([0-9]{1,6})(?::([0-5][0-9]))?")
_TIMES = "Say from when to when, like 16:00 to 16:45, one a line."
_BOTH = "say AM or PM of both times, or of neither."
_FAR = "that is more than six hours away from the session. Is it AM or PM, or another day?"
_TWICE = "comes twice that night, for clocks go back. Say instead how many minutes count."
_NUMBER = "Say the minutes as a number, such as 90, or with seconds, such as 90:30."
_TOO_MUCH = "Nobody attends more than was taught: say fewer minutes."


class Held(Protocol):
    """A session, where and when it is held."""

    @property
    def zone(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


def correction_in(values: Mapping[str, str], session: Held) -> tuple[dict[str, Any], list[Fault]]:
    """What is to be said as the owner takes it, without for whom, and what is wrong with it."""
    way = values.get("way", "")
    if way == "seen":
        return _seen_in(values.get("seen", ""), session)
    if way == "ruled":
        found = _MINUTES.fullmatch(values.get("counted", ""))
        if found is None:
            return {}, [Fault("counted", "no-number", _NUMBER)]
        return {"seconds": int(found[1]) * 60 + int(found[2] or 0)}, []
    if way == "withdraw":
        return {"withdraw": True}, []
    flagged = values.get("flagged", "")
    if way in ("accept", "keep") and flagged.isascii() and flagged.isdigit():
        return {"resolve": way, "flagged_seconds": int(flagged[:9])}, []
    return {}, [Fault("way-seen", "missing", "Choose what is to count.")]


def said_of(faults: Sequence[Fault]) -> list[Fault]:
    """The owner's faults in the words of the form, for it counts seconds."""
    return [
        Fault(one.field, one.code, _TOO_MUCH)
        if one.field == "counted" and one.code in _OWNERS
        else one
        for one in faults
    ]


def _seen_in(text: str, session: Held) -> tuple[dict[str, Any], list[Fault]]:
    pieces = [one for one in map(str.strip, _BETWEEN.split(text)) if one]
    if not pieces:
        return {}, [Fault("seen", "missing", _TIMES)]
    if len(pieces) > MOST:
        return {}, [Fault("seen", "too-many", f"Say at most {MOST} times at once.")]
    spans, faults = [], []
    for place, piece in enumerate(pieces, 1):
        try:
            joined, left = _span_in(piece, session)
        except Invalid as why:
            faults.append(Fault("seen", "no-time", f"Line {place}, “{piece[:60]}”: {why.detail}"))
            continue
        spans.append({"joined_at": rfc3339(joined), "left_at": rfc3339(left)})
    return {"intervals": spans}, faults


def _span_in(piece: str, session: Held) -> tuple[datetime, datetime]:
    """One span of times; Invalid where it is none, or where it may have been meant otherwise: it is
    evidence, and cannot be deleted."""
    found = _SPAN.fullmatch(piece)
    if found is None:
        raise Invalid("invalid", _TIMES)
    if found[2][-1].isdigit() != found[4][-1].isdigit():
        raise Invalid("invalid", _BOTH)
    begins, ends = session.starts_at - _SLACK, session.ends_at + _SLACK
    joined = _instant(found[1], found[2], session, begins)
    left = _instant(found[3] or found[1], found[4], session, joined)
    if left <= joined:
        raise Invalid("invalid", "it ends before it begins.")
    if not found[1] and (joined < begins or (not found[3] and left > ends)):
        raise Invalid("invalid", _FAR)
    return joined, left


def _clock(wall: str) -> time:
    """What clocks show, by 24 hours or by twice twelve."""
    shown, half = wall[:5].strip(" aApP\u202f"), wall[4:].lower().replace(".", "")
    clock = parse_wall(shown.zfill(5))
    if not half.endswith("m"):
        return clock
    if not 1 <= clock.hour <= 12:
        raise Invalid("invalid", f"{wall} is not on the clock.")
    return clock.replace(hour=clock.hour % 12 + (12 if "p" in half else 0))


def _instant(day: str | None, wall: str, session: Held, after: datetime) -> datetime:
    """When clocks show that: on the day that is said, else on that of the session, the first time
    behind `after`; so the hours past midnight are those of the next day. Invalid where clocks show
    it twice that night, for nobody says which."""
    clock = _clock(wall)
    on = parse_day(day) if day else day_of(session.starts_at, session.zone)
    last = day_of(session.ends_at, session.zone)
    if not day and on < last <= on + timedelta(days=1):
        on = on if instant_of(on, clock, session.zone, 1) > after else last
    try:
        return instant_of(on, clock, session.zone)
    except AmbiguousTime:
        raise Invalid("invalid", f"{wall} {_TWICE}") from None
