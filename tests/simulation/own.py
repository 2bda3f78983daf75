"""A Postgres with all services' databases, for a process that tells stories by itself."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from shared.contracts.services import SERVICES
from tests import conftest
from tests.conftest import _embedded_postgres, _in_memory, _migrated, _url_of, own_directory, run
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


def cluster_like(admin: str, templates: dict[str, str]) -> Cluster:
    """Databases of one process, made from those."""
    names = {service: conftest._name(service) for service in SERVICES}
    run(_made(admin, {names[service]: templates[service] for service in SERVICES}))
    urls = {s: _url_of(admin, names[s], templates[s]) for s in SERVICES}
    return Cluster(urls, {s: _url_of(admin, names[s]) for s in SERVICES})


async def _made(admin: str, wanted: dict[str, str]) -> None:
    con = await asyncpg.connect(admin)
    try:
        for name, like in wanted.items():
            await con.execute(
                f"create database {name} template {like} owner {like} strategy file_copy"
            )
    finally:
        await con.close()


def place_of_files() -> Path | None:
    """Where files stay in memory, if there is room."""
    return _in_memory()
