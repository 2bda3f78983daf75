"""Staff find whose a payment or an invoice is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.edges.billing.conftest import World, requested, token
from tests.edges.billing.test_groups import members

ALL = "/billing/v1/registrations"


async def found(world: World, money: str, **more: Any) -> dict[str, Any]:
    answer = await world.http.get(ALL, params={"money": money} | more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_by_the_payment_and_by_the_invoice(ada: World) -> None:
    await ada.hears(requested("ben"))
    view = await ada.view("ada")
    [payment], invoice = view["payments"], view["invoice"]
    expected = {
        "registration_id": "ada",
        "course_id": "attachment-effectiveness-2020",
        "invoice_id": invoice["invoice_id"],
        "invoice_number": invoice["number"],
    }
    known = (payment["payment_id"], invoice["number"], invoice["invoice_id"])
    for money in (*known, f" {invoice['number']} "):
        assert await found(ada, money) == {"items": [expected], "next": None}, money
    other = (await ada.view("ben"))["invoice"]["number"]
    assert [one["registration_id"] for one in (await found(ada, other))["items"]] == ["ben"]


async def test_an_invoice_of_a_group_is_many_s_page_by_page(world: World) -> None:
    await world.hears(*members(3))
    number = (await world.view("m000"))["invoice"]["number"]
    first = await found(world, number, limit=2)
    assert ([one["registration_id"] for one in first["items"]], first["next"]) == (
        ["m000", "m001"],
        "m001",
    )
    rest = await found(world, number, limit=2, after="m001")
    assert ([one["registration_id"] for one in rest["items"]], rest["next"]) == (["m002"], None)


@pytest.mark.parametrize("junk", ["nothing", "'; DROP", "\U0001f30d", "%", " "])
async def test_what_is_not_known_is_nobody_s(ada: World, junk: str) -> None:
    assert await found(ada, junk) == {"items": [], "next": None}


async def test_only_operators_find_and_a_word_is_needed(ada: World) -> None:
    assert (await ada.client(None).get(f"{ALL}?money=x")).status_code == 401
    assert (await ada.client(token("ada")).get(f"{ALL}?money=x")).status_code == 403
    for query in ("", "?money=", "?money=" + "x" * 201, "?money=x&limit=0"):
        assert (await ada.http.get(f"{ALL}{query}")).status_code == 422
