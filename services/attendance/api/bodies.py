"""Bodies that are lists of lines, as JSON or CSV: read here, judged line by line by commands."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from shared.errors import Invalid, Malformed, fault

MOST_LINES = 10_000
CSV = ("text/csv", "application/csv")
Placed = tuple[int, Any]  # a row of a CSV, counted from 1 as a spreadsheet does, and its line
Read = Callable[[str], list[Placed]]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a body; `rows` says in which row of a CSV each stood."""

    lines: Sequence[Any]
    rows: Sequence[int] | None


def schema_of(name: str) -> dict[str, Any]:
    """Such a body in the OpenAPI document; `name` is the list's in JSON."""
    lines = {"type": "array", "maxItems": MOST_LINES, "items": {"type": "object"}}
    whole = {"type": "object", "required": [name], "properties": {name: lines}}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": whole},
                "text/csv": {"schema": {"type": "string"}},
            },
        }
    }


def is_csv(request: Request) -> bool:
    """Whether the body says that it is CSV."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in CSV


async def lines_of(request: Request, name: str, read: Read) -> Lines:
    """The lines of a body; `read` makes them of a CSV's text.

    All of a request is kept by one transaction, or none; so it has a limit, and what is longer
    comes in several."""
    body = await request.body()
    if is_csv(request):
        placed = await asyncio.to_thread(lambda: read(_text(body)))
        found = Lines([line for _, line in placed], [row for row, _ in placed])
    else:
        found = Lines(_from_json(body, name), None)
    if len(found.lines) > MOST_LINES:
        raise Invalid(
            "report-too-long",
            f"One request has at most {MOST_LINES:,} lines, and this has {len(found.lines):,}."
            " Nothing of it was kept. Send it in parts, each with the row that names the columns:"
            " a line counts once, however often it is sent. (`bin/holdfast attendance import` cuts"
            " a report by itself.)",
        )
    return found


def from_csv(text: str, needed: str, one_of: Collection[str]) -> list[Placed]:
    """Lines by the names of the first row; a comma or a semicolon between fields. The column
    `needed` must be there, and one of the others. Rows without any cell are no lines."""
    head, _, _ = text.partition("\n")
    mark = ";" if head.count(";") > head.count(",") else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error as why:
        raise Malformed("malformed", f"The CSV cannot be read: {why}.") from None
    names = [name.strip().lower() for name in rows[0]] if rows else []
    if needed not in names or not set(names) & set(one_of):
        wanted = " or ".join(one_of)
        raise Invalid(
            "invalid", f"The first row names the columns; {wanted} and {needed} are needed."
        )
    return [
        (number, {name: value for name, value in zip(names, cells, strict=False) if name})
        for number, cells in enumerate(rows[1:], 2)
        if cells
    ]


def _from_json(body: bytes, name: str) -> list[Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("malformed", "The body is neither JSON nor CSV (`text/csv`).") from None
    lines = given.get(name) if isinstance(given, dict) else None
    if not isinstance(lines, list):
        faults = [fault(f"/{name}", "is a list of lines")]
        raise Invalid("invalid", "The request does not fit.", errors=faults)
    return lines


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("malformed", "The CSV is not UTF-8.") from None
