"""HTTP at the edge: micro-batches, idempotency keys, problems, keys and tokens, health."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from shared.errors import NotFound
from shared.runtime import edge as edge_module
from shared.runtime.auth import CallerDep, needs_scope
from shared.runtime.batch import run_batch
from shared.runtime.caller import Caller, for_subject
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.edge import Edge, EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.idempotency import Once
from shared.runtime.plans import Plan, needs
from shared.runtime.problems import problems
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from shared.runtime.tokens import PERSONAL, mint
from shared.runtime.work import Work
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


@pytest.mark.parametrize(
    ("before", "waiting", "taken"),
    [
        (0, 1, 300),  # nobody before: all that came within the wait
        (0, 1_000, 300),
        (50, 14, 32),  # more than wait: all of them
        (14, 50, 32),
        (32, 32, 32),
        (32, 33, 33),
        (1, 2, 16),  # few are not parted
        (300, 1_000, 650),  # a step takes 300 at most
    ],
)
def test_right_behind_a_batch_half_of_those_who_ask_are_taken(before, waiting, taken) -> None:
    assert edge_module.share(before, waiting) == taken


async def test_who_waited_for_a_batch_waits_for_nobody_else_and_leaves_half_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes: list[int] = []
    pauses: list[float] = []
    gate = asyncio.Semaphore(0)
    sleep = asyncio.sleep

    class Gated(Edge):
        async def _through(self, units: Any) -> None:
            sizes.append(len(units))
            await gate.acquire()
            for unit in units:
                unit.done.set_result(Response())

    async def sleeping(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(seconds)

    edge = Gated(Database("toy", "postgresql://nobody"), Clock())
    asks: list[asyncio.Task[Response]] = []

    async def ask(many: int, batches: int) -> None:
        """So many come while that many batches have begun; they wait a while."""
        async with asyncio.timeout(20):
            while len(sizes) < batches:
                await sleep(0.001)
        run = edge.run
        asks.extend(
            asyncio.create_task(run(toy.feed, None, answer=lambda _: (200, None)))
            for _ in range(many)
        )
        await sleep(2 * edge_module.WAIT)

    monkeypatch.setattr(edge_module, "WAIT", 0.1)
    monkeypatch.setattr(edge_module.asyncio, "sleep", sleeping)
    serving = asyncio.create_task(edge.serve())
    try:
        await ask(50, 0)
        for batches, many in enumerate((14, 50, 0, 0), 1):
            await ask(many, batches)
            gate.release()
        async with asyncio.timeout(20):
            await asyncio.gather(*asks)
    finally:
        serving.cancel()
        await asyncio.wait([serving])
    assert sizes == [50, 14, 32, 18]
    assert 0 < pauses[0] <= edge_module.WAIT
    assert pauses[1:] == [0, 0, 0]


async def test_what_is_kept_of_a_body_can_be_tried_by_nobody_without_the_secret(
    client: httpx.AsyncClient,
) -> None:
    body = b'{"amount":5}'
    sent = {"content-type": "application/json"}
    for name in ("k1", "k2"):
        url = "/toy/v1/accounts/a/feed"
        assert (await client.post(url, content=body, headers=key(name) | sent)).status_code == 201
    reader = client.service.app.state.reader  # type: ignore[attr-defined]
    kept = [one for [one] in await reader.fetch("select fingerprint from idempotency_keys")]
    assert len({*kept, hashlib.sha256(body).hexdigest()}) == 3, "one body, and nothing alike"


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


async def test_another_query_is_another_request_however_it_is_written_and_whoever_asks(
    client: httpx.AsyncClient,
) -> None:
    """The credential is no part of what is asked for: the same person may repeat by another way."""
    url = "/toy/v1/accounts/a/feed"
    older, newer = (mint(SECRET, PERSONAL, "a", version) for version in (3, 4))
    ways: list[tuple[str, dict[str, str]]] = [
        (f"?zone=America/New_York&t={older}", {}),
        (f"?t={newer}&zone=America%2FNew_York", {}),
        ("?zone=America/New_York", {"Authorization": f"Bearer {newer}"}),
    ]
    for place, (query, who) in enumerate(ways):
        told = await client.post(url + query, json={"amount": 5}, headers=key("k") | who)
        assert (told.status_code, told.json()) == (201, {"balance": 5})
        assert ("Idempotent-Replayed" in told.headers) is (place > 0)
    bearer = {"Authorization": f"Bearer {newer}"}
    for query in ("?zone=America/Halifax", ""):
        other = await client.post(url + query, json={"amount": 5}, headers=key("k") | bearer)
        assert other.json()["type"] == "/problems/idempotency-key-reused"
    bare = await client.post(f"{url}?t={older}", json={"amount": 5}, headers=key("m"))
    again = await client.post(url, json={"amount": 5}, headers=key("m") | bearer)
    assert bare.json() == again.json() == {"balance": 10}


async def test_the_same_key_for_another_path_is_another_however_it_is_written(
    client: httpx.AsyncClient,
) -> None:
    for name in ("a%3Fb", "a%3Fc", "a%23b"):  # "a?b", "a?c", "a#b"
        answer = await client.post(
            f"/toy/v1/accounts/{name}/feed", json={"amount": 7}, headers=key("k")
        )
        assert (answer.status_code, answer.json()) == (201, {"balance": 7})
        assert "Idempotent-Replayed" not in answer.headers


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
        for asked, status in (("ready", "unready"), ("answers", "away")):
            told = await client.get(f"/toy/health/{asked}")
            assert told.status_code == 503
            assert told.headers["retry-after"] == "2"
            assert told.json()["status"] == status
            assert "database" in told.json()["reasons"][0]
    await service.stop()


async def test_a_repeated_request_gets_its_first_answer_before_its_plan_can_refuse(
    client: httpx.AsyncClient,
) -> None:
    """The first one closed the account, so the plan of the second finds none."""
    service = client.service  # type: ignore[attr-defined]
    await client.post("/toy/v1/accounts/a/feed", json={"amount": 5}, headers=key("open"))

    def needs_account(account_id: str) -> Plan:
        [account] = yield [(toy.Account, account_id)]
        if account is None:
            raise NotFound("account-unknown")
        return [(toy.Account, account_id)]

    @needs(needs_account)
    async def close(work: Work, account_id: str) -> int:
        account = work.get(toy.Account, account_id)
        assert account is not None
        work.delete(account)
        return account.balance

    async def ask(text: str) -> Response:
        made: Response = await service.edge.run(
            close, "a", once=Once(text, "same body"), answer=lambda balance: (200, balance)
        )
        return made

    answers = [await ask("k"), await ask("k"), await ask("another")]
    assert [a.status_code for a in answers] == [200, 200, 404]
    assert answers[1].headers["idempotent-replayed"] == "true"


async def test_reads_say_503_and_when_to_come_again_while_the_database_is_away(
    toy_url: str,
) -> None:
    settings = ServiceSettings(
        database_url=toy_url.rsplit("/", 1)[0] + "/nowhere", role="api", platform_secret=SECRET
    )
    service = Service("toy", settings, base=toy.Base, routers=[router])
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        answer = await client.get(
            "/toy/v1/accounts/a", params={"t": mint(SECRET, PERSONAL, "a", 3)}
        )
        assert answer.status_code == 503
        assert answer.json()["type"] == "/problems/database-away"
        assert answer.headers["retry-after"]


async def test_writes_say_503_while_the_database_is_away_and_go_through_when_it_is_back(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(self: Database) -> Any:
        raise ConnectionRefusedError

    url = "/toy/v1/accounts/a/feed"
    with monkeypatch.context() as away:
        away.setattr(Database, "acquire", refusing)
        answer = await client.post(url, json={"amount": 5}, headers=key("k"))
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
    again = await client.post(url, json={"amount": 5}, headers=key("k"))
    assert again.json() == {"balance": 5}
    assert "idempotent-replayed" not in again.headers


async def test_an_answer_lost_with_its_commit_is_found_again_by_the_key(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit came through, its confirmation did not: the caller is told to try again."""

    async def lost(db: Database, now: Any, units: Any, _outcomes: Any, **kwargs: Any) -> Any:
        await run_batch(db, now, units, [], **kwargs)
        raise ConnectionResetError

    url = "/toy/v1/accounts/a/feed"
    with monkeypatch.context() as away:
        away.setattr(edge_module, "run_batch", lost)
        answer = await client.post(url, json={"amount": 5}, headers=key("k"))
        assert answer.status_code == 503
    again = await client.post(url, json={"amount": 5}, headers=key("k"))
    assert (again.json(), again.headers["idempotent-replayed"]) == ({"balance": 5}, "true")


async def test_a_twin_in_another_process_is_told_that_the_first_still_runs(
    client: httpx.AsyncClient, toy_url: str
) -> None:
    other = await asyncpg.connect(toy_url)
    once = Once("nobody POST /toy/v1/accounts/a/feed k", "")
    transaction = other.transaction()
    await transaction.start()
    await other.fetchval("select pg_try_advisory_xact_lock($1)", once.lock)
    url = "/toy/v1/accounts/a/feed"
    busy = await client.post(url, json={"amount": 5}, headers=key("k"))
    assert busy.json()["type"] == "/problems/idempotency-key-in-use"
    await transaction.rollback()  # as when that process dies: nothing of it stays
    await other.close()
    assert (await client.post(url, json={"amount": 5}, headers=key("k"))).status_code == 201


async def test_a_refusal_carries_the_trace_of_its_request(client: httpx.AsyncClient) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {**key("k"), "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    answer = await client.post("/toy/v1/accounts/a/feed", json={"amount": 13}, headers=headers)
    assert answer.json()["trace_id"] == trace
