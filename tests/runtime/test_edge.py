"""HTTP at the edge: micro-batches, idempotency keys, problems, keys and tokens, health."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from shared.runtime.auth import Caller, CallerDep, for_subject, needs_scope
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from shared.runtime.tokens import PERSONAL, mint
from tests.runtime import toy

SECRET = "a-secret-of-the-platform"
OPERATOR = "hf_test_operator"


class FeedBody(BaseModel):
    amount: int


router = APIRouter()


@router.post("/toy/v1/accounts/{account_id}/feed", status_code=201, responses=problems(409))
async def feed(account_id: str, body: FeedBody, edge: EdgeDep, once: RequiredOnce) -> Response:
    return await edge.run(
        toy.feed,
        toy.Feed(account_id, body.amount),
        once=once,
        answer=lambda account: (201, {"balance": account.balance}),
    )


@router.get("/toy/v1/accounts/{account_id}", responses=problems(401, 403, 404, 425))
async def look(account_id: str, caller: CallerDep, reader: ReaderDep) -> dict[str, Any]:
    for_subject(caller, account_id, 3 if account_id != "unknown" else None)
    account = await reader.get(toy.Account, account_id)
    return {"balance": account.balance if account else None}


@router.get("/toy/v1/platform", responses=problems(401, 403))
async def platform(
    caller: Annotated[Caller, Depends(needs_scope("platform"))],
) -> dict[str, str]:
    return {"caller": caller.name}


@pytest.fixture
async def client(toy_url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = ServiceSettings(
        database_url=toy_url,
        role="api",
        platform_secret=SECRET,
        operator_key_hash=hashlib.sha256(OPERATOR.encode()).hexdigest(),
    )
    service = Service("toy", settings, base=toy.Base, routers=[router])
    await service.start()
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as made:
        made.service = service  # type: ignore[attr-defined]
        yield made
    await service.stop()


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


async def test_requests_that_come_together_share_a_transaction_each_with_its_own_answer(
    client: httpx.AsyncClient,
) -> None:
    amounts = [1, 13, 666, *range(100, 140)]
    answers = await asyncio.gather(
        *(
            client.post(f"/toy/v1/accounts/a{n}/feed", json={"amount": n}, headers=key(f"k{n}"))
            for n in amounts
        )
    )
    assert [a.status_code for a in answers] == [201, 409, 500] + [201] * 40
    assert answers[0].json() == {"balance": 1}
    assert answers[1].json()["type"] == "/problems/unlucky"
    assert answers[2].headers["content-type"] == "application/problem+json"
    reader = client.service.app.state.reader  # type: ignore[attr-defined]
    [[count]] = await reader.fetch("select count(*) from accounts")
    assert count == 41


async def test_the_same_key_and_body_gives_the_first_answer_again(
    client: httpx.AsyncClient,
) -> None:
    url = "/toy/v1/accounts/a/feed"
    first = await client.post(url, json={"amount": 5}, headers=key("k"))
    second = await client.post(url, json={"amount": 5}, headers=key("k"))
    assert first.json() == second.json() == {"balance": 5}
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    other = await client.post(url, json={"amount": 6}, headers=key("k"))
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    again = await client.post(url, json={"amount": 5}, headers=key("k"))
    assert again.json() == {"balance": 5}


async def test_a_hundred_twins_at_once_have_one_effect(client: httpx.AsyncClient) -> None:
    url = "/toy/v1/accounts/a/feed"
    answers = await asyncio.gather(
        *(client.post(url, json={"amount": 5}, headers=key("same")) for _ in range(100))
    )
    assert {a.status_code for a in answers} <= {201, 409}
    assert {a.json()["balance"] for a in answers if a.status_code == 201} == {5}
    assert sum("idempotent-replayed" not in a.headers for a in answers if a.status_code == 201) == 1


async def test_a_refusal_is_an_answer_that_is_kept_too(client: httpx.AsyncClient) -> None:
    url = "/toy/v1/accounts/a/feed"
    answers = [await client.post(url, json={"amount": 13}, headers=key("k")) for _ in range(2)]
    assert [a.status_code for a in answers] == [409, 409]
    assert answers[1].headers["content-type"] == "application/problem+json"
    assert answers[1].headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"{not json", 400, None),
        (b'{"amount": "many"}', 422, "/amount"),
        (b'{"amount": 1.5}', 422, "/amount"),
        (b"[]", 422, ""),
        (b"null", 422, ""),
        (b"\xff\xfe", 400, None),
    ],
)
async def test_bad_bodies_have_a_clear_answer(
    client: httpx.AsyncClient, body: bytes, status: int, pointer: str | None
) -> None:
    headers = {**key("k"), "content-type": "application/json"}
    answer = await client.post("/toy/v1/accounts/a/feed", content=body, headers=headers)
    assert answer.status_code == status
    problem = answer.json()
    assert problem["status"] == status
    assert problem["trace_id"]
    if pointer is not None:
        assert problem["errors"][0]["pointer"] == pointer


async def test_a_route_that_needs_a_key_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.post("/toy/v1/accounts/a/feed", json={"amount": 1})
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/idempotency-key-required"


async def test_nul_characters_in_a_path_are_refused_not_a_defect(client: httpx.AsyncClient) -> None:
    answer = await client.post("/toy/v1/accounts/a%00b/feed", json={"amount": 1}, headers=key("k"))
    assert answer.status_code == 400


async def test_a_body_of_more_than_two_megabytes_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/toy/v1/accounts/a/feed", content=b"x" * 2_100_000, headers=key("k")
    )
    assert answer.status_code == 413


async def test_personal_tokens_are_good_for_one_subject_and_version(
    client: httpx.AsyncClient,
) -> None:
    def get(subject: str, token: str) -> Any:
        return client.get(f"/toy/v1/accounts/{subject}", params={"t": token})

    assert (await get("a", mint(SECRET, PERSONAL, "a", 3))).status_code == 200
    assert (await get("b", mint(SECRET, PERSONAL, "a", 3))).status_code == 403
    assert (await get("a", mint(SECRET, PERSONAL, "a", 2))).status_code == 401
    newer = await get("a", mint(SECRET, PERSONAL, "a", 4))
    assert newer.status_code == 425
    assert newer.headers["retry-after"]
    assert (await get("unknown", mint(SECRET, PERSONAL, "unknown", 1))).status_code == 425
    assert (await get("a", mint("another-secret-altogether", PERSONAL, "a", 3))).status_code == 401
    assert (await get("a", mint(SECRET, "join", "a", 3))).status_code == 401
    assert (await client.get("/toy/v1/accounts/a")).status_code == 401
    assert (await get("a", "ünsinn")).status_code == 401


async def test_the_operators_key_opens_everything_and_unknown_keys_nothing(
    client: httpx.AsyncClient,
) -> None:
    def get(bearer: str | None) -> Any:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return client.get("/toy/v1/platform", headers=headers)

    assert (await get(OPERATOR)).json() == {"caller": "operator"}
    assert (await get("hf_test_unknown")).status_code == 401
    assert (await get(None)).status_code == 401
    assert (await get(mint(SECRET, PERSONAL, "a", 1))).status_code == 403


async def test_ready_says_why_not_when_the_database_is_away(toy_url: str) -> None:
    settings = ServiceSettings(
        database_url=toy_url.rsplit("/", 1)[0] + "/nowhere", role="api", platform_secret=SECRET
    )
    service = Service("toy", settings, base=toy.Base, routers=[router])
    await service.start()
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        assert (await client.get("/toy/health/live")).status_code == 200
        ready = await client.get("/toy/health/ready")
        assert ready.status_code == 503
        assert "database" in ready.json()["reasons"][0]
    await service.stop()
