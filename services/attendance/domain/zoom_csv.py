"""Zoom's own export of a meeting's participants, as staff download it (Reports, Usage).

Before the participants may stand rows about the meeting; a webinar's file has a part for each role,
each with a header of its own. Headers have been written in several ways, and names and addresses
may be missing. Times are wall time of the account's zone, without saying so. There is no id of a
participant in it: lines are matched by a human, with the address or the name as a hint (never by
the name itself, domain.md §5).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from services.attendance.domain.keeping import ZOOM_CSV
from services.attendance.domain.keyed import NAME, keyed
from shared.dates import AmbiguousTime, NonexistentTime, instant_of, rfc3339
from shared.errors import Malformed, Refusal

_FIELDS = {
    "name (original name)": "name",
    "user name (original name)": "name",
    "user name": "name",
    "name": "name",
    "user email": "email",
    "email": "email",
    "join time": "join",
    "leave time": "leave",
    "in waiting room": "waiting",
    "attended": "attended",
    "guest": "guest",
    "is guest": "guest",
    "duration (minutes)": "minutes",
    "time in session (minutes)": "minutes",
}
_MEETING = frozenset({"meeting id", "webinar id"})
_NONE = frozenset({"", "-", "--", "n/a"})
_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0"})
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])\.?[Mm]\.?)?"
_AMERICAN = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}),? {_CLOCK}", re.ASCII)
_ISO = re.compile(rf"(\d{{4}})-(\d{{2}})-(\d{{2}})[ T]{_CLOCK}", re.ASCII)
_WORDS = re.compile(rf"([A-Za-z]{{3}})[a-z]* (\d{{1,2}}), (\d{{4}}),? {_CLOCK}", re.ASCII)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def is_zooms(text: str) -> bool:
    """Whether a CSV is an export of Zoom's: some row names when people joined and left."""
    return _header(text) is not None


def meetings(text: str) -> tuple[str, ...]:
    """The ids of the meetings that an export says it is of, without the spaces between digits; they
    stand above the participants, where they stand at all."""
    mark = max(",;\t", key=(_header(text) or "").count)
    found: list[str] = []
    place: int | None = None
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
        names = [_plain(cell).lower() for cell in row]
        if "join time" in names:
            break
        if place is not None and place < len(row):
            found += [digits] if (digits := re.sub(r"[\s-]", "", row[place])).isdecimal() else []
        place = next((n for n, name in enumerate(names) if name in _MEETING), place)
    return tuple(dict.fromkeys(found))


def read(text: str, zone: str, about: str, secret: str) -> list[tuple[int, Any]]:
    """The lines of an export, each with its row as a spreadsheet counts it from 1.

    A line is a dictionary for `read_interval`, or a refusal that says what is wrong with it. `zone`
    is that of its times; `about` names the session, so that who has a name only is somebody else in
    another; `secret` is the platform's, with which they have an id. Who did not attend has no line.
    """
    header = _header(text)
    mark = max(",;\t", key=(header or "").count)
    columns: Sequence[str] = ()
    lines: list[tuple[int, Any]] = []
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark), 1):
        names = [_FIELDS.get(_plain(cell).lower(), "") for cell in row]
        if "join" in names and "leave" in names:
            columns = names
        elif columns and sum(bool(_plain(cell)) for cell in row) > 1:
            cells = {name: _plain(cell) for name, cell in zip(columns, row, strict=False) if name}
            line = _line(cells, zone, about, secret)
            if line is not None:
                lines.append((number, line))
    return lines


def _header(text: str) -> str | None:
    for line in io.StringIO(text):
        folded = line.lower()
        if "join time" in folded and "leave time" in folded:
            return line
    return None


def _line(
    cells: Mapping[str, str], zone: str, about: str, secret: str
) -> dict[str, Any] | Refusal | None:
    joined, left = cells.get("join", ""), cells.get("leave", "")
    if cells.get("attended", "").lower() == "no" or (
        joined.lower() in _NONE and left.lower() in _NONE
    ):
        return None
    name, email = cells.get("name", ""), cells.get("email", "")
    who = email if "@" in email else keyed(secret, NAME, about, name)
    line: dict[str, Any] = {
        "participant_id": who,
        "name": name,
        "email": email,
        "status": "in_waiting_room" if cells.get("waiting", "").lower() in _YES else "in_meeting",
        "minutes": minutes if (minutes := cells.get("minutes", "")).isdecimal() else "",
        "guest": guest if (guest := cells.get("guest", "").lower()) in _YES | _NO else "",
        "source": ZOOM_CSV,
    }
    try:
        if joined.lower() in _NONE:
            raise Malformed("line-malformed", "The join time is missing.")
        line["joined_at"] = _instant(joined, zone)
        line["left_at"] = None if left.lower() in _NONE else _instant(left, zone)
    except Refusal as refusal:
        return refusal
    return {key: value for key, value in line.items() if value not in (None, "")}


def _instant(text: str, zone: str) -> str:
    day, clock = _wall(text)
    try:
        return rfc3339(instant_of(day, clock, zone))
    except NonexistentTime as why:
        raise Malformed("line-malformed", f"{why.detail} Is that the zone of the file?") from None
    except AmbiguousTime:
        raise Malformed(
            "line-malformed",
            f"{clock:%H:%M} on {day} comes twice in {zone}. Set the account's zone to UTC, export"
            " the file once more, and upload it with zone=UTC.",
        ) from None


def _wall(text: str) -> tuple[date, time]:
    if found := _AMERICAN.fullmatch(text):
        month, day, year, *clock = found.groups()
    elif found := _ISO.fullmatch(text):
        year, month, day, *clock = found.groups()
    elif (found := _WORDS.fullmatch(text)) and found[1].lower() in _MONTHS:
        word, day, year, *clock = found.groups()
        month = str(_MONTHS.index(word.lower()) + 1)
    else:
        raise Malformed("line-malformed", "A time is written 11/02/2020 09:05:00 PM.")
    hour, minute, second, half = clock
    try:
        at = datetime(int(year), int(month), int(day), tzinfo=UTC).date()
    except ValueError:
        raise Malformed(
            "line-malformed", "That is no day: the month comes first, as in 11/30/2020."
        ) from None
    try:
        return at, time(_hour(int(hour), half), int(minute), int(second or 0))
    except ValueError:
        raise Malformed(
            "line-malformed", "That is no time of day: write 09:05:00 PM, or 21:05:00."
        ) from None


def _hour(hour: int, half: str | None) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half in "Pp" else 0)


def _plain(cell: str) -> str:
    """Without what spreadsheets and newer clocks put around and between."""
    return " ".join(cell.replace("\ufeff", "").split())
