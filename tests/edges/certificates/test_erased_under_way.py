"""Somebody is erased while a certificate of theirs is being made: it is nobody's, and nothing waits
for it."""

from __future__ import annotations

import pytest

from cli.invariants import certificates as invariants
from services.certificates import documents
from tests.edges.certificates.facts import (
    about,
    all_completed,
    attended,
    course,
    person,
    registered,
    substituted,
)
from tests.edges.certificates.test_presenters import seated
from tests.stage import killed_at

pytestmark = pytest.mark.usefixtures("blank_pages")
WHO, OTHER, NJ = "Ann Lee", "Cy New", ("counselor", "NJ", "37PC1")
SECRET_NAME = "Ann Secret"
INVARIANTS_9 = (invariants.awards_have_certificates, invariants.awards_are_being_made)


class Outside:
    """The nightly check's look at this one database."""

    def __init__(self, world) -> None:
        self._world = world

    async def rows(self, _database: str, sql: str) -> list:
        return list(await self._world.rows(sql))


async def found_by(world) -> list:
    return [found for check in INVARIANTS_9 async for found in check(Outside(world))]


class Slow:
    """A press that lets something happen after it made a page of that name, the first time."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.meanwhile = None


@pytest.fixture
def slow(monkeypatch) -> Slow:
    make, told = documents.Press.make, Slow()

    async def make_slowly(press, order):
        made = await make(press, order)
        told.names.append(order.page["name"])
        if order.page["name"] == SECRET_NAME and told.meanwhile is not None:
            meanwhile, told.meanwhile = told.meanwhile, None
            await meanwhile()
        return made

    monkeypatch.setattr(documents.Press, "make", make_slowly)
    return told


async def test_a_page_made_for_who_was_erased_is_not_stored_as_somebody_elses(slow, world):
    await world.hears(course(), person(WHO, "counselor", NJ), *registered(WHO), *attended(WHO))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(WHO)
    await world.rests()
    [old] = [c for c in (await world.shown(WHO))["certificates"] if c["board"] == "NBCC"]

    async def superseded(**more: str) -> None:
        path = f"/certificates/v1/certificates/{old['certificate_id']}/supersede"
        assert (await world.post(path, {"reason": "Because."} | more)).status_code == 202

    async def meanwhile() -> None:
        await world.forgets(WHO)
        await world.hears(person(OTHER, "counselor", NJ), substituted(WHO, OTHER))
        await superseded()

    slow.meanwhile = meanwhile
    await superseded(name=SECRET_NAME)
    await world.rests()
    assert slow.meanwhile is None, "it was made before the erasure"
    assert slow.names[-1] == OTHER, "what was made of the erased one's page was not taken"
    stored = await world.rows(
        "SELECT person_id, draft > 0 AS written FROM certificates"
        " JOIN document_files USING (certificate_id) WHERE board = 'NBCC'"
    )
    assert stored == [{"person_id": about(OTHER)["person_id"], "written": True}]


@pytest.mark.parametrize("taken", [registered(WHO), seated(WHO)], ids=["learner", "presenter"])
async def test_who_is_erased_before_it_is_stored_leaves_nothing_for_the_nightly_check(world, taken):
    await world.hears(course(), person(WHO, "counselor", ("counselor", "NY", "1")))
    await world.hears(*taken, *attended(WHO), *all_completed())
    await world.swept()
    with killed_at("outside.acted"):
        await world.outside.step()
    assert await found_by(world) != [], "until then it is missing, and said to be"
    await world.forgets(WHO)
    await world.leases_run_out()
    await world.rests()
    assert await world.rows("SELECT * FROM awards WHERE status = 'granted'") != []
    assert await found_by(world) == []
