"""Tables as CSV, that a spreadsheet may open: no cell of text is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
ROSTER = (
    *("registration_id", "person_id", "status", "name", "email", "profession", "licenses"),
    *("board", "served", "award", "credits", "unit", "unmet"),
    *("sessions_present", "seconds", "evaluated"),
)
CERTIFICATES = (
    *("certificate_id", "number", "board", "status", "registration_id", "person_id"),
    *("credits", "unit", "kind", "issued_at", "key_id", "sha256", "supersedes"),
)
ERASURES = ("person_id", "erased_at", "event_id")


def rows_of(table: Iterable[Sequence[Any]]) -> str:
    """Lines of CSV; what is not there, or was not given, is an empty cell."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerows([_cell(value) for value in row] for row in table)
    return out.getvalue()


def roster_rows(line: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
    """A row a board: each has its own credit."""
    licenses = [
        " ".join(
            part for part in (one.get("profession"), one.get("state"), one.get("number")) if part
        )
        for one in line.get("licenses", ())
    ]
    sessions = line.get("sessions", ())
    seconds = [one["seconds"] for one in sessions if "seconds" in one]
    present = [one["present"] for one in sessions if "present" in one]
    for board in line["boards"]:
        told = {
            **line,
            **board,
            "licenses": "; ".join(licenses),
            "unmet": "; ".join(one["condition"] for one in board.get("unmet", ())),
            "sessions_present": sum(present) if present else None,
            "seconds": sum(seconds) if seconds else None,
        }
        yield [told.get(name) for name in ROSTER]


def certificate_rows(one: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
    yield [one.get(name) for name in CERTIFICATES]


def attached(*parts: str) -> dict[str, str]:
    """The header by which a file is saved under that name."""
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in "-".join(parts))
    return {"Content-Disposition": f'attachment; filename="{plain}.csv"'}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
