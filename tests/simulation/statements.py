"""What services ask of their databases while they live, and how Postgres goes about it.

Each statement is planned for arguments that are not known, on tables that nobody has counted, with
every way but the one by keys put off: where a sequential scan is left all the same there is no index
for it, and an index that is walked without a condition is a sequential scan by another name.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.simulation.gates import Gated

_ROOT = Path(__file__).parents[2]
_OURS = (str(_ROOT / "services"), str(_ROOT / "shared"))
_PLANNED = re.compile(r"\s*(select|with|update|delete|insert)\b", re.IGNORECASE)
# Partial indexes that have a row only while something goes on: as many as that, however old a table.
_OF_WHAT_IS_OPEN = {
    "ix_refunds_under_way",
    "ix_disputes_open",
    "ix_findings_open",
    "ix_registrations_state_unknown",
}
_INDEX_SCANS = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
_BY_KEYS = """
SET enable_seqscan = off; SET enable_mergejoin = off; SET enable_hashjoin = off;
SET random_page_cost = 1.1; SET plan_cache_mode = force_generic_plan
"""
Statements = Mapping[str, set[str]]


@dataclass(frozen=True)
class Walk:
    """A whole table, or a whole index of it, that a statement goes through."""

    service: str
    table: str
    how: str
    statement: str


@contextmanager
def heard() -> Iterator[Statements]:
    """The statements of services and runtime by the name of their database, until the block ends."""
    found: dict[str, set[str]] = defaultdict(set)
    passed = Gated._pass

    async def listening(self: Gated, statement: str, answer: Awaitable[Any]) -> Any:
        caller = sys._getframe(2)  # whoever called the method that called `_pass`
        if caller.f_code.co_filename.startswith(_OURS):
            found[self._params.database].add(statement)
        return await passed(self, statement, answer)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Gated, "_pass", listening)
        yield found


async def walks(con: asyncpg.Connection, service: str, statements: set[str]) -> list[Walk]:
    """The walks of these, in the order of their text; `con` is to an empty database."""
    await con.execute(_BY_KEYS)
    indexes = dict(await con.fetch("SELECT indexname::text, tablename::text FROM pg_indexes"))
    found = []
    for statement in sorted(filter(_PLANNED.match, statements)):
        for node, limited in _nodes(await _plan(con, statement), limited=False):
            how = _how(node, limited=limited)
            if how:
                name = node.get("Relation Name") or indexes[node["Index Name"]]
                found.append(Walk(service, name, how, " ".join(statement.split())))
    return found


async def _plan(con: asyncpg.Connection, statement: str) -> dict[str, Any]:
    numbers = [int(one) for one in re.findall(r"\$(\d+)", statement)]
    arguments = ", ".join(["NULL"] * max(numbers, default=0))
    await con.execute(f"PREPARE looked_at AS {statement}")
    try:
        asked = f"EXECUTE looked_at({arguments})" if arguments else "EXECUTE looked_at"
        text = await con.fetchval(f"EXPLAIN (FORMAT JSON) {asked}")
    finally:
        await con.execute("DEALLOCATE looked_at")
    plan: dict[str, Any] = json.loads(text)[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any], *, limited: bool) -> Iterator[tuple[dict[str, Any], bool]]:
    """Each node, and whether only the first of its rows are asked for, in the order they have."""
    yield plan, limited
    kind = plan["Node Type"]
    below = kind == "Limit" or (limited and kind not in {"Sort", "Aggregate", "Hash"})
    for part in plan.get("Plans", ()):
        yield from _nodes(part, limited=below)


def _how(node: dict[str, Any], *, limited: bool) -> str:
    if node["Node Type"] == "Seq Scan":
        return "reads all of it"
    if node["Node Type"] not in _INDEX_SCANS or "Index Cond" in node:
        return ""
    if node.get("Index Name") in _OF_WHAT_IS_OPEN:
        return ""
    if not limited:
        return "walks an index from end to end"
    return "walks an index until enough rows pass a filter" if "Filter" in node else ""
