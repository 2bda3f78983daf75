"""API keys: shown once, kept as hashes, said to everyone."""

import hashlib

from shared.contracts.partners import KeyIssued, KeyRevoked
from tests.edges.partners.conftest import audited, client, said


async def issue(operator, scopes=("platform",), key="one", **more):
    return await operator.post(
        "/partners/v1/keys",
        json={"scopes": list(scopes), **more},
        headers={"Idempotency-Key": key},
    )


async def test_a_key_is_shown_once_and_said_as_a_hash(operator, partners):
    answer = await issue(operator, ["reader"], label="Board's auditor")
    assert answer.status_code == 201
    body = answer.json()
    assert body["key"].startswith("hf_live_")
    assert len(body["key"]) == len("hf_live_") + 32
    [(type_, event)] = await said(partners)
    assert type_ == KeyIssued.type
    assert event["hash"] == hashlib.sha256(body["key"].encode()).hexdigest()
    assert (event["key_id"], event["scopes"], event["version"]) == (body["key_id"], ["reader"], 1)
    listed = (await operator.get("/partners/v1/keys")).json()
    assert listed["next"] is None
    assert [item["label"] for item in listed["items"]] == ["Board's auditor"]
    assert "key" not in listed["items"][0]
    assert "hash" not in listed["items"][0]


async def test_the_key_itself_stands_nowhere_in_the_database(operator, partners):
    key = (await issue(operator)).json()["key"]
    async with partners.api_db.acquire() as con:
        for table in ("keys", "idempotency_keys", "outbox", "api_keys"):
            rows = await con.fetch(f"SELECT t::text AS row FROM {table} t")
            assert not any(key in row["row"] for row in rows), table


async def test_a_repeated_request_shows_the_same_key_again(operator, partners):
    first = await issue(operator, key="again")
    second = await issue(operator, key="again")
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json() == first.json()
    other = await issue(operator, ["reader"], key="again")
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert len(await said(partners)) == 1


async def test_a_key_needs_an_idempotency_key(operator):
    answer = await operator.post("/partners/v1/keys", json={"scopes": ["reader"]})
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/idempotency-key-required"


async def test_only_an_operator_makes_keys(partners):
    async with client(partners) as nobody:
        assert (await issue(nobody)).status_code == 401
    async with client(partners, "hf_live_unknown") as stranger:
        assert (await issue(stranger)).status_code == 401


async def test_scopes_that_no_key_can_have_are_refused_with_their_place(operator, partners):
    answer = await issue(operator, ["reader", "root", "partner:"])
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/scopes/1", "/scopes/2"]
    two = await issue(operator, ["partner:ibh", "partner:praxis"], key="two")
    assert two.status_code == 422
    assert (await issue(operator, [], key="none")).status_code == 422
    assert await said(partners) == []


async def test_a_revoked_key_is_said_so_and_stays_revoked(operator, partners):
    key_id = (await issue(operator)).json()["key_id"]
    path = f"/partners/v1/keys/{key_id}/revoke"
    answer = await operator.post(path, headers={"Idempotency-Key": "r1"})
    assert answer.status_code == 200
    assert answer.json()["revoked_at"]
    assert "key" not in answer.json()
    type_, event = (await said(partners))[-1]
    assert (type_, event["version"], event["key_id"]) == (KeyRevoked.type, 2, key_id)
    again = await operator.post(path, headers={"Idempotency-Key": "r2"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/key-revoked")
    unknown = await operator.post(
        "/partners/v1/keys/none/revoke", headers={"Idempotency-Key": "r3"}
    )
    assert unknown.status_code == 404
    assert await audited(partners) == [
        ("operator", "key.issued", key_id),
        ("operator", "key.revoked", key_id),
    ]


async def test_the_list_of_keys_is_paged(operator):
    for number in range(3):
        await issue(operator, label=str(number), key=f"k{number}")
    first = (await operator.get("/partners/v1/keys?limit=2")).json()
    assert [item["label"] for item in first["items"]] == ["0", "1"]
    rest = (await operator.get(f"/partners/v1/keys?limit=2&after={first['next']}")).json()
    assert [item["label"] for item in rest["items"]] == ["2"]
    assert rest["next"] is None


async def test_what_it_says_is_served_as_asyncapi(partners):
    async with client(partners) as anybody:
        operations = (await anybody.get("/partners/asyncapi.json")).json()["operations"]
    assert operations["partners.says.key.issued.v1"]["action"] == "send"


async def test_a_key_that_ends_is_said_with_its_end(operator, partners):
    answer = await issue(operator, ["reader"], expires_at="2031-01-01T00:00:00Z")
    assert answer.json()["expires_at"] == "2031-01-01T00:00:00Z"
    zoneless = await issue(operator, ["reader"], key="z", expires_at="2031-01-01T00:00:00")
    assert zoneless.status_code == 422
    [(_, event)] = await said(partners)
    assert event["expires_at"] == "2031-01-01T00:00:00Z"
