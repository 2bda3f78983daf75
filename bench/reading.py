"""Every GET of a service, about rows that are there; and how long each takes."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from time import monotonic
from typing import Any
from urllib.parse import quote

import asyncpg

from bench.living import Life
from cli.crowd.lines import request
from cli.crowd.pace import percentile
from cli.crowd.progress import say

IDS = 40  # of each kind, of rows anywhere in a table
WHOLE = {"/billing/v1/books/export"}  # all books there are: as long as they are, and meant so
ALL = 50_000  # rows of a table up to which one is simply counted off
_NAMES = """
SELECT table_name::text AS table, column_name::text AS name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type = 'text' ORDER BY 1, 2
"""
_PART = re.compile(r"\{(\w+)\}")


async def asked(
    life: Life, con: asyncpg.Connection, service: str, seed: int
) -> dict[str, list[str]]:
    """Path of OpenAPI → addresses of it; those that name what there is in no column are left out.
    What stands in one address is of one row where a table has it all."""
    document = json.loads((await life.lines.ask(request("GET", f"/{service}/openapi.json"))).body)
    tables: dict[str, set[str]] = defaultdict(set)
    for row in await con.fetch(_NAMES):
        tables[row["table"]].add(row["name"])
    found = {}
    for path, calls in sorted(document["paths"].items()):
        wanted = set(_PART.findall(path))
        holding = [table for table, names in sorted(tables.items()) if wanted <= names]
        if "get" not in calls or not path.startswith(f"/{service}/") or path in WHOLE:
            continue
        if not wanted:
            found[path] = [path]
        elif holding:
            rows = await _some(con, _home(holding, wanted), sorted(wanted), seed)
            found[path] = [
                path.format_map({n: quote(v, safe="") for n, v in row.items()}) for row in rows
            ]
    return {path: addresses for path, addresses in found.items() if addresses}


def _home(tables: Sequence[str], wanted: set[str]) -> str:
    """The table that is called after what is asked for, or the first."""
    named = [t for t in tables if any(t.rstrip("s") == one.removesuffix("_id") for one in wanted)]
    return (named or list(tables))[0]


async def _some(
    con: asyncpg.Connection, table: str, names: Sequence[str], seed: int
) -> list[dict[str, str]]:
    """The columns of rows that are there, as they stand in an address."""
    columns = ", ".join(f'"{name}"' for name in names)
    there = " AND ".join(f"\"{name}\" <> ''" for name in names)
    total = await con.fetchval(f'SELECT count(*) FROM "{table}"')
    pages = await con.fetchval(f"SELECT pg_relation_size('\"{table}\"') / 8192")
    chance = random.Random(f"{seed}/{table}")
    rows: list[Any] = []
    for _ in range(IDS if total else 0):
        if total < ALL:
            after = chance.randrange(total)
            whole = f'SELECT {columns} FROM "{table}" WHERE {there} OFFSET {after} LIMIT 1'
            rows += await con.fetch(whole)
        else:  # the first of a page anywhere, or of one behind it
            page = f"ctid >= '({chance.randrange(pages)},0)'::tid"
            some = f'SELECT {columns} FROM "{table}" WHERE {page} AND {there} LIMIT 1'
            rows += await con.fetch(some)
    return [{name: quote(value, safe="") for name, value in row.items()} for row in rows]


async def timed(life: Life, addresses: Sequence[str], times: int) -> float | None:
    """The p50 of so many GETs, in milliseconds; None where most are not answered by 200."""
    took, other = [], 0
    for number in range(times + 1):
        words = request(
            "GET", addresses[number % len(addresses)], authorization=f"Bearer {life.town.key}"
        )
        since = monotonic()
        try:
            status = (await life.lines.ask(words)).status
        except OSError as why:
            say(f"{addresses[number % len(addresses)]}: {why}")
            status = 0
        if status != 200:
            other += 1
        elif number:  # the first prepares what all of them need
            took.append(1000 * (monotonic() - since))
    return None if other > times / 2 else round(percentile(took, 50), 3)
