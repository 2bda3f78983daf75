"""Whose name a certificate bears that is made while its holder is recorded anew."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.certificates import documents
from tests.edges.certificates.facts import (
    BOARDS,
    all_completed,
    attended,
    course,
    person,
    registered,
)

pytestmark = pytest.mark.usefixtures("blank_pages")
WHO = "Gus Wold"
RENAMED = person(WHO, "nurse", name="Gustava Wold", version=2)


async def finishes(world: Any) -> None:
    await world.hears(course(), person(WHO, "nurse"), *registered(WHO), *attended(WHO))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(WHO)


async def names(world: Any) -> dict[str, str]:
    sql = "SELECT status, page->>'name' AS name FROM certificates JOIN documents USING (certificate_id)"
    return {one["status"]: one["name"] for one in await world.rows(sql)}


async def correction_waits(world: Any, monkeypatch: pytest.MonkeyPatch, **correction: Any) -> None:
    """Staff ask for another, and the press is broken."""
    await finishes(world)
    await world.rests()
    [out] = (await world.shown(WHO))["certificates"]
    path = f"/certificates/v1/certificates/{out['certificate_id']}/supersede"
    with monkeypatch.context() as broken:
        broken.setattr(documents.render, "render", lambda _: 1 / 0)
        await world.post(path, {"reason": "as they wrote"} | correction)
        await world.rendered()


async def test_a_name_that_is_recorded_anew_while_the_old_one_is_printed_is_the_one_that_is_out(
    world, monkeypatch
):
    loop, press, told = asyncio.get_running_loop(), documents.render.render, []

    def slow(page: Any) -> Any:
        if not told:
            told.append(page["name"])
            asyncio.run_coroutine_threadsafe(world.hears(RENAMED), loop).result(20)
        return press(page)

    monkeypatch.setattr(documents.render, "render", slow)
    await finishes(world)
    await world.rests()
    assert (told, await names(world)) == ([WHO], {"valid": "Gustava Wold"})


@pytest.mark.parametrize("correction", [{}, {"name": "Gus Wolt"}])
async def test_a_correction_that_waits_takes_the_name_that_is_recorded_meanwhile(
    world, monkeypatch, correction
):
    await correction_waits(world, monkeypatch, **correction)
    await world.hears(RENAMED)
    await world.at("2020-11-10T12:00:00Z")
    await world.rests()
    assert await names(world) == {"superseded": WHO, "valid": "Gustava Wold"}


async def test_a_correction_that_waits_and_has_lost_its_board_is_for_staff_and_their_task_ends(
    world, monkeypatch
):
    await correction_waits(world, monkeypatch)
    await world.hears(
        RENAMED, course(version=2, boards=[one for one in BOARDS if one["board"] != "ANCC"])
    )
    await world.at("2020-11-10T12:00:00Z")
    await world.rests()
    assert await names(world) == {"valid": WHO}
    opened = await world.said("task.opened")
    [task] = [one for one in opened if one["kind"] == "certificate-not-reissued"]
    assert "publish it again with it" in task["what"]
    path = f"/certificates/v1/certificates/{task['about']['certificate_id']}/revoke"
    assert (await world.post(path, {"reason": "not the one"})).status_code == 200
    assert task["task_id"] in {one["task_id"] for one in await world.said("task.closed")}
