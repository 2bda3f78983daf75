"""Every route of the OpenAPI document, fuzzed: whatever comes, the answer is one it declares.

Schemathesis makes requests from the document, good ones and broken ones; they go to the app in this
process. Which is which does not matter here: nothing may end in a 5xx, and each answer must have a
status, a content type and a body that the document names for the route. The examples are the same
each time; `FUZZ` in the environment asks for more a route (`FUZZ=200`).
"""

import asyncio
import os
import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.runtime.tokens import PERSONAL, mint
from tests.edges.registration.conftest import Stage, service_on
from tests.edges.registration.happenings import paid
from tests.stage import OPERATOR, SECRET, StillClock

BASE = "http://registration.test"
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


async def story(stage: Stage) -> dict[str, str]:
    """A course with one registration in each of the usual states; by name."""
    await stage.publish(capacity=3)
    names = ("Ada", "Bea", "Cleo", "Dora", "Eve")
    ids = {name: (await stage.register(name)).json()["registration_id"] for name in names}
    await stage.hears(paid(ids["Ada"]))
    await stage.act(stage.holder(ids["Cleo"]), ids["Cleo"], "cancel")
    states = [(await stage.shown(each))["status"] for each in ids.values()]
    assert states == ["confirmed", "requested", "cancelled", "offered", "waitlisted"]
    return ids


def known(operation: Any, registration_id: str) -> dict[str, Any]:
    """Ids in the path that somebody has."""
    ids = {"course_id": "attachment", "registration_id": registration_id, "session_id": "s1"}
    names = [each.name for each in operation.path_parameters]
    return {name: ids[name] for name in names if name in ids}


def as_bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


async def call(client: httpx.AsyncClient, case: Any, headers: dict[str, str]) -> Any:
    """The case through the app, as Schemathesis sees an answer."""
    sent = requests.Request(**case.as_transport_kwargs(BASE)).prepare()
    sent.headers.update(headers)
    lines = [(name.encode(), as_bytes(value)) for name, value in sent.headers.items()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd body is sent as the bytes it is
        answer = await client.request(
            sent.method or "GET", sent.url or "", headers=lines, content=sent.body
        )
    return schemathesis.Response(
        status_code=answer.status_code,
        headers={name: [value] for name, value in answer.headers.items()},
        content=answer.content,
        request=sent,
        elapsed=0.0,
        verify=False,
    )


@pytest.mark.parametrize("caller", CALLERS)
def test_whatever_is_asked_is_answered_as_declared(
    database: Any, loop: asyncio.Runner, caller: str
):
    service = service_on(database("registration"), StillClock("2020-09-01T13:00:00Z"))
    stage = Stage(service)
    lifespan = service.app.router.lifespan_context(service.app)
    loop.run(lifespan.__aenter__())
    try:
        ids = loop.run(story(stage))
        document = service.app.openapi()
        headers = {
            "operator": {"Authorization": f"Bearer {OPERATOR}"},
            "holder": {"Authorization": f"Bearer {mint(SECRET, PERSONAL, ids['Dora'], 1)}"},
            "nobody": {},
            "somebody odd": {"Authorization": "Bearer hf_live_nobody-has-this-key"},
        }[caller]
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(service.app, raise_app_exceptions=False)
        )
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

        for result in schemathesis.openapi.from_dict(document).get_all_operations():
            operation = result.ok()
            for mode in MODES:
                for path in ({}, known(operation, ids["Dora"])):
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
        assert statuses >= {200, 400, 404, 422}  # it gets somewhere
    finally:
        loop.run(lifespan.__aexit__(None, None, None))
