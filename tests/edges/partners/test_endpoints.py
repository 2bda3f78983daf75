"""Endpoints and their log over HTTP: whose they are, who may see them, and what cannot be."""

from collections.abc import AsyncIterator

import pytest

from shared.runtime.tokens import digest_of
from tests.edges.partners.receiver import Receiver, receiving
from tests.edges.partners.webhooks import Hooks, path_of, staged

PATH = "/partners/v1/partners/{}/endpoints"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def stage(database) -> AsyncIterator[Hooks]:
    async with staged(database("partners")) as made:
        await made.describes()
        await made.describes("praxis")
        yield made


async def key_of(stage: Hooks, partner_id: str) -> str:
    key = f"hf_sandbox_of-{partner_id}"
    await stage.rows(
        "INSERT INTO api_keys (key_id, hash, scopes, version, revoked)"
        " VALUES ($1, $2, $3, 1, false) RETURNING key_id",
        f"key-{partner_id}",
        digest_of(key),
        [f"partner:{partner_id}"],
    )
    return key


async def test_a_partner_sees_and_changes_its_own_and_no_others(stage, receiver):
    ours, theirs = await stage.opens(receiver), await stage.opens(receiver, "praxis")
    async with stage.client(await key_of(stage, "ibh")) as own:
        [listed] = (await own.get(PATH.format("ibh"))).json()["items"]
        assert listed["endpoint_id"] == ours["endpoint_id"]
        changed = await stage.stepped(own.patch(path_of(ours), json={"types": ["person.recorded"]}))
        assert (changed.status_code, changed.json()["types"]) == (200, ["person.recorded"])
        assert changed.json()["version"] == 2
        for way in (
            own.get(PATH.format("praxis")),
            own.get(path_of(theirs)),
            own.post(PATH.format("praxis"), json={"url": receiver.url}),
            own.delete(path_of(theirs)),
            own.post(f"{path_of(theirs)}/rotate"),
            own.get("/partners/v1/deliveries", params={"partner_id": "praxis"}),
        ):
            refused = await stage.stepped(way)
            assert (refused.status_code, refused.json()["type"]) == (
                403,
                "/problems/partner-another",
            )
        hidden = path_of(theirs).replace("praxis", "ibh")
        for way in (own.get(hidden), own.post(f"{hidden}/test"), own.delete(hidden)):
            unknown = await stage.stepped(way)
            assert unknown.json()["type"] == "/problems/endpoint-unknown"
        replay = {"endpoint_id": theirs["endpoint_id"], "event_ids": ["e1"]}
        foreign = await stage.stepped(
            own.post(
                "/partners/v1/deliveries:replay", json=replay, headers={"Idempotency-Key": "k"}
            )
        )
        assert foreign.json()["type"] == "/problems/endpoint-unknown"


async def test_its_log_is_searched_by_both_sides(stage, receiver):
    ours = await stage.opens(receiver)
    await stage.opens(receiver, "praxis")
    await stage.happens("e1", "e2", type_="certificate.issued.v1")
    await stage.later(60)
    await stage.happens("e3")
    await stage.rests()
    async with stage.client(await key_of(stage, "ibh")) as own:
        seen = (await own.get("/partners/v1/deliveries")).json()["items"]
    assert seen[::-1] == await stage.deliveries()
    assert {one["endpoint_id"] for one in seen} == {ours["endpoint_id"]}
    for asked, found in [
        ({"type": "certificate.issued.v1"}, ["e1", "e2"]),
        ({"event_id": "e3"}, ["e3"]),
        ({"status": "waiting"}, []),
        ({"course_id": "course-a"}, ["e1", "e2", "e3"]),
        ({"course_id": "course-z"}, []),
        ({"endpoint_id": "another"}, []),
        ({"from": "2020-10-19T12:01:00Z"}, ["e3"]),
        ({"until": "2020-10-19T12:01:00Z"}, ["e1", "e2"]),
    ]:
        assert [one["event_id"] for one in await stage.deliveries(**asked)] == found, asked
    unnamed = await stage.asks("GET", "/partners/v1/deliveries")
    assert unnamed.json()["type"] == "/problems/partner-missing"


async def test_it_is_read_page_by_page(stage, receiver):
    await stage.opens(receiver)
    await stage.happens(*(f"e{n}" for n in range(5)))
    await stage.rests()
    found, after = [], None
    while True:
        asked = {"partner_id": "ibh", "limit": 2} | ({"after": after} if after else {})
        page = (await stage.asks("GET", "/partners/v1/deliveries", params=asked)).json()
        found += [one["event_id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert found == ["e4", "e3", "e2", "e1", "e0"]
    for junk in ("x", "/", "2020-10-19T12:00:00Z/e/x", "2020-10-19T12:00:00Z/e/" + "9" * 30):
        answer = await stage.asks(
            "GET", "/partners/v1/deliveries", params={"partner_id": "ibh", "after": junk}
        )
        assert answer.json()["type"] == "/problems/cursor-invalid", junk


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"types": ["no.such"]}, "/problems/types-unknown"),
        ({"types": ["key.issued.v1"]}, "/problems/types-unknown"),
        ({"concurrency": 0}, "/problems/invalid"),
        ({"concurrency": 17}, "/problems/invalid"),
        ({"url": ""}, "/problems/invalid"),
    ],
)
async def test_what_cannot_be_is_refused(stage, receiver, body, problem):
    answer = await stage.asks("POST", PATH.format("ibh"), json={"url": receiver.url} | body)
    assert (answer.status_code, answer.json()["type"]) == (422, problem)


async def test_a_partner_that_nobody_described_has_none(stage, receiver):
    answer = await stage.asks("POST", PATH.format("nobody"), json={"url": receiver.url})
    assert answer.json()["type"] == "/problems/partner-unknown"


async def test_there_are_at_most_twenty(stage, receiver):
    for _ in range(20):
        made = await stage.opens(receiver)
    full = await stage.asks("POST", PATH.format("ibh"), json={"url": receiver.url})
    assert (full.status_code, full.json()["type"]) == (409, "/problems/endpoints-too-many")
    await stage.asks("DELETE", path_of(made))
    await stage.opens(receiver)


async def test_who_did_what_is_audited(stage, receiver):
    made = await stage.opens(receiver)
    await stage.does("rotate", made)
    await stage.asks("PATCH", path_of(made), json={"ordered": True})
    await stage.asks("PATCH", path_of(made), json={"ordered": True})
    await stage.asks("DELETE", path_of(made))
    acts = await stage.rows(
        "SELECT by, act FROM audit WHERE about = $1 ORDER BY id", made["endpoint_id"]
    )
    assert [(one["by"], one["act"]) for one in acts] == [
        ("operator", "endpoint.opened"),
        ("operator", "endpoint.rotated"),
        ("operator", "endpoint.changed"),
        ("operator", "endpoint.removed"),
    ]


async def test_another_address_is_tried_at_once(stage, receiver):
    made = await stage.opens("http://127.0.0.1:9")
    await stage.happens(*(f"e{n}" for n in range(12)))
    await stage.rests()
    assert (await stage.endpoint(made))["circuit"] == "open"
    await stage.later(1)
    await stage.asks("PATCH", path_of(made), json={"url": receiver.url})
    await stage.rests()
    assert sorted(receiver.ids) == sorted(f"e{n}" for n in range(12))


async def test_a_partner_whose_lists_hold_what_no_database_can_is_refused(stage):
    for name in ("courses", "types", "fields"):
        body = {"name": "Institute", name: ["a\x00b"]}
        refused = await stage.asks("PUT", "/partners/v1/partners/ibh", json=body)
        assert refused.status_code == 422, refused.text
