"""Staff take an entry back by its mirror; the statement shows both, with what then stands."""

import asyncio
import csv
import io
import uuid
from typing import Any

import pytest

from cli.invariants import money
from cli.invariants.registry import Outside
from shared.contracts.registration import RegistrationShareDue
from tests.edges.billing.conftest import World, cancelled, of, token
from tests.edges.billing.test_disputes import decided, disputed
from tests.edges.billing.test_provider_cancels import was_held


async def reverse(world: World, transaction_id: str, key: str | None = None, **body: Any) -> Any:
    return await world.http.post(
        f"/billing/v1/ledger/transactions/{transaction_id}/reverse",
        json={"reason": "It was another session."} | body,
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )


async def transaction(world: World, kind: str) -> str:
    ledger = (await world.view("ada"))["ledger"]
    return str(next(line["transaction_id"] for line in ledger if line["kind"] == kind))


@pytest.fixture
async def earned(ada: World) -> World:
    """A quarter of Ada's course is earned."""
    await ada.at("2020-10-19T22:15:00Z")
    await ada.hears(was_held("s1"))
    await ada.rests()
    return ada


async def test_what_was_earned_is_taken_back_by_its_mirror(earned: World) -> None:
    known = await transaction(earned, "revenue-earned")
    answer = await reverse(earned, known)
    assert answer.status_code == 201
    assert answer.json()["corrects"] == known
    assert await earned.balances("ada") == {"cash:gateway": 19900, "deferred_revenue": -19900}
    mirrored = [
        (line["account"], line["amount"], line["corrects"])
        for line in (await earned.view("ada"))["ledger"]
        if line["kind"] == "correction"
    ]
    assert mirrored == [("deferred_revenue", -4975, known), ("revenue", 4975, known)]
    why = await earned.rows("SELECT by, about, why FROM audit WHERE act = 'ledger.reversed'")
    assert why == [{"by": "operator", "about": f"ada/{known}", "why": "It was another session."}]


async def test_what_was_taken_back_is_earned_with_the_next_session(earned: World) -> None:
    await reverse(earned, await transaction(earned, "revenue-earned"))
    await earned.hears(was_held("s2"))
    await earned.rests()
    assert (await earned.balances("ada"))["revenue"] == -9950


async def test_an_entry_is_taken_back_once_and_so_is_a_correction(earned: World) -> None:
    known = await transaction(earned, "revenue-earned")
    correction = (await reverse(earned, known)).json()["transaction_id"]
    again = await reverse(earned, known)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-reversed")
    assert (await reverse(earned, correction)).status_code == 201
    assert (await earned.balances("ada"))["revenue"] == -4975


async def test_two_at_once_take_it_back_once(earned: World) -> None:
    known = await transaction(earned, "revenue-earned")
    answers = await asyncio.gather(reverse(earned, known), reverse(earned, known))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert "revenue" not in await earned.balances("ada")


@pytest.mark.parametrize("kind", ["invoice-issued", "captured", "cancelled", "refund-settled"])
async def test_what_has_more_behind_it_than_an_entry_is_not_taken_back(
    ada: World, kind: str
) -> None:
    await ada.hears(cancelled("ada", "2020-09-20T12:00:00Z"))
    await ada.rests()
    refused = await reverse(ada, await transaction(ada, kind))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-reversible")
    assert await ada.value("SELECT count(*) FROM ledger_transactions WHERE corrects <> ''") == 0


@pytest.mark.parametrize("after", ["cancelled", "share", "dispute"])
async def test_what_something_was_reckoned_on_since_is_not_taken_back(
    earned: World, after: str
) -> None:
    """49.75 were earned; a cancellation, the share of another session and a dispute that was lost
    have reckoned with it."""
    known = await transaction(earned, "revenue-earned")
    if after == "cancelled":
        await earned.hears(cancelled("ada", "2020-10-20T12:00:00Z"))
    elif after == "share":
        await earned.hears(of(RegistrationShareDue, "ada"))
    else:
        await decided(earned, await disputed(earned), "lost")
    stood = await earned.balances("ada")
    refused = await reverse(earned, known)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-reversible")
    assert await earned.balances("ada") == stood


async def test_no_more_is_earned_again_than_is_still_deferred(earned: World) -> None:
    correction = (await reverse(earned, await transaction(earned, "revenue-earned"))).json()
    await decided(earned, await disputed(earned), "lost")
    refused = await reverse(earned, correction["transaction_id"])
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-reversible")


@pytest.mark.parametrize("account", ["revenue", "fees", "forfeited", "tax", "tax:fees"])
async def test_an_account_that_owes_less_than_nothing_is_found(ada: World, account: str) -> None:
    """Written past all rules, and rolled back again."""
    async with ada.db.acquire() as con:
        await con.execute("BEGIN")
        await con.execute(
            "INSERT INTO ledger_transactions"
            " (transaction_id, registration_id, kind, ref, occurred_at, booked_at)"
            " VALUES ('x', 'ada', 'correction', 'x', $1, $1)",
            ada.clock.now(),
        )
        await con.execute(
            "INSERT INTO ledger_entries"
            " (transaction_id, line, registration_id, account, amount_minor, currency)"
            " VALUES ('x', 1, 'ada', $1, 100, 'USD'),"
            " ('x', 2, 'ada', 'deferred_revenue', -100, 'USD')",
            account,
        )
        outside = Outside({"billing": con}, bootstrap="", simulator="", simulator_key="")
        found = [one async for one in money.revenue_is_never_overdrawn(outside)]
        await con.execute("ROLLBACK")
    assert [(one.about, one.detail) for one in found] == [
        ("ada", f"100 USD more was taken from {account} than stood there")
    ]


async def test_an_unknown_transaction_an_empty_reason_and_others_are_refused(ada: World) -> None:
    assert (await reverse(ada, "ghost")).status_code == 404
    assert (await reverse(ada, "ghost", reason="")).status_code == 422
    async with ada.client(token("ada")) as learner:
        answer = await learner.post(
            "/billing/v1/ledger/transactions/x/reverse",
            json={"reason": "x"},
            headers={"Idempotency-Key": "k"},
        )
    assert answer.status_code == 403


async def test_the_statement_shows_what_stands_on_each_account_after_each_line(
    ada: World,
) -> None:
    await ada.at("2020-09-20T12:00:00Z")
    await ada.hears(cancelled("ada", "2020-09-20T12:00:00Z"))
    lines = (await ada.view("ada"))["ledger"]
    assert [(line["account"], line["balance"]) for line in lines] == [
        ("receivable", 19900),
        ("deferred_revenue", -19900),
        ("cash:gateway", 19900),
        ("receivable", 0),
        ("deferred_revenue", 0),
        ("refunds_payable", -16900),
        ("fees", -3000),
    ]


async def test_the_statement_is_given_as_csv_to_whoever_may_see_it(ada: World) -> None:
    async with ada.client(token("ada")) as learner:
        answer = await learner.get("/billing/v1/registrations/ada?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "statement-ada.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["account"], row["amount"], row["balance"]) for row in rows] == [
        ("receivable", "199.00", "199.00"),
        ("deferred_revenue", "-199.00", "-199.00"),
        ("cash:gateway", "199.00", "199.00"),
        ("receivable", "-199.00", "0.00"),
    ]
    async with ada.client(token("ben")) as other:
        refused = await other.get("/billing/v1/registrations/ada?format=csv")
    assert refused.status_code == 403
    unknown = await ada.http.get("/billing/v1/registrations/ada?format=pdf")
    assert unknown.status_code == 422
