"""What whoever holds a certificate in hand is told of it, by code, credential and hash."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.edges.certificates.conftest import World, service_on
from tests.edges.certificates.facts import all_completed, attended, course, person, registered

WHO, NJ = "Ann Lee", ("counselor", "NJ", "37PC1")
HTML = {"accept": "text/html"}


@pytest.fixture
async def out(world):
    await world.hears(course(), person(WHO, "counselor", NJ), *registered(WHO), *attended(WHO))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(WHO)
    await world.rests()
    return world


async def nbcc(world) -> dict:
    return dict([c for c in (await world.shown(WHO))["certificates"] if c["board"] == "NBCC"][-1])


def verify(certificate: dict) -> str:
    return certificate["verify_url"].replace("https://certs.example", "/certificates")


def outside(world, address: str) -> httpx.AsyncClient:
    """Somebody whom the front door names."""
    transport = httpx.ASGITransport(world.service.app, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://certificates.test")


async def test_guesses_behind_proxies_are_those_of_whom_a_trusted_one_names(database):
    trusted = service_on(database("certificates"), trusted_proxies="127.0.0.1,172.16.0.0/12")
    async with trusted.app.router.lifespan_context(trusted.app):
        world = World(trusted)

        async def guesses(by: str, *of: str) -> list[int]:
            """The last of 61, by what an ingress and its front door say of each."""
            headers = {"x-forwarded-for": ", ".join(of)}
            async with outside(world, by) as http:
                found = [
                    (await http.get(f"/certificates/verify/AAAA-{n}", headers=headers)).status_code
                    for n in range(61)
                ]
            return found[-2:]

        assert await guesses("172.18.0.5", "8.8.8.8") == [404, 429]
        assert await guesses("172.18.0.5", "8.8.4.4", "172.18.0.9") == [404, 429]
        assert await guesses("172.18.0.5", "172.18.0.1") == [404, 404]  # ours: of everybody
        assert await guesses("10.42.0.9", "1.1.1.1") == [404, 404]  # nobody we know says so
        assert await guesses("9.9.9.9", "1.0.0.1") == [404, 429]  # who names another is counted
        async with outside(world, "1.0.0.1") as http:
            assert (await http.get("/certificates/verify/AAAA-1")).status_code == 404


async def test_who_guesses_is_made_to_wait_and_nobody_else(out):
    guesser, found = outside(out, "8.8.8.8"), await nbcc(out)
    assert (await guesser.get(verify(found))).status_code == 200
    statuses = [
        (await guesser.get(f"/certificates/verify/AAAA-{n}")).status_code for n in range(59)
    ]
    statuses.append((await guesser.post("/certificates/verify", json={"jwt": "a.b.c"})).status_code)
    assert set(statuses) == {404}
    stopped = await guesser.get("/certificates/verify/AAAA-61")
    assert (stopped.status_code, stopped.headers["retry-after"]) == (429, "60")
    assert (await guesser.get(verify(found))).status_code == 429, "a hit tells as little"
    assert (await outside(out, "1.1.1.1").get(verify(found))).status_code == 200
    for own in ("127.0.0.1", "10.0.0.7", "testclient"):
        ours = outside(out, own)
        for n in range(61):
            await ours.get(f"/certificates/verify/BBBB-{n}")
        assert (await ours.get(verify(found))).status_code == 200, own


async def test_who_has_many_addresses_in_ipv6_is_one_who_guesses(out):
    for n in range(60):
        guesser = outside(out, f"2606:4700:4700:1::{n:x}")
        assert (await guesser.get(f"/certificates/verify/AAAA-{n}")).status_code == 404
    assert (
        await outside(out, "2606:4700:4700:1:ffff::1").get("/certificates/verify/AAAA")
    ).status_code == 429
    neighbour = outside(out, "2606:4700:4700:2::1")
    assert (await neighbour.get("/certificates/verify/AAAA")).status_code == 404


async def test_what_is_known_never_counts_against_who_asks(out):
    found, employer = await nbcc(out), outside(out, "8.8.4.4")
    for _ in range(61):
        assert (await employer.get(verify(found))).status_code == 200


async def test_every_state_says_what_it_is_and_what_to_do(out):
    old = await nbcc(out)
    page = (await out.client().get(verify(old), headers=HTML)).text
    assert ("Valid" in page, WHO in page) == (True, True)
    call = f"/certificates/v1/certificates/{old['certificate_id']}"
    await out.post(f"{call}/supersede", {"reason": "x", "name": "Ann Leigh"})
    await out.rests()
    new = await nbcc(out)
    page = (await out.client().get(verify(old), headers=HTML)).text
    assert "Superseded by a newer certificate" in page
    assert new["verify_url"] in page
    by_hash = await out.client().post("/certificates/verify", json={"sha256": old["sha256"]})
    assert (by_hash.json()["status"], "superseded_by" in by_hash.json()) == ("superseded", False)
    by_code = await out.client().get(verify(old), headers={"Accept": "application/json"})
    assert by_code.json()["cause"] == "name-corrected"
    await out.post(f"/certificates/v1/certificates/{new['certificate_id']}/revoke", {"reason": "x"})
    page = (await out.client().get(verify(new), headers=HTML)).text
    assert ("Revoked" in page, "It was issued in error." in page) == (True, True)
    await out.forgets(WHO)
    page = (await out.client().get(verify(new), headers=HTML)).text
    assert ("Ann" in page, "Revoked" in page, "Holder erased" in page) == (False, True, True)


async def test_a_leak_is_told_where_a_certificate_is_still_valid(out):
    found = await nbcc(out)
    out.clock.time = out.clock.time.replace(minute=30)
    leak = {"compromised_at": "2020-11-09T23:25:00Z"}  # after it was signed
    await out.post("/certificates/v1/keys:rotate", leak)
    await out.rests()
    said = (await out.client().get(verify(found))).json()
    assert (said["status"], said["key_compromised_at"]) == ("valid", "2020-11-09T23:25:00Z")
    page = (await out.client().get(verify(found), headers=HTML)).text
    assert "no longer secret" in page


async def test_what_the_service_gives_out_is_all_that_checking_offline_needs(out, tmp_path):
    """Files as anybody may download them, checked by the command line where nothing runs."""
    found = await nbcc(out)
    pdf, keys, listed = tmp_path / "c.pdf", tmp_path / "did.json", tmp_path / "list.jwt"

    async def downloaded() -> None:
        for kind in ("pdf", "jwt"):
            path = found[kind].removeprefix("https://certs.example")
            (tmp_path / f"c.{kind}").write_bytes((await out.http.get(path)).content)
        keys.write_bytes((await out.client().get("/.well-known/did.json")).content)
        listed.write_bytes((await out.client().get("/certificates/status/2020-1")).content)

    def judged() -> dict:
        given = ["--offline", "--keys", keys, "--status", listed, "--json"]
        given += ["--issuer", "did:web:certs.example"]
        at = ["--at", out.clock.now().isoformat()]
        words = ["certificates", "verify", *map(str, [pdf, *given, *at])]
        return dict(json.loads(CliRunner().invoke(app, words).stdout))

    await downloaded()
    told = judged()
    assert (told["status"], told["pdf"], told["number"]) == ("valid", "unchanged", found["number"])
    keys.write_bytes((await out.client().get("/.well-known/jwks.json")).content)
    assert judged()["status"] == "valid"
    out.clock.time += timedelta(days=2, seconds=61)
    assert judged()["status"] == "unknown-status", "the list is two days old"
    call = f"/certificates/v1/certificates/{found['certificate_id']}/revoke"
    await out.post(call, {"reason": "Because."})
    await out.post("/certificates/v1/keys:rotate", {})
    await downloaded()
    assert judged()["status"] == "revoked", "by a list that another key signed"
    first = {"key_id": "did:web:certs.example#2020-1", "compromised_at": "2020-11-01T00:00:00Z"}
    await out.post("/certificates/v1/keys:rotate", first)
    await downloaded()
    assert judged()["status"] == "unconfirmed"
