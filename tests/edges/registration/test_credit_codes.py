"""Credits asked for by their codes: whether they belong to somebody else is said, and no code."""

from typing import Any

import pytest

from shared.contracts.billing import CreditIssued
from shared.runtime.tokens import PERSONAL, code_of, mint
from tests.edges.registration.conftest import SECRET, Stage, application
from tests.edges.registration.happenings import made

CODE = code_of(SECRET, "credit", "credit-1")
WITH_CODE = {"method": "card", "credit_codes": [CODE]}


async def holding(stage: Stage, name: str = "Ada Lovelace", **changes: Any) -> str:
    """Somebody registered for the basics holds a credit; their registration there."""
    await stage.publish("basics")
    registration_id = (await stage.register(name, "basics")).json()["registration_id"]
    person = (await stage.shown(registration_id))["attendee"]["person_id"]
    facts = {"credit_id": "credit-1", "holder": {"kind": "person", "id": person}} | changes
    await stage.hears(made(CreditIssued, **facts))
    await stage.publish()
    return str(registration_id)


async def of_others(stage: Stage, registration_id: str) -> tuple[list[str], list[str]]:
    """What is said of its credits: those asked for, and those that are not theirs to spend."""
    said = dict(await stage.spoken(registration_id))["registration.requested.v1"]
    return said["credit_ids"], said["credits_of_others"]


async def spends(stage: Stage, name: str = "Ada Lovelace", **changes: Any) -> Any:
    answer = await stage.register(name, **{"payment": WITH_CODE} | changes)
    assert answer.status_code == 201, answer.text
    return await of_others(stage, answer.json()["registration_id"])


async def test_the_holder_spends_it_by_name_whatever_their_address_is_now(stage: Stage) -> None:
    await holding(stage)
    moved = application()["attendee"] | {"email": "ada@new.example", "name": "ADA  lovelace"}
    assert await spends(stage, attendee=moved) == (["credit-1"], [])


async def test_the_holder_spends_it_by_their_link(stage: Stage) -> None:
    mine = mint(SECRET, PERSONAL, await holding(stage), 1)
    assert await spends(stage, attendee=None, known_by=mine) == (["credit-1"], [])


async def test_somebody_else_s_is_said_to_be_so_and_the_order_stands(stage: Stage) -> None:
    await holding(stage)
    assert await spends(stage, "Mallory") == (["credit-1"], ["credit-1"])
    assert CODE not in str(await stage.spoken())


async def test_one_that_may_be_handed_on_is_anybody_s(stage: Stage) -> None:
    await holding(stage, terms={"transferable": True})
    assert await spends(stage, "Mallory") == (["credit-1"], [])


@pytest.mark.parametrize(
    ("organisation", "others"),
    [("a  CLINIC", []), ("Another Clinic", ["credit-1"]), (None, ["credit-1"])],
)
async def test_an_organisation_s_is_for_any_of_its_people(
    stage: Stage, organisation: str | None, others: list[str]
) -> None:
    await holding(stage, holder={"kind": "organisation", "id": "A Clinic"})
    assert await spends(stage, "Ben", organisation=organisation) == (["credit-1"], others)


async def test_a_holder_whom_nobody_knows_is_somebody_else(stage: Stage) -> None:
    await holding(stage, holder={"kind": "person", "id": "who-was-never-here"})
    assert await spends(stage) == (["credit-1"], ["credit-1"])


async def test_accepting_an_offer_says_it_too(stage: Stage) -> None:
    await holding(stage)
    await stage.publish("small", capacity=1)
    first = (await stage.register("Ben", "small")).json()["registration_id"]
    waiting = (await stage.register("Mallory", "small")).json()["registration_id"]
    await stage.act(stage.holder(first), first, "cancel")
    accept = {"disclosure_version": "2020-09-01", "payment": WITH_CODE}
    taken = await stage.act(stage.holder(waiting), waiting, "accept-offer", accept)
    assert taken.status_code == 200, taken.text
    assert await of_others(stage, waiting) == (["credit-1"], ["credit-1"])
