"""Bodies that are lists of lines, as JSON or CSV: read here, judged line by line by commands."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable, Collection
from typing import Any

from fastapi import Request

from shared.errors import Invalid, Malformed, fault

MOST_LINES = 10_000
CSV = ("text/csv", "application/csv")
Read = Callable[[str], list[Any]]


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


async def lines_of(request: Request, name: str, read: Read) -> list[Any]:
    """The lines of a body; `read` makes them of a CSV's text."""
    body = await request.body()
    if is_csv(request):
        lines = await asyncio.to_thread(lambda: read(_text(body)))
    else:
        lines = _from_json(body, name)
    if len(lines) > MOST_LINES:
        raise Invalid("report-too-long", f"A page has at most {MOST_LINES} lines.")
    return lines


def from_csv(text: str, needed: str, one_of: Collection[str]) -> list[Any]:
    """Lines by the names of the first row; a comma or a semicolon between fields. The column
    `needed` must be there, and one of the others."""
    head, _, _ = text.partition("\n")
    mark = ";" if head.count(";") > head.count(",") else ","
    try:
        read = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        rows = list(read)
    except csv.Error as why:
        raise Malformed("malformed", f"The CSV cannot be read: {why}.") from None
    names = {name.strip().lower() for name in read.fieldnames or ()}
    if needed not in names or not names & set(one_of):
        wanted = " or ".join(one_of)
        raise Invalid(
            "invalid", f"The first row names the columns; {wanted} and {needed} are needed."
        )
    return [
        {name.strip().lower(): value for name, value in row.items() if name and value is not None}
        for row in rows
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
