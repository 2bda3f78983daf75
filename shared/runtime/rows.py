"""Rows: what a table holds, as frozen values, and the ways to ask for them.

A row class is declared once, with `@table` (`tables.py`); commands see frozen instances of it and
change them with `replace`. Rows read from the database are built without validation: what is in the
database was valid when it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlmodel import SQLModel

if TYPE_CHECKING:
    from sqlalchemy import Table

R = TypeVar("R", bound=SQLModel)
Key = tuple[Any, ...]
_set = object.__setattr__  # rows are frozen
# What memory and database order alike; there is no place in the order of another type.
_PLACES: Mapping[str, tuple[type, ...]] = {
    "TEXT": (str,),
    "BIGINT": (int,),
    "BOOLEAN": (bool,),
    "DATE": (date,),
    "TIMESTAMP WITH TIME ZONE": (datetime,),
}
_ALL: set[str] = set()  # rows are always whole: which fields were given is not kept a row


@dataclass(frozen=True)
class Spec:
    """What the runtime must know of a table to read and write it in sets."""

    table: Table
    columns: tuple[str, ...]
    types: Mapping[str, str]  # column → Postgres type, for the casts of arrays
    primary: tuple[str, ...]
    order: int  # the place in models.py: the order in which a batch locks and writes
    defaults: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    append_only: bool = False  # what is stored is never changed, and so never locked

    @property
    def name(self) -> str:
        """The table's name, as it stands in SQL."""
        return str(self.table.name)


def spec_of(row: type[SQLModel]) -> Spec:
    """The table behind a row class; a class without `@table` is a bug."""
    found = row.__dict__.get("__spec__")
    if found.__class__ is not Spec:
        raise TypeError(f"{row.__name__} has no table: declare it with @table")
    return found


def key_of(row: SQLModel) -> Key:
    """The primary key of a row, always as a tuple."""
    primary, values = type(row).__dict__["__spec__"].primary, row.__dict__
    return (values[primary[0]],) if len(primary) == 1 else tuple([values[c] for c in primary])


class Row(SQLModel):
    """Base of all rows: made from keywords, without validation at run time.

    mypy checks the types where a row is made, and the database when it is written; a third check
    would cost more than all that a command does with the row.
    """

    if not TYPE_CHECKING:

        def __new__(cls, **values: Any) -> Any:
            spec = spec_of(cls)
            if len(values) != len(spec.columns):
                for name, default in spec.defaults.items():
                    if name not in values:
                        values[name] = default()
            if len(values) != len(spec.columns) or not values.keys() <= spec.types.keys():
                odd = sorted(values.keys() ^ set(spec.columns))
                raise TypeError(f"{cls.__name__}: missing or unknown: {', '.join(odd)}")
            made = object.__new__(cls)
            _fill(made, values)
            return made

        __init__ = object.__init__  # which does nothing: one more call with all values is dear


def build(row: type[R], record: Mapping[str, Any]) -> R:
    """A row from a record of the database, without validation (it was valid when written)."""
    made = object.__new__(row)
    _fill(made, dict(record))
    return made


def _fill(row: SQLModel, values: dict[str, Any]) -> None:
    _set(row, "__dict__", values)
    _set(row, "__pydantic_fields_set__", _ALL)
    _set(row, "__pydantic_extra__", None)
    _set(row, "__pydantic_private__", None)


def replace(row: R, **changes: Any) -> R:
    """The same row with some columns changed. A column that is not there is a bug."""
    if not changes.keys() <= row.__dict__.keys():
        unknown = sorted(changes.keys() - row.__dict__.keys())
        raise TypeError(f"{type(row).__name__} has no column {', '.join(unknown)}")
    made = object.__new__(type(row))
    _fill(made, {**row.__dict__, **changes})
    return made


@dataclass(frozen=True)
class Query(Generic[R]):
    """Rows whose columns equal given values, in an order; `limit=None` means all of them.

    Query-shaped keys are for what has no known key, such as the first in a waiting list. They are
    read from the database once and then evaluated in memory, so that a later unit of a batch sees
    what an earlier one did.
    """

    row: type[R]
    equal: tuple[tuple[str, Any], ...]
    order: tuple[str, ...] = ()
    limit: int | None = None
    after: Key | None = None  # only what comes behind this place in the order
    columns: tuple[str, ...] = field(init=False, compare=False)  # that are compared, in one order
    values: Key = field(init=False, compare=False)  # what with; None stands for NULL
    shape: tuple[type[R], tuple[str, ...], tuple[str, ...]] = field(init=False, compare=False)
    asked: tuple[Any, ...] = field(init=False, compare=False)  # all that tells it from others

    def __post_init__(self) -> None:
        columns = tuple([column for column, _ in self.equal])
        values = tuple([value for _, value in self.equal])
        shape = (self.row, columns, self.order)
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "asked", (shape, values, self.after))


def where(
    row: type[R],
    *,
    order: Sequence[str] = (),
    limit: int | None = None,
    after: Any = None,
    **equal: Any,
) -> Query[R]:
    """Ask for rows by the values of columns: `where(Waiting, course_id=…, order=("position",))`.

    `order` names columns, a minus sign in front reverses one; NULLs come last either way. The
    primary key is added, so that the order is total. `after` is a place in that order, as
    `place_of` gives it: one value a column of it, or the value itself where it is one column. Only
    rows behind it are asked for, so that pages neither skip nor repeat what stays where it is.
    """
    total = _total_order(row, tuple(order), tuple(equal))
    place = None if after is None else _place(row, total, after)
    return Query(row, tuple(sorted(equal.items())), total, limit, place)


def place_of(row: SQLModel, order: Sequence[str]) -> Key:
    """Where a row stands in the order of a query: what `after` takes to ask for those behind it."""
    return tuple([getattr(row, name.lstrip("-")) for name in order])


def is_behind(row: SQLModel, order: Sequence[str], place: Key) -> bool:
    """Whether a row comes behind a place in an order, as the database would say."""
    for name, value in zip(order, place, strict=True):
        own = getattr(row, name.lstrip("-"))
        if own != value:
            if own is None or value is None:
                return own is None  # NULLs come last, whichever way the column goes
            return bool(own < value if name.startswith("-") else own > value)
    return False


def _place(row: type[SQLModel], order: tuple[str, ...], after: Any) -> Key:
    place = after if isinstance(after, tuple) else (after,)
    if len(place) != len(order):
        raise TypeError(f"{row.__name__} is ordered by {', '.join(order)}: {after!r} is no place")
    for name, value in zip([name.lstrip("-") for name in order], place, strict=True):
        kind = spec_of(row).types[name]
        if value is not None and not isinstance(value, _PLACES.get(kind, ())):
            raise TypeError(f"{row.__name__}: {value!r} is no place in the order of {name}, {kind}")
    return place


@cache
def _total_order(
    row: type[SQLModel], order: tuple[str, ...], columns: tuple[str, ...]
) -> tuple[str, ...]:
    spec = spec_of(row)
    named = {name.lstrip("-") for name in order}
    unknown = (named | set(columns)) - set(spec.columns)
    if unknown:
        raise TypeError(f"{row.__name__} has no column {', '.join(sorted(unknown))}")
    return (*order, *(p for p in spec.primary if p not in named))


def in_order(rows: list[R], order: Sequence[str]) -> list[R]:
    """Sort rows as the database would with NULLS LAST; the last name decides least."""
    if len(rows) < 2:
        return rows
    for name in reversed(order):
        column, back = name.lstrip("-"), name.startswith("-")
        present = [row for row in rows if getattr(row, column) is not None]
        absent = [row for row in rows if getattr(row, column) is None]
        present.sort(key=lambda row: getattr(row, column), reverse=back)
        rows = present + absent
    return rows


def tables_in_order(rows: Sequence[type[SQLModel]]) -> list[type[SQLModel]]:
    """Row classes in the order of models.py, in which every batch locks and writes."""
    return sorted(rows, key=lambda row: spec_of(row).order)
