"""A credit's way: given late, typed in for another course, spent, and back again.

Registration and billing on one stage, each hearing the other; courses as in `test_transfers.py`.
"""

from typing import Any

from tests.edges.billing.conftest import usd, world  # noqa: F401
from tests.edges.registration.conftest import stage  # noqa: F401
from tests.journeys.test_transfers import LATE, WINTER, YEAR, Both, both  # noqa: F401

SPRING = "2021-03-01T12:00:00Z"
HOLD_OVER = "2021-03-01T12:31:00Z"


async def code_of(both: Both, registration_id: str) -> str:  # noqa: F811
    """As the learner reads it on their page."""
    [credit] = (await both.billing.view(registration_id))["credits"]
    code: str = credit["code"]
    return code


async def given(both: Both) -> str:  # noqa: F811
    """Paid and cancelled late: the code of a credit of 199.00."""
    a1 = await both.registers("attachment")
    await both.at(LATE)
    await both.cancels(a1)
    return await code_of(both, a1)


async def orders(both: Both, course_id: str, code: str, name: str = "Ada") -> str:  # noqa: F811
    payment: dict[str, Any] = {"method": "card", "credit_codes": [code]}
    answer = await both.registration.register(name, course_id, payment=payment)
    assert (answer.status_code, answer.json()["status"]) == (201, "requested")
    await both.flow()
    return str(answer.json()["registration_id"])


async def test_late_a_credit_takes_another_course_without_a_checkout(both: Both) -> None:  # noqa: F811
    code = await given(both)
    await both.at(SPRING)
    g1 = await orders(both, "grief", code)
    shown = await both.registration.shown(g1)
    assert (shown["status"], shown["payment"]["basis"]) == ("confirmed", "credit")
    assert both.billing.totals() == (19900, 0)
    assert await both.credits() == [(0, YEAR)]
    await both.cancels(g1)
    assert await both.credits() == [(16900, YEAR)], "early: less the fee, with its old end"


async def test_dearer_the_page_asks_for_the_rest_and_each_tender_goes_back(both: Both) -> None:  # noqa: F811
    code = await given(both)
    await both.at(SPRING)
    s1 = await orders(both, "summit", code)
    assert (await both.billing.view(s1))["invoice"]["to_pay"] == usd(5000)
    await both.pays(s1)
    shown = await both.registration.shown(s1)
    assert (shown["status"], shown["payment"]["basis"]) == ("confirmed", "paid")
    await both.cancels(s1)
    assert both.billing.totals() == (24900, 5000)
    assert await both.credits() == [(16900, YEAR)]


async def test_not_paid_in_time_the_credit_is_whole_again(both: Both) -> None:  # noqa: F811
    code = await given(both)
    await both.at(SPRING)
    s1 = await orders(both, "summit", code)
    assert await both.credits() == [(0, YEAR)]
    await both.at(HOLD_OVER)
    assert await both.states(s1) == ["expired"]
    assert await both.credits() == [(19900, YEAR)]


async def test_somebody_else_s_code_is_refused_and_they_may_pay_by_card(both: Both) -> None:  # noqa: F811
    code = await given(both)
    await both.at(WINTER)
    g1 = await orders(both, "grief", code, "Mallory")
    [refused] = (await both.billing.view(g1))["invoice"]["credits_refused"]
    assert refused["reason"] == "not-transferable"
    await both.pays(g1)
    assert await both.states(g1) == ["confirmed"]
    assert await both.credits() == [(19900, YEAR)]
