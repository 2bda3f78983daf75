"""What the facts give changes: it comes back, it loses a session and gains another, it keeps its
size and not what it is made of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.edges.certificates.facts import (
    all_completed,
    attended,
    course,
    person,
    registered,
    settled,
    with_board,
)

pytestmark = pytest.mark.usefixtures("blank_pages")
WHO = "Gus Wold"
ETHICS = [{"session_id": "s4", "category": "ethics", "hours": "2"}]


async def through(world: Any, profession: str, board: str, *seconds: int) -> None:
    """All but a claim is fulfilled; `board` counts two hours of the fourth session as ethics."""
    said = course(boards=with_board(board, categories=ETHICS))
    await world.hears(said, person(WHO, profession), *registered(WHO), *attended(WHO, *seconds))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(WHO)


async def holding(world: Any) -> dict[str, Any]:
    sql = "SELECT credits, sessions, categories, cause FROM certificates WHERE status = 'valid'"
    [live] = await world.rows(sql)
    return dict(live)


async def asked(world: Any) -> list[str]:
    return [
        one["kind"] for one in await world.rows("SELECT kind FROM tasks WHERE closed_at IS NULL")
    ]


async def test_a_course_that_is_wrong_for_a_moment_loses_no_certificate(world):
    await through(world, "nurse", "ANCC")  # granted, and to be made
    await world.hears(course(version=2, boards=with_board("ANCC", approved_to="2020-09-30")))
    await world.rendered()  # the press comes before the walk
    await world.hears(course(version=3, boards=with_board("ANCC", categories=ETHICS)))
    await world.rests()
    assert (await holding(world))["credits"] == "8.0"


async def test_what_staff_revoked_is_not_made_again_by_a_course_that_says_the_same(world):
    await through(world, "nurse", "ANCC")
    await world.rests()
    [out] = (await world.shown(WHO))["certificates"]
    path = f"/certificates/v1/certificates/{out['certificate_id']}/revoke"
    assert (await world.post(path, {"reason": "not the one"})).status_code == 200
    await world.hears(course(version=2, boards=with_board("ANCC", categories=ETHICS)))
    await world.rests()
    assert await world.rows("SELECT status FROM certificates") == [{"status": "revoked"}]
    assert await world.rows("SELECT ref FROM due WHERE kind = 'render'") == []


async def test_as_many_hours_without_the_ethics_are_for_staff_to_judge(world):
    await through(world, "nurse", "ANCC", 7200, 7200, 0, 7200)
    await world.rests()
    await world.hears(settled(WHO, "s4", 0, version=2))
    await world.rests()
    assert await asked(world) == ["certificate-in-question"]
    await world.hears(settled(WHO, "s3", 7200, version=2))
    await world.rests()
    assert await asked(world) == ["certificate-in-question"], "6.0 again, and no ethics"
    await world.hears(settled(WHO, "s4", 7200, version=3))
    await world.rests()
    assert await asked(world) == []
    assert await holding(world) == {
        "credits": "8.0",
        "sessions": ["s1", "s2", "s3", "s4"],
        "categories": {"ethics": "2.0"},
        "cause": "more-credits",
    }


async def test_a_claim_of_less_does_not_hide_that_its_ethics_were_lost(world):
    await through(world, "physician", "ACCME")
    assert (await world.claims(WHO, 4)).status_code == 201
    await world.rests()
    await world.hears(settled(WHO, "s4", 0, version=2))
    await world.rests()
    assert await asked(world) == ["certificate-in-question"]


async def test_a_claim_of_less_is_made_anew_with_the_session_that_was_found(world):
    await through(world, "physician", "ACCME", 7200, 7200, 7200, 0)
    assert (await world.claims(WHO, 4)).status_code == 201
    await world.rests()
    before = await holding(world)
    await world.hears(settled(WHO, "s4", 7200, version=2))
    world.clock.time += timedelta(minutes=1)
    await world.rests()
    assert (before["credits"], before["sessions"], before["categories"]) == (
        "4.0",
        ["s1", "s2", "s3"],
        {},
    )
    assert await holding(world) == {
        "credits": "4.0",
        "sessions": ["s1", "s2", "s3", "s4"],
        "categories": {"ethics": "2.0"},
        "cause": "corrected",
    }
    assert await asked(world) == []
