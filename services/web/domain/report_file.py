"""A report of a session as a file: what kind it is, and what its owner said of its lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CSV, JSON = "text/csv", "application/json"
MOST = 1_900_000  # bytes: with what goes along, as much as a form may hold
_SHOWN = 100  # lines that were refused, on a page
_WIDE = 160  # letters of a line
_TIMES = ("join time", "leave time")  # columns of Zoom's


class NoText(Exception):
    """It is no text that can be read."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was not taken: its row as a spreadsheet counts it (of JSON its place from 1), the
    line itself, and why."""

    row: int
    words: str
    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report. `more` lines were refused than are shown."""

    upload: int | None
    accepted: int
    duplicates: int
    refused: tuple[Refused, ...]
    more: int
    outside: int
    other_meetings: tuple[str, ...]
    left_out: tuple[str, ...]


def text_of(file: bytes) -> str:
    """The text of a file, with one kind of end of line, so that it is the same text when a form has
    carried it. Raises NoText."""
    try:
        text = file.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoText from None
    if "\x00" in text:
        raise NoText
    return text.replace("\r\n", "\n").replace("\r", "\n")


def kind_of(text: str) -> str:
    """JSON begins with a brace or a bracket; anything else is a CSV."""
    return JSON if text.lstrip()[:1] in ("{", "[") else CSV


def taken_of(said: Mapping[str, Any], text: str) -> Taken:
    """What the owner said of a file that it took."""
    refused = [one for one in said.get("refused") or () if isinstance(one, Mapping)]
    rows = _rows_of(text) if refused and kind_of(text) == CSV else []
    return Taken(
        said.get("upload"),
        int(said.get("accepted") or 0),
        int(said.get("duplicates") or 0),
        tuple(_refused(one, rows) for one in refused[:_SHOWN]),
        max(0, len(refused) - _SHOWN),
        int(said.get("outside") or 0),
        tuple(str(one) for one in said.get("other_meetings") or ()),
        tuple(str(one) for one in said.get("left_out") or ()),
    )


def _rows_of(text: str) -> list[str]:
    """The rows of a CSV as they were written, counted as its owner counts them: a cell in quotes
    may go over several lines. None where it cannot be read, so that nobody stands beside what was
    said of another."""
    lines = text.split("\n")
    rows: list[str] = []
    since = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_mark(lines))
    try:
        for _ in reader:
            rows.append(" ".join(lines[since : reader.line_num]))
            since = reader.line_num
    except csv.Error:
        return []
    return rows


def _mark(lines: Sequence[str]) -> str:
    """What stands between cells: by the row that names the columns, which in an export of Zoom's is
    not always the first, and may have tabs."""
    of_zoom = (one for one in lines if all(name in one.lower() for name in _TIMES))
    head = next(of_zoom, None)
    return max(",;", key=lines[0].count) if head is None else max(",;\t", key=head.count)


def _refused(one: Mapping[str, Any], rows: Sequence[str]) -> Refused:
    row = one.get("row")
    place = int(row) if row is not None else int(one.get("index") or 0) + 1
    words = rows[place - 1].strip()[:_WIDE] if row and 0 < place <= len(rows) else ""
    return Refused(place, words, str(one.get("detail") or ""))
