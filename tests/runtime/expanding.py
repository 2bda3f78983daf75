"""What a migration does that the release before could not live with, or that would keep it waiting.

While services are upgraded one after the other, those of the release before read and write the
tables of the new one (docs/upgrades.md). So a migration only adds. What no release that is still
out reads may be taken away: such a migration says so with `CONTRACTS = "0.4.0"`, the first release
that reads it no more.
"""

import importlib.util
import io
import re
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from packaging.version import Version

_NARROWING = (ops.CreateCheckConstraintOp, ops.CreateForeignKeyOp)
_NARROWING += (ops.CreatePrimaryKeyOp, ops.CreateUniqueConstraintOp)
_SQL = {
    r"\bdrop\s+(table|column|view)\b": "drops",
    r"\brename\b": "renames",
    r"\bset\s+not\s+null\b|\badd\s+constraint\b|\bcreate\s+unique\s+index\b": "narrows",
    r"\balter\s+(column\s+\S+\s+)?(set\s+data\s+)?type\b": "changes the type of something",
    r"\bcreate\s+index\s+(?!concurrently\b)": "builds an index while nobody can write",
}


def loaded(path: Path) -> ModuleType:
    """A file of migrations/versions, as a module."""
    spec = importlib.util.spec_from_file_location(f"migration_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def done_by(module: ModuleType) -> list[Any]:
    """Alembic's operations of an upgrade, in order; nothing is done to any database."""
    told = {"as_sql": True, "output_buffer": io.StringIO()}
    operations: Any = Operations(MigrationContext.configure(dialect_name="postgresql", opts=told))
    seen: list[Any] = []
    invoke = operations.invoke

    def noted(operation: Any) -> Any:
        seen.append(operation)
        return invoke(operation)

    operations.invoke = noted
    operations._install_proxy()
    try:
        module.upgrade()
    finally:
        operations._remove_proxy()
    return seen


def faults(module: ModuleType, released: str) -> list[str]:
    """A line each, in words; none where the release before can go on. `released` is the last
    version that is out."""
    contracts = getattr(module, "CONTRACTS", None)
    if contracts is not None:
        early = Version(contracts) > Version(released)
        return (
            [f"takes away what is read until {contracts}, and out is {released}"] if early else []
        )
    made: set[str] = set()
    found = []
    for operation in done_by(module):
        if isinstance(operation, ops.CreateTableOp):
            made.add(operation.table_name)
        elif isinstance(operation, ops.ExecuteSQLOp):
            text = str(operation.sqltext)
            found += [says for form, says in _SQL.items() if re.search(form, text, re.IGNORECASE)]
        elif _table(operation) not in made:
            found += [f"{_table(operation)}: {said}" for said in _on_what_is_there(operation)]
    return found


def _table(operation: Any) -> str:
    return str(getattr(operation, "table_name", None) or getattr(operation, "source_table", ""))


def _on_what_is_there(operation: Any) -> list[str]:
    """What an operation does to a table that the release before knows."""
    if isinstance(operation, ops.DropTableOp | ops.DropColumnOp):
        return ["drops"]
    if isinstance(operation, ops.RenameTableOp):
        return ["renames"]
    if isinstance(operation, _NARROWING):
        return ["narrows"]
    if isinstance(operation, ops.AddColumnOp):
        column = operation.column
        filled = column.nullable or column.server_default is not None or column.identity is not None
        return [] if filled else [f"{column.name} is not null and has no default"]
    if isinstance(operation, ops.CreateIndexOp):
        beside = operation.kw.get("postgresql_concurrently")
        found = [] if beside else ["builds an index while nobody can write"]
        return [*found, "narrows"] if operation.unique else found
    return _altered(operation) if isinstance(operation, ops.AlterColumnOp) else []


def _altered(operation: Any) -> list[str]:
    """`False` is Alembic's word for what was not said; None takes a default away."""
    name, found = operation.column_name, []
    if operation.modify_name:
        found.append(f"renames {name}")
    if operation.modify_type is not None:
        found.append(f"changes the type of {name}")
    if operation.modify_nullable is False:
        found.append(f"narrows {name}")
    if operation.modify_server_default is None:
        found.append(f"takes the default of {name} away")
    return found
