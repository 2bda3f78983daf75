"""Which disclosure was accepted: the one in force, or none; never what anybody writes there."""

from typing import Any

import pytest

from tests.edges.registration.conftest import Stage, application
from tests.edges.registration.happenings import paid
from tests.edges.registration.test_groups import lines, order

WORDS = "Mrs Robinson of 12 Elm Street"
OPTIONAL = {"version": "2020-09-01", "text": "Sample wording.", "required": False}


async def nothing_kept(stage: Stage) -> None:
    assert WORDS not in str(await stage.told())
    for table in ("registrations", "history"):
        assert WORDS not in str([dict(row) for row in await stage.fetch(f"SELECT * FROM {table}")])


def slug(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_course_without_a_disclosure_keeps_nothing_that_is_written_there(stage: Stage):
    await stage.publish(disclosure=None, capacity=2)
    await stage.publish("other", disclosure=None)
    said = {"disclosure_version": WORDS}
    ada = await stage.register("Ada", **said)
    assert ada.status_code == 201
    ada_id = ada.json()["registration_id"]
    assert (await stage.shown(ada_id))["disclosure"] == {
        "accepted": None, "accepted_at": None, "current": None,
    }  # fmt: skip
    free = await stage.register("Pat", client=stage.operator, complimentary="staff", **said)
    assert free.status_code == 201
    [line] = (await order(stage, [lines("Bea")[0] | said])).json()["results"]
    assert line["status"] == "accepted"
    waiting = (await stage.register("Cleo", **said)).json()
    assert waiting["status"] == "waitlisted"
    await stage.hears(paid(ada_id))
    body = {"attendee": application("Dora")["attendee"], **said}
    assert (await stage.act(stage.operator, ada_id, "substitute", body)).status_code == 200
    moved = await stage.act(stage.operator, ada_id, "transfer", {"course_id": "other", **said})
    assert moved.status_code == 200, moved.text
    cleo = waiting["registration_id"]
    taken = await stage.act(stage.holder(cleo), cleo, "accept-offer", said)
    assert taken.status_code == 200, taken.text
    refused = await stage.act(stage.holder(cleo), cleo, "disclosure", said)
    assert slug(refused) == (422, "disclosure-unknown")
    await nothing_kept(stage)


@pytest.mark.parametrize("required", [True, False])
async def test_another_version_than_the_one_in_force_is_refused_required_or_not(
    stage: Stage, required: bool
):
    await stage.publish(disclosure=OPTIONAL | {"required": required}, capacity=2)
    await stage.publish("other", disclosure=OPTIONAL | {"required": required})
    said, outdated = {"disclosure_version": WORDS}, (409, "disclosure-outdated")
    refused = await stage.register("Ada", **said)
    assert (slug(refused), refused.json()["current"]) == (outdated, "2020-09-01")
    free = await stage.register("Pat", client=stage.operator, complimentary="staff", **said)
    assert slug(free) == outdated
    [line] = (await order(stage, [lines("Bea")[0] | said])).json()["results"]
    assert line["problem"]["type"] == "/problems/disclosure-outdated"
    ada = (await stage.register("Ada")).json()["registration_id"]
    await stage.hears(paid(ada))
    zoe = (await stage.register("Zoe")).json()["registration_id"]
    cleo = (await stage.register("Cleo")).json()["registration_id"]
    await stage.act(stage.holder(zoe), zoe, "cancel")
    body = {"attendee": application("Dora")["attendee"], **said}
    assert slug(await stage.act(stage.operator, ada, "substitute", body)) == outdated
    to = {"course_id": "other", **said}
    assert slug(await stage.act(stage.operator, ada, "transfer", to)) == outdated
    assert slug(await stage.act(stage.holder(cleo), cleo, "accept-offer", said)) == outdated
    for wrong in (WORDS, ""):
        again = {"disclosure_version": wrong}
        assert slug(await stage.act(stage.holder(ada), ada, "disclosure", again)) == outdated
    await nothing_kept(stage)


async def test_one_that_need_not_be_accepted_may_be_or_not(stage: Stage):
    await stage.publish(disclosure=OPTIONAL)
    for name, said, kept in (
        ("Ada", "2020-09-01", "2020-09-01"),
        ("Bea", None, None),
        ("Cleo", "", None),
    ):
        body = (await stage.register(name, disclosure_version=said)).json()
        shown = await stage.shown(body["registration_id"])
        assert shown["disclosure"]["accepted"] == kept
