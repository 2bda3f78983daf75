"""Partners on a database of its own, called over HTTP; what it says is read from its outbox."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from services.partners.app import build
from services.partners.settings import Settings
from shared.runtime.envelope import headers_decoded
from shared.runtime.service import Service
from shared.runtime.tokens import digest_of

OPERATOR = "hf_live_operator-of-the-tests"
SECRET = "a secret of the tests"


@pytest.fixture
async def partners(database) -> AsyncIterator[Service]:
    service = build(
        Settings(
            database_url=database("partners"),
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            role="api",
        )
    )
    async with service.app.router.lifespan_context(service.app):
        yield service


@pytest.fixture
async def operator(partners: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with client(partners, OPERATOR) as made:
        yield made


def client(service: Service, key: str | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(service.app),
        base_url="http://partners.test",
        headers={"Authorization": f"Bearer {key}"} if key else {},
    )


async def said(service: Service) -> list[tuple[str, dict]]:
    """What stands in the outbox, in order: (type, data)."""
    async with service.api_db.acquire() as con:
        rows = await con.fetch("SELECT headers, payload FROM outbox ORDER BY id")
    return [(_type(row["headers"]), json.loads(row["payload"])) for row in rows]


async def audited(service: Service) -> list[tuple[str, str, str]]:
    """What the audit has, in order: (by, act, about)."""
    async with service.api_db.acquire() as con:
        rows = await con.fetch("SELECT by, act, about FROM audit ORDER BY id")
    return [(row["by"], row["act"], row["about"]) for row in rows]


def _type(headers) -> str:
    return dict(headers_decoded(headers))["ce_type"].decode()
