"""A moment as staff type it: a day, and what clocks showed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from services.web.domain.register_form import Fault
from shared.dates import end_of_day, instant_of, parse_day, parse_wall
from shared.errors import Invalid


def moment_in(
    values: Mapping[str, str], zone: str, day: str = "day", wall: str = "wall"
) -> tuple[datetime | None, list[Fault]]:
    """The instant of both fields in a zone, None where neither says anything; and what is wrong. Of
    a time that comes twice that day it is the first, which takes nothing from anybody."""
    typed_day, typed_wall = values.get(day, ""), values.get(wall, "")
    if not typed_day and not typed_wall:
        return None, []
    try:
        date = parse_day(typed_day)
    except Invalid as why:
        return None, [Fault(day, "no-day", why.detail)]
    try:
        clock = parse_wall(typed_wall)
    except Invalid as why:
        return None, [Fault(wall, "no-time", why.detail)]
    try:
        return instant_of(date, clock, zone, 0), []
    except Invalid as why:
        return None, [Fault(wall, "no-time", why.detail)]


def end_of(values: Mapping[str, str], zone: str, day: str) -> tuple[datetime | None, list[Fault]]:
    """The end of a day in a zone."""
    try:
        return end_of_day(parse_day(values.get(day, "")), zone).replace(microsecond=0), []
    except (Invalid, OverflowError):
        return None, [Fault(day, "no-day", "Say the day, written 2027-10-19.")]
