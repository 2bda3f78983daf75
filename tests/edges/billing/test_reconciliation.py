"""What the gateway reports beside the books: each kind of difference, planted, is found and told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.billing.commands.reconcile import NIGHTLY
from services.billing.domain.finding_words import WORDS
from services.billing.domain.seen import Movements
from shared.contracts.certificates import CertificateIssued
from shared.contracts.registration import RegistrationExpired
from stack.paysim import rules
from tests.edges.billing.conftest import (
    COURSE,
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    token,
    usd,
    world_of,
)
from tests.edges.billing.hand import act, tasks
from tests.stage import killed_at

EARLY = "2020-09-20T12:00:00Z"
LATE = "2020-10-06T04:01:00Z"


@pytest.fixture
async def world(database: Any, tmp_path: Path) -> AsyncIterator[World]:
    """One clock for billing and the simulator; what a test plants need not keep any invariant."""
    async with world_of(database("billing"), tmp_path, one_clock=True) as made:
        yield made


@pytest.fixture
async def ada(world: World) -> World:
    await world.hears(course(), requested("ada"))
    await world.pays("ada")
    await world.hears(confirmed("ada"))
    return world


async def asked(world: World, key: str = "k") -> Any:
    return await world.http.post("/billing/v1/reconciliation", headers={"Idempotency-Key": key})


async def reconciled(world: World, error: str | None = None) -> Any:
    """A comparison, from its asking to its end: the findings."""
    answer = await asked(world, f"at {world.clock.now()}")
    assert answer.status_code == 202, answer.text
    later = world.clock.now() + timedelta(minutes=5)
    await world.at(later.isoformat())
    run = await world.http.get(f"/billing/v1/reconciliation/runs/{answer.json()['run_id']}")
    assert run.json()["finished_at"] is not None, run.text
    assert run.json()["error"] == error
    found = (await world.http.get("/billing/v1/reconciliation")).json()
    assert found["run_id"] == answer.json()["run_id"]
    assert len(found["findings"]) == run.json()["findings"]
    return found["findings"]


def kinds(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((one["kind"], one["about"]) for one in findings)


async def alter(world: World, statement: str, *args: Any) -> None:
    """What no command does: somebody's hand in the database, triggers off."""
    async with world.db.acquire() as con:
        await con.execute(statement, *args)


async def the(world: World, column: str, table: str) -> Any:
    return await world.value(f"SELECT {column} FROM {table} ORDER BY 1 LIMIT 1")


def captured(world: World, amount: int = 500) -> str:
    """A payment of nobody's invoice, made at the gateway; gives its id."""
    page = {"key": "odd", "amount": amount, "currency": "USD", "reference": "no-such-invoice"}
    page |= {"return_url": "http://x.test", "cancel_url": None}
    made = rules.open_checkout(world.store, page, "http://paysim.test")
    payment: str = rules.pay(world.store, made["id"], "4242424242424242")["id"]
    return payment


def drop_webhooks(world: World) -> None:
    for identity, _, _ in world.store.webhooks_due(100):
        world.store.webhook_done(identity)


# --- nothing ---------------------------------------------------------------------------------------


async def test_where_all_agrees_there_is_no_finding(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    assert await reconciled(ada) == []
    assert await ada.said("task.opened") == []
    assert await ada.count("gateway_movements") == 2  # the charge and its refund


async def test_before_the_first_there_is_none(world: World) -> None:
    found = await world.http.get("/billing/v1/reconciliation", params={"day": "2020-09-14"})
    assert found.json() == {
        "day": "2020-09-14",
        "run_id": None,
        "finished_at": None,
        "error": None,
        "failed_since": None,
        "findings": [],
        "next": None,
    }


# --- what heals ------------------------------------------------------------------------------------


async def test_a_missed_webhook_of_a_payment_heals_itself(world: World) -> None:
    await world.hears(course(), requested("ada"))
    await world.pays("ada", deliver=False)
    drop_webhooks(world)
    assert (await world.view("ada"))["payments"] == []
    assert await reconciled(world) == []
    assert (await world.view("ada"))["invoice"]["status"] == "paid"
    assert await world.value("SELECT looked_up FROM reconciliations") == 1


async def test_a_missed_webhook_of_a_refund_that_came_back_heals_itself(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    made = ada.store.by_key("refund", (await ada.view("ada"))["refunds"][0]["refund_id"])
    assert made is not None
    rules.settle(ada.store, made["id"], "failed")
    drop_webhooks(ada)
    assert (await ada.view("ada"))["refunds"][0]["status"] == "succeeded"
    assert await reconciled(ada) == []
    assert (await ada.view("ada"))["refunds"][0]["status"] == "failed"


# --- findings, each kind ---------------------------------------------------------------------------


async def test_a_payment_that_the_gateway_reports_and_does_not_know_is_found(ada: World) -> None:
    payment = captured(ada)
    drop_webhooks(ada)
    ada.line.unknown = lambda request: request.url.path.endswith(payment)
    [found] = await reconciled(ada)
    assert found["kind"] == "payment-unknown-here"
    assert (found["about"], found["amount"]) == (payment, usd(500))
    assert found["cause"] == "The gateway has it, and its webhook was not heard."
    assert found["next_step"].startswith("It was looked up and is not there")


async def test_a_payment_that_belongs_to_no_invoice_is_found(ada: World) -> None:
    payment = captured(ada)
    await ada.rests()
    await ada.at("2020-09-14T18:00:00+00:00")  # it was looked for again until then
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"]) == ("payment-of-nobody", payment)


async def test_a_payment_that_the_gateway_does_not_report_is_found(ada: World) -> None:
    payment = await the(ada, "payment_id", "payments")
    ada.store.do("delete from movements where object_id = ?", payment)
    [found] = await reconciled(ada)
    assert (found["kind"], found["amount"]) == ("payment-unknown-there", usd(19900))


async def test_another_amount_is_found(ada: World) -> None:
    ada.store.do("update movements set amount = amount + 7")
    [found] = await reconciled(ada)
    assert (found["kind"], found["amount"]) == ("amount-differs", usd(7))


async def given_back(ada: World) -> str:
    """Ada cancelled and has her money; the refund's id at the gateway."""
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    ref: str = await the(ada, "gateway_ref", "refunds")
    return ref


async def test_another_amount_that_went_back_is_found(ada: World) -> None:
    ref = await given_back(ada)
    ada.store.do("update movements set amount = amount - 100 where object_id = ?", ref)
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"], found["amount"]) == ("amount-differs", ref, usd(100))


async def test_a_refund_that_the_gateway_does_not_report_is_found(ada: World) -> None:
    ref = await given_back(ada)
    ada.store.do("delete from movements where object_id = ?", ref)
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"]) == ("refund-unknown-there", ref)
    assert found["amount"] == usd(16900)


async def test_a_refund_that_only_the_gateway_knows_is_found(ada: World) -> None:
    payment = await the(ada, "payment_id", "payments")
    wanted = {"key": None, "payment_id": payment, "amount": 700, "reason": "by hand"}
    made = rules.refund(ada.store, wanted)
    drop_webhooks(ada)
    ada.line.unknown = lambda request: request.url.path.endswith(made["id"])
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"]) == ("refund-unknown-here", made["id"])
    assert found["amount"] == usd(700)


async def test_a_refund_that_is_another_there_is_found(ada: World) -> None:
    ref = await given_back(ada)
    rules.settle(ada.store, ref, "failed")
    drop_webhooks(ada)
    ada.line.unknown = lambda request: request.url.path.endswith(ref)
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"]) == ("refund-state-differs", ref)
    assert found["amount"] == usd(-16900)


async def test_a_dispute_that_is_not_known_is_found(ada: World) -> None:
    payment = await the(ada, "payment_id", "payments")
    made = rules.dispute(ada.store, payment, None, "fraudulent")
    drop_webhooks(ada)
    ada.line.unknown = lambda request: request.url.path.endswith(made["id"])
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"]) == ("dispute-unknown", made["id"])
    assert found["amount"] == usd(19900)


async def test_a_dispute_that_only_the_books_know_is_found(ada: World) -> None:
    payment = await the(ada, "payment_id", "payments")
    made = rules.dispute(ada.store, payment, None, "fraudulent")
    await ada.rests()
    ada.store.do("delete from movements where object_id = ?", made["id"])
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"]) == ("dispute-unknown-there", made["id"])
    assert found["amount"] == usd(19900)


async def test_a_dispute_that_was_decided_otherwise_is_found(ada: World) -> None:
    payment = await the(ada, "payment_id", "payments")
    made = rules.dispute(ada.store, payment, None, "fraudulent")
    await ada.rests()
    rules.close(ada.store, made["id"], "won")
    drop_webhooks(ada)
    ada.line.unknown = lambda request: request.url.path.endswith(made["id"])
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"]) == ("dispute-differs", made["id"])
    assert found["amount"] == usd(-19900)


async def test_a_payout_of_more_than_there_was_is_found(ada: World) -> None:
    rules.pay_out(ada.store, datetime(2020, 9, 14, tzinfo=UTC).date())
    ada.store.do("update movements set amount = amount - 1 where kind = 'payout'")
    [found] = await reconciled(ada)
    assert found["kind"] == "payout-differs"
    assert found["amount"] == usd(1)


async def test_cash_that_the_ledger_has_and_no_payment_brought_is_found(ada: World) -> None:
    await alter(ada, "UPDATE payment_parts SET amount_minor = amount_minor + 1")
    assert kinds(await reconciled(ada)) == [("cash-differs", "ada")]


async def test_paid_and_not_confirmed_for_a_day_is_found(world: World) -> None:
    await world.hears(course(), requested("ada"))
    await world.pays("ada")
    assert await reconciled(world) == []
    await world.at("2020-09-15T16:00:00+00:00")
    assert kinds(await reconciled(world)) == [("paid-not-confirmed", "ada")]
    await world.hears(confirmed("ada"))
    await world.at("2020-09-17T16:00:00+00:00")
    assert await reconciled(world) == []


async def test_confirmed_as_paid_and_not_paid_is_found(world: World) -> None:
    await world.hears(course(), requested("ada"), confirmed("ada"))
    await world.at("2020-09-16T16:00:00+00:00")
    [found] = await reconciled(world)
    assert (found["kind"], found["amount"]) == ("confirmed-not-paid", usd(19900))


async def test_money_of_whose_hold_had_ended_is_found(world: World) -> None:
    await world.hears(course(), requested("ada"), of(RegistrationExpired, "ada"))
    page = {"key": "late", "amount": 19900, "currency": "USD"}
    page |= {"reference": (await world.view("ada"))["invoice"]["invoice_id"]}
    page |= {"return_url": "http://x.test", "cancel_url": None}
    made = rules.open_checkout(world.store, page, "http://paysim.test")
    rules.pay(world.store, made["id"], "4242424242424242")
    await world.rests()
    await world.at("2020-09-16T16:00:00+00:00")
    assert kinds(await reconciled(world)) == [("expired-with-money", "ada")]


async def test_a_part_that_was_paid_before_the_hold_ended_is_found_until_it_is_given_back(
    world: World,
) -> None:
    await world.hears(course(), requested("ada"))
    invoice = (await world.view("ada"))["invoice"]["invoice_id"]
    body = {"amount": usd(10000), "reference": "HB-1"}
    assert (await act(world, f"invoices/{invoice}/payments", "k", **body)).status_code == 201
    await world.at("2020-09-16T16:00:00+00:00")
    assert await reconciled(world) == [], "its hold may be as long as it likes"
    await world.hears(of(RegistrationExpired, "ada"))
    await world.at("2020-09-16T18:00:00+00:00")
    [found] = await reconciled(world)
    assert (found["kind"], found["about"]) == ("expired-with-money", "ada")
    assert found["amount"] == usd(10000)
    assert (await world.goodwill("ada", amount=10000)).status_code == 202
    assert await reconciled(world) == []


async def test_a_cancellation_that_nobody_decided_is_found(world: World) -> None:
    await world.hears(course(), requested("ada", kind="one_day_workshop"))
    await world.pays("ada")
    await world.hears(confirmed("ada"), cancelled("ada", "2020-09-14T15:05:00Z"))
    await world.at("2020-09-16T16:00:00+00:00")
    [found] = await reconciled(world)
    assert (found["kind"], found["amount"]) == ("cancelled-not-settled", usd(19900))


async def with_credit(ada: World) -> str:
    """Ada cancelled late and has a credit of 199.00; its id."""
    await ada.at(LATE)
    await ada.hears(cancelled("ada", LATE))
    await ada.rests()
    credit: str = await the(ada, "credit_id", "credits")
    return credit


async def test_a_credit_of_another_balance_is_found(ada: World) -> None:
    credit = await with_credit(ada)
    await alter(ada, "UPDATE credits SET balance_minor = balance_minor + 1")
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"], found["amount"]) == (
        "credit-balance-differs",
        credit,
        usd(1),
    )


async def test_credits_that_the_ledger_does_not_owe_are_found(ada: World) -> None:
    credit = await with_credit(ada)
    await alter(
        ada,
        "INSERT INTO credit_entries (entry_id, credit_id, registration_id, kind, amount_minor,"
        " currency, occurred_at) VALUES ('odd', $1, 'ada', 'issued', 5, 'USD', now())",
        credit,
    )
    await alter(ada, "UPDATE credits SET balance_minor = balance_minor + 5")
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"]) == ("credit-ledger-differs", "ada")
    assert found["amount"] == usd(-5)


async def test_a_credit_that_outlived_its_end_is_found(ada: World) -> None:
    credit = await with_credit(ada)
    await alter(ada, "UPDATE credits SET expires_at = $1", ada.clock.now() - timedelta(days=2))
    assert kinds(await reconciled(ada)) == [("credit-overdue", credit)]


async def test_a_gap_in_the_numbers_is_found(ada: World) -> None:
    await alter(ada, "UPDATE counters SET last = last + 1 WHERE series = 'invoice/2020'")
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"], found["amount"]) == (
        "number-gap",
        "invoice/2020",
        None,
    )


async def test_a_refund_that_has_been_under_way_for_days_is_found(world: World) -> None:
    await world.hears(course(), requested("ada"))
    await world.pays("ada", "4000000000007726")
    world.store.do("delete from planned")  # its bank never ends it
    await world.hears(confirmed("ada"), cancelled("ada", "2020-09-14T15:05:00Z"))
    await world.rests()
    world.store.do("delete from planned")
    await world.at("2020-09-18T16:00:00+00:00")
    [found] = await reconciled(world)
    assert (found["kind"], found["amount"]) == ("refund-stuck", usd(16900))


def certified(name: str) -> Any:
    return of(CertificateIssued, name, course_id=COURSE, issued_at="2020-09-15T12:00:00Z")


async def test_a_certificate_of_a_seat_that_was_given_back_is_found(ada: World) -> None:
    """More of them: test_certificates_reconciled.py."""
    await given_back(ada)
    await ada.hears(certified("ada"))
    await ada.at("2020-09-16T16:00:00+00:00")
    [found] = await reconciled(ada)
    assert (found["kind"], found["about"]) == ("certified-given-back", "ada")
    assert found["amount"] == usd(16900)


async def test_a_certificate_of_a_seat_that_was_never_paid_is_found(world: World) -> None:
    await world.hears(course(), requested("ada"), of(RegistrationExpired, "ada"))
    await world.hears(certified("ada"))
    await world.at("2020-09-16T16:00:00+00:00")
    [found] = await reconciled(world)
    assert (found["kind"], found["amount"]) == ("certified-not-paid", usd(19900))


async def test_a_certificate_of_an_unknown_registration_is_found(world: World) -> None:
    await world.hears(certified("nobody"))
    await world.at("2020-09-16T16:00:00+00:00")
    [found] = await reconciled(world)
    assert (found["kind"], found["about"]) == ("certificate-of-nobody", "nobody")


def test_every_kind_is_planted_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in WORDS if f'"{kind}"' not in text] == []


# --- the comparison itself -------------------------------------------------------------------------


async def test_what_is_being_looked_up_is_no_finding_and_not_said_to_agree(ada: World) -> None:
    """A dispute's webhook is lost, and for now it cannot be looked up."""
    payment = await the(ada, "payment_id", "payments")
    made = rules.dispute(ada.store, payment, None, "fraudulent")
    drop_webhooks(ada)
    ada.line.before = lambda request: request.url.path.endswith(made["id"])
    assert await reconciled(ada, error="look-ups-open") == []
    last = (await ada.http.get("/billing/v1/reconciliation")).json()
    assert last["error"] == "look-ups-open"
    ada.line.mend()
    await ada.at("2020-09-14T16:00:00+00:00")
    assert list(await tasks(ada)) == ["dispute-opened"]
    assert await reconciled(ada) == []


async def test_while_look_ups_are_open_what_is_gone_closes_no_task(ada: World) -> None:
    await alter(ada, "UPDATE counters SET last = last + 1 WHERE series = 'invoice/2020'")
    assert kinds(await reconciled(ada)) == [("number-gap", "invoice/2020")]
    await alter(ada, "UPDATE counters SET last = last - 1 WHERE series = 'invoice/2020'")
    payment = await the(ada, "payment_id", "payments")
    made = rules.dispute(ada.store, payment, 700, "fraudulent")
    drop_webhooks(ada)
    ada.line.before = lambda request: request.url.path.endswith(made["id"])
    assert await reconciled(ada, error="look-ups-open") == []
    assert list(await tasks(ada)) == ["reconciliation"]
    ada.line.mend()
    await ada.at("2020-09-15T12:00:00+00:00")
    assert list(await tasks(ada)) == ["dispute-opened"]


async def test_a_finding_stays_open_until_it_is_found_no_more(ada: World) -> None:
    await alter(ada, "UPDATE counters SET last = last + 1 WHERE series = 'invoice/2020'")
    [first] = await reconciled(ada)
    [again] = await reconciled(ada)
    assert again == first
    [task] = await ada.said("task.opened")
    assert task["kind"] == "reconciliation"
    await alter(ada, "UPDATE counters SET last = last - 1 WHERE series = 'invoice/2020'")
    assert await reconciled(ada) == []
    assert len(await ada.said("task.closed")) == 1
    old = await ada.http.get("/billing/v1/reconciliation", params={"day": "2020-09-13"})
    assert old.json()["run_id"] is None


async def test_pages_of_findings_follow_one_another(world: World) -> None:
    ids = [f"r{number:03}" for number in range(7)]
    await world.hears(course(), *[requested(one) for one in ids], *[confirmed(i) for i in ids])
    await world.at("2020-09-16T16:00:00+00:00")
    await asked(world)
    await world.at("2020-09-16T16:10:00+00:00")
    seen, after = [], None
    while True:
        params = {"limit": 3} | ({"after": after} if after else {})
        page = (await world.http.get("/billing/v1/reconciliation", params=params)).json()
        seen += [one["about"] for one in page["findings"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == ids


async def test_it_is_asked_for_once_a_key(ada: World) -> None:
    first, again = await asked(ada), await asked(ada)
    assert first.json() == again.json()
    assert await ada.count("reconciliations") == 1


async def test_two_at_once_keep_each_movement_once(ada: World) -> None:
    await asked(ada, "one")
    await asked(ada, "two")
    await ada.at("2020-09-14T15:30:00+00:00")
    assert await ada.count("gateway_movements") == 1
    sql = "SELECT count(*) FROM reconciliations WHERE finished_at IS NOT NULL AND found = 0"
    assert await ada.value(sql) == 2


async def test_a_long_report_is_fetched_page_by_page(
    ada: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.billing.commands.reconcile.Pull.limit", 1)
    monkeypatch.setattr("services.billing.commands.compare.PAGE", 1)
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    assert await reconciled(ada) == []


async def test_a_crash_in_the_middle_goes_on_where_it_was(ada: World) -> None:
    await asked(ada)
    for point in ("outside.prepared", "outside.acted"):
        with killed_at(point):
            await ada.outside.step()
        await ada.leases_run_out()
    with killed_at("batch.flushed"):
        await ada.rests()
    await ada.leases_run_out()
    await ada.at("2020-09-14T15:30:00+00:00")
    assert await ada.value("SELECT found FROM reconciliations WHERE finished_at IS NOT NULL") == 0


async def test_a_gateway_that_stays_away_ends_it_without_findings(ada: World) -> None:
    ada.line.before = lambda request: request.url.path == "/v1/movements"
    run = (await asked(ada)).json()["run_id"]
    await ada.at("2020-09-14T18:00:00+00:00")
    shown = (await ada.http.get(f"/billing/v1/reconciliation/runs/{run}")).json()
    assert shown["error"] == "gateway-away"
    assert shown["finished_at"] is not None
    last = (await ada.http.get("/billing/v1/reconciliation")).json()
    assert last["run_id"] is None
    assert last["failed_since"] == shown["finished_at"]
    ada.line.mend()
    assert await reconciled(ada) == []
    last = (await ada.http.get("/billing/v1/reconciliation")).json()
    assert (last["error"], last["failed_since"]) == (None, None)


async def test_a_night_on_which_the_gateway_is_away_is_not_the_last(ada: World) -> None:
    await ada.rests()
    ada.line.before = lambda request: request.url.path == "/v1/movements"
    await ada.at("2020-09-15T12:00:00+00:00")
    assert await ada.value("SELECT error FROM reconciliations") == "gateway-away"
    assert list(await tasks(ada)) == ["gateway-away"]
    ada.line.mend()
    await ada.at("2020-09-16T12:00:00+00:00")
    days = await ada.rows("SELECT day::text, error, moved FROM reconciliations ORDER BY 1")
    assert days == [
        {"day": "2020-09-15", "error": "gateway-away", "moved": 0},
        {"day": "2020-09-16", "error": "", "moved": 1},
    ]
    assert await tasks(ada) == {}


async def test_of_two_gateways_the_one_that_answers_is_compared(ada: World) -> None:
    """The simulator is away; another one, that comes after it, says nothing moved."""

    class Quiet:
        async def movements(self, after: Any, limit: int, since: Any = None) -> Movements:
            return Movements((), None)

    ada.service.app.state.gateways["quiet"] = Quiet()
    ada.service.app.state.reconciler.gateways = ["paysim", "quiet"]
    quiet = "INSERT INTO gateway_cursors VALUES ('quiet', 'a movement', true, now())"
    await alter(ada, quiet)
    await alter(ada, "UPDATE counters SET last = last + 1 WHERE series = 'invoice/2020'")
    ada.line.before = lambda request: request.url.path == "/v1/movements"
    run = (await asked(ada)).json()["run_id"]
    await ada.at("2020-09-14T18:00:00+00:00")
    shown = (await ada.http.get(f"/billing/v1/reconciliation/runs/{run}")).json()
    assert (shown["error"], shown["findings"]) == ("gateway-away-in-part", 1)
    found = (await ada.http.get("/billing/v1/reconciliation")).json()
    assert (found["run_id"], found["error"]) == (run, "gateway-away-in-part")
    # Of Ada's payment, that only the one that is away could report, nothing is said.
    assert kinds(found["findings"]) == [("number-gap", "invoice/2020")]


async def test_two_at_once_leave_each_other_s_findings_open(ada: World) -> None:
    await alter(ada, "UPDATE counters SET last = last + 1 WHERE series = 'invoice/2020'")
    await asked(ada, "one")
    await asked(ada, "two")
    await ada.at("2020-09-14T15:30:00+00:00")
    assert await ada.rows("SELECT found FROM reconciliations") == [{"found": 1}, {"found": 1}]
    found = (await ada.http.get("/billing/v1/reconciliation")).json()["findings"]
    assert kinds(found) == [("number-gap", "invoice/2020")]
    assert list(await tasks(ada)) == ["reconciliation"]


async def test_a_look_up_that_keeps_failing_is_a_task_and_a_finding(ada: World) -> None:
    """Our key may not read disputes, for days."""
    payment = await the(ada, "payment_id", "payments")
    made = rules.dispute(ada.store, payment, None, "fraudulent")
    ada.line.before = lambda request: request.url.path.endswith(made["id"])
    await ada.rests()
    await ada.at("2020-09-14T15:20:00+00:00")
    assert await tasks(ada) == {}
    await ada.at("2020-09-15T12:00:00+00:00")
    assert sorted(await tasks(ada)) == ["look-up-failing", "reconciliation"]
    assert kinds(await reconciled(ada)) == [("dispute-unknown", made["id"])]
    ada.line.mend()
    await ada.at("2020-09-15T13:00:00+00:00")
    assert await reconciled(ada) == []
    assert sorted(await tasks(ada)) == ["dispute-opened"]


async def test_a_finding_whose_look_up_fails_for_now_stays_open(ada: World) -> None:
    payment = captured(ada)
    drop_webhooks(ada)
    ada.line.unknown = lambda request: request.url.path.endswith(payment)
    assert kinds(await reconciled(ada)) == [("payment-unknown-here", payment)]
    ada.line.mend()
    ada.line.before = lambda request: request.url.path.endswith(payment)
    assert kinds(await reconciled(ada)) == [("payment-unknown-here", payment)]
    assert "reconciliation" in await tasks(ada)


async def test_it_is_for_staff(ada: World) -> None:
    for key, status in ((None, 401), (token("ada"), 403)):
        async with ada.client(key) as other:
            made = await other.post("/billing/v1/reconciliation", headers={"Idempotency-Key": "x"})
            assert made.status_code == status
            assert (await other.get("/billing/v1/reconciliation")).status_code == status
            run = await other.get("/billing/v1/reconciliation/runs/x")
            assert run.status_code == status
    assert (await ada.http.get("/billing/v1/reconciliation/runs/x")).status_code == 404
    assert (await ada.http.post("/billing/v1/reconciliation")).status_code == 400
    odd = await ada.http.get("/billing/v1/reconciliation", params={"day": "yesterday"})
    assert odd.status_code == 422


# --- by night --------------------------------------------------------------------------------------


async def test_the_night_after_money_moved_it_is_compared_and_then_no_more(ada: World) -> None:
    await ada.rests()
    planned = await ada.rows("SELECT ref, due_at FROM due WHERE kind = $1", NIGHTLY)
    assert planned == [{"ref": "2020-09-15", "due_at": datetime(2020, 9, 15, 7, tzinfo=UTC)}]
    await ada.at("2020-09-20T12:00:00+00:00")
    days = await ada.rows("SELECT day::text, asked_by, found FROM reconciliations ORDER BY 1")
    assert days == [
        {"day": "2020-09-15", "asked_by": "night of 2020-09-15", "found": 0},
        {"day": "2020-09-16", "asked_by": "night of 2020-09-16", "found": 0},
    ]
    assert await ada.value("SELECT count(*) FROM due WHERE kind = $1", NIGHTLY) == 0
