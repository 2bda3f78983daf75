"""Prices beside the list price: what a course's file may say, and which one holds when."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from services.registration.domain.prices import code_digest, for_group, given, read_prices
from services.registration.domain.reading import Faults, Node

LISTED = {"amount": 19900, "currency": "USD"}
NOW = datetime(2020, 9, 1, 12, tzinfo=UTC)


def read(*prices: Any, listed: dict[str, Any] | None = None) -> tuple[list[Any], list[Any]]:
    """All prices, and what is wrong with them."""
    faults = Faults()
    node = Node(list(prices), "/prices", faults)
    found = read_prices(node, listed or LISTED, "America/New_York")
    return [*found["prices"], *found["code_prices"]], faults.errors


def good(*prices: Any) -> list[Any]:
    found, wrong = read(*prices)
    assert wrong == []
    return found


EARLY = {"id": "early", "label": "early bird", "amount": "169.00", "when": {"until": "2020-09-30"}}
MEMBER = {"id": "member", "amount": 15900, "when": {"statement": "Your member number"}}
SPRING = {"id": "spring", "percent_off": 50, "when": {"code": "SPRING-2020", "most": 2}}
TEAM = {"id": "team", "percent_off": 10, "when": {"at_least": 5}}
ALL = (EARLY, MEMBER, SPRING, TEAM)


def test_each_kind_is_told_by_what_it_is_given_for():
    assert [(p["price_id"], p["kind"], p["amount"]["amount"]) for p in good(*ALL)] == [
        ("early", "early", 16900),
        ("member", "statement", 15900),
        ("team", "group", 17910),
        ("spring", "code", 9950),
    ]


def test_a_day_ends_with_the_day_in_the_courses_zone_and_an_instant_at_itself():
    [early] = good(EARLY)
    assert (early["until"], early["ends_at"]) == ("2020-09-30", "2020-10-01T04:00:00Z")
    last = datetime(2020, 10, 1, 3, 59, 59, 999999, tzinfo=UTC)
    assert given(19900, [early], (), last).price_id == "early"
    assert given(19900, [early], (), datetime(2020, 10, 1, 4, tzinfo=UTC)).price_id == ""
    [exact] = good(EARLY | {"when": {"until": "2020-09-30T18:00:00-04:00"}})
    assert exact["ends_at"] == "2020-09-30T22:00:00Z"


@pytest.mark.parametrize(
    ("listed", "percent", "left"),
    [
        (19900, 15, 16915),  # 2985 off
        (19901, 15, 16916),  # 2985.15 off
        (19910, 15, 16923),  # 2986.5 off is 2987
        (1, 50, 0),  # 0.5 off is 1
        (19900, 100, 0),
        (19900, "12.5", 17412),  # 2487.5 off is 2488
    ],
)
def test_a_percentage_takes_off_its_share_half_up(listed: int, percent: Any, left: int):
    price = {"id": "p", "percent_off": percent, "when": {"until": "2020-09-30"}}
    [found], wrong = read(price, listed={"amount": listed, "currency": "USD"})
    assert (wrong, found["amount"]["amount"]) == ([], left)


def test_a_code_is_kept_as_a_digest_however_it_is_written():
    [spring] = good(SPRING)
    assert "SPRING" not in str(spring)
    assert spring["digest"] == code_digest(" spring 2020") == code_digest("Spring2020")


@pytest.mark.parametrize(
    ("price", "pointer"),
    [
        (EARLY | {"amount": -1}, "/prices/0/amount"),
        (EARLY | {"amount": 19901}, "/prices/0/amount"),
        (EARLY | {"amount": 1.5}, "/prices/0/amount"),
        (EARLY | {"percent_off": 10}, "/prices/0"),
        ({"id": "x", "when": {"until": "2020-09-30"}}, "/prices/0"),
        (TEAM | {"percent_off": 101}, "/prices/0/percent_off"),
        (TEAM | {"percent_off": 0}, "/prices/0/percent_off"),
        (TEAM | {"percent_off": "x"}, "/prices/0/percent_off"),
        (EARLY | {"id": "not a slug"}, "/prices/0/id"),
        (EARLY | {"when": None}, "/prices/0/when"),
        (EARLY | {"when": {}}, "/prices/0/when"),
        (EARLY | {"when": {"until": "soon"}}, "/prices/0/when/until"),
        (EARLY | {"when": {"until": "9999-12-31"}}, "/prices/0/when/until"),
        (EARLY | {"when": {"until": "2020-09-30", "most": 3}}, "/prices/0/when/most"),
        (MEMBER | {"when": {"statement": ""}}, "/prices/0/when/statement"),
        (MEMBER | {"when": {"statement": "x", "code": "ABCDE"}}, "/prices/0/when"),
        (SPRING | {"when": {"code": "a-b"}}, "/prices/0/when/code"),
        (SPRING | {"when": {"code": "ABCDE", "most": 0}}, "/prices/0/when/most"),
        (TEAM | {"when": {"at_least": 1}}, "/prices/0/when/at_least"),
    ],
)
def test_what_is_wrong_is_told_where_it_is(price: Any, pointer: str):
    _, wrong = read(price)
    assert pointer in [each["pointer"] for each in wrong]


def test_ids_and_codes_are_there_once():
    _, wrong = read(EARLY, EARLY, SPRING, SPRING | {"id": "other"})
    assert [each["pointer"] for each in wrong] == ["/prices", "/prices"]
    assert "SPRING" not in str(wrong)


@pytest.mark.parametrize("junk", [None, 7, "x", [], {"id": 1, "when": []}])
def test_junk_is_a_fault_and_no_crash(junk: Any):
    assert read(junk)[1]


def test_the_lowest_that_one_is_entitled_to_holds():
    prices = good(*ALL)
    assert given(19900, prices, (), NOW).price_id == "early"
    assert given(19900, prices, {"member"}, NOW).price_id == "member"
    assert given(19900, prices, {"member", "spring"}, NOW).price_id == "spring"
    late = datetime(2020, 10, 2, tzinfo=UTC)
    assert given(19900, prices, (), late).amount == 19900
    assert given(19900, prices, {"team"}, NOW).price_id == "early"
    assert given(19900, prices, {"team"}, NOW).kept == "team"


def test_a_group_is_entitled_from_so_many_lines_on():
    prices = good(*ALL)
    assert for_group(prices, 4) == set()
    assert for_group(prices, 5) == {"team"}


@given_any(
    amounts=st.lists(st.integers(0, 19900), max_size=6),
    wanted=st.sets(st.integers(0, 5)),
)
def test_nobody_pays_more_than_the_list_price_or_than_any_they_are_entitled_to(
    amounts: list[int], wanted: set[int]
):
    made = [
        {"id": f"p{n}", "amount": amount, "when": {"statement": "x"}}
        for n, amount in enumerate(amounts)
    ]
    entitled = {f"p{n}" for n in wanted}
    found = given(19900, good(*made), entitled, NOW)
    possible = [19900, *[a for n, a in enumerate(amounts) if n in wanted]]
    assert found.amount == min(possible)
