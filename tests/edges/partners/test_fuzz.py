"""Partners' OpenAPI document, fuzzed (`tests/fuzzing.py`), by the institute's own key, too."""

import asyncio
from typing import Any

import pytest

from services.partners.app import build
from services.partners.settings import Settings
from shared.runtime.tokens import digest_of
from tests.edges.partners.conftest import SECRET, client
from tests.fuzzing import CALLERS, fuzzed, headers_of
from tests.rules.partners.test_mapping import DOCUMENT
from tests.stage import OPERATOR

_KEY = "INSERT INTO api_keys (key_id, hash, scopes, version, revoked) VALUES ($1, $2, $3, 1, false)"


class Topics:
    """A Kafka that has the institute's topic and no other."""

    async def has(self, name: str) -> bool:
        return name == "partner.ibh.events"


class Impatient:
    """Nobody waits for half a minute for what does not come."""

    async def beyond(self, *_: Any) -> bool:
        return False


async def story(service: Any) -> tuple[dict[str, str], str]:
    """An institute with an endpoint, a mapping and a secret; its ids, and its key."""
    async with client(service, OPERATOR) as operator:
        path = "/partners/v1/partners/ibh"
        body = {"name": "Institute", "courses": ["course-a"], "types": ["*"], "fields": []}
        told = (await operator.put(path, json=body)).raise_for_status().json()
        endpoint = await operator.post(f"{path}/endpoints", json={"url": "https://8.8.8.8/in"})
        for answer in (
            await operator.post(f"{path}/inbound/secret"),
            await operator.put(f"{path}/inbound/mapping", json={"mapping": DOCUMENT}),
        ):
            answer.raise_for_status()
    async with service.api_db.acquire() as con:
        await con.execute(_KEY, told["key_id"], digest_of(told["key"]), ["partner:ibh"])
    ids = {"partner_id": "ibh", "key_id": told["key_id"]}
    return ids | {"endpoint_id": endpoint.json()["endpoint_id"]}, told["key"]


@pytest.mark.parametrize("caller", CALLERS)
def test_whatever_is_asked_is_answered_as_declared(database: Any, caller: str) -> None:
    settings = Settings(
        database_url=database("partners"),
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        role="api",
        requests_a_minute=10_000,
    )
    with asyncio.Runner() as loop:
        service = build(settings)
        service.app.state.topics, service.app.state.tail = Topics(), Impatient()
        stack = service.app.router.lifespan_context(service.app)
        loop.run(stack.__aenter__())
        try:
            ids, key = loop.run(story(service))
            found, statuses = fuzzed(service.app, loop, headers_of(caller, key), [ids])
            assert found == [], "\n\n".join(found)
            wanted = {"operator": {200, 404, 422}, "holder": {200, 403, 422}}
            assert statuses >= wanted.get(caller, {401, 422})
        finally:
            loop.run(stack.__aexit__(None, None, None))
