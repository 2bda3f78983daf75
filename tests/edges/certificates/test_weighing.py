"""Staff find a certificate by what is printed on it, and see what an act would mean before it is
done: what is foretold is what is verified afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.edges.certificates.conftest import World
from tests.edges.certificates.facts import (
    all_completed,
    attended,
    course,
    person,
    registered,
    settled,
)

WHO, NJ = "Ann Lee", ("counselor", "NJ", "37PC1")
ALL = "/certificates/v1/certificates"

pytestmark = pytest.mark.usefixtures("blank_pages")


@pytest.fixture
async def out(world: World) -> World:
    await world.hears(course(), person(WHO, "counselor", NJ), *registered(WHO), *attended(WHO))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(WHO)
    await world.rests()
    return world


async def of_nbcc(world: World) -> list[dict[str, Any]]:
    return [c for c in (await world.shown(WHO))["certificates"] if c["board"] == "NBCC"]


async def weighed(world: World, one: dict[str, Any]) -> dict[str, Any]:
    answer = await world.http.get(f"{ALL}/{one['certificate_id']}/acts")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def does(world: World, one: dict[str, Any], what: str, **more: str) -> Any:
    return await world.post(f"{ALL}/{one['certificate_id']}/{what}", {"reason": "So."} | more)


async def verified(world: World, one: dict[str, Any]) -> dict[str, Any]:
    path = f"/certificates/verify/{one['verify_url'].rsplit('/', 1)[-1]}"
    said = (await world.http.get(path, headers={"Accept": "application/json"})).json()
    return {"status": said["status"], "reason": said["reason"]}


async def test_found_by_its_number_and_by_its_code_as_people_type_them(out: World) -> None:
    [one] = await of_nbcc(out)
    number, code = one["number"], one["verify_url"].rsplit("/", 1)[-1]
    for typed in (number, number.lower(), number.replace("-", " "), code, code.lower()):
        answer = await out.http.get(ALL, params={"printed": typed})
        assert answer.status_code == 200, answer.text
        assert [found["number"] for found in answer.json()["items"]] == [number], typed
        assert WHO not in answer.text
    await does(out, one, "revoke", reason=f"{WHO} was not there")
    found = (await out.http.get(ALL, params={"printed": number})).json()["items"]
    assert found == [
        {name: one[name] for name in ("certificate_id", "registration_id", "course_id")}
        | {"number": number, "board": "NBCC", "status": "revoked"}
    ], "what staff wrote may name people"
    for unknown in ("2020-AAAA-AAAA-AAAA", "AAAA-AAAA-AAAA-AAAA", "'; --", "\U0001f30d"):
        answer = await out.http.get(ALL, params={"printed": unknown})
        assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})
    for junk in ("", "x" * 201):
        assert (await out.http.get(ALL, params={"printed": junk})).status_code == 422


async def test_only_operators_find_and_weigh(out: World) -> None:
    [one] = await of_nbcc(out)
    for path in (f"{ALL}?printed={one['number']}", f"{ALL}/{one['certificate_id']}/acts"):
        assert (await out.client(None).get(path)).status_code == 401
        assert (await out.learner(WHO).get(path)).status_code == 403
    assert (await out.http.get(f"{ALL}/nothing/acts")).status_code == 404


async def test_what_is_foretold_of_revoking_is_what_is_verified_then(out: World) -> None:
    [one] = await of_nbcc(out)
    told = await weighed(out, one)
    assert (told["holder"], told["in_question"], told["pending"]) == (WHO, False, None)
    assert told["facts"] == {"credits": 8.0, "unmet": []}
    assert told["revoke"] == {
        "refused": None,
        "verifier": {"status": "revoked", "reason": "It was issued in error"},
    }
    assert await out.rows("SELECT about FROM audit WHERE act = 'certificate.weighed'") == [
        {"about": one["certificate_id"]}
    ]
    assert (await does(out, one, "revoke")).status_code == 200
    assert await verified(out, one) == told["revoke"]["verifier"]
    after = await weighed(out, one)
    assert after["keep"]["refused"]["slug"] == "certificate-not-live"
    assert after["supersede"]["plain"]["verifier"] == told["revoke"]["verifier"]
    assert (await does(out, one, "supersede")).status_code == 202
    await out.rests()
    assert await verified(out, one) == told["revoke"]["verifier"], "that it was revoked stays said"


async def test_what_is_foretold_of_superseding_is_what_is_made(out: World) -> None:
    [one] = await of_nbcc(out)
    told = (await weighed(out, one))["supersede"]
    assert told == {
        "refused": None,
        "plain": {
            "name": WHO,
            "credits": 8.0,
            "verifier": {"status": "superseded", "reason": "The certificate was corrected"},
        },
        "named": {
            "name": None,
            "credits": 8.0,
            "verifier": {"status": "superseded", "reason": "The name was corrected"},
        },
    }
    made = (await does(out, one, "supersede", name="Ann Leigh")).json()
    still = await weighed(out, one)
    assert still["pending"] == made["number"]
    assert still["supersede"]["plain"]["name"] == "Ann Leigh", "one that is on its way stays so"
    assert still["supersede"]["plain"]["verifier"] == told["named"]["verifier"]
    assert (await verified(out, one))["status"] == "valid", "until the new one is stored"
    await out.rests()
    assert await verified(out, one) == told["named"]["verifier"]
    for act in ("revoke", "supersede"):
        assert (await weighed(out, one))[act]["refused"]["slug"] == "already-superseded"


async def test_of_one_that_says_more_than_the_facts_give_a_name_takes_nothing(out: World) -> None:
    [one] = await of_nbcc(out)
    await out.hears(settled(WHO, "s4", 0, version=2))
    await out.rests()
    told = await weighed(out, one)
    assert told["in_question"] is True
    assert told["facts"]["credits"] == 6.0
    supersede = told["supersede"]
    assert (supersede["named"]["credits"], supersede["plain"]["credits"]) == (8.0, 6.0)
    assert (await does(out, one, "keep")).status_code == 200
    kept = await weighed(out, one)
    assert kept["in_question"] is False
    assert await verified(out, one) == kept["keep"]["verifier"]


async def test_of_whom_was_erased_nothing_can_be_made(out: World) -> None:
    [one] = await of_nbcc(out)
    await out.forgets(WHO)
    await out.rests()
    told = await weighed(out, one)
    assert (told["holder"], told["supersede"]["refused"]["slug"]) == (None, "holder-erased")
    assert told["revoke"]["refused"] is None
