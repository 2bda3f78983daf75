"""Parts: a report of any length, cut so that each part is one request that attendance takes.

A part is kept whole or not at all. A CSV is cut between rows, never within a cell that has line
breaks, and each part begins with the row that names the columns: the first; of Zoom's own export,
where others may come before it and again later, the last one with the times of joining and leaving.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

# Of one part. Each is a transaction, and the database ends one that computes for two seconds
# without a word to it: a busy machine takes a thousand lines well within that.
LINES = 1_000
BYTES = 500_000
_TIMES = {"join time", "leave time"}


@dataclass(frozen=True, slots=True)
class Part:
    """What one request sends; `rows` are those of the file, counted from 1 as a spreadsheet does,
    for each row of it (for JSON there are none)."""

    content: bytes
    rows: Sequence[int] = field(default=())

    def row(self, of_part: int | None, index: int) -> int | None:
        """The row of the file of a row of the part as attendance counts it; where it does not say,
        of the line at `index` (from 0) behind the first row. None for JSON."""
        place = index + 2 if of_part is None else of_part
        return self.rows[place - 1] if 0 < place <= len(self.rows) else None


def of_json(content: bytes) -> Iterator[Part]:
    """The parts of `{"intervals": […]}`; what is not such a body is left to attendance."""
    try:
        given = json.loads(content)
    except (ValueError, RecursionError):
        given = None
    lines = given.get("intervals") if isinstance(given, dict) else None
    if not isinstance(lines, list) or (len(lines) <= LINES and len(content) <= BYTES):
        yield Part(content)
        return
    texts = [json.dumps(line) for line in lines]
    for start, end in _cuts([len(text) + 1 for text in texts]):
        yield Part(f'{{"intervals": [{",".join(texts[start:end])}]}}'.encode())


def of_csv(content: bytes) -> Iterator[Part]:
    """The parts of a CSV. Raises csv.Error where it is none; bytes that are no UTF-8 are left to
    attendance."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield Part(content)
        return
    rows = list(_rows(text))
    if len(rows) <= LINES and len(content) <= BYTES:
        yield Part(content, range(1, len(rows) + 1))
        return
    heads = _heads(rows)
    for start, end in _cuts([len(raw.encode()) for _, raw in rows]):
        head = heads[start]
        numbers = list(range(start + 1, end + 1))
        raw = "".join(raw for _, raw in rows[start:end])
        if head is not None and head < start:
            numbers.insert(0, head + 1)
            raw = rows[head][1].rstrip("\r\n") + "\r\n" + raw
        yield Part(raw.encode(), numbers)


def _rows(text: str) -> Iterator[tuple[list[str], str]]:
    """Each row: its cells, and its text, which may go over several lines."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    head = next((one for one in io.StringIO(text) if _names([one.lower()]) >= _TIMES), "")
    is_zooms = bool(head)
    head = head or text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    for cells in csv.reader(lines(), delimiter=mark, strict=not is_zooms):
        yield cells, "".join(taken)
        taken.clear()


def _heads(rows: Sequence[tuple[list[str], str]]) -> list[int | None]:
    """For each row the place of the one that names its columns."""
    zooms = any(_names(cells) >= _TIMES for cells, _ in rows)
    heads: list[int | None] = []
    for place, (cells, _) in enumerate(rows):
        last = heads[-1] if heads else None
        named = _names(cells) >= _TIMES if zooms else last is None and bool(cells)
        heads.append(place if named else last)
    return heads


def _names(cells: Sequence[str]) -> set[str]:
    folded = {" ".join(cell.replace("\ufeff", "").split()).lower() for cell in cells}
    return {name for name in _TIMES if any(name in cell for cell in folded)}


def _cuts(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """From and to of each part, by lines and bytes; a line that is too long by itself stands alone,
    and attendance says so."""
    start = size = 0
    for place, of_one in enumerate(sizes):
        if place > start and (place - start >= LINES or size + of_one > BYTES):
            yield start, place
            start, size = place, 0
        size += of_one
    if start < len(sizes):
        yield start, len(sizes)
