"""How much a partner may send in, and how often an endpoint is tested."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from shared.runtime.rate_limit import RateLimit
from shared.runtime.service import Service
from tests.edges.partners.conftest import said
from tests.edges.partners.test_inbound import REGISTRATION, institute, send  # noqa: F401

PATH = "/partners/v1/partners/ibh/inbound"


async def limited(operator: httpx.AsyncClient, **limits: Any) -> dict[str, Any]:
    answer = await operator.patch(PATH, json=limits)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def lines(*numbers: int) -> list[dict[str, Any]]:
    return [{**REGISTRATION, "id": f"line-{number}"} for number in numbers]


async def test_a_day_has_so_many_lines_and_a_request_beyond_is_refused_whole(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    assert (await institute.get(PATH)).json()["items_a_day"] == 20_000
    assert (await limited(operator, items_a_day=3))["items_a_day"] == 3
    assert (await send(institute, *lines(1, 1), key="1")).status_code == 200
    over = await send(institute, *lines(2, 3), key="2")
    assert (over.status_code, over.json()["type"]) == (429, "/problems/inbound-items-too-many")
    assert (over.json()["limit"], over.json()["left"]) == (3, 1)
    assert 0 < int(over.headers["retry-after"]) <= 86_401
    assert over.headers["retry-after"] == str(over.json()["retry_after"])
    assert (await send(institute, *lines(2), key="3")).status_code == 200
    assert (await institute.get(PATH)).json()["items_today"] == 3
    first = await send(institute, *lines(1, 1), key="1")
    assert first.headers["idempotent-replayed"] == "true", "asked again, it counts nothing"
    assert (await send(operator, *lines(4), key="4", partner_id="ibh")).status_code == 200
    assert [event["item_id"] for _, event in await said(partners)] == ["line-1", "line-2", "line-4"]


async def test_what_was_refused_for_the_day_is_taken_under_the_same_key_when_there_is_room(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    await limited(operator, items_a_day=1)
    assert (await send(institute, *lines(1, 2), key="1")).status_code == 429
    async with partners.api_db.acquire() as con:
        await con.execute(
            "UPDATE intakes SET counted = 1, counted_since = counted_since - interval '1 day'"
        )
    assert (await limited(operator, items_a_day=2))["items_today"] == 0
    assert (await send(institute, *lines(1, 2), key="1")).status_code == 200
    assert (await limited(operator, items_a_day=None))["items_a_day"] == 20_000


async def test_a_minute_has_so_many_requests_and_says_when_the_next_may_come(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    await limited(operator, requests_a_minute=2)
    assert (await send(institute, *lines(1), key="1")).status_code == 200
    assert (await send(institute, *lines(1), key="1")).status_code == 200
    over = await send(institute, *lines(2), key="2")
    assert (over.status_code, over.json()["type"]) == (429, "/problems/inbound-requests-too-many")
    assert 1 <= int(over.headers["retry-after"]) <= 60
    for number in range(3):
        by_operator = await send(operator, *lines(9), key=f"op-{number}", partner_id="ibh")
        assert by_operator.status_code == 200
    await limited(operator, requests_a_minute=3)
    assert (await send(institute, *lines(2), key="2")).status_code == 200
    assert (await send(institute, *lines(3), key="3")).status_code == 429


async def test_a_request_that_is_not_signed_as_it_must_takes_up_no_room(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
) -> None:
    await operator.post(f"{PATH}/secret")
    await limited(operator, requests_a_minute=1, signed=True)
    for number in range(3):
        assert (await send(institute, *lines(1), key=f"{number}")).status_code == 401
    await limited(operator, signed=False)
    assert (await send(institute, *lines(1), key="good")).status_code == 200


@pytest.mark.parametrize("most", [0, -1, 10_000_001, "many", 1.5])
async def test_a_limit_is_a_number_that_can_be_one(
    operator: httpx.AsyncClient,
    most: Any,
) -> None:
    answer = await operator.patch(PATH, json={"items_a_day": most})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/items_a_day"]


async def test_an_endpoint_is_tested_ten_times_a_minute_and_others_beside_it(
    institute: httpx.AsyncClient,  # noqa: F811
    partners: Service,
) -> None:
    base = "/partners/v1/partners/ibh/endpoints"
    urls = [f"https://8.8.8.8/{number}" for number in range(2)]
    made = [(await institute.post(base, json={"url": url})).json() for url in urls]
    ids = [one["endpoint_id"] for one in made]
    statuses = [(await institute.post(f"{base}/{ids[0]}/test")).status_code for _ in range(11)]
    assert statuses == [202] * 10 + [429]
    over = await institute.post(f"{base}/{ids[0]}/test")
    assert over.json()["type"] == "/problems/endpoint-tests-too-many"
    assert over.headers["retry-after"] == "60"
    assert (await institute.post(f"{base}/{ids[1]}/test")).status_code == 202
    partners.app.state.tests_pace = RateLimit(10, 60)  # as after a minute
    assert (await institute.post(f"{base}/{ids[0]}/test")).status_code == 202
