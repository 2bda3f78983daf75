"""`@table`: gives a row class its table.

The order of declaration in `models` (a module, or a package by noun) is the order in which every
batch locks and writes the tables: put first what others wait for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, TypeVar, cast

from pydantic import ConfigDict
from pydantic.fields import FieldInfo
from sqlalchemy import BigInteger, DateTime, Float, Integer, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import Column, SchemaItem, Table
from sqlmodel import Field, SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from shared.runtime.rows import Spec

R = TypeVar("R", bound=SQLModel)
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_place = count()
_dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


def Json(**kwargs: Any) -> Any:  # noqa: N802  (reads as a field type, like SQLModel's Field)
    """A jsonb column holding what `json` can hold."""
    return Field(sa_type=JSONB, **kwargs)


def table(
    name: str, *items: SchemaItem, append_only: bool = False, copied: bool = False
) -> Callable[[type[R]], type[R]]:
    """Give a row class its table, with constraints and indexes.

    Rows of an `append_only` table are never changed: the database forbids it to the service too
    (`migrations.append_only`), and with it to lock them, so they are read unlocked. What is decided
    by them needs a guard: a row of a table declared before, locked by whoever adds to them.
    A `copied` table holds what others say, as they said it last, and nothing that is decided here:
    it can be made again from the log (`rebuild.py`), also when Kafka has forgotten former words.
    """

    def make(row: type[R]) -> type[R]:
        body = {
            "__tablename__": name,
            "__table_args__": items,
            "__module__": row.__module__,
            "model_config": ConfigDict(frozen=True),
        }
        kind: Any = type(row)
        made = kind(f"{row.__name__}Table", (row,), body, table=True)
        made.__table__.info["append_only"] = append_only
        made.__table__.info["copied"] = copied
        setattr(row, "__spec__", _spec(made.__table__, _defaults(row)))  # noqa: B010
        return row

    return make


def _defaults(row: type[SQLModel]) -> dict[str, Callable[[], Any]]:
    """What a column holds where nobody says: a function for each, so that none is shared."""
    fields = {name: each for name, each in row.model_fields.items() if not each.is_required()}
    return {name: _default_of(field) for name, field in fields.items()}


def _default_of(field: FieldInfo) -> Callable[[], Any]:
    """Pydantic looks at a factory's signature each time it is asked: at ours once is enough."""
    if field.default_factory is not None and not field.default_factory_takes_validated_data:
        return cast("Callable[[], Any]", field.default_factory)
    return partial(field.get_default, call_default_factory=True)


def _spec(made: Table, defaults: dict[str, Callable[[], Any]]) -> Spec:
    for column in made.columns:
        column.type = _postgres_type(column)
    return Spec(
        table=made,
        columns=tuple(column.name for column in made.columns),
        types={c.name: c.type.compile(dialect=_dialect) for c in made.columns},
        primary=tuple(column.name for column in made.primary_key.columns),
        order=next(_place),
        defaults=defaults,
        append_only=made.info["append_only"],
    )


def _postgres_type(column: Column[Any]) -> Any:
    """Text for strings, bigint for integers, timestamptz for instants; no floats."""
    kind = column.type
    if isinstance(kind, Float):
        raise TypeError(f"{column.name}: no float in a table; money and seconds are integers")
    if isinstance(kind, AutoString):
        return Text()
    if isinstance(kind, Integer):
        return BigInteger()
    if isinstance(kind, DateTime | UTCDateTime):
        return DateTime(timezone=True)
    return kind
