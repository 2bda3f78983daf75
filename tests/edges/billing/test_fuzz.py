"""Billing's OpenAPI document, fuzzed (`tests/fuzzing.py`)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import reference
from tests.edges.billing import conftest
from tests.edges.billing.conftest import World, cancelled, confirmed, course, requested, token, usd
from tests.fuzzing import CALLERS, fuzzed, headers_of


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


@pytest.mark.parametrize("caller", CALLERS)
def test_whatever_is_asked_is_answered_as_declared(
    database: Any, tmp_path: Path, caller: str
) -> None:
    with asyncio.Runner() as loop:
        stack = running(database, tmp_path)
        world = loop.run(stack.__aenter__())
        try:
            ids = loop.run(story(world))
            those = [ids | {"registration_id": name} for name in ("ada", "cleo")]
            app = world.service.app
            found, statuses = fuzzed(app, loop, headers_of(caller, token("ada")), those)
            assert found == [], "\n\n".join(found)
            assert statuses >= {200, 404, 422}  # it gets somewhere
        finally:
            loop.run(stack.__aexit__(None, None, None))
