"""A Postgres with all services' databases, for a process that tells stories by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import asyncpg

from shared.contracts.services import SERVICES
from tests.conftest import (
    _embedded_postgres,
    _in_memory,
    _migrated,
    _name,
    _url_of,
    own_directory,
    run,
)
from tests.simulation.cluster import Cluster


@contextmanager
def migrated() -> Iterator[tuple[str, dict[str, str]]]:
    """An administrator's URL, and by service the database that its migrations were run in."""
    with own_directory(_in_memory()) as place, _embedded_postgres(place) as admin:
        with ThreadPoolExecutor(2) as at_once:
            made = dict(
                zip(SERVICES, at_once.map(lambda s: _migrated(admin, s), SERVICES), strict=True)
            )
        yield admin, made


@contextmanager
def cluster_like(admin: str, templates: Mapping[str, str]) -> Iterator[Cluster]:
    """Databases of one process, made from those, for as long as the block lasts."""
    names = {service: _name(service) for service in SERVICES}
    run(
        _executed(
            admin,
            *(
                f"create database {names[s]} template {like} owner {like} strategy file_copy"
                for s, like in ((s, templates[s]) for s in SERVICES)
            ),
        )
    )
    urls = {s: _url_of(admin, names[s], templates[s]) for s in SERVICES}
    try:
        yield Cluster(urls, {s: _url_of(admin, names[s]) for s in SERVICES})
    finally:
        dropped = (f"drop database if exists {name} with (force)" for name in names.values())
        run(_executed(admin, *dropped))


async def _executed(admin: str, *statements: str) -> None:
    con = await asyncpg.connect(admin)
    try:
        for statement in statements:
            await con.execute(statement)
    finally:
        await con.close()
