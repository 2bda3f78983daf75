"""Attendance, back on its backup, hears what it had said since: nobody is given more than was taught
(runtime.md §6, decision 103)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.attendance import SessionCompleted
from shared.runtime.intake import Intake
from tests.edges.attendance.conftest import COURSE, World


def completed(minutes: int) -> SessionCompleted:
    about = {
        "course_id": COURSE,
        "session_id": "s3",
        "starts_at": "2020-11-02T21:00:00Z",
        "ends_at": "2020-11-02T23:00:00Z",
        "instruction_minutes": minutes,
    }
    return SessionCompleted.model_validate(SessionCompleted.example | about)


async def recalls(world: World, *events: SessionCompleted) -> list[Any]:
    intake = Intake(world.db, world.clock, world.service.recalls)
    delivery = intake.deliver([world.said_by_others(event) for event in events])
    while delivery.left:
        await intake.step(delivery)
    return list(delivery.outcomes)


@pytest.mark.parametrize(("said", "taught"), [((90,), 90), ((90, 120), 120), ((120,), 120)])
async def test_a_session_that_was_cut_short_is_completed_again_with_its_minutes(
    enrolled: World, said: tuple[int, ...], taught: int
) -> None:
    assert await recalls(enrolled, *map(completed, said)) == ["done"] * len(said)
    await enrolled.at("2020-11-02T23:30:00Z")
    assert (await enrolled.complete("s3")).status_code == 200
    await enrolled.swept()
    said_again = await enrolled.said("session.completed.v1")
    [again] = [one for one in said_again if one["session_id"] == "s3"]
    assert again["instruction_minutes"] == taught
