"""Registration's OpenAPI document, fuzzed (`tests/fuzzing.py`)."""

import asyncio
from typing import Any

import pytest

from shared.runtime.tokens import PERSONAL, mint
from tests.edges.registration.conftest import Stage, service_on
from tests.edges.registration.happenings import paid
from tests.fuzzing import CALLERS, fuzzed, headers_of
from tests.stage import SECRET, StillClock


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


@pytest.mark.parametrize("caller", CALLERS)
def test_whatever_is_asked_is_answered_as_declared(database: Any, caller: str):
    with asyncio.Runner() as loop:
        service = service_on(database("registration"), StillClock("2020-09-01T13:00:00Z"))
        stage = Stage(service)
        lifespan = service.app.router.lifespan_context(service.app)
        loop.run(lifespan.__aenter__())
        try:
            dora = loop.run(story(stage))["Dora"]
            headers = headers_of(caller, mint(SECRET, PERSONAL, dora, 1))
            ids = {"course_id": "attachment", "registration_id": dora, "session_id": "s1"}
            found, statuses = fuzzed(service.app, loop, headers, [ids])
            assert found == [], "\n\n".join(found)
            assert statuses >= {200, 400, 404, 422}  # it gets somewhere
        finally:
            loop.run(lifespan.__aexit__(None, None, None))
