"""The simulator's troubles: each off by default, each switched on by itself, none by call order."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from stack.paysim import rules
from stack.paysim.app import build
from stack.paysim.deps import Settings
from stack.paysim.faults import NAMES, Faults
from stack.paysim.later import everything
from stack.paysim.store import Store

KEY = {"Authorization": "Bearer the-key"}
GOOD = "4242 4242 4242 4242"
NOON = 1_600_084_800.0  # 2020-09-14 12:00 UTC


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> float:
        return self.at


class Simulator:
    """One, asked over HTTP without a socket, on a clock that stands still."""

    def __init__(self, at: Path) -> None:
        self.clock = Clock()
        self.store = Store(at / "paysim.sqlite", durable=False, now=self.clock)
        app = build(Settings(at, "http://sim", "http://unused", "secret", "the-key"))
        app.state.store = self.store
        transport = httpx.ASGITransport(app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://sim", headers=KEY)

    async def faults(self, seed: str | int = 7, **rates: float) -> httpx.Response:
        quick = {"hang_seconds": 0, "slow_seconds": 0, "later_seconds": 60}
        body = {"seed": seed, "rates": rates} | quick
        return await self.http.put("/v1/test/faults", json=body)

    async def checkout(self, key: str = "invoice-1", **changes: Any) -> httpx.Response:
        body = {"amount": 19900, "currency": "USD", "reference": "invoice-1"} | changes
        body |= {"return_url": "http://door/r/token"}
        return await self.http.post("/v1/checkouts", json=body, headers={"Idempotency-Key": key})

    async def paid(self, key: str = "invoice-1", **changes: Any) -> str:
        """The id of a payment that was made."""
        made = (await self.checkout(key, **changes)).json()
        await self.http.post(f"/pay/{made['id']}", data={"card": GOOD})
        found: str = self.store.get("checkout", made["id"])["payment_id"]  # type: ignore[index]
        return found

    async def refund(self, payment: str, amount: int, key: str = "refund-1") -> httpx.Response:
        return await self.http.post(
            "/v1/refunds",
            json={"payment_id": payment, "amount": amount},
            headers={"Idempotency-Key": key},
        )

    async def does(self, what: str, **body: Any) -> Any:
        answer = await self.http.post(f"/v1/test/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def moved(self) -> list[tuple[str, int]]:
        found = (await self.http.get("/v1/movements")).json()["items"]
        return [(one["kind"], one["amount"]) for one in found]

    def said(self) -> list[str]:
        """The types of the webhooks that are due, in the order of their delivery."""
        return [json.loads(body)["type"] for _, body, _ in self.store.webhooks_due(100)]

    def heard(self) -> None:
        for identity, _, _ in self.store.webhooks_due(100):
            self.store.webhook_done(identity)


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Simulator]:
    made = Simulator(tmp_path)
    async with made.http:
        yield made
    made.store.close()


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# --- keys -----------------------------------------------------------------------------------------


async def test_a_refusal_is_remembered_under_its_key_also_when_it_would_be_granted_now(
    sim: Simulator,
) -> None:
    payment = await sim.paid()
    await sim.does("balance", currency="USD", amount=100)
    assert code(await sim.refund(payment, 19900)) == (402, "insufficient_balance")
    await sim.does("balance", currency="USD", amount=None)
    assert code(await sim.refund(payment, 19900)) == (402, "insufficient_balance")
    assert (await sim.refund(payment, 19900, "refund-2")).json()["status"] == "succeeded"
    assert code(await sim.refund(payment, 1, "refund-3")) == (409, "over_refund")
    sim.store.put("payment", sim.store.get("payment", payment) | {"refunded": 0})  # type: ignore
    assert code(await sim.refund(payment, 1, "refund-3")) == (409, "over_refund")


async def test_the_first_answer_is_given_again_to_the_letter_whatever_happened_since(
    sim: Simulator,
) -> None:
    payment = await sim.paid()
    first = (await sim.refund(payment, 100)).json()
    await sim.does(f"refunds/{first['id']}/fail")
    assert (await sim.refund(payment, 100)).json() == first
    assert (await sim.http.get(f"/v1/refunds/{first['id']}")).json()["status"] == "failed"


async def test_a_key_stands_for_one_request_only(sim: Simulator) -> None:
    payment = await sim.paid("invoice-1")
    assert code(await sim.checkout("invoice-1", amount=1)) == (422, "key_reused")
    assert code(await sim.checkout("invoice-1", reference="another")) == (422, "key_reused")
    assert code(await sim.refund(payment, 1, "invoice-1")) == (422, "key_reused")
    assert sim.store.all("refund") == []


async def test_a_key_whose_request_is_under_way_is_refused_and_the_first_is_done_once(
    sim: Simulator,
) -> None:
    payment = await sim.paid()
    sim.store.faults = Faults(rates={"slow": 1}, slow_seconds=0.2)
    first = asyncio.create_task(sim.refund(payment, 100))
    await asyncio.sleep(0.05)
    assert code(await sim.refund(payment, 100)) == (409, "key_in_use")
    assert (await first).json()["status"] == "succeeded"
    assert (await sim.refund(payment, 100)).json() == (await first).json()
    assert len(sim.store.all("refund")) == 1


async def test_keys_outlive_a_restart(sim: Simulator, tmp_path: Path) -> None:
    payment = await sim.paid()
    first = (await sim.refund(payment, 100)).json()
    sim.store.close()
    again = Simulator(tmp_path)
    async with again.http:
        assert (await again.refund(payment, 100)).json() == first
    again.store.close()


# --- troubles of requests -------------------------------------------------------------------------


async def test_without_faults_nothing_goes_wrong(sim: Simulator) -> None:
    for number in range(20):
        payment = await sim.paid(f"invoice-{number}")
        assert (await sim.refund(payment, 100, f"r{number}")).json()["status"] == "succeeded"
    assert len(sim.said()) == 40
    assert everything(sim.store) == 0
    assert (await sim.http.get("/v1/test/faults")).json()["rates"] == {}


async def test_a_time_out_before_leaves_nothing_done(sim: Simulator) -> None:
    payment = await sim.paid()
    await sim.faults(timeout_before=1)
    assert code(await sim.refund(payment, 100)) == (504, "timeout")
    assert sim.store.all("refund") == []


async def test_a_time_out_after_leaves_it_done_and_the_same_key_finds_it(sim: Simulator) -> None:
    payment = await sim.paid()
    await sim.faults(timeout_after=1)
    assert code(await sim.refund(payment, 100)) == (504, "timeout")
    assert (await sim.http.get("/v1/refunds?key=refund-1")).status_code == 504
    await sim.http.delete("/v1/test/faults")
    [made] = (await sim.http.get("/v1/refunds?key=refund-1")).json()["items"]
    assert (await sim.refund(payment, 100)).json()["id"] == made["id"]
    assert [one["amount"] for one in sim.store.all("refund")] == [100]


async def test_of_errors_some_did_the_work_and_some_did_not(sim: Simulator) -> None:
    payment = await sim.paid()
    await sim.faults(error_500=1)
    for number in range(40):
        assert (await sim.refund(payment, 1, f"r{number}")).status_code == 500
    assert 5 < len(sim.store.all("refund")) < 35


async def test_what_struck_is_counted_and_what_was_only_drawn_is_not(sim: Simulator) -> None:
    payment = await sim.paid()
    assert (await sim.http.get("/v1/test/faults")).json()["struck"] == {}
    await sim.faults(error_500=1, timeout_after=1, slow=1)
    await sim.refund(payment, 100)
    await sim.http.get("/v1/refunds?key=refund-1")
    await sim.http.delete("/v1/test/faults")
    await sim.refund(payment, 100)
    told = (await sim.http.get("/v1/test/faults")).json()
    assert told["struck"] == {"error_500": 2, "slow": 2}


async def test_a_try_again_has_a_fate_of_its_own(sim: Simulator) -> None:
    payment = await sim.paid()
    await sim.faults(timeout_before=0.5)
    answers = [(await sim.refund(payment, 1)).status_code for _ in range(40)]
    assert {200, 504} == set(answers)


async def test_learners_pages_and_the_calls_of_tests_are_spared(sim: Simulator) -> None:
    made = (await sim.checkout()).json()
    await sim.faults(timeout_before=1, error_500=1)
    assert (await sim.http.get(f"/pay/{made['id']}")).status_code == 200
    assert (await sim.http.get("/v1/totals")).status_code == 200
    assert (await sim.http.get(f"/v1/checkouts/{made['id']}")).status_code == 504


# --- the seed -------------------------------------------------------------------------------------


async def _story(at: Path, order: list[int], seed: int) -> list[Any]:
    """Twenty payments and refunds in some order; what became of each."""
    at.mkdir()
    sim = Simulator(at)
    everywhere = dict.fromkeys((*NAMES,), 0.3)
    await sim.faults(seed, **everywhere)
    fates: dict[int, Any] = {}
    for number in order:
        with_key = {"key": f"invoice-{number}", "amount": 1000, "currency": "USD"}
        wanted = with_key | {"reference": f"i{number}", "return_url": "http://x"}
        made = rules.open_checkout(sim.store, wanted, "")
        payment = rules.pay(sim.store, made["id"], GOOD)
        answers = [await sim.refund(payment["id"], 100, f"refund-{number}") for _ in range(3)]
        fates[number] = (payment["id"], [answer.status_code for answer in answers])
    everything(sim.store)
    found = [
        [fates[number] for number in sorted(fates)],
        sorted((one["id"], one["status"]) for one in sim.store.all("refund")),
        sorted((one["id"], one["status"], one["reason"]) for one in sim.store.all("dispute")),
        sorted(identity for identity, _, _ in sim.store.webhooks_due(1000)),
    ]
    await sim.http.aclose()
    sim.store.close()
    return found


async def test_what_goes_wrong_follows_from_the_seed_and_not_from_the_order_of_calls(
    tmp_path: Path,
) -> None:
    forwards, backwards = list(range(20)), list(range(19, -1, -1))
    first = await _story(tmp_path / "a", forwards, seed=7)
    assert await _story(tmp_path / "b", backwards, seed=7) == first
    assert await _story(tmp_path / "c", forwards, seed=8) != first
    assert first[2], "some were disputed"


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 1.0])
def test_a_fault_strikes_about_as_often_as_its_rate_says(rate: float) -> None:
    faults = Faults(seed="7", rates={"decline": rate})
    struck = sum(faults.strikes("decline", f"object-{n}") for n in range(2000))
    assert abs(struck / 2000 - rate) < 0.04
    assert not faults.strikes("dispute", "object-1")


async def test_a_fault_that_is_none_and_a_rate_that_is_none_are_refused(sim: Simulator) -> None:
    assert (await sim.faults(declined=0.5)).status_code == 422
    assert (await sim.faults(decline=1.5)).status_code == 422
    assert (await sim.http.put("/v1/test/faults", json={"rate": {}})).status_code == 422
    no_key = await sim.http.put("/v1/test/faults", json={}, headers={"Authorization": ""})
    assert no_key.status_code == 401


# --- cards and refunds ----------------------------------------------------------------------------


async def test_a_good_card_is_declined_and_may_pay_at_another_try(sim: Simulator) -> None:
    await sim.faults(decline=1)
    made = (await sim.checkout()).json()
    answer = await sim.http.post(f"/pay/{made['id']}", data={"card": GOOD})
    assert "Your card was declined." in answer.text
    await sim.http.delete("/v1/test/faults")
    assert (await sim.http.post(f"/pay/{made['id']}", data={"card": GOOD})).status_code == 303
    assert sim.said() == ["payment.failed", "payment.succeeded"]
    assert await sim.moved() == [("charge", 19900)]


async def test_a_refund_that_takes_its_time_moves_money_when_it_is_done(sim: Simulator) -> None:
    payment = await sim.paid()
    await sim.faults(refund_pending=1)
    made = (await sim.refund(payment, 19900)).json()
    assert made["status"] == "pending"
    assert code(await sim.refund(payment, 1, "refund-2")) == (409, "over_refund")
    assert await sim.moved() == [("charge", 19900)]
    sim.clock.at += 59
    assert rules.happen(sim.store) == 0
    sim.clock.at += 1
    assert rules.happen(sim.store) == 1
    assert await sim.moved() == [("charge", 19900), ("refund", -19900)]
    assert sim.said() == ["payment.succeeded", "refund.succeeded"]


@pytest.mark.parametrize("pending", [0, 1])
async def test_a_refund_that_fails_later_gives_the_payment_its_money_back(
    sim: Simulator, pending: int
) -> None:
    payment = await sim.paid()
    await sim.faults(refund_fails_later=1, refund_pending=pending)
    made = (await sim.refund(payment, 19900)).json()
    await sim.does("happen")
    found = (await sim.http.get(f"/v1/refunds/{made['id']}")).json()
    assert (found["status"], found["failure_code"]) == ("failed", "bank_returned")
    moved = [] if pending else [("refund", -19900), ("refund_failed", 19900)]
    assert await sim.moved() == [("charge", 19900), *moved]
    assert rules.totals(sim.store)["refunded"] == 0
    await sim.http.delete("/v1/test/faults")
    assert (await sim.refund(payment, 19900, "refund-2")).json()["status"] == "succeeded"


async def test_a_limited_balance_takes_what_comes_in_and_is_short_of_what_is_not_there(
    sim: Simulator,
) -> None:
    await sim.does("balance", currency="USD", amount=0)
    payment = await sim.paid()
    assert (await sim.refund(payment, 10000, "r1")).status_code == 200
    await sim.does("balance", currency="USD", amount=9899)
    assert code(await sim.refund(payment, 9900, "r2")) == (402, "insufficient_balance")
    other = await sim.paid("invoice-2", currency="JPY", amount=500)
    assert (await sim.refund(other, 500, "r3")).status_code == 200
    await sim.paid("invoice-3", amount=1)
    assert (await sim.refund(payment, 9900, "r4")).status_code == 200
    assert code(await sim.refund(await sim.paid("i4", amount=5), 6, "r5")) == (409, "over_refund")


async def test_nothing_goes_back_to_a_card_that_is_no_more(sim: Simulator) -> None:
    payment = await sim.paid()
    await sim.does("cards/4242/expire")
    assert code(await sim.refund(payment, 1)) == (410, "card_gone")


async def test_the_card_of_a_payment_is_gone_for_all_of_its_refunds(sim: Simulator) -> None:
    payment = await sim.paid()
    await sim.faults(card_gone=1)
    assert code(await sim.refund(payment, 1)) == (410, "card_gone")
    assert code(await sim.refund(payment, 1, "r2")) == (410, "card_gone")


async def test_a_refund_by_hand_has_no_key_and_counts_like_any_other(sim: Simulator) -> None:
    payment = await sim.paid()
    made = await sim.does(f"payments/{payment}/refund", amount=900)
    assert (made["key"], made["status"]) == (None, "succeeded")
    assert code(await sim.refund(payment, 19900)) == (409, "over_refund")
    second = await sim.does(f"payments/{payment}/refund", amount=19000)
    assert second["id"] != made["id"]
    assert sim.said() == ["payment.succeeded", "refund.succeeded", "refund.succeeded"]
    refused = await sim.http.post(f"/v1/test/payments/{payment}/refund", json={"amount": 1})
    assert code(refused) == (409, "over_refund")


async def test_somebody_gives_some_of_a_payment_back_by_hand_later(sim: Simulator) -> None:
    await sim.faults(dashboard_refund=1)
    payment = await sim.paid()
    await sim.refund(payment, 19899)
    await sim.does("happen")
    assert [(one["key"], one["amount"]) for one in sim.store.all("refund")] == [
        ("refund-1", 19899),
        (None, 1),
    ]


# --- disputes -------------------------------------------------------------------------------------


async def test_a_dispute_takes_the_money_at_once_and_gives_it_back_when_won(
    sim: Simulator,
) -> None:
    payment = await sim.paid()
    opened = await sim.does(f"payments/{payment}/dispute", reason="unrecognized")
    assert (opened["status"], opened["amount"], opened["closed"]) == ("open", 19900, None)
    assert code(await sim.refund(payment, 1)) == (409, "over_refund")
    assert rules.totals(sim.store)["disputed"] == 19900
    won = await sim.does(f"disputes/{opened['id']}/close", result="won")
    assert (won["status"], won["reason"]) == ("won", "unrecognized")
    assert (await sim.http.get(f"/v1/disputes/{opened['id']}")).json() == won
    assert await sim.moved() == [("charge", 19900), ("dispute", -19900), ("dispute_won", 19900)]
    assert (await sim.refund(payment, 19900, "r2")).status_code == 200
    assert sim.said()[:3] == ["payment.succeeded", "dispute.opened", "dispute.closed"]


async def test_what_was_lost_stays_away_and_what_was_not_disputed_can_go_back(
    sim: Simulator,
) -> None:
    payment = await sim.paid()
    opened = await sim.does(f"payments/{payment}/dispute", amount=5000)
    for _ in range(2):  # told twice, it happens once
        await sim.does(f"disputes/{opened['id']}/close", result="lost")
    assert code(await sim.refund(payment, 14901)) == (409, "over_refund")
    assert (await sim.refund(payment, 14900, "r2")).status_code == 200
    assert await sim.moved() == [("charge", 19900), ("dispute", -5000), ("refund", -14900)]
    assert sim.said().count("dispute.closed") == 1


async def test_a_bank_that_changes_its_mind_moves_the_money_again(sim: Simulator) -> None:
    payment = await sim.paid()
    opened = await sim.does(f"payments/{payment}/dispute")
    for result in ("lost", "won", "lost"):
        await sim.does(f"disputes/{opened['id']}/close", result=result)
    assert sum(amount for _, amount in await sim.moved()) == 0
    assert rules.totals(sim.store)["disputed"] == 19900


async def test_more_than_is_left_cannot_be_disputed(sim: Simulator) -> None:
    payment = await sim.paid()
    await sim.refund(payment, 19899)
    for amount in (2, 0, -1):
        body = {"amount": amount}
        answer = await sim.http.post(f"/v1/test/payments/{payment}/dispute", json=body)
        assert answer.status_code in {409, 422}
    assert (await sim.does(f"payments/{payment}/dispute"))["amount"] == 1
    again = await sim.http.post(f"/v1/test/payments/{payment}/dispute", json={})
    assert code(again) == (409, "over_dispute")
    assert (await sim.http.post("/v1/test/payments/none/dispute", json={})).status_code == 404
    assert (await sim.http.get("/v1/disputes/none")).status_code == 404


@pytest.mark.parametrize(("lost", "status"), [(1, "lost"), (0, "won")])
async def test_disputes_come_by_themselves_and_end_as_the_rates_say(
    sim: Simulator, lost: float, status: str
) -> None:
    await sim.faults(dispute=1, dispute_lost=lost)
    await sim.paid()
    assert rules.happen(sim.store) == 0
    sim.clock.at += 60
    rules.happen(sim.store)
    assert [one["status"] for one in sim.store.all("dispute")] == ["open"]
    sim.clock.at += 60
    rules.happen(sim.store)
    assert [one["status"] for one in sim.store.all("dispute")] == [status]


# --- webhooks -------------------------------------------------------------------------------------


async def test_a_webhook_is_held_up_lost_doubled_or_overtaken(sim: Simulator) -> None:
    await sim.faults(webhook_delay=1)
    await sim.paid("a")
    assert sim.said() == []
    sim.clock.at += 60
    assert sim.said() == ["payment.succeeded"]
    sim.heard()

    await sim.faults(webhook_lost_then_found=1)
    await sim.paid("b")
    sim.clock.at += 1799
    assert sim.said() == []
    sim.clock.at += 1
    assert sim.said() == ["payment.succeeded"]
    sim.heard()

    await sim.faults(webhook_duplicate=1)
    await sim.paid("c")
    one, two = [json.loads(body) for _, body, _ in sim.store.webhooks_due(10)]
    assert one == two
    sim.heard()


async def test_webhooks_overtake_each_other(sim: Simulator) -> None:
    sim.store.faults = Faults(seed="7", rates={"webhook_reorder": 0.5}, later_seconds=0)
    payments = [await sim.paid(f"invoice-{number}") for number in range(10)]
    told = [json.loads(body)["data"]["id"] for _, body, _ in sim.store.webhooks_due(100)]
    assert sorted(told) == sorted(payments)
    assert told != payments


# --- pages and reports ----------------------------------------------------------------------------


async def test_a_page_ends_after_a_day_and_takes_nothing_any_more(sim: Simulator) -> None:
    made = (await sim.checkout()).json()
    assert made["expires"] == NOON + 86_400
    sim.clock.at += 86_400
    for answer in (
        await sim.http.get(f"/pay/{made['id']}"),
        await sim.http.post(f"/pay/{made['id']}", data={"card": GOOD}),
    ):
        assert answer.status_code == 410
        assert "Nothing was taken" in answer.text
    assert await sim.moved() == []


async def test_a_page_that_was_paid_leads_back_for_ever(sim: Simulator) -> None:
    made = (await sim.checkout()).json()
    await sim.http.post(f"/pay/{made['id']}", data={"card": GOOD})
    sim.clock.at += 864_000
    assert (await sim.http.get(f"/pay/{made['id']}")).status_code == 200
    assert (await sim.http.post(f"/pay/{made['id']}", data={"card": GOOD})).status_code == 303


async def test_a_page_can_be_ended_early(sim: Simulator) -> None:
    made = (await sim.checkout()).json()
    await sim.does(f"checkouts/{made['id']}/expire")
    assert (await sim.http.post(f"/pay/{made['id']}", data={"card": GOOD})).status_code == 410


async def test_movements_are_read_page_by_page_each_once(sim: Simulator) -> None:
    for number in range(5):
        await sim.paid(f"invoice-{number}", amount=100 + number)
    seen, after = [], None
    while True:
        query = {"limit": "2"} | ({"after": after} if after else {})
        page = (await sim.http.get("/v1/movements", params=query)).json()
        seen += [one["amount"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [100, 101, 102, 103, 104]
    last = page["items"][-1]["id"]
    assert (await sim.http.get("/v1/movements", params={"after": last})).json() == {
        "items": [],
        "next": None,
    }
    await sim.paid("one more", amount=7)
    more = (await sim.http.get("/v1/movements", params={"after": last})).json()["items"]
    assert [one["amount"] for one in more] == [7]
    assert (await sim.http.get("/v1/movements?after=junk")).status_code == 400
    assert (await sim.http.get("/v1/movements?limit=0")).status_code == 422


async def test_each_day_has_its_payout_of_each_currency_and_each_movement_is_in_one(
    sim: Simulator,
) -> None:
    payment = await sim.paid("a")
    await sim.refund(payment, 900)
    await sim.paid("b", currency="KWD", amount=1234)
    assert (await sim.http.get("/v1/payouts?day=2020-09-14")).json()["items"] == []
    sim.clock.at += 86_400
    await sim.paid("c", amount=50)
    first = await sim.does("payouts", day="2020-09-14")
    assert await sim.does("payouts", day="2020-09-14") == {"items": []}
    found = (await sim.http.get("/v1/payouts?day=2020-09-14")).json()
    assert found == {"day": "2020-09-14"} | first
    shown = [
        (one["currency"], one["amount"], one["movements"], one["kinds"]) for one in found["items"]
    ]
    assert shown == [
        ("KWD", 1234, 1, {"charge": 1234}),
        ("USD", 19000, 2, {"charge": 19900, "refund": -900}),
    ]
    rules.pay_out(sim.store, date(2020, 9, 15))
    moved = (await sim.http.get("/v1/movements")).json()["items"]
    assert sum(one["amount"] for one in moved) == 0
    assert all(one["payout_id"] for one in moved)
    assert (await sim.http.get("/v1/payouts?day=today")).status_code == 422
