"""The databases of all services, for the histories of one worker."""

from collections.abc import Callable, Iterator

import pytest

from shared.contracts.services import SERVICES
from tests.conftest import _migrated, _name, _url_of
from tests.simulation.cluster import Cluster


@pytest.fixture(scope="module")
def cluster(
    postgres_url: str, _admin: Callable[[str], None], _templates: dict[str, str]
) -> Iterator[Cluster]:
    """One database a service, made from its migrations, emptied between histories."""
    names = {}
    for service in SERVICES:
        if service not in _templates:
            _templates[service] = _migrated(postgres_url, service)
        names[service], like = _name(service), _templates[service]
        _admin(f"create database {names[service]} template {like} owner {like} strategy file_copy")
    urls = {s: _url_of(postgres_url, names[s], _templates[s]) for s in SERVICES}
    yield Cluster(urls, {s: _url_of(postgres_url, names[s]) for s in SERVICES})
    for name in names.values():
        _admin(f"drop database if exists {name} with (force)")
