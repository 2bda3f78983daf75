"""A group as a sheet (CSV): its rows as lines of a group order, whoever's spreadsheet wrote it.

UTF-8, with or without a mark at its beginning; the first row names the columns, in any order. A
person with several licences has numbered columns (`license_state_2`), or several in one cell
(`NY|NJ`). What is wrong with the sheet as a whole refuses it; what is wrong with a row, the row.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from shared.errors import Invalid, fault

MOST = 500
NEEDED = ("name", "email")
_OF_PERSON = ("name", "email", "profession", "zone", "locale", "birth_day")
_OF_LINE = ("disclosure_version", "complimentary")
_OF_PRICE = {"price": "id", "price_code": "code", "price_statement": "statement"}
_OF_LICENSE = {"license_profession": "profession", "license_state": "state",
               "license_number": "number"}  # fmt: skip
_NUMBERED = re.compile(r"(license_(?:profession|state|number))(?:_?([1-9][0-9]?))?")


class SheetInvalid(Invalid):
    """This is no sheet of a group, as a whole."""

    slug = "sheet-invalid"


@dataclass(frozen=True)
class SheetLine:
    """A row as a line of a group order; `row` as spreadsheets count, the names being row 1."""

    row: int
    body: dict[str, Any]
    columns: dict[str, str] = field(default_factory=dict)  # place in the body → column
    fault: Invalid | None = None

    def column_of(self, pointer: str) -> str:
        """The row and the column of a place in the order: `/rows/3/email`."""
        inside = re.sub(r"^/registrations/[0-9]+", "", pointer)
        column = self.columns.get(inside) or inside.rpartition("/")[2]
        return f"/rows/{self.row}/{column}".rstrip("/")


@dataclass(frozen=True)
class Sheet:
    """The lines of a sheet, and what is odd about it."""

    lines: Sequence[SheetLine]
    warnings: Sequence[str] = ()


def read_sheet(content: bytes, disclosure: str | None = None) -> Sheet:
    """The rows that are not empty; `disclosure` is accepted by those that name no version."""
    (_, head), *rows = _rows(content) or [(1, [])]
    names = [re.sub(r"[\s-]+", "_", name.strip().lower()) for name in head]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise SheetInvalid(
            "The first row names the columns, with a comma or a semicolon between them; name and "
            f"email are needed. Missing: {', '.join(missing)}.",
            errors=[fault("/rows/1", f"There is no column {name}.") for name in missing],
        )
    twice = [name for name, times in Counter(names).items() if name and times > 1]
    if twice:
        raise SheetInvalid(
            "Each column has a name of its own.",
            errors=[fault(f"/rows/1/{name}", "This column is there twice.") for name in twice],
        )
    if not 0 < len(rows) <= MOST:
        raise SheetInvalid(f"A sheet has 1 to {MOST} people; this one has {len(rows)}.")
    return Sheet([_line(number, names, cells, disclosure) for number, cells in rows], _odd(names))


def _rows(content: bytes) -> list[tuple[int, list[str]]]:
    """Rows with anything in them, and their numbers."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetInvalid("The sheet is not UTF-8. Save it as CSV in UTF-8.") from None
    head = text.lstrip().partition("\n")[0]
    mark = max((",", ";", "\t"), key=head.count)
    try:
        read = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error as why:
        raise SheetInvalid(f"The sheet cannot be read as CSV: {why}.") from None
    return [(at, cells) for at, cells in enumerate(read, 1) if any(cell.strip() for cell in cells)]


def _odd(names: Sequence[str]) -> list[str]:
    unread = [name for name in names if name and not _known(name)]
    return [f"The column {name[:60]} is not read by anybody." for name in unread]


def _known(name: str) -> bool:
    named = {*_OF_PERSON, *_OF_LINE, *_OF_PRICE}
    return name in named or _NUMBERED.fullmatch(name) is not None


def _line(
    number: int, names: Sequence[str], cells: Sequence[str], disclosure: str | None
) -> SheetLine:
    if any(cell.strip() for cell in cells[len(names) :]):
        why = "There are more cells in this row than columns: is a comma or a quote missing?"
        wrong = Invalid("row-invalid", why, errors=[fault(f"/rows/{number}", why)])
        return SheetLine(number, {}, fault=wrong)
    given = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if cell.strip()}
    licenses, places = _licenses(given)
    person: dict[str, Any] = {name: given[name] for name in _OF_PERSON if name in given}
    body: dict[str, Any] = {name: given[name] for name in _OF_LINE if name in given}
    body["attendee"] = {"name": "", "email": "", **person, "licenses": licenses}
    price = {part: given[name] for name, part in _OF_PRICE.items() if name in given}
    if price:
        body["price"] = price
    if disclosure is not None:
        body.setdefault("disclosure_version", disclosure)
    places |= {f"/price/{part}": name for name, part in _OF_PRICE.items()}
    return SheetLine(number, body, places)


def _licenses(given: dict[str, str]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Licences in the order of their columns' numbers, and in which column each part stands."""
    sets: dict[int, dict[str, str]] = {}
    for name in given:
        found = _NUMBERED.fullmatch(name)
        if found is not None:
            sets.setdefault(int(found[2] or 1), {})[found[1]] = name
    licenses: list[dict[str, str]] = []
    places: dict[str, str] = {}
    for _, columns in sorted(sets.items()):
        parts = {kind: given[column].split("|") for kind, column in columns.items()}
        for values in zip_longest(*parts.values(), fillvalue=""):
            one = {
                _OF_LICENSE[kind]: value.strip()
                for kind, value in zip(parts, values, strict=True)
                if value.strip()
            }
            for kind, column in columns.items():
                places[f"/attendee/licenses/{len(licenses)}/{_OF_LICENSE[kind]}"] = column
            licenses.append(one)
    return licenses, places
