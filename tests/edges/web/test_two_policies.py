"""The policy changed since somebody registered: where it is their choice, the page asks (§2)."""

import re

import pytest

from tests.edges.web.owners import usd
from tests.edges.web.test_mine import (
    OF_BILLING,
    OF_REGISTRATION,
    QUOTE,
    TOKEN,
    key_in,
    mine,
    words,
)

__all__ = ["mine"]  # a fixture
CREDIT = {"amount": usd(19900), "expires_on": "2021-10-12"}
BOUGHT = QUOTE | {
    "policy_version": 1,
    "outcome": "credit",
    "fee": usd(0),
    "refunds": [],
    "credit": CREDIT,
    "trace": [{"rule": "policy", "because": "The learner may choose between version 1 and 2."}],
    "windows": [],
}
NOW = QUOTE | {
    "policy_version": 2,
    "fee": usd(9950),
    "refunds": [{"tender": "card", "amount": usd(9950)}],
}
RADIO = re.compile(r'<input type="radio" id="policy-(\w+)" name="policy" value="(\w+)"( checked)?>')


async def test_the_page_shows_what_each_policy_gives_and_the_one_that_was_bought_is_chosen(
    visitor, owners, mine
):
    mine("confirmed", "paid")
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", (200, BOUGHT | {"other": NOW}))
    page = await visitor.get(f"/r/{TOKEN}/cancel")
    assert RADIO.findall(page.text) == [
        ("snapshot", "snapshot", " checked"),
        ("newer", "newer", ""),
    ]
    said = words(page)
    assert "The policy has changed since you registered. Which one is to count?" in said
    assert "a credit of $199.00 for another course, good until" in said
    assert "You’ll get $99.50 back on your card ($199.00 minus the $99.50 cancellation fee)" in said
    assert "By the policy as it was when you registered" in said
    assert "By the policy as it is today" in said
    assert "The learner may choose between version 1 and 2." in said


@pytest.mark.parametrize("choice", ["snapshot", "newer"])
async def test_what_was_chosen_goes_along(visitor, owners, mine, choice):
    mine("confirmed", "paid")
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", (200, BOUGHT | {"other": NOW}))
    key = key_in(await visitor.get(f"/r/{TOKEN}/cancel"))
    owners.on("POST", f"{OF_REGISTRATION}/cancel", (202, {"status": "cancelled"}))
    await visitor.post(f"/r/{TOKEN}/cancel", data={"key": key, "policy": choice})
    [asked] = owners.calls(f"{OF_REGISTRATION}/cancel")
    assert asked.body == {"policy": choice}


@pytest.mark.parametrize("quote", [BOUGHT, BOUGHT | {"other": None}])
async def test_where_there_is_no_choice_nobody_is_asked(visitor, owners, mine, quote):
    mine("confirmed", "paid")
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", (200, quote))
    page = await visitor.get(f"/r/{TOKEN}/cancel")
    assert RADIO.findall(page.text) == []
    assert "Which one is to count?" not in words(page)


@pytest.mark.parametrize("odd", ["", "oldest", "\x00"])
async def test_what_is_no_choice_is_none(visitor, owners, mine, odd):
    mine("confirmed", "paid")
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", (200, QUOTE))
    key = key_in(await visitor.get(f"/r/{TOKEN}/cancel"))
    owners.on("POST", f"{OF_REGISTRATION}/cancel", (202, {"status": "cancelled"}))
    await visitor.post(f"/r/{TOKEN}/cancel", data={"key": key, "policy": odd})
    [asked] = owners.calls(f"{OF_REGISTRATION}/cancel")
    assert "policy" not in (asked.body or {})
