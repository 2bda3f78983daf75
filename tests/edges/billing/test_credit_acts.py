"""Credits handed on and given in goodwill; what is kept of their terms; what comes back to one.

Whether the sums are exact is also asked of the invariants, by the fixture, after every test.
"""

import uuid
from typing import Any

import httpx
import pytest

from services.billing.commands.account import Account
from services.billing.commands.account_needs import account_needs
from services.billing.commands.credit import freeze_credit, issued_out_of, thaw_credit, void_credit
from services.billing.commands.posting import post
from services.billing.domain.ledger import CREDITS, LOSSES, move
from shared.runtime.plans import needs
from shared.runtime.work import Work
from tests.edges.billing.conftest import (
    World,
    cancelled,
    confirmed,
    course,
    requested,
    token,
    usd,
)
from tests.edges.billing.credits import (
    GIVEN,
    LAST_DAY,
    OVER,
    credit,
    credit_of,
    entries,
    gives_up,
    of_type,
    order,
    seated,
    share,
)
from tests.edges.billing.test_disputes import decided, disputed

LATE = {"until": "forever", "outcome": "credit", "of": "paid"}


async def code_of(world: World, credit_id: str) -> str:
    code: str = world.service.app.state.credit_code(credit_id)
    return code


def windows(*late: dict[str, Any]) -> dict[str, Any]:
    """The reference policy with other windows after the early one."""
    policy = requested("x").policy
    return {"policy": policy | {"windows": [policy["windows"][0], *late]}}


EVE = "0192a0b0-5c1e-7a10-8f00-00000000e5e0"


async def transferable(world: World, giver: str = "giver") -> tuple[str, str]:
    """A credit that may be handed on: its id and its code."""
    year = {"expires": {"years": 1, "from": "issue"}}
    given = await credit_of(world, giver, **windows(LATE | year | {"transferable": True}))
    return given, await code_of(world, given)


async def hands_on(world: World, code: str, key: str | None = None, **to: str) -> httpx.Response:
    async with world.client() as holder:
        return await holder.post(
            f"/billing/v1/credits/{code}/transfer",
            json={"to": {"kind": "person", "id": EVE} | to},
            headers={"Idempotency-Key": key or uuid.uuid4().hex},
        )


def slug(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


# --- terms ----------------------------------------------------------------------------------------


async def test_the_terms_are_those_of_the_window_that_gave_it(world: World) -> None:
    """Not of the first window that names a purpose."""
    first = {"until": {"days_before_start": 20}, "outcome": "credit", "of": "paid"}
    policy = requested("x").policy | {
        "windows": [first | {"for": "another_learning_product"}, LATE | {"transferable": True}]
    }
    await credit_of(world, "giver", policy=policy)
    [issued] = await world.said("credit.issued")
    assert (issued["terms"]["for"], issued["terms"]["not_for_course_id"]) == (None, None)
    assert issued["terms"]["transferable"] is True
    assert (issued["origin"], issued["transferred_from"]) == ("cancellation", None)


async def test_where_the_policy_names_no_purpose_it_is_good_for_the_same_course_too(
    world: World,
) -> None:
    given = await credit_of(world, "giver", **windows(LATE))
    await world.hears(order("bo", given, course_id=requested("x").course_id))
    assert await share(world, "bo") == ("paid", 19900)


async def test_a_credit_that_waited_for_its_invoice_has_those_terms_too(world: World) -> None:
    later = {"payment_method": "invoice", "hold_expires_at": None, "organisation": "A Clinic"}
    of_window = windows(LATE | {"transferable": True})
    await world.hears(
        course(),
        requested("ada", **later | of_window),
        confirmed("ada", basis="invoice"),
        cancelled("ada", GIVEN),
    )
    assert await world.said("credit.issued") == []
    await world.pays("ada")
    [issued] = await world.said("credit.issued")
    assert (issued["terms"]["transferable"], issued["terms"]["for"]) == (True, None)


# --- handed on ------------------------------------------------------------------------------------


async def test_one_that_is_handed_on_has_a_new_code_and_the_old_end(world: World) -> None:
    given, code = await transferable(world)
    await world.hears(order("bo", given, price=9900))
    answer = await hands_on(world, code)
    assert answer.status_code == 200, answer.text
    new = answer.json()
    assert (new["balance"], new["expires_on"], new["holder"]) == (usd(10000), LAST_DAY, "person")
    assert new["code"] != code
    await world.rests()
    async with world.client() as anybody:
        old_one = (await anybody.get(f"/billing/v1/credits/{code}")).json()
        assert (old_one["status"], old_one["balance"]) == ("voided", usd(0))
        new_one = (await anybody.get(f"/billing/v1/credits/{new['code']}")).json()
        assert (new_one["status"], new_one["balance"]) == ("active", usd(10000))
    [voided] = await world.said("credit.voided")
    assert (voided["reason"], voided["amount"]) == ("transferred", usd(10000))
    issued = (await world.said("credit.issued"))[-1]
    assert issued["holder"] == {"kind": "person", "id": EVE}
    assert (issued["origin"], issued["transferred_from"]) == ("transfer", given)
    assert issued["registration_id"] is None, "the former holder is told no code"
    assert await world.balances("giver") == {"cash:gateway": 19900, "credits": -19900}
    await world.hears(order("cy", new["credit_id"], price=10000))
    assert await share(world, "cy") == ("paid", 10000)


async def test_the_former_holder_s_page_shows_nothing_of_the_new_one(world: World) -> None:
    given, code = await transferable(world)
    new = (await hands_on(world, code)).json()
    async with world.client(token("giver")) as learner:
        page = await learner.get("/billing/v1/registrations/giver")
    [shown] = page.json()["credits"]
    assert (shown["credit_id"], shown["status"]) == (given, "voided")
    assert new["code"] not in page.text
    whole = (await world.view("giver"))["credits"]
    assert {one["code"] for one in whole} == {code, new["code"]}, "staff see both"
    await world.hears(order("cy", new["credit_id"], price=10000))
    async with world.client(token("cy")) as learner:
        [spent] = (await learner.get("/billing/v1/registrations/cy")).json()["credits"]
    assert spent["code"] == new["code"], "whoever spends it knows it"


async def test_what_was_spent_before_comes_back_to_whoever_spent_it(world: World) -> None:
    given, code = await transferable(world)
    await world.hears(order("bo", given, price=9900), seated("bo"))
    assert (await hands_on(world, code)).status_code == 200
    await world.hears(gives_up("bo", "2020-11-02T12:00:00Z", by="provider"))
    assert await credit(world, given) == ("active", 9900)


async def test_asked_twice_it_is_handed_on_once(world: World) -> None:
    _, code = await transferable(world)
    first, second = await hands_on(world, code, "a key"), await hands_on(world, code, "a key")
    assert first.json() == second.json()
    assert await world.count("credits") == 2
    assert slug(await hands_on(world, code)) == (409, "credit-empty")


async def test_handed_on_and_then_lost_what_comes_back_to_the_first_one_is_not_spendable(
    world: World,
) -> None:
    """99.00 were spent and 100.00 handed on; the bank takes the 199.00 that paid for it all."""
    given, code = await transferable(world)
    await world.hears(order("bo", given, price=9900), seated("bo"))
    assert (await hands_on(world, code)).status_code == 200
    await decided(world, await disputed(world, who="giver"), "lost")
    assert await world.balances("giver") == {"credits": -9900, "losses": 9900}
    await world.hears(gives_up("bo", "2020-11-02T12:00:00Z", by="provider"))
    assert await credit(world, given) == ("voided", 0)
    assert await world.balances("giver") == {}


async def test_what_may_not_be_handed_on_is_refused(world: World) -> None:
    bound = await code_of(world, await credit_of(world, "bound"))
    assert slug(await hands_on(world, bound)) == (409, "credit-not-transferable")
    assert slug(await hands_on(world, "AAAA-BBBB-CCCC")) == (404, "credit-unknown")
    given, code = await transferable(world)
    await world.rows("UPDATE credits SET state = 'frozen' WHERE credit_id = $1 RETURNING 1", given)
    assert slug(await hands_on(world, code)) == (409, "credit-frozen")
    await world.rows("UPDATE credits SET state = 'active' WHERE credit_id = $1 RETURNING 1", given)
    assert (await hands_on(world, code, kind="partner")).status_code == 422
    assert (await hands_on(world, code, id="")).status_code == 422
    # Facts are for ever, and name people by id alone, whatever a stranger writes there.
    for kind, written in (
        ("person", "eve@learners.example"),
        ("person", "Eve Example"),
        ("organisation", "eve@learners.example"),
    ):
        assert (await hands_on(world, code, kind=kind, id=written)).status_code == 422, written
    assert "Eve" not in (said := str(await world.said("credit.issued.v1")))
    assert "eve@" not in said
    await world.at(OVER)
    assert slug(await hands_on(world, code)) == (409, "credit-expired")


# --- in goodwill ----------------------------------------------------------------------------------


async def gives(world: World, name: str, key: str | None = None, **body: Any) -> httpx.Response:
    return await world.http.post(
        f"/billing/v1/registrations/{name}/credits",
        json={"amount": 5000, "reason": "the projector failed"} | body,
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )


async def test_a_credit_in_goodwill_is_a_loss_and_good_for_anything(ada: World) -> None:
    answer = await gives(ada, "ada")
    assert answer.status_code == 201, answer.text
    new = answer.json()
    assert (new["amount"], new["terms"]["kind"]) == (usd(5000), "goodwill")
    assert new["expires_on"] == "2021-09-14"
    assert await ada.balances("ada") == {
        "cash:gateway": 19900,
        "deferred_revenue": -19900,
        "losses": 5000,
        "credits": -5000,
    }
    [issued] = await ada.said("credit.issued")
    assert (issued["origin"], issued["registration_id"]) == ("goodwill", "ada")
    await ada.hears(order("bo", new["credit_id"], price=5000))
    assert await share(ada, "bo") == ("paid", 5000)


async def test_a_cancellation_is_judged_as_if_it_had_not_been_given(ada: World) -> None:
    given = (await gives(ada, "ada")).json()["credit_id"]
    await ada.hears(cancelled("ada", GIVEN))
    [settled] = await ada.said("cancellation.settled")
    assert settled["credit"]["amount"] == usd(19900)
    better = cancelled(
        "ada", GIVEN, by="provider", was="cancelled", reason="course-cancelled", prefer="refund"
    )
    await ada.hears(better)
    await ada.rests()
    assert ada.totals() == (19900, 19900)
    assert await credit(ada, given) == ("active", 5000)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"amount": 0}, (422, "amount-invalid")),
        ({"amount": -5}, (422, "amount-invalid")),
        ({"amount": {"amount": 100, "currency": "EUR"}}, (422, "currencies-mixed")),
        ({"expires_on": "2020-09-13"}, (422, "expires-on-invalid")),
        ({"expires_on": "2999-01-01"}, (422, "expires-on-invalid")),
        ({"reason": ""}, (422, "invalid")),
    ],
)
async def test_what_is_no_credit_is_refused(
    ada: World, body: dict[str, Any], answer: tuple[int, str]
) -> None:
    assert slug(await gives(ada, "ada", **body)) == answer
    assert await ada.said("credit.issued") == []


async def test_only_staff_give_credits(ada: World) -> None:
    assert (await gives(ada, "nobody")).status_code == 404
    async with ada.client() as anybody:
        answer = await anybody.post(
            "/billing/v1/registrations/ada/credits",
            json={"amount": 5000, "reason": "please"},
            headers={"Idempotency-Key": "a key"},
        )
    assert answer.status_code == 401


async def test_staff_see_every_movement_and_others_none(world: World) -> None:
    given = await credit_of(world, "giver")
    await world.hears(order("bo", given, price=9900))
    code = await code_of(world, given)
    seen = (await world.http.get(f"/billing/v1/credits/{code}")).json()
    assert [(e["kind"], e["amount"]["amount"], e["registration_id"]) for e in seen["entries"]] == [
        ("issued", 19900, "giver"),
        ("redeemed", -9900, "bo"),
    ]
    assert (seen["amount"], seen["holder"]) == (usd(19900), "person")
    async with world.client() as anybody:
        assert (await anybody.get(f"/billing/v1/credits/{code}")).json()["entries"] is None


# --- what comes back to one that is not as it was -------------------------------------------------


async def act(world: World, name: str, what: str) -> None:
    """As a dispute does it: of all credits that came out of a registration."""

    @needs(account_needs)
    async def command(work: Work, rid: str) -> None:
        account = Account(work, rid)
        for each in issued_out_of(account):
            if what == "freeze":
                freeze_credit(account, each, "a dispute")
            elif what == "thaw":
                thaw_credit(account, each, "a dispute")
            elif taken := void_credit(account, each, "dispute-lost"):
                lines = move(taken, debit=CREDITS, credit=LOSSES)
                post(work, rid, "dispute-lost", each.credit_id, lines, each.currency, work.now)

    answer = await world.edge.run(command, name, answer=lambda _: (200, {}))
    assert answer.status_code == 200


BACK = "2020-11-02T12:00:00Z"


async def spent_and(world: World, *acts: str) -> str:
    """A credit of 199.00, of which 120.00 is spent by Bo; then what befalls it."""
    given = await credit_of(world, "giver")
    await world.hears(order("bo", given, price=12000), seated("bo"))
    for what in acts:
        await act(world, "giver", what)
    return given


async def test_restored_to_a_frozen_one_it_waits_there(world: World) -> None:
    given = await spent_and(world, "freeze")
    await world.hears(gives_up("bo", BACK, by="provider"))
    assert await credit(world, given) == ("frozen", 19900)
    await world.hears(order("cy", given))
    assert await share(world, "cy") == ("open", 19900)
    await act(world, "giver", "thaw")
    assert await credit(world, given) == ("active", 19900)


async def test_restored_to_a_revoked_one_it_is_taken_back_at_once(world: World) -> None:
    given = await spent_and(world, "freeze", "void")
    assert await credit(world, given) == ("voided", 0)
    await world.hears(gives_up("bo", BACK, by="provider"))
    assert await credit(world, given) == ("voided", 0)
    assert await entries(world, given) == [
        ("redeemed", -12000),
        ("restored", 12000),
        ("voided", -12000),
        ("voided", -7900),
    ]
    assert [f["reason"] for f in await world.said("credit.voided")] == ["dispute-lost"] * 2


async def test_a_frozen_one_does_not_end_before_the_bank_has_decided(world: World) -> None:
    given = await spent_and(world, "freeze")
    await world.at(OVER)
    await world.rests()
    assert await credit(world, given) == ("frozen", 7900)
    await act(world, "giver", "thaw")
    assert await credit(world, given) == ("expired", 0)
    [expired] = await world.said("credit.expired")
    assert expired["amount"] == usd(7900)


async def test_thawed_by_another_dispute_it_stays_frozen(world: World) -> None:
    given = await spent_and(world, "freeze")
    await world.rows(
        "UPDATE credits SET frozen_by = 'other' WHERE credit_id = $1 RETURNING 1", given
    )
    await act(world, "giver", "thaw")
    assert await credit(world, given) == ("frozen", 7900)


async def test_restored_to_an_expired_one_it_ends_at_once_and_is_booked(world: World) -> None:
    given = await spent_and(world)
    await world.at("2021-10-20T12:00:00Z")
    assert await credit(world, given) == ("expired", 0)
    await world.hears(gives_up("bo", "2021-10-20T12:00:00Z"))
    assert await credit(world, given) == ("expired", 0)
    [settled] = await of_type(world, "cancellation.settled", "bo")
    assert settled["restored"][0]["expires_on"] == LAST_DAY
    assert sorted(f["amount"]["amount"] for f in await world.said("credit.expired")) == [
        7900,
        9000,  # 120.00 less the fee
    ]
    assert (await world.balances("giver"))["breakage"] == -16900


async def test_where_the_provider_cancels_an_expired_one_lives_for_ninety_days(
    world: World,
) -> None:
    given = await spent_and(world)
    await world.at("2021-10-20T12:00:00Z")
    await world.hears(gives_up("bo", "2021-10-20T12:00:00Z", by="provider", prefer="refund"))
    assert await credit(world, given) == ("active", 12000)
    [restored] = await world.said("credit.restored")
    assert restored["expires_on"] == "2022-01-18"
    await world.at("2022-01-19T04:59:59Z")
    assert await credit(world, given) == ("active", 12000)
    await world.at("2022-01-19T05:00:00Z")
    assert await credit(world, given) == ("expired", 0)
    # What had ended the first time is not put back by an order from before the second end.
    await world.hears(order("cy", given, at="2022-01-18T12:00:00Z"))
    [issued] = await of_type(world, "invoice.issued", "cy")
    assert issued["credits_applied"] == [{"credit_id": given, "amount": usd(12000)}]


async def test_the_sweep_ends_one_once_however_often_it_comes(world: World) -> None:
    given = await credit_of(world, "giver")
    await world.at("2021-10-07T03:59:59.999999Z")
    await world.rests()
    assert await credit(world, given) == ("active", 19900)
    await world.at(OVER)
    await world.rests()
    await world.rests()
    assert await entries(world, given) == [("expired", -19900)]
    [expired] = await world.said("credit.expired")
    assert (expired["balance"], expired["expires_on"]) == (usd(0), LAST_DAY)
