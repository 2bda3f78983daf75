"""Days that come again: every so many days, weeks or months, counted on the calendar (§5).

Whatever the clocks do, the wall time stays: a series is days, and each day gets its instants by
itself. A month without the day that was asked for has it on its last day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Literal

from shared.dates import add_months

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NTH = ("first", "second", "third", "fourth", "last")
Unit = Literal["days", "weeks", "months"]
Place = tuple[int, int]  # which of the month (-1 is the last), which weekday


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Every `step` units; weeks on some weekdays, months on some places such as the 2nd Tuesday."""

    unit: Unit
    step: int = 1
    weekdays: Sequence[int] = ()
    places: Sequence[Place] = ()


def days_of(first: date, rhythm: Rhythm) -> Iterator[date]:
    """The days from the first on, in order, without an end."""
    for round_ in count():
        yield from (day for day in sorted(_of_round(first, rhythm, round_)) if day >= first)


def shortened(days: Collection[date], first: date, rhythm: Rhythm) -> list[date]:
    """Days that are a month's last because it has no such day as the first one is."""
    if rhythm.unit != "months" or rhythm.places:
        return []
    return sorted(day for day in days if day.day != first.day)


def _of_round(first: date, rhythm: Rhythm, round_: int) -> list[date]:
    times = round_ * rhythm.step
    if rhythm.unit == "days":
        return [first + timedelta(days=times)]
    if rhythm.unit == "weeks":
        if not rhythm.weekdays:
            return [first + timedelta(weeks=times)]
        monday = first - timedelta(days=first.weekday()) + timedelta(weeks=times)
        return [monday + timedelta(days=weekday) for weekday in set(rhythm.weekdays)]
    if not rhythm.places:
        return [add_months(first, times)]
    month = add_months(first.replace(day=1), times)
    return [_place(month, nth, weekday) for nth, weekday in set(rhythm.places)]


def _place(month: date, nth: int, weekday: int) -> date:
    if nth < 0:
        last = month.replace(day=monthrange(month.year, month.month)[1])
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    return month + timedelta(days=(weekday - month.weekday()) % 7 + 7 * nth)
