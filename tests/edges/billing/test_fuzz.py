"""Every route of billing's OpenAPI document, fuzzed: whatever comes, the answer is one it declares.

As in registration's: nothing may end in a 5xx, and each answer must have a status, a content type
and a body that the document names for the route. The examples are the same each time; `FUZZ` in the
environment asks for more a route (`FUZZ=200`).
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.contracts import reference
from tests.edges.billing import conftest
from tests.edges.billing.conftest import World, cancelled, confirmed, course, requested, token, usd
from tests.edges.registration.test_fuzz import call
from tests.stage import OPERATOR

EXAMPLES = int(os.environ.get("FUZZ", "4"))  # a route, a mode and a choice of ids
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CALLERS = ["operator", "holder", "nobody", "somebody odd"]


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """Hypothesis calls what is not async: one loop for all of its calls."""
    with asyncio.Runner() as runner:
        yield runner


@asynccontextmanager
async def running(database: Any, path: Path) -> AsyncIterator[World]:
    """The world of the other tests, in a loop of our own."""
    made = conftest.world.__wrapped__  # type: ignore[attr-defined]
    worlds = made(database, path)
    world = await anext(worlds)
    try:
        yield world
    finally:
        await anext(worlds, None)  # also asks whether the invariants of money hold


async def story(world: World) -> dict[str, str]:
    """A registration that is paid, one that is not, one cancelled late; the ids of what they have.

    The course's policy changed since, so that a quote has a choice in it.
    """
    half = {"windows": [{"until": "forever", "outcome": "refund", "fee": {"percent": 50}}]}
    await world.hears(course(2, policy=reference.POLICY | half | {"version": 2}))
    for name in ("ada", "bea", "cleo"):
        await world.hears(requested(name, price=usd(19900)))
    await world.pays("ada")
    await world.pays("cleo")
    await world.hears(confirmed("ada"), confirmed("cleo"))
    await world.hears(cancelled("cleo", "2020-10-12T12:00:00Z"))
    await world.rests()
    [invoice] = [
        one for one in await world.said("invoice.paid.v1") if one["registration_id"] == "ada"
    ]
    view = await world.view("cleo")
    return {
        "course_id": reference.COURSE_ID,
        "invoice_id": invoice["invoice_id"],
        "payment_id": (await world.view("ada"))["payments"][0]["payment_id"],
        "code": view["credits"][0]["code"],
        "gateway": "paysim",
        "month": "2020-09",
    }


def known(operation: Any, ids: dict[str, str]) -> dict[str, Any]:
    """Ids in the path that somebody has."""
    names = [each.name for each in operation.path_parameters]
    return {name: ids[name] for name in names if name in ids}


@pytest.mark.parametrize("caller", CALLERS)
def test_whatever_is_asked_is_answered_as_declared(
    database: Any, tmp_path: Path, loop: asyncio.Runner, caller: str
) -> None:
    stack = running(database, tmp_path)
    world = loop.run(stack.__aenter__())
    try:
        ids = loop.run(story(world))
        headers = {
            "operator": {"Authorization": f"Bearer {OPERATOR}"},
            "holder": {"Authorization": f"Bearer {token('ada')}"},
            "nobody": {},
            "somebody odd": {"Authorization": "Bearer hf_live_nobody-has-this-key"},
        }[caller]
        app = world.service.app
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False))
        found, statuses = [], set()

        def fuzz(operation: Any, mode: Any, path: dict[str, Any]) -> None:
            @settings(
                max_examples=EXAMPLES,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(operation.as_strategy(mode, path_parameters=path or None))
            def each(case: Any) -> None:
                response = loop.run(call(client, case, headers))
                statuses.add(response.status_code)
                case.validate_response(response, checks=CHECKS)

            each()

        for result in schemathesis.openapi.from_dict(app.openapi()).get_all_operations():
            operation = result.ok()
            for mode in MODES:
                for name in (None, "ada", "cleo"):
                    path = known(operation, ids | {"registration_id": name}) if name else {}
                    try:
                        fuzz(operation, mode, path)
                    except Unsatisfiable:
                        continue  # nothing in it can be broken
                    except BaseExceptionGroup as why:
                        found += [f"{operation.label}: {one}" for one in why.exceptions]
                    except Exception as why:
                        found.append(f"{operation.label}: {why!r}")
        loop.run(client.aclose())
        assert found == [], "\n\n".join(found)
        assert statuses >= {200, 404, 422}  # it gets somewhere
    finally:
        loop.run(stack.__aexit__(None, None, None))
