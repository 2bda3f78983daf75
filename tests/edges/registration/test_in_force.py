"""What a cancellation and a move say of the course as it stood: version, start, policy (§2)."""

from typing import Any

import pytest

from tests.edges.registration.conftest import Stage
from tests.edges.registration.happenings import paid
from tests.edges.registration.test_cancelling import cancel, confirmed
from tests.edges.registration.test_transferring import confirmed as confirmed_in
from tests.edges.registration.test_transferring import publish, transfer
from tests.rules.registration.course import course

SAID = ("course_version", "starts_at_now", "policy_now", "policy_choice")
POLICY = course()["refund_policy"]
NEWER: dict[str, Any] = POLICY | {"version": "autumn"}


async def last(stage: Stage, registration_id: str) -> Any:
    _, said = (await stage.spoken(registration_id))[-1]
    return said


async def in_force(stage: Stage, registration_id: str) -> list[Any]:
    said = await last(stage, registration_id)
    return [said[name] for name in SAID]


async def test_a_course_that_did_not_change_says_no_policy(stage: Stage):
    ada = await confirmed(stage)
    assert (await cancel(stage, ada)).status_code == 202
    assert await in_force(stage, ada) == [1, "2020-10-19T20:00:00Z", None, None]


async def test_the_start_it_was_moved_to_is_said_and_the_policy_only_where_it_is_another(
    stage: Stage,
):
    ada = await confirmed(stage)
    moved = {"date": "2020-10-20", "from": "16:00", "to": "18:00"}
    answer = await stage.operator.put("/courses/attachment/sessions/s1", json=moved)
    assert answer.status_code in (200, 202), answer.text
    assert (await cancel(stage, ada)).status_code == 202
    assert await in_force(stage, ada) == [2, "2020-10-20T20:00:00Z", None, None]


@pytest.mark.parametrize("choice", [None, "snapshot", "newer"])
async def test_a_newer_policy_is_said_with_what_the_learner_chose(stage: Stage, choice: str | None):
    ada = await confirmed(stage)
    await stage.publish(refund_policy=NEWER)
    answer = await cancel(stage, ada, **({"policy": choice} if choice else {}))
    assert answer.status_code == 202, answer.text
    version, start, policy, chosen = await in_force(stage, ada)
    assert (version, start, chosen) == (2, "2020-10-19T20:00:00Z", choice)
    assert (policy["version"], policy["zone"]) == ("autumn", "America/New_York")
    assert policy["text"]  # whole, with its words
    [step] = await stage.fetch(
        "SELECT facts FROM history WHERE registration_id = $1 AND act = 'cancel'", ada
    )
    assert ('"policy"' in str(step["facts"]) or "policy" in step["facts"]) is (choice is not None)


async def test_staff_may_choose_for_a_learner_and_nobody_chooses_anything_else(stage: Stage):
    ada = await confirmed(stage)
    await stage.publish(refund_policy=NEWER)
    odd = await cancel(stage, ada, policy="oldest")
    assert odd.status_code == 422
    assert (await cancel(stage, ada, stage.operator, policy="newer")).status_code == 202
    assert (await last(stage, ada))["policy_choice"] == "newer"


async def test_who_bought_under_the_newer_policy_has_none_beside_it(stage: Stage):
    await stage.publish()
    await stage.publish(refund_policy=NEWER)
    ada = (await stage.register("Ada")).json()["registration_id"]
    await stage.hears(paid(ada))
    await cancel(stage, ada)
    assert await in_force(stage, ada) == [2, "2020-10-19T20:00:00Z", None, None]


async def test_a_move_says_the_same_at_once_or_when_the_difference_is_paid(stage: Stage):
    await publish(stage, "attachment", "grief", "summit")
    ada, bea = await confirmed_in(stage, "Ada"), await confirmed_in(stage, "Bea")
    await publish(stage, "attachment", refund_policy=NEWER)
    assert (await transfer(stage, ada, "grief", policy="newer")).status_code == 200
    version, _, policy, chosen = await in_force(stage, ada)
    assert (version, policy["version"], chosen) == (2, "autumn", "newer")

    held = (await transfer(stage, bea, "summit", policy="snapshot")).json()
    assert held["status"] == "requested"
    await stage.hears(paid(held["registration_id"], "inv-of-bea"))
    said = await last(stage, bea)
    assert said["to_course_id"] == "summit"
    assert (said["course_version"], said["policy_choice"]) == (2, "snapshot")
    assert said["policy_now"]["version"] == "autumn"


async def test_when_the_provider_cancels_nothing_is_said_of_a_newer_policy(stage: Stage):
    ada = await confirmed(stage)
    await stage.publish(refund_policy=NEWER)
    answer = await stage.operator.post(
        "/courses/attachment/cancel", json={"reason": "Ill."}, headers={"Idempotency-Key": "gone"}
    )
    assert answer.status_code == 202
    assert (await cancel(stage, ada, policy="newer")).status_code == 202
    said = await last(stage, ada)
    assert (said["by"], said["policy_now"], said["policy_choice"]) == ("provider", None, None)
