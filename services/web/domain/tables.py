"""Tables of the console: found by words, sorted by a column, page by page, and whole as CSV.

A row is a mapping from the names of columns to plain values; what is shown of one that is not plain
(a link, a state) a template says. All of it is in the address, so that a view can be kept and sent.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

PAGE = 50
Row = Mapping[str, Any]
_NUMBERS = (int, float, Decimal)
# What a spreadsheet would take for a formula (OWASP, "CSV injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """`number`: figures, to the right; `hidden`: in the CSV and found by words, but not shown.
    `money`: a Decimal of major units, in the `currency` that the row says; amounts of different
    currencies are never put in one order."""

    name: str
    title: str
    number: bool = False
    hidden: bool = False
    money: bool = False


@dataclass(frozen=True)
class View:
    """What is asked for: words, the column to sort by (`-` before it: downwards), and the page.

    `kept` are further fields of the address that stay as they are.
    """

    words: str = ""
    sort: str = ""
    page: int = 1
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def column(self) -> str:
        """The name of the column that is sorted by."""
        return self.sort.removeprefix("-")

    @property
    def down(self) -> bool:
        """Whether the greatest is first."""
        return self.sort.startswith("-")

    def by(self, column: str) -> View:
        """The view when the column's title is followed: sorted by it, or the other way round."""
        turned = column == self.column and not self.down
        return replace(self, sort=f"-{column}" if turned else column, page=1)

    def at(self, page: int) -> View:
        """Another page of the same."""
        return replace(self, page=page)

    def address(self, **more: str) -> str:
        """Its fields as a query: `?q=&sort=&page=`."""
        said = {"q": self.words, "sort": self.sort, "page": "" if self.page == 1 else self.page}
        fields = [*self.kept, *said.items(), *more.items()]
        return "?" + urlencode([(name, value) for name, value in fields if value])


@dataclass(frozen=True)
class Table:
    """One page of rows. `count` were found among `all`; `more`: the owner has still others."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    view: View
    count: int
    all: int
    pages: int
    more: bool = False

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that are drawn."""
        return tuple(column for column in self.columns if not column.hidden)


def view_of(query: Mapping[str, str], kept: Iterable[str] = ()) -> View:
    """The view that an address asks for; what is none of its fields' values is left out."""
    page = query.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    stays = tuple((name, query[name]) for name in kept if query.get(name))
    return View(query.get("q", "").strip()[:200], query.get("sort", "")[:60], max(1, number), stays)


def found(rows: Iterable[Row], columns: Sequence[Column], view: View) -> list[Row]:
    """The rows in which every word stands, sorted. Empty values are last, whichever way."""
    words = view.words.casefold().split()
    kept = [row for row in rows if all(word in _said(row, columns) for word in words)]
    by = next((column for column in columns if column.name == view.column), None)
    if by is not None:
        filled = [row for row in kept if not _empty(row.get(by.name))]
        filled.sort(key=_order(by.name), reverse=view.down)
        if by.money:
            filled.sort(key=lambda row: str(row.get("currency")))
        kept = filled + [row for row in kept if _empty(row.get(view.column))]
    return kept


def table(rows: Sequence[Row], columns: Sequence[Column], view: View, more: bool = False) -> Table:
    """The page that a view asks for; the last one where it asks for one behind it."""
    kept = found(rows, columns, view)
    pages = max(1, -(-len(kept) // PAGE))
    page = min(view.page, pages)
    part = tuple(kept[(page - 1) * PAGE : page * PAGE])
    return Table(tuple(columns), part, view.at(page), len(kept), len(rows), pages, more)


def csv_of(rows: Iterable[Row], columns: Sequence[Column]) -> str:
    """All rows as CSV with a line of titles; nothing in it is a formula to a spreadsheet."""
    return titles_of(columns) + lines_of(rows, columns)


def titles_of(columns: Sequence[Column]) -> str:
    """The first line of a CSV."""
    return _written([[column.title for column in columns]])


def lines_of(rows: Iterable[Row], columns: Sequence[Column]) -> str:
    """Some rows as the lines of a CSV."""
    return _written([_plain(row.get(column.name)) for column in columns] for row in rows)


def _written(lines: Iterable[Sequence[str]]) -> str:
    sheet = io.StringIO()
    csv.writer(sheet).writerows(lines)
    return sheet.getvalue()


def _plain(value: Any) -> str:
    text = "" if value is None else str(value)
    if isinstance(value, _NUMBERS):
        return text
    return f"'{text}" if text.startswith(_FORMULA) else text


def _said(row: Row, columns: Sequence[Column]) -> str:
    return " ".join(str(row.get(column.name) or "") for column in columns).casefold()


def _empty(value: Any) -> bool:
    return value is None or value == ""


def _order(name: str) -> Callable[[Row], tuple[bool, Any]]:
    """Numbers before words, words without regard to case."""

    def key(row: Row) -> tuple[bool, Any]:
        value = row[name]
        number = isinstance(value, _NUMBERS)
        return not number, value if number else str(value).casefold()

    return key
