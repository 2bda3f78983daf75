"""A copy of a course: how many days later, and what whoever makes it should know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from shared.dates import parse_day
from shared.errors import Refusal

MOST_WEEKS = 1_040
_WEEKS = re.compile(r"[+-]?[0-9]{1,4}")


class Wrong(Exception):
    """What was asked cannot be done; `faults` by field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = faults
        super().__init__(*faults.values())


def shift_of(asked: Mapping[str, str], begins: date) -> int:
    """Days between the first session of the original, on `begins`, and that of the copy: from its
    `first` day, or from so many `weeks`. Raises Wrong."""
    faults = {} if asked["id"] else {"id": "Give the new course an id."}
    first, weeks, days = asked["first"], asked["weeks"].replace("−", "-"), 0
    if first and weeks:
        faults["weeks"] = "Give the first day or the weeks: one of the two."
    elif first:
        try:
            days = (parse_day(first) - begins).days
        except Refusal as why:
            faults["first"] = why.detail
    elif not _WEEKS.fullmatch(weeks) or abs(int(weeks)) > MOST_WEEKS:
        faults["weeks" if weeks else "first"] = (
            f"Weeks are a whole number up to {MOST_WEEKS}, such as 52; -1 is a week earlier."
            if weeks
            else "Say on which day its first session is, or how many weeks later all of them are."
        )
    else:
        days = 7 * int(weeks)
    if faults:
        raise Wrong(faults)
    return days


def notes_of(told: Mapping[str, Any], shift: timedelta) -> list[str]:
    """What to look at in a copy of a course, as registration told of it."""
    notes = [_moved(shift.days)]
    if told.get("prices_left_out"):
        names = ", ".join(told["prices_left_out"])
        notes.append(f"Prices by a code are not in it, for codes are not kept: {names}.")
    if told.get("sessions_cancelled"):
        names = ", ".join(told["sessions_cancelled"])
        notes.append(f"Cancelled in the original, planned in this one: {names}.")
    file = told["file"]
    if any("meeting" in session for session in file["sessions"]):
        notes.append("Links to meetings are those of the original. Change what is another meeting.")
    if any("approved" in board for board in file.get("boards") or ()):
        notes.append("Approvals are those of the original: see that they hold on the new days.")
    return notes


def _moved(days: int) -> str:
    if not days:
        return "The days are those of the original."
    number, rest = divmod(abs(days), 7)
    number, unit = (abs(days), "day") if rest else (number, "week")
    far = f"{number} {unit}{'' if number == 1 else 's'} {'later' if days > 0 else 'earlier'}"
    said = f"All days are {far}; times are as clocks show them."
    return f"{said} So the days of the week are others." if rest else said
