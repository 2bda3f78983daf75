"""`POST /billing/v1/quotes`: what any policy gives. Whatever is sent, an answer and never a 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts import reference
from tests.edges.billing.conftest import World, usd

CASE: dict[str, Any] = {
    "policy": reference.POLICY,
    "kind": "online_course",
    "starts_at": "2020-10-19T20:00:00Z",
    "paid": [{"tender": "card", "amount": 19900, "currency": "USD"}],
    "requested_at": "2020-10-06T03:59:59Z",
    "cancelled_by": "learner",
}


def usd_card(amount: Any) -> dict[str, Any]:
    return {"tender": "card", "amount": amount, "currency": "USD"}


async def ask(world: World, **changes: Any) -> Any:
    async with world.client() as anybody:
        return await anybody.post("/billing/v1/quotes", json=CASE | changes)


async def test_anybody_may_ask_and_gets_the_whole_answer(world: World) -> None:
    answer = await ask(world)
    assert answer.status_code == 200
    found = answer.json()
    trace = found.pop("trace")
    assert found == {
        "outcome": "refund",
        "fee": usd(3000),
        "refunds": [{"tender": "card", "amount": usd(16900)}],
        "restored": [],
        "credit": None,
        "windows": [
            {"outcome": "refund", "ends": "2020-10-06T04:00:00Z", "fee": usd(3000)},
            {"outcome": "credit", "ends": "2020-10-19T20:00:00Z", "fee": usd(0)},
            {"outcome": "nothing", "ends": None, "fee": None},
        ],
    }
    assert [step["rule"] for step in trace] == ["window", "base", "fee", "refund"]
    assert await world.said() == []


async def test_late_there_is_a_credit(world: World) -> None:
    found = (await ask(world, requested_at="2020-10-06T04:00:00Z")).json()
    assert found["outcome"] == "credit"
    assert found["credit"] == {"amount": usd(19900), "expires_on": "2021-10-06"}
    assert found["fee"] == usd(0)


async def test_all_paid_by_credit_and_late_only_the_old_credit_comes_back(world: World) -> None:
    paid = [
        {"tender": "credit", "amount": 19900, "currency": "USD", "credit_expires_on": "2021-03-31"}
    ]
    found = (await ask(world, paid=paid, requested_at="2020-10-12T12:00:00Z")).json()
    assert (found["outcome"], found["credit"]) == ("credit", None)
    assert found["restored"] == [{"amount": usd(19900), "expires_on": "2021-03-31"}]


async def test_card_and_credit_are_told_apart(world: World) -> None:
    paid = [
        usd_card(12000),
        {"tender": "credit", "amount": 7900, "currency": "USD", "credit_expires_on": "2021-03-31"},
    ]
    policy = reference.POLICY | {"allocation": "pro_rata"}
    found = (await ask(world, paid=paid, policy=policy)).json()
    assert found["refunds"] == [{"tender": "card", "amount": usd(10191)}]
    assert found["restored"] == [{"amount": usd(6709), "expires_on": "2021-03-31"}]


@pytest.mark.parametrize(
    ("paid", "back"),
    [
        ({"tender": "card", "amount": "199.00", "currency": "USD"}, 16900),
        ({"tender": "card", "amount": "199", "currency": "USD"}, 16900),
        ({"tender": "card", "amount": 19900, "currency": "JPY"}, 16900),
        ({"tender": "card", "amount": "19900", "currency": "JPY"}, 16900),
        ({"tender": "card", "amount": "199.005", "currency": "KWD"}, 196_005),
    ],
)
async def test_amounts_come_as_minor_units_or_decimal_strings(
    world: World, paid: dict, back: int
) -> None:
    found = (await ask(world, paid=[paid])).json()
    assert found["refunds"][0]["amount"] == {"amount": back, "currency": paid["currency"]}


async def test_the_provider_gives_everything_back(world: World) -> None:
    found = (await ask(world, cancelled_by="provider", requested_at="2020-10-18T12:00:00Z")).json()
    assert (found["outcome"], found["fee"]) == ("refund", usd(0))
    assert found["refunds"] == [{"tender": "card", "amount": usd(19900)}]
    assert found["windows"] == []  # they are for learners


async def test_nothing_paid_gives_nothing(world: World) -> None:
    found = (await ask(world, paid=[])).json()
    assert (found["outcome"], found["refunds"], found["fee"]) == ("nothing", [], usd(0))


def with_windows(*windows: dict[str, Any]) -> dict[str, Any]:
    return reference.POLICY | {"windows": list(windows)}


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"kind": "three_day_workshop"}, "policy-undefined"),
        (
            {"kind": "three_day_workshop", "requested_at": "2020-12-01T00:00:00Z"},
            "policy-undefined",
        ),
        ({"policy": with_windows({"until": "start", "outcome": "refund"})}, "policy-undefined"),
        ({"delivery": "recorded"}, "policy-undefined"),
        ({"policy": {}}, "policy-invalid"),
        ({"policy": reference.POLICY | {"zone": "Mars/Base"}}, "policy-invalid"),
        ({"policy": reference.POLICY | {"windows": []}}, "policy-invalid"),
        (
            {
                "policy": with_windows(
                    {"until": "start", "outcome": "nothing"},
                    {"until": "forever", "outcome": "refund"},
                )
            },
            "policy-invalid",
        ),
        ({"paid": [usd_card(1.5)]}, "amount-invalid"),
        ({"paid": [usd_card(True)]}, "amount-invalid"),
        ({"paid": [usd_card(-1)]}, "amount-invalid"),
        ({"paid": [usd_card("1.234")]}, "amount-invalid"),
        ({"paid": [usd_card(10**40)]}, "amount-invalid"),
        ({"paid": [usd_card(None)]}, "amount-invalid"),
        ({"paid": [{"tender": "card", "amount": 1, "currency": "usd"}]}, "amount-invalid"),
        (
            {"paid": [usd_card(1), {"tender": "card", "amount": 1, "currency": "EUR"}]},
            "currencies-mixed",
        ),
        ({"starts_at": "2020-10-19"}, "time-invalid"),
        ({"starts_at": "2020-10-19T16:00:00"}, "time-invalid"),
        ({"requested_at": "2020-02-30T16:00:00Z"}, "time-invalid"),
        ({"paid": [usd_card(1) | {"tender": "cheque"}]}, "invalid"),
        ({"cancelled_by": "nobody"}, "invalid"),
        ({"kind": None}, "invalid"),
        ({"policy": [1]}, "invalid"),
    ],
)
async def test_what_cannot_be_quoted_is_said_plainly(
    world: World, changes: dict, slug: str
) -> None:
    answer = await ask(world, **changes)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == f"/problems/{slug}"


async def test_more_cash_for_a_later_request_is_refused_naming_the_windows(world: World) -> None:
    policy = with_windows(
        {"until": {"days_before_start": 14}, "outcome": "refund", "fee": 3000},
        {"until": "forever", "outcome": "refund", "fee": 1000},
    )
    answer = await ask(world, policy=policy)
    assert answer.status_code == 422
    detail = json.dumps(answer.json()["errors"])
    assert "window 1" in detail.lower()
    assert "window 2" in detail.lower()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe\x00", b"null", b"[]", b'"x"', b"[" * 100_000, b"1" * 10_000, b"NaN"],
)
async def test_a_body_that_is_no_object_is_answered(world: World, body: bytes) -> None:
    async with world.client() as anybody:
        headers = {"content-type": "application/json"}
        answer = await anybody.post("/billing/v1/quotes", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith("application/problem+json")


EDGES: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(
            "",
            "start",
            "forever",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "\x00",
            "é",
            "NaN",
        ),
        *(0, -1, 2**63, 10**25, 1.5, True, None, [], {}, "1e9", "199.00", "America/New_York"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2020-10-19T20:00:00Z"),
        *({"percent": 101}, {"percent": "x"}, {"days_before_start": 10**9}, {"years": 10**6}),
        *({"days_before_start": 3660}, {"business_days_before_start": 2600}, {"years": 100}),
    ]
)
ANY = st.recursive(
    EDGES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["until", "outcome", "fee", "percent", "expires", "from", "zone", "amount"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple = ()) -> list[tuple]:
    """Every place in a JSON value."""
    found = [path] if path else []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += places(inner, (*path, name))
    if isinstance(value, list):
        for place, inner in enumerate(value):
            found += places(inner, (*path, place))
    return found


def changed(value: Any, path: tuple, to: Any) -> Any:
    """The same value with something else at a place."""
    if not path:
        return to
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], to)
    return copy


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from(places(CASE)), ANY, st.sampled_from(places(CASE)), ANY)
async def test_whatever_is_sent_there_is_an_answer(
    world: World, one: tuple, this: Any, other: tuple, that: Any
) -> None:
    body = changed(CASE, one, this)
    if other in places(body):
        body = changed(body, other, that)
    async with world.client() as anybody:
        headers = {"content-type": "application/json"}
        answer = await anybody.post("/billing/v1/quotes", content=json.dumps(body), headers=headers)
    assert answer.status_code in {200, 400, 422}, answer.text
    if answer.status_code != 200:
        assert answer.json()["type"].startswith("/problems/")
