"""Somebody is erased at the very moment in which a report with them is made: whichever comes first,
no digest of them is left, and nothing names them that is not restricted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.certificates.commands import sending
from tests.edges.certificates.facts import about
from tests.edges.certificates.test_reports import ADA, BEA, PATH, REPORTED, send, story

pytestmark = pytest.mark.usefixtures("blank_pages")
A_MOMENT = 0.3  # seconds: an erasure that waits for nobody takes a fraction of it


async def lines(world: Any) -> dict[str, str]:
    """Digests by person."""
    rows = await world.rows("SELECT person_id, mark FROM report_lines")
    return {row["person_id"]: row["mark"] for row in rows}


def once(monkeypatch: Any, step: str, also: Any) -> None:
    """Let something happen just before a step of sending, the first time that it is taken."""
    inner, taken = getattr(sending, step), []

    async def with_it(*given: Any) -> Any:
        if not taken:
            taken.append(step)
            await also()
        return await inner(*given)

    monkeypatch.setattr(sending, step, with_it)


async def test_who_is_erased_after_the_lines_were_read_is_not_reported(world, monkeypatch):
    await story(world, REPORTED)
    inner = sending.reported

    async def read_then_erased(*given: Any) -> Any:
        pages = [page async for page in inner(*given)]
        monkeypatch.setattr(sending, "reported", inner)
        await world.forgets(ADA)
        for page in pages:
            yield page

    monkeypatch.setattr(sending, "reported", read_then_erased)
    answer = await send(world)
    assert (answer.status_code, answer.json()["lines"]) == (201, 1)
    assert answer.json()["held"]["holder_erased"] == 1
    assert list(await lines(world)) == [about(BEA)["person_id"]]
    kept = await world.value("SELECT content FROM report_files")
    assert b"RN0001" not in kept
    assert b"RN0002" in kept


async def test_who_is_erased_once_the_lines_are_being_made_is_erased_after_them(world, monkeypatch):
    await story(world, REPORTED)
    erasing: list[asyncio.Task[None]] = []

    async def erase() -> None:
        erasing.append(asyncio.create_task(world.forgets(ADA)))
        done, _ = await asyncio.wait(erasing, timeout=A_MOMENT)
        assert not done, "the erasure has to wait for the report"

    once(monkeypatch, "_make", erase)
    assert (await send(world)).json()["lines"] == 2
    await asyncio.wait_for(erasing[0], 10)
    marks = await lines(world)
    assert marks[about(ADA)["person_id"]] == ""
    assert marks[about(BEA)["person_id"]] != ""
    restricted = await world.http.get(f"{PATH}/reports/1")
    assert restricted.json()["type"] == "/problems/report-restricted"


async def test_the_erasure_of_somebody_else_does_not_wait_for_a_report(world, monkeypatch):
    await story(world, REPORTED)
    who = "Cy Noone"  # held back, for want of a licence's number

    async def erase() -> None:
        await asyncio.wait_for(world.forgets(who), 10)

    once(monkeypatch, "_make", erase)
    assert (await send(world)).json()["lines"] == 2
    assert await world.value("SELECT count(*) FROM people WHERE erased") == 1
