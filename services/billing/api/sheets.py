"""Tables as CSV, that a spreadsheet may open: no cell of text is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Number(str):
    """Digits of ours, that a spreadsheet shall count with."""

    __slots__ = ()


def rows_of(table: Iterable[Sequence[Any]]) -> str:
    """Lines of CSV; what is not there is an empty cell."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [_cell(value) for value in row] for row in table
    )
    return out.getvalue()


def attached(name: str) -> dict[str, str]:
    """The header by which a file is saved under that name."""
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in name)
    return {"Content-Disposition": f'attachment; filename="{plain}.csv"'}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Number | int):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
