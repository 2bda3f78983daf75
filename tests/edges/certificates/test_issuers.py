"""A body that issues by itself: certificates of the boards whose approval it holds are signed by its
own key and in its name, and are verified so, also by who asks nobody."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws

from cli.signed import Refused, keys_of
from cli.trust import Trust
from cli.verifying import Given, judged
from services.certificates import signing
from shared.contracts import reference
from tests.edges.certificates.facts import (
    BOARDS,
    all_completed,
    attended,
    course,
    person,
    registered,
    with_board,
)
from tests.rules.certificates.test_credential import CHECK

ROTATE = "/certificates/v1/keys:rotate"
HOST = "did:web:certs.example"
BODY = f"{HOST}:certificates:issuers:ibh"
NAME = "Institute for Better Health, Inc"
SPONSOR = reference.COURSE["joint_sponsor"] | {"partner_id": "ibh"}
PSYCHOLOGIST, COUNSELOR = "Ann Lee", "Bo Ray"


def jointly(version: int = 1, **changes: Any) -> Any:
    """The course with APA's approval held by the joint sponsor."""
    boards = with_board("APA", holder="institute for Better  Health, Inc")
    return course(**{"version": version, "boards": boards, "joint_sponsor": SPONSOR} | changes)


async def comes(world, who: str, profession: str) -> None:
    await world.hears(
        person(who, profession, (profession, "NJ", "1")), *registered(who), *attended(who)
    )
    await world.swept()
    await world.evaluates(who)
    await world.rests()


async def live(world, who: str, board: str) -> dict[str, Any]:
    shown = (await world.shown(who))["certificates"]
    [found] = [one for one in shown if (one["board"], one["status"]) == (board, "valid")]
    return dict(found)


async def token_of(world, certificate: dict[str, Any]) -> str:
    path = certificate["jwt"].removeprefix("https://certs.example")
    return str((await world.http.get(path)).text)


def kid(token: str) -> str:
    return str(jws.extract_compact(token.encode()).headers()["kid"])


async def public(world, path: str) -> Any:
    answer = await world.client().get(path)
    assert answer.status_code == 200, answer.text
    return answer


async def offline(world, tmp_path: Path, token: str, did: str) -> dict[str, Any]:
    """What somebody finds who has the issuer's keys and list as files, and asks nobody."""
    home = "/certificates/issuers/ibh" if did == BODY else "/certificates/.well-known"
    where = home.removesuffix("/.well-known")
    keys, listed = tmp_path / "did.json", tmp_path / "list"
    keys.write_text((await public(world, f"{home}/did.json")).text)
    listed.write_text((await public(world, f"{where}/status/2020-1")).text)
    trust = Trust(offline=True)
    return judged(Given(token), trust, world.clock.now(), keys, listed, [did])


@pytest.fixture
async def both(world):
    """A psychologist and a counselor have theirs; the body had a key before."""
    await world.hears(jointly(), *all_completed())
    made = await world.post(ROTATE, {"issuer": "ibh"})
    assert (made.status_code, made.json()["retired"]) == (201, None)
    assert made.json()["made"]["issuer"] == "ibh"
    await comes(world, PSYCHOLOGIST, "psychologist")
    await comes(world, COUNSELOR, "counselor")
    return world


async def test_its_boards_are_its_own_and_all_others_the_providers(both, tmp_path):
    apa, nbcc = await live(both, PSYCHOLOGIST, "APA"), await live(both, COUNSELOR, "NBCC")
    own, other = await token_of(both, apa), await token_of(both, nbcc)
    assert (kid(own), kid(other)) == (f"{BODY}#2020-1", f"{HOST}#2020-1")
    keys = (await public(both, "/certificates/issuers/ibh/jwks.json")).json()["keys"]
    said = signing.read(own, keys)
    assert said is not None
    assert said["issuer"] == {"id": BODY, "type": ["Profile"], "name": NAME}
    assert said["iss"] == BODY
    assert said["credentialSubject"]["achievement"]["creator"]["name"] == "Praxis CET"
    CHECK.validate(said)
    assert (apa["issuer"], nbcc["issuer"]) == (
        {"id": BODY, "name": NAME},
        {"id": HOST, "name": "Praxis CET"},
    )
    for token, did in ((own, BODY), (other, HOST)):
        assert (await offline(both, tmp_path, token, did))["status"] == "valid"


async def test_neither_vouches_for_the_other(both, tmp_path):
    own = await token_of(both, await live(both, PSYCHOLOGIST, "APA"))
    document = (await public(both, "/certificates/issuers/ibh/did.json")).json()
    assert (document["id"], document["assertionMethod"]) == (BODY, [f"{BODY}#2020-1"])
    providers = (await public(both, "/.well-known/did.json")).json()
    assert providers["assertionMethod"] == [f"{HOST}#2020-1"]
    with pytest.raises(Refused):
        keys_of(providers, BODY)
    assert (await offline(both, tmp_path, own, HOST))["status"] != "valid"
    told = (await public(both, "/certificates/issuers")).json()["items"]
    assert told == [{"id": None, "did": HOST}, {"id": "ibh", "did": BODY}]
    for what in ("did.json", "jwks.json", "status/2020-1"):
        unknown = await both.client().get(f"/certificates/issuers/nobody/{what}")
        assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/issuer-unknown")
    assert (await both.client().get("/certificates/issuers/ibh/status/x")).status_code == 404


async def test_verification_says_who_issued_it(both):
    apa = await live(both, PSYCHOLOGIST, "APA")
    own = await token_of(both, apa)
    by_token = (await both.client().post("/certificates/verify", json={"jwt": own})).json()
    assert (by_token["status"], by_token["issuer"]) == ("valid", {"id": BODY, "name": NAME})
    path = apa["verify_url"].replace("https://certs.example/verify", "/certificates/verify")
    page = await both.client().get(path, headers={"Accept": "text/html"})
    assert f"<dt>Issued by</dt><dd>{NAME}</dd>" in page.text
    assert "<dt>Course by</dt><dd>Praxis CET</dd>" in page.text


async def test_what_ended_is_told_by_its_own_list(both, tmp_path):
    apa = await live(both, PSYCHOLOGIST, "APA")
    own = await token_of(both, apa)
    path = f"/certificates/v1/certificates/{apa['certificate_id']}/revoke"
    await both.post(path, {"reason": "not to be given"})
    found = await offline(both, tmp_path, own, BODY)
    assert found["status"] not in ("valid", "unknown-status")


async def test_its_keys_are_replaced_by_themselves_and_each_in_its_year(both, tmp_path):
    old = await token_of(both, await live(both, PSYCHOLOGIST, "APA"))
    both.clock.time += timedelta(days=20)
    answer = (await both.post(ROTATE, {"issuer": "ibh"})).json()
    assert (answer["retired"]["key_id"], answer["made"]["key_id"]) == (
        f"{BODY}#2020-1",
        f"{BODY}#2020-2",
    )
    await comes(both, "Cy Dee", "psychologist")
    new = await token_of(both, await live(both, "Cy Dee", "APA"))
    assert kid(new) == f"{BODY}#2020-2"
    for token in (old, new):
        assert (await offline(both, tmp_path, token, BODY))["status"] == "valid"

    async def active() -> list[str]:
        items = (await both.http.get("/certificates/v1/keys")).json()["items"]
        return sorted(one["key_id"] for one in items if one["state"] == "active")

    assert await active() == [f"{HOST}#2020-1", f"{BODY}#2020-2"]
    await both.at("2021-11-20T00:00:00Z")
    assert await active() == [f"{HOST}#2021-1", f"{BODY}#2020-2"]
    await both.at("2021-12-20T00:00:00Z")
    assert await active() == [f"{HOST}#2021-1", f"{BODY}#2021-1"]


async def test_a_leak_of_its_key_has_made_again_what_it_signed_in_its_name(both):
    apa, nbcc = await live(both, PSYCHOLOGIST, "APA"), await live(both, COUNSELOR, "NBCC")
    leak = {"issuer": "ibh", "compromised_at": "2020-11-09T00:00:00Z"}
    told = await both.http.get(
        "/certificates/v1/keys/leak", params={"issuer": "ibh", "since": leak["compromised_at"]}
    )
    assert (told.json()["key_id"], told.json()["left"]) == (f"{BODY}#2020-1", 1)
    both.clock.time += timedelta(hours=1)
    await both.post(ROTATE, leak)
    # Where the course names another by then, what is made again is the body's as before.
    await both.hears(jointly(2, joint_sponsor=None))
    await both.rests()
    again = await live(both, PSYCHOLOGIST, "APA")
    assert again["supersedes"] == apa["certificate_id"]
    token = await token_of(both, again)
    assert (kid(token), again["issuer"]["name"]) == (f"{BODY}#2020-2", NAME)
    assert await live(both, COUNSELOR, "NBCC") == nbcc


async def test_until_it_has_a_key_the_provider_signs_and_what_is_out_stays_as_it_is(
    world, tmp_path
):
    await world.hears(jointly(), *all_completed())
    await comes(world, PSYCHOLOGIST, "psychologist")
    before = await live(world, PSYCHOLOGIST, "APA")
    old = await token_of(world, before)
    assert (kid(old), before["issuer"]["name"]) == (f"{HOST}#2020-1", "Praxis CET")
    await world.post(ROTATE, {"issuer": "ibh"})
    await world.rests()
    assert await live(world, PSYCHOLOGIST, "APA") == before, "nothing is made again"
    assert (await offline(world, tmp_path, old, HOST))["status"] == "valid"
    path = f"/certificates/v1/certificates/{before['certificate_id']}/supersede"
    await world.post(path, {"reason": "the name", "name": "Ann B. Lee"})
    await world.rests()
    after = await live(world, PSYCHOLOGIST, "APA")
    assert (after["supersedes"], after["issuer"]["name"]) == (before["certificate_id"], NAME)
    new = await token_of(world, after)
    assert (await offline(world, tmp_path, new, BODY))["status"] == "valid"


@pytest.mark.parametrize(
    "changes",
    [
        {"joint_sponsor": None},
        {"joint_sponsor": SPONSOR | {"partner_id": None}},
        {"joint_sponsor": SPONSOR | {"partner_id": "another"}},
        {"boards": BOARDS},
    ],
    ids=["no-sponsor", "no-partner", "one-without-a-key", "the-providers-approval"],
)
async def test_who_does_not_answer_for_a_board_issues_nothing_for_it(world, changes):
    await world.hears(jointly(), *all_completed())
    await world.post(ROTATE, {"issuer": "ibh"})
    await world.hears(jointly(2, **changes))
    await comes(world, PSYCHOLOGIST, "psychologist")
    certificate = await live(world, PSYCHOLOGIST, "APA")
    assert certificate["issuer"]["name"] == "Praxis CET"
    assert kid(await token_of(world, certificate)) == f"{HOST}#2020-1"


async def test_only_a_body_that_a_course_names_has_a_key_and_only_staff_make_it(world):
    await world.hears(jointly())
    unknown = await world.post(ROTATE, {"issuer": "nobody"})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/issuer-unknown")
    for junk in ("../x", "A", "a--b", "a#1", "x" * 64):
        assert (await world.post(ROTATE, {"issuer": junk})).status_code == 422
    both = {"issuer": "ibh", "key_id": f"{HOST}#2020-1"}
    assert (await world.post(ROTATE, both)).status_code == 422
    made = {"Idempotency-Key": "k"}
    assert (
        await world.client().post(ROTATE, json={"issuer": "ibh"}, headers=made)
    ).status_code == 401
    assert (await world.http.get("/certificates/v1/keys")).json()["items"] == []
    twice = await asyncio.gather(*(world.post(ROTATE, {"issuer": "ibh"}) for _ in range(2)))
    assert {one.status_code for one in twice} <= {201, 409}
    items = (await world.http.get("/certificates/v1/keys")).json()["items"]
    assert sum(one["state"] == "active" for one in items) == 1
    assert {one["issuer"] for one in items} == {"ibh"}


async def leaks(world, issuer: str) -> None:
    """The key of that issuer is known to others, and what it signed is made again."""
    world.clock.time += timedelta(hours=1)
    await world.post(ROTATE, {"issuer": issuer, "compromised_at": "2020-11-09T00:00:00Z"})
    await world.rests()


async def test_what_is_made_again_is_issued_by_whom_its_page_names_and_not_the_course_by_now(
    both, tmp_path
):
    """Both boards are given to another body for the next time; that body has a key, too."""
    apa, nbcc = await live(both, PSYCHOLOGIST, "APA"), await live(both, COUNSELOR, "NBCC")
    other = SPONSOR | {"partner_id": "other", "name": "Other Body"}
    boards = with_board("APA", holder="Other Body")
    boards = [one | {"holder": "Other Body"} if one["board"] == "NBCC" else one for one in boards]
    await both.hears(jointly(2, joint_sponsor=other, boards=boards))
    assert (await both.post(ROTATE, {"issuer": "other"})).status_code == 201
    await leaks(both, "ibh")
    again = await live(both, PSYCHOLOGIST, "APA")
    assert (again["supersedes"], again["issuer"]) == (
        apa["certificate_id"],
        {"id": BODY, "name": NAME},
    )
    token = await token_of(both, again)
    assert kid(token) == f"{BODY}#2020-2"
    assert (await offline(both, tmp_path, token, BODY))["status"] == "valid"
    await leaks(both, "")
    again = await live(both, COUNSELOR, "NBCC")
    assert (again["supersedes"], again["issuer"]) == (
        nbcc["certificate_id"],
        {"id": HOST, "name": "Praxis CET"},
    )
    token = await token_of(both, again)
    assert kid(token) == f"{HOST}#2020-2"
    assert (await offline(both, tmp_path, token, HOST))["status"] == "valid"


async def test_a_body_whose_keys_are_lost_issues_nothing_and_what_the_provider_signs_verifies(
    both, tmp_path
):
    """No backup has them: a copy of what the body issued says that the provider did."""
    apa = await live(both, PSYCHOLOGIST, "APA")
    both.clock.time += timedelta(hours=1)
    await both.post(ROTATE, {"issuer": "ibh", "compromised_at": "2020-11-09T00:00:00Z"})
    lost = "DELETE FROM signing_keys WHERE issuer = 'ibh' AND state = 'active' RETURNING key_id"
    assert [row["key_id"] for row in await both.rows(lost)] == [f"{BODY}#2020-2"]
    await both.rests()
    again = await live(both, PSYCHOLOGIST, "APA")
    assert (again["supersedes"], again["issuer"]) == (
        apa["certificate_id"],
        {"id": HOST, "name": "Praxis CET"},
    )
    token = await token_of(both, again)
    assert kid(token) == f"{HOST}#2020-1"
    assert (await offline(both, tmp_path, token, HOST))["status"] == "valid"
