"""Keys that are replaced: each year, by hand, after a leak, by two at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jws

from services.certificates import documents, signing
from services.certificates.domain.documents import SealedKey
from services.certificates.domain.status import place_of
from shared.runtime.due import Dues
from shared.runtime.outside import OutsideCalls
from tests.edges.certificates.conftest import SECRET, World, service_on
from tests.edges.certificates.facts import (
    BOARDS,
    all_completed,
    attended,
    course,
    person,
    registered,
    settled,
)
from tests.rules.certificates.test_credential import CHECK
from tests.stage import StillClock

WHO, NJ = "Ann Lee", ("counselor", "NJ", "37PC1")
LATER, NY = "Bo Ray", ("counselor", "NY", "1")
ROTATE = "/certificates/v1/keys:rotate"
K1, K2, K3 = (f"did:web:certs.example#2020-{n}" for n in (1, 2, 3))


async def issued_to(world, who: str, licence: tuple[str, str, str]) -> list[dict]:
    await world.hears(person(who, "counselor", licence), *registered(who), *attended(who))
    await world.swept()
    await world.evaluates(who)
    await world.rests()
    return [c for c in (await world.shown(who))["certificates"] if c["status"] == "valid"]


@pytest.fixture
async def out(world):
    """A counselor of New Jersey has two certificates, signed by the first key."""
    await world.hears(course(), *all_completed())
    await issued_to(world, WHO, NJ)
    return world


async def keys(world) -> list[tuple[str, str]]:
    answer = await world.http.get("/certificates/v1/keys")
    return [(one["key_id"], one["state"]) for one in answer.json()["items"]]


async def token_of(world, certificate: dict) -> str:
    path = certificate["jwt"].removeprefix("https://certs.example")
    return str((await world.http.get(path)).text)


def kid(token: str) -> str:
    return str(jws.extract_compact(token.encode()).headers()["kid"])


async def verified(world, token: str) -> dict:
    return dict((await world.client().post("/certificates/verify", json={"jwt": token})).json())


async def test_another_key_signs_and_what_the_first_one_signed_is_verified_as_before(out):
    [first, _] = (await out.shown(WHO))["certificates"]
    old = await token_of(out, first)
    out.clock.time += timedelta(minutes=1)
    answer = await out.post(ROTATE, {})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["made"]["key_id"], told["made"]["state"]) == (K2, "active")
    assert (told["retired"]["key_id"], told["retired"]["state"]) == (K1, "retired")
    assert (told["retired"]["retired_at"], told["made"]["rotates_at"]) == (
        "2020-11-09T23:21:00Z",
        "2021-11-09T23:21:00Z",
    )
    assert "sealed" not in answer.text
    assert '"d"' not in answer.text
    assert await keys(out) == [(K2, "active"), (K1, "retired")]
    [new] = [c for c in await issued_to(out, LATER, NY) if c["board"] == "NBCC"]
    assert (kid(old), kid(await token_of(out, new))) == (K1, K2)
    assert (await verified(out, old))["status"] == "valid"
    public = (await out.client().get("/.well-known/jwks.json")).json()["keys"]
    assert [one["kid"] for one in public] == [K2, K1]
    assert signing.read(old, public) is not None
    listed = (await out.client().get("/certificates/status/2020-1")).text
    assert kid(listed) == K2, "a list is signed anew by the new key at once"
    assert len(await out.rows("SELECT * FROM certificates")) == 4, "nothing was made again"
    audits = await out.rows("SELECT by, act, about, why FROM audit")
    assert audits == [
        {"by": "operator", "act": "key.rotated", "about": f"{K1} -> {K2}", "why": ""},
    ]


async def test_only_staff_rotate_with_a_key_of_their_request_and_once(out):
    assert (await out.post(ROTATE, {}, WHO)).status_code == 403
    assert (await out.client().get("/certificates/v1/keys")).status_code == 401
    bare = await out.http.post(ROTATE, json={})
    assert bare.json()["type"] == "/problems/idempotency-key-required"
    first = await out.post(ROTATE, {}, key="again")
    second = await out.post(ROTATE, {}, key="again")
    assert (first.json(), second.headers["idempotent-replayed"]) == (second.json(), "true")
    assert sorted(await keys(out)) == [(K1, "retired"), (K2, "active")]


async def test_junk_is_refused_and_changes_nothing(out):
    unknown = await out.post(ROTATE, {"key_id": "did:web:elsewhere#1"})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/key-unknown")
    future = await out.post(ROTATE, {"compromised_at": "2020-11-09T23:20:01Z"})
    assert (future.status_code, future.json()["errors"][0]["pointer"]) == (422, "/compromised_at")
    for junk in ({"compromised_at": "2020-11-09"}, {"key_id": ""}, {"reason": "x"}):
        assert (await out.post(ROTATE, junk)).status_code == 422
    assert await keys(out) == [(K1, "active")]


async def test_before_anything_was_signed_the_first_key_is_made(world):
    answer = await world.post(ROTATE, {})
    assert (answer.status_code, answer.json()["retired"]) == (201, None)
    assert await keys(world) == [(K1, "active")]


async def test_after_a_year_another_key_signs_by_itself(out):
    await out.at("2021-11-09T23:19:59Z")
    assert await keys(out) == [(K1, "active")]
    await out.at("2021-11-09T23:20:00Z")
    assert await keys(out) == [("did:web:certs.example#2021-1", "active"), (K1, "retired")]
    await out.at("2022-11-10T00:00:00Z")
    assert len(await keys(out)) == 3, "and so each year"


async def test_a_key_made_by_hand_has_its_own_year(out):
    out.clock.time = datetime(2021, 11, 1, tzinfo=UTC)
    await out.post(ROTATE, {})
    await out.at("2021-11-10T00:00:00Z")
    assert len(await keys(out)) == 2
    await out.at("2022-11-01T00:00:00Z")
    assert len(await keys(out)) == 3


async def test_a_leak_has_made_again_what_was_signed_since_and_nothing_else(out):
    before = (await out.shown(WHO))["certificates"]
    out.clock.time += timedelta(days=1)
    [since] = [c for c in await issued_to(out, LATER, NY) if c["board"] == "NBCC"]
    forged_later = await token_of(out, since)
    out.clock.time += timedelta(days=1)
    leak = {"compromised_at": "2020-11-10T12:00:00Z"}
    answer = await out.post(ROTATE, leak)
    assert answer.json()["retired"]["compromised_at"] == "2020-11-10T12:00:00Z"
    told = await verified(out, forged_later)
    assert (told["status"], told["key_compromised_at"]) == ("valid", "2020-11-10T12:00:00Z")
    await out.rests()
    told = await verified(out, forged_later)
    assert (told["status"], told["reason"]) == (
        "superseded",
        "The key that signed it is no longer secret",
    )
    shown = {
        c["status"]: c for c in (await out.shown(LATER))["certificates"] if c["board"] == "NBCC"
    }
    assert shown["valid"]["supersedes"] == since["certificate_id"]
    assert (shown["valid"]["credits"], kid(await token_of(out, shown["valid"]))) == (8.0, K2)
    assert (await out.shown(WHO))["certificates"] == before, "signed before the leak"
    said = await out.said("certificate.superseded")
    assert {one["reason"] for one in said} == {"key-compromised"}
    # Told again, or later than it was: nothing happens. Learnt to be earlier: the others follow.
    for at, made_again in (
        ("2020-11-10T12:00:00Z", 2),
        ("2020-11-11T00:00:00Z", 2),
        ("2020-11-09T00:00:00Z", 4),
    ):
        again = await out.post(ROTATE, {"key_id": K1, "compromised_at": at})
        assert (again.status_code, again.json()["made"]) == (200, None)
        await out.rests()
        assert len(await out.said("certificate.superseded")) == made_again, at
    assert sorted(await keys(out)) == [(K1, "retired"), (K2, "active")]


LEAK = "/certificates/v1/keys/leak"


async def test_what_a_leak_comes_to_is_told_before_it_is_said_and_while_it_is_mended(out):
    out.clock.time += timedelta(days=1)
    await issued_to(out, LATER, NY)

    async def told(**params: str) -> tuple[int, int, int]:
        answer = await out.http.get(LEAK, params=params)
        assert answer.status_code == 200, answer.text
        return tuple(answer.json()[name] for name in ("concerned", "done", "left"))

    later, before = "2020-11-10T12:00:00Z", "2020-11-09T00:00:00Z"
    assert await told(since=later) == (2, 0, 2)
    assert await told(since=before, key_id=K1) == (4, 0, 4)
    assert await told() == (0, 0, 0), "of no leak"
    assert await keys(out) == [(K1, "active")], "nothing is changed by asking"
    whole = (await out.http.get(LEAK, params={"since": before})).json()
    [one] = whole["courses"]
    assert (one["title"], one["provider"]) == (
        "Improving Treatment Effectiveness with Attachment Theory",
        "Praxis CET",
    )
    assert (whole["key_id"], whole["since"], one["concerned"], one["left"]) == (K1, before, 4, 4)
    await out.post(ROTATE, {"compromised_at": later})
    assert await told(key_id=K1) == (2, 0, 2), "since when it leaked is known"
    await out.rests()
    assert await told(key_id=K1) == (2, 2, 0)
    assert await told(key_id=K1, since=before) == (4, 2, 2), "learnt to be earlier"
    assert await told() == (0, 0, 0), "of the one that signs now"


async def test_what_staff_had_under_way_as_the_key_leaked_is_counted_as_replaced(out):
    since = {"since": "2020-11-09T00:00:00Z", "key_id": K1}
    [old, _] = (await out.shown(WHO))["certificates"]
    path = f"/certificates/v1/certificates/{old['certificate_id']}/supersede"
    await out.post(path, {"reason": "a wrong name", "name": "Ann Leigh"})
    assert (await out.http.get(LEAK, params=since)).json()["left"] == 2
    await out.post(ROTATE, {"compromised_at": since["since"]})
    await out.rests()
    told = (await out.http.get(LEAK, params=since)).json()
    assert (told["concerned"], told["done"], told["left"]) == (2, 2, 0)
    [course_] = told["courses"]
    assert (course_["concerned"], course_["left"]) == (2, 0)


async def test_what_was_replaced_under_the_same_key_before_the_leak_is_not_counted(out):
    [old, _] = (await out.shown(WHO))["certificates"]
    path = f"/certificates/v1/certificates/{old['certificate_id']}/supersede"
    await out.post(path, {"reason": "a wrong name", "name": "Ann Leigh"})
    await out.rests()
    told = (await out.http.get(LEAK, params={"since": "2020-11-09T00:00:00Z"})).json()
    assert (told["concerned"], told["done"], told["left"]) == (2, 0, 2)


async def test_only_staff_ask_what_a_leak_comes_to_and_junk_is_refused(out):
    assert (await out.client().get(LEAK)).status_code == 401
    unknown = await out.http.get(LEAK, params={"key_id": "did:web:elsewhere#1"})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/key-unknown")
    future = await out.http.get(LEAK, params={"since": "2020-11-09T23:20:01Z"})
    assert (future.status_code, future.json()["errors"][0]["pointer"]) == (422, "/query/since")
    assert (await out.http.get(LEAK, params={"since": "2020-11-09"})).status_code == 422


async def test_before_anything_was_signed_no_leak_comes_to_anything(world):
    told = (await world.http.get(LEAK, params={"since": "2020-11-01T00:00:00Z"})).json()
    assert (told["key_id"], told["concerned"], told["courses"]) == (None, 0, [])


async def test_whose_holder_was_erased_is_not_among_those_that_are_issued_again(out):
    since = {"since": "2020-11-09T00:00:00Z"}
    assert (await out.http.get(LEAK, params=since)).json()["left"] == 2
    await out.forgets(WHO)
    assert (await out.http.get(LEAK, params=since)).json()["left"] == 0


async def test_more_credit_that_is_on_its_way_as_a_key_leaks_still_comes(out):
    nurse = "Di Eff"
    await out.hears(person(nurse, "nurse"), *registered(nurse))
    await out.hears(*attended(nurse, 7200, 7200, 0, 7200))
    await out.swept()
    await out.evaluates(nurse)
    await out.rests()
    await out.hears(settled(nurse, "s3", 7200, version=2))  # 8.0 are given, and to be made
    out.clock.time += timedelta(minutes=1)
    await out.post(ROTATE, {"compromised_at": "2020-11-09T00:00:00Z"})
    await out.swept()  # the walk comes before the press
    await out.rests()
    shown = (await out.shown(nurse))["certificates"]
    assert [(one["status"], one["credits"]) for one in shown] == [
        ("superseded", 6.0),
        ("superseded", 6.0),
        ("valid", 8.0),
    ]


async def test_what_a_leak_has_made_again_says_the_same_in_every_word(out):
    sql = (
        "SELECT c.title, c.credits, c.sessions, c.categories, c.evidence, c.number, d.page,"
        " d.credential FROM certificates c JOIN documents d USING (certificate_id)"
        " WHERE board = 'NBCC' AND status = 'valid'"
    )
    [before] = await out.rows(sql)
    boards = [one for one in BOARDS if one["board"] != "NBCC"]
    nbcc = next(one for one in BOARDS if one["board"] == "NBCC") | {"number": "OTHER-1"}
    await out.hears(course(version=9, title="Another title", boards=[nbcc, *boards]))
    await out.hears(
        person(WHO, "counselor", ("counselor", "NJ", "99"), version=2, name="Ann Leigh")
    )
    await out.at("2028-01-12T00:00:00Z")  # and what was attended is forgotten
    await out.post(ROTATE, {"key_id": K1, "compromised_at": "2020-11-09T00:00:00Z"})
    await out.rests()
    [after] = await out.rows(sql)
    assert after["number"] != before["number"]
    own = ("number", "verify_url", "verify_words", "issued", "issued_words", "supersedes")
    for one in (before, after):
        told = {"number": one.pop("number"), **{name: one["page"].pop(name) for name in own}}
        claims = one["credential"]
        address = told["verify_url"]
        assert claims["credentialSubject"].pop("id") == f"{address}#holder"
        assert claims["evidence"][0].pop("id") == address
        assert claims["credentialSubject"]["achievement"].pop("humanCode") == told["number"]
        del claims["id"], claims["validFrom"], claims["credentialStatus"]
    assert told["supersedes"].startswith("Supersedes certificate 2020-")
    assert told["issued"] == [2028, 1, 11], "by the clock of the course"
    assert after == before
    public = (await out.client().get("/.well-known/jwks.json")).json()["keys"]
    for one in (await out.shown(WHO))["certificates"]:
        CHECK.validate(signing.read(await token_of(out, one), public) or {})


async def test_what_was_written_down_before_the_leak_and_signed_after_it_is_made_again(
    out, monkeypatch
):
    [old, _] = (await out.shown(WHO))["certificates"]
    with monkeypatch.context() as broken:
        broken.setattr(documents.render, "render", lambda _: 1 / 0)
        path = f"/certificates/v1/certificates/{old['certificate_id']}/supersede"
        await out.post(path, {"reason": "a wrong name", "name": "Ann Leigh"})
        await out.rendered()  # at 23:20, in vain
    out.clock.time += timedelta(hours=1)
    await out.rests()
    signed = await live_of(out, old["board"])
    out.clock.time += timedelta(hours=1)
    await out.post(ROTATE, {"compromised_at": "2020-11-09T23:50:00Z"})
    await out.rests()
    now = await live_of(out, old["board"])
    assert now["supersedes"] == signed["certificate_id"]
    assert kid(await token_of(out, now)) == K2
    [name] = await out.rows(
        "SELECT page->>'name' AS name FROM documents WHERE certificate_id = $1",
        now["certificate_id"],
    )
    assert name == {"name": "Ann Leigh"}


async def live_of(world, board: str) -> dict:
    shown = (await world.shown(WHO))["certificates"]
    [found] = [one for one in shown if (one["board"], one["status"]) == (board, "valid")]
    return found


async def test_what_a_thief_signs_under_the_id_of_a_real_certificate_is_unknown(out):
    [real, _] = (await out.shown(WHO))["certificates"]
    [row] = await out.rows("SELECT * FROM signing_keys")
    stolen = SealedKey(row["key_id"], row["public"], row["sealed"])
    claims = signing.read(await token_of(out, real), [row["public"]]) or {}
    claims["credentialSubject"]["creditsEarned"] = 80.0
    forged = signing.sign(SECRET, stolen, claims)
    assert signing.read(forged, [row["public"]]) is not None, "the signature is good"
    assert await verified(out, forged) == {"status": "unknown"}


async def test_a_document_that_a_leaked_key_signed_on_its_way_is_made_again(out):
    await out.hears(person(LATER, "counselor", NY), *registered(LATER), *attended(LATER))
    await out.swept()
    await out.evaluates(LATER)
    press, leaked = out.service.dues.outsides["render"], []

    async def slow(order):
        made = await press.act(order)
        if not leaked:
            leaked.append(await out.post(ROTATE, {"compromised_at": "2020-11-09T23:20:00Z"}))
            await out.swept()  # the walk over what it signed is over before this one is stored
        return made

    dues = Dues()
    dues.outsides["render"] = replace(press, act=slow)
    await OutsideCalls(out.db, out.clock, dues).step()
    assert leaked[0].status_code == 201
    await out.rests()
    shown = [c for c in (await out.shown(LATER))["certificates"] if c["status"] == "valid"]
    assert {kid(await token_of(out, one)) for one in shown} == {K2}
    statuses = {one["status"] for one in (await out.shown(LATER))["certificates"]}
    assert statuses == {"valid"}, "what the leaked key signed was never out"


async def test_two_processes_that_rotate_at_once_make_a_key_each_and_one_is_active(database):
    url = database("certificates")
    services = [
        service_on(url, seams={"clock": StillClock("2020-11-09T23:20:00Z")}) for _ in range(2)
    ]
    apps = [one.app.router.lifespan_context(one.app) for one in services]
    for app in apps:
        await app.__aenter__()
    try:
        one, other = (World(service) for service in services)
        await one.post(ROTATE, {})
        answers = await asyncio.gather(*(w.post(ROTATE, {}) for w in (one, other) for _ in "ab"))
        assert [answer.status_code for answer in answers] == [201] * 4, [a.text for a in answers]
        assert sorted(await keys(one)) == [
            *((f"did:web:certs.example#2020-{n}", "retired") for n in (1, 2, 3, 4)),
            ("did:web:certs.example#2020-5", "active"),
        ]
        named = await asyncio.gather(
            *(w.post(ROTATE, {"key_id": "did:web:certs.example#2020-5"}) for w in (one, other))
        )
        assert sorted(answer.status_code for answer in named) == [200, 201], "it is replaced once"
    finally:
        for app in apps:
            await app.__aexit__(None, None, None)


async def test_where_the_secret_changed_the_list_says_so_until_another_key_is_made(database):
    url, clock = database("certificates"), StillClock("2020-11-09T23:20:00Z")
    service = service_on(url, seams={"clock": clock})
    async with service.app.router.lifespan_context(service.app):
        await World(service).post(ROTATE, {})
    service = service_on(
        url, seams={"clock": clock}, platform_secret="the next secret of the tests"
    )
    async with service.app.router.lifespan_context(service.app):
        world = World(service)
        answer = await world.client().get("/certificates/status/2020-1")
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/signing-key-shut")
        assert (await world.post(ROTATE, {})).status_code == 201
        assert (await world.client().get("/certificates/status/2020-1")).status_code == 200


async def test_keys_and_lists_are_not_sent_again_to_who_has_them(out):
    for call in ("/.well-known/did.json", "/.well-known/jwks.json", "/certificates/status/2020-1"):
        first = await out.client().get(call)
        assert first.headers["cache-control"] == "public, max-age=300"
        tag = first.headers["etag"]
        for given in (tag, f'"x", W/{tag}', "*"):
            again = await out.client().get(call, headers={"If-None-Match": given})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (await out.client().get(call, headers={"If-None-Match": '"x"'})).status_code == 200
    await out.post(ROTATE, {})
    changed = await out.client().get("/.well-known/did.json", headers={"If-None-Match": tag})
    assert changed.status_code == 200


async def test_what_is_issued_is_as_the_schema_of_credentials_says(out):
    nurse = "Di Eff"  # no board of the course that is left serves her
    boards = [one for one in BOARDS if one["board"] in {"NBCC", "STATE"}]
    await out.hears(course(boards=boards, version=2))
    await out.hears(person(nurse, "nurse"), *registered(nurse), *attended(nurse))
    await out.rests()
    shown = [*(await out.shown(WHO))["certificates"], *(await out.shown(nurse))["certificates"]]
    assert [one["board"] for one in shown] == ["NBCC", "STATE", None]
    public = (await out.client().get("/.well-known/jwks.json")).json()["keys"]
    for one in shown:
        claims = signing.read(await token_of(out, one), public) or {}
        CHECK.validate(claims)
    assert claims["evidence"][1]["narrative"] == (
        "For 4 of 4 sessions: Monday, 19 October 2020; Monday, 26 October 2020; "
        "Monday, 2 November 2020; Monday, 9 November 2020."
    )


async def test_another_secret_gives_no_place_of_a_status_list_twice(database):
    url, clock = database("certificates"), StillClock("2020-11-09T23:20:00Z")
    secrets = ("the first secret of the tests", "the next secret of the tests")
    for secret, who in zip(secrets, (WHO, LATER), strict=True):
        service = service_on(url, seams={"clock": clock}, platform_secret=secret)
        async with service.app.router.lifespan_context(service.app):
            world = World(service)
            await world.post(ROTATE, {})
            await world.hears(course(), *all_completed())
            # New York asks for no evaluation: nobody needs a link.
            await world.hears(person(who, "counselor", NY), *registered(who), *attended(who))
            await world.rests()
            placed = await world.rows("SELECT status_index FROM certificates ORDER BY issued_at")
            [counter] = await world.rows("SELECT seed, taken FROM status_counters")
    expected = {place_of(counter["seed"], 2020, taken)[1] for taken in range(2)}
    assert ({one["status_index"] for one in placed}, counter["taken"]) == (expected, 2)
    assert not any(secret in counter["seed"] for secret in secrets)
