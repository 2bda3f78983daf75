"""The databases of all services, for the histories of one worker."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contracts.services import SERVICES
from tests.conftest import _migrated
from tests.simulation.cluster import Cluster
from tests.simulation.own import cluster_like


@pytest.fixture(scope="module")
def migrations(postgres_url: str, _templates: dict[str, str]) -> dict[str, str]:
    """By service the database that its migrations were run in."""
    for service in SERVICES:
        if service not in _templates:
            _templates[service] = _migrated(postgres_url, service)
    return _templates


@pytest.fixture(scope="module")
def cluster(postgres_url: str, migrations: dict[str, str]) -> Iterator[Cluster]:
    """One database a service, made from its migrations, emptied between histories."""
    with cluster_like(postgres_url, migrations) as made:
        yield made


@pytest.fixture(scope="session")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files of seeds leave their counts for one another, whichever worker has them."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "counted"
    place.mkdir(exist_ok=True)
    return place
