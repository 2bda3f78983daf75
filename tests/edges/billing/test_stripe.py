"""Stripe: its objects as recorded, its errors, its amounts; and billing with it, over HTTP."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from services.billing import stripe_objects, stripe_wire
from services.billing.app import build
from services.billing.domain.seen import DisputeSeen, Hint, Movement, PaymentSeen, RefundSeen
from services.billing.settings import Settings
from services.billing.stripe_amounts import AmountNotTaken, from_stripe, to_stripe
from shared.contracts.registration import RegistrationShareDue
from shared.runtime.tokens import digest_of
from stack.paysim import app as paysim
from stack.paysim import rules
from stack.paysim.deps import Settings as PaysimSettings
from stack.paysim.store import Store
from tests.edges.billing import fake_stripe
from tests.edges.billing.conftest import (
    API_KEY,
    GOOD,
    WEBHOOK_SECRET,
    Line,
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    usd,
)
from tests.edges.billing.fake_stripe import SHAPES, FakeStripe, shape
from tests.stage import OPERATOR, SECRET, StillClock

EARLY = "2020-09-20T12:00:00Z"
HOUR = timedelta(hours=1)
INTENT = "pi_3SYfQ2Lk9dWq0aXe1mT4vZ7B"
AT = datetime.fromtimestamp(1_600_084_800, UTC)


def moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


# --- objects, as recorded -------------------------------------------------------------------------


def test_a_payment_intent_is_a_payment() -> None:
    seen = stripe_objects.payment(shape("payment_intent"), moment)
    assert seen == PaymentSeen(INTENT, "succeeded", 19900, "USD", "invoice-1", None)
    seen = stripe_objects.payment(shape("declined"), moment)
    assert (seen.status, seen.reason) == ("failed", "insufficient_funds")


def test_it_was_paid_when_its_charge_was_made_not_when_the_payer_first_tried() -> None:
    charge = {"id": "ch_1", "object": "charge", "created": 1_600_084_800 + 10_500}
    intent = shape("payment_intent", latest_charge=charge)
    seen = stripe_objects.payment(intent, moment)
    assert seen.created_at == datetime.fromtimestamp(1_600_095_300, UTC)


@pytest.mark.parametrize(
    ("status", "error", "seen"),
    [
        ("requires_payment_method", None, "pending"),
        ("requires_payment_method", {"code": "card_declined"}, "failed"),
        ("requires_confirmation", None, "pending"),
        ("requires_action", {"code": "card_declined"}, "pending"),
        ("requires_capture", None, "pending"),
        ("processing", None, "pending"),
        ("canceled", None, "failed"),
        ("succeeded", {"code": "card_declined"}, "succeeded"),
        ("a status of tomorrow", None, "pending"),
    ],
)
def test_the_states_of_a_payment(status: str, error: Any, seen: str) -> None:
    found = shape("payment_intent", status=status, last_payment_error=error)
    assert stripe_objects.payment(found, moment).status == seen


def test_a_payment_of_somebody_else_has_no_reference() -> None:
    for metadata in ({}, None, {"order": "7"}):
        found = shape("payment_intent", metadata=metadata)
        assert stripe_objects.payment(found, moment).reference == ""


def test_a_refund_is_a_refund() -> None:
    assert stripe_objects.refund(shape("refund")) == RefundSeen(
        "re_3SYfQ2Lk9dWq0aXe1WxYzAbC", "succeeded", INTENT, 16900, f"refund:{INTENT}:1"
    )


@pytest.mark.parametrize(
    ("status", "reason", "seen"),
    [
        ("pending", None, ("pending", "", "")),
        ("requires_action", None, ("pending", "", "")),
        (
            "failed",
            "expired_or_canceled_card",
            ("failed", "expired_or_canceled_card", "instrument"),
        ),
        ("failed", "lost_or_stolen_card", ("failed", "lost_or_stolen_card", "instrument")),
        ("failed", "insufficient_funds", ("failed", "insufficient_funds", "balance")),
        ("failed", "declined", ("failed", "declined", "refused")),
        ("failed", None, ("failed", "", "refused")),
        ("canceled", None, ("failed", "", "refused")),
        ("succeeded", "unknown", ("succeeded", "", "")),
    ],
)
def test_the_states_of_a_refund(status: str, reason: str | None, seen: tuple[str, ...]) -> None:
    found = stripe_objects.refund(shape("refund", status=status, failure_reason=reason))
    assert (found.status, found.reason, found.failure) == seen


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        ("needs_response", "open"),
        ("under_review", "open"),
        ("appeal_under_review", "open"),
        ("won", "won"),
        ("lost", "lost"),
        ("warning_needs_response", None),
        ("warning_under_review", None),
        ("warning_closed", None),
        ("prevented", None),
    ],
)
def test_the_states_of_a_dispute_and_inquiries_that_are_none(status: str, seen: Any) -> None:
    found = stripe_objects.dispute(shape("dispute", status=status), moment)
    expected = DisputeSeen(
        "dp_1SYfQ5Lk9dWq0aXeKlMnOpQr",
        INTENT,
        19900,
        "USD",
        seen,
        "fraudulent",
        datetime.fromtimestamp(1_600_689_600, UTC),
    )
    assert found == (expected if seen else None)
    event = shape("event", type="charge.dispute.created", data={"object": {"id": "dp"}})
    event["data"]["object"]["status"] = status
    assert (stripe_objects.hint(event) is not None) is (seen is not None)


def test_a_balance_transaction_is_what_moved_and_what_stripe_keeps() -> None:
    about = {"payment_id": INTENT, "currency": "USD", "at": AT, "object_id": INTENT}
    assert list(stripe_objects.movements(shape("balance_transaction"))) == [
        Movement("txn_3SYfQ2Lk9dWq0aXe1AaBbCcD", "charge", amount_minor=19900, **about),
        Movement("txn_3SYfQ2Lk9dWq0aXe1AaBbCcD:fee", "fee", amount_minor=-607, **about),
    ]


@pytest.mark.parametrize(
    ("type_", "category", "kind"),
    [
        ("payment", "charge", "charge"),
        ("refund", "refund", "refund"),
        ("payment_refund", "refund", "refund"),
        ("refund_failure", "refund_failure", "refund_failed"),
        ("adjustment", "dispute", "dispute"),
        ("adjustment", "dispute_reversal", "dispute_won"),
        ("adjustment", "other_adjustment", "fee"),
        ("stripe_fee", "fee", "fee"),
        ("payout", "payout", "payout"),
        ("payout_failure", "payout_reversal", "payout"),
        ("a type of tomorrow", "?", "fee"),
    ],
)
def test_the_kinds_of_movements(type_: str, category: str, kind: str) -> None:
    changes = {"type": type_, "reporting_category": category, "fee": 0}
    [one] = stripe_objects.movements(shape("balance_transaction", **changes))
    assert one.kind == kind


def test_a_movement_without_a_source_is_about_itself() -> None:
    changes = {"type": "stripe_fee", "source": None, "fee": 0, "amount": -200}
    [one] = stripe_objects.movements(shape("balance_transaction", **changes))
    assert (one.object_id, one.payment_id, one.amount_minor) == (one.movement_id, "", -200)


@pytest.mark.parametrize(
    ("type_", "seen"),
    [
        ("payment_intent.succeeded", "payment.succeeded"),
        ("payment_intent.payment_failed", "payment.failed"),
        ("refund.updated", "refund.updated"),
        ("refund.failed", "refund.failed"),
        ("payment_intent.created", None),
        ("checkout.session.completed", None),
        ("charge.refunded", None),
        ("customer.created", None),
    ],
)
def test_what_billing_looks_at_and_what_it_leaves_alone(type_: str, seen: str | None) -> None:
    event = shape("event", type=type_, data={"object": shape("payment_intent")})
    expected = Hint("evt_3SYfQ2Lk9dWq0aXe1EeFfGgH", seen, INTENT) if seen else None
    assert stripe_objects.hint(event) == expected


@pytest.mark.parametrize(
    "one", json.loads((SHAPES / "errors.json").read_text()), ids=lambda o: o["what"]
)
def test_what_an_error_means(one: Any) -> None:
    assert stripe_objects.refusal(one["status"], one["error"]) == one["failure"]


@pytest.mark.parametrize(
    ("status", "error", "amount"),
    [
        (400, {"code": "amount_too_small", "param": "line_items"}, True),
        (400, {"param": "line_items[0][price_data][unit_amount]"}, True),
        (400, {"code": "parameter_invalid", "param": "line_items[0][price_data][currency]"}, True),
        (400, {"code": "url_invalid", "param": "success_url"}, False),
        (500, {"code": "amount_too_small"}, False),
        (None, {}, False),
    ],
)
def test_a_page_is_refused_for_its_amount_or_something_is_set_up_badly(
    status: int | None, error: Any, amount: bool
) -> None:
    assert stripe_objects.is_of_the_amount(status, error) is amount


def test_no_answer_and_an_answer_that_is_none_leave_it_open() -> None:
    assert stripe_objects.refusal(None, {}) == ""
    assert stripe_objects.refusal(200, {}) == ""


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [
        ("USD", 19900, 19900),
        ("EUR", 1, 1),
        ("JPY", 19900, 19900),
        ("KRW", 5, 5),
        ("KWD", 1230, 1230),
        ("BHD", 10, 10),
        ("TND", 99990, 99990),
        ("ISK", 500, 50000),
        ("UGX", 3, 300),
        ("MGA", 12300, 123),
    ],
)
def test_amounts_as_stripe_counts_them(currency: str, ours: int, theirs: int) -> None:
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency) == ours
    assert from_stripe(-theirs, currency) == -ours


@pytest.mark.parametrize(("currency", "amount"), [("KWD", 1234), ("TND", 1), ("MGA", 150)])
def test_an_amount_that_stripe_cannot_take_is_refused_and_never_rounded(
    currency: str, amount: int
) -> None:
    with pytest.raises(AmountNotTaken):
        to_stripe(amount, currency)


# --- set up ---------------------------------------------------------------------------------------

GIVEN: dict[str, Any] = {
    "database_url": "postgresql://nowhere",
    "platform_secret": SECRET,
    "gateway_url": "http://paysim.test",
    "gateway_api_key": API_KEY,
    "webhook_secret": WEBHOOK_SECRET,
}


def test_stripe_is_set_up_by_two_variables_together(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"BILLING_STRIPE_{name}", f"the {name}")
        if name == "API_KEY":
            with pytest.raises(ValidationError, match="webhook secret"):
                Settings(**GIVEN)
    settings = Settings(**GIVEN)
    assert settings.stripe_api_key == "the API_KEY"
    assert "the API_KEY" not in repr(settings)
    assert "the WEBHOOK_SECRET" not in repr(settings)
    monkeypatch.delenv("BILLING_STRIPE_API_KEY")
    with pytest.raises(ValidationError, match="API key"):
        Settings(**GIVEN)


def test_without_it_nothing_of_it_is_loaded() -> None:
    code = "import sys, services.billing.app; sys.exit('stripe' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_in_the_sandbox_its_clock_means_nothing() -> None:
    wire = stripe_wire.connect("sk_test", "whsec", sandbox=True)
    assert stripe_objects.payment(shape("payment_intent"), wire._moment).created_at is None
    assert "whsec" not in repr(wire)
    await wire.aclose()


# --- billing with it ------------------------------------------------------------------------------


@dataclass
class Both:
    """Billing, with Stripe for new pages and the simulator for what it once took."""

    world: World
    stripe: FakeStripe

    async def rests(self) -> None:
        """What is due is done, and all of Stripe's webhooks are delivered, again and again."""
        await self.world.rests()
        told = 0
        while told < len(self.stripe.events):
            for headers, body in self.stripe.events[told:]:
                assert await self.webhook(headers, body) == 200
            told = len(self.stripe.events)
            await self.world.rests()

    async def webhook(self, headers: dict[str, str], body: bytes) -> int:
        async with self.world.client() as client:
            path = "/billing/v1/webhooks/stripe"
            return (await client.post(path, content=body, headers=headers)).status_code

    async def page(self, registration_id: str = "ada") -> str:
        answer = await self.world.checkout(registration_id)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["checkout_url"]).rpartition("/")[2]


@pytest.fixture
async def both(
    database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Both]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    simulator = paysim.build(
        PaysimSettings(tmp_path, "http://paysim.test", "http://unused", WEBHOOK_SECRET, API_KEY)
    )
    simulator.state.store = store = Store(tmp_path / "paysim.sqlite", durable=False)
    line = Line(simulator)
    with fake_stripe.serving() as fake:
        given = GIVEN | {
            "database_url": database("billing"),
            "operator_key_hash": digest_of(OPERATOR),
            "role": "api",
            "public_url": "http://holdfast.test",
            "stripe_api_key": fake_stripe.KEY,
            "stripe_webhook_secret": fake_stripe.SECRET,
            "stripe_url": fake.url,
        }
        service = build(
            Settings(**given),
            http=httpx.AsyncClient(transport=line),
            clock=StillClock("2020-09-14T15:05:00Z"),
        )
        shop = httpx.AsyncClient(transport=httpx.ASGITransport(simulator))
        async with service.app.router.lifespan_context(service.app):
            world = World(service, store, line, shop)
            async with world.http, shop:
                await world.hears(course())
                yield Both(world, fake)
    store.close()


async def test_a_story_at_stripe_from_the_page_to_the_refund(both: Both) -> None:
    world = both.world
    await world.hears(requested("ada"))
    session = both.stripe.objects[await both.page()]
    [invoice] = await world.said("invoice.issued.v1")
    assert session["client_reference_id"] == invoice["invoice_id"]
    assert session["amount_total"] == 19900
    assert session["success_url"].startswith("http://holdfast.test/r/")
    both.stripe.pays(session["id"], declined="insufficient_funds")
    await both.rests()
    [failed] = await world.said("payment.failed.v1")
    assert failed["reason"] == "insufficient-funds"
    intent = both.stripe.pays(session["id"])
    await both.rests()
    [paid] = await world.said("invoice.paid.v1")
    assert [(t["tender"], t["amount"]) for t in paid["tenders"]] == [("card", usd(19900))]
    await world.hears(cancelled("ada", EARLY))
    await both.rests()
    [refund] = (await world.view("ada"))["refunds"]
    assert (refund["refund_id"], refund["status"]) == (f"refund:{intent['id']}:1", "succeeded")
    assert both.stripe.left(intent["id"]) == 3000
    assert len(await world.said("refund.settled.v1")) == 1
    assert await world.balances("ada") == {"cash:gateway": 3000, "fees": -3000}
    assert await world.broken_invariants() == []
    assert world.line.calls == [], "the simulator was not asked anything"


async def test_a_card_that_pays_hours_after_another_was_declined_paid_then(both: Both) -> None:
    """15:05 declined; 15:20 she cancels; 18:00 another card, on a page that was still open."""
    world, fake = both.world, both.stripe
    await world.hears(requested("ada"))
    session = await both.page()
    asked = world.clock.now()
    fake.now = asked.timestamp
    fake.pays(session, declined="insufficient_funds")
    await both.rests()
    await world.at("2020-09-14T15:20:00Z")
    await world.hears(cancelled("ada", "2020-09-14T15:20:00Z"))
    await world.at("2020-09-14T18:00:00Z")
    fake.now = lambda: world.clock.now().timestamp()
    assert fake.pays(session)
    await both.rests()
    [payment] = await world.rows("SELECT paid_at FROM payments WHERE state = 'succeeded'")
    assert payment["paid_at"] == datetime(2020, 9, 14, 18, tzinfo=UTC)
    assert fake.left(fake.transactions[0]["source"]["payment_intent"]) == 0
    assert await world.balances("ada") == {}


async def compared(both: Both) -> Any:
    """What a comparison says at its end."""
    world = both.world
    asked = await world.http.post("/billing/v1/reconciliation", headers={"Idempotency-Key": "k"})
    await world.at((world.clock.now() + timedelta(minutes=30)).isoformat())
    run = f"/billing/v1/reconciliation/runs/{asked.json()['run_id']}"
    shown = (await world.http.get(run)).json()
    found = (await world.http.get("/billing/v1/reconciliation")).json()
    assert shown["finished_at"] is not None
    assert found["run_id"] in {asked.json()["run_id"], None}
    return found | {"error": shown["error"]}


def pays_out(fake: FakeStripe, amount: int) -> None:
    fake._move("payout", "payout", {"id": "po_1", "currency": "usd"}, -amount)


async def test_what_an_account_did_before_us_is_not_walked_through(both: Both) -> None:
    """250 charges of a shop that was there years before, and one an hour before our first page;
    then one of ours; then what came of all of them is paid out."""
    world, fake = both.world, both.stripe
    for number in range(251):
        long_ago = number < 250
        at = datetime(2019, 9, 14, tzinfo=UTC) if long_ago else world.clock.now() - HOUR
        fake.now = at.timestamp
        charge = {"id": f"ch_old{number}", "object": "charge", "currency": "usd"}
        fake._move("charge", "charge", charge | {"payment_intent": f"pi_old{number}"}, 5000)
    fake.now = time
    await world.hears(requested("ada"))
    assert fake.pays(await both.page())
    pays_out(fake, 251 * 4970 + 19870)
    await both.rests()
    found = await compared(both)
    assert fake.asked.count(("GET", "/v1/balance_transactions")) == 2  # was there any? and a page
    kept = "SELECT count(*) FROM gateway_movements WHERE gateway = 'stripe'"
    assert await world.value(kept) == 3  # the charge, its fee and the payout
    assert (found["error"], found["findings"]) == (None, [])


async def test_of_an_account_that_was_ours_from_the_first_a_payout_is_compared(both: Both) -> None:
    await both.world.hears(requested("ada"))
    assert both.stripe.pays(await both.page())
    pays_out(both.stripe, 20000)  # of 199.00, of which Stripe keeps 0.30
    await both.rests()
    [found] = (await compared(both))["findings"]
    assert (found["kind"], found["amount"]) == ("payout-differs", usd(130))


async def test_a_gateway_that_was_never_used_is_not_asked(both: Both) -> None:
    """Stripe alone: where the simulator would be is nothing."""
    both.world.line.before = lambda _request: True
    await both.world.hears(requested("ada"))
    assert both.stripe.pays(await both.page())
    await both.rests()
    found = await compared(both)
    assert (found["error"], found["findings"]) == (None, [])
    assert both.world.line.calls == []
    assert await both.world.said("task.opened") == []


async def test_a_gateway_that_once_took_a_payment_is_asked(both: Both) -> None:
    """And none but that one."""
    world = both.world
    await world.hears(requested("ada"))
    [invoice] = await world.said("invoice.issued.v1")
    wanted = {"key": "before", "amount": 19900, "currency": "USD", "return_url": "http://x"}
    made = rules.open_checkout(world.store, wanted | {"reference": invoice["invoice_id"]}, "")
    rules.pay(world.store, made["id"], GOOD)
    await both.rests()
    world.line.before = lambda request: request.url.path == "/v1/movements"
    assert (await compared(both))["error"] == "gateway-away"
    assert both.stripe.asked == []


async def test_a_refund_that_stripe_has_only_begun_is_no_finding(both: Both) -> None:
    world, fake = both.world, both.stripe
    await world.hears(requested("ada"))
    assert fake.pays(await both.page())
    await both.rests()
    fake.pending = True
    assert (await world.goodwill("ada", amount=5000)).status_code == 202
    await both.rests()
    [refund] = (await world.view("ada"))["refunds"]
    assert refund["status"] == "submitted"
    headers = {"Idempotency-Key": "night"}
    asked = await world.http.post("/billing/v1/reconciliation", headers=headers)
    await world.at((world.clock.now() + timedelta(minutes=5)).isoformat())
    found = (await world.http.get("/billing/v1/reconciliation")).json()
    assert found["run_id"] == asked.json()["run_id"]
    assert found["findings"] == []
    fake.pending = False
    fake.fails(fake.transactions[-1]["source"]["id"], "unknown")
    await both.rests()
    assert (await world.view("ada"))["refunds"][0]["status"] == "failed"


async def test_a_refund_whose_answer_is_lost_is_made_once(both: Both) -> None:
    world = both.world
    await world.hears(requested("ada"))
    intent = both.stripe.pays(await both.page())
    await both.rests()
    both.stripe.lost = True
    await world.hears(cancelled("ada", EARLY))
    await world.outside.step()
    assert (await world.view("ada"))["refunds"][0]["status"] == "unknown"
    both.stripe.lost = False
    await world.at("2020-09-21T12:00:00Z")
    await both.rests()
    assert (await world.view("ada"))["refunds"][0]["status"] == "succeeded"
    assert both.stripe.left(intent["id"]) == 3000
    assert both.stripe.asked.count(("POST", "/v1/refunds")) == 1


async def test_what_was_given_back_after_the_backup_is_not_given_back_again(both: Both) -> None:
    """The database is of an earlier day, the share of a session is heard of once more, and Stripe
    has forgotten the key: there would be room for 49.75 of 199.00 again."""
    world, fake = both.world, both.stripe
    await world.hears(requested("ada"), confirmed("ada"))
    intent = fake.pays(await both.page())["id"]
    await both.rests()
    lost = stripe_wire.connect(fake_stripe.KEY, fake_stripe.SECRET, url=fake.url)
    await lost.give_back(f"refund:{intent}:1", intent, 4975, "USD", "share_due")
    await lost.aclose()
    fake.answers.clear()
    world.clock.time = datetime(2020, 9, 17, 10, tzinfo=UTC)
    share = {"session_id": "s3", "minutes": 120, "total_minutes": 480}
    await world.hears(of(RegistrationShareDue, "ada", requested_at="2020-09-15T10:00:00Z", **share))
    await world.outside.step()
    assert fake.left(intent) == 19900 - 4975
    [refund] = (await world.view("ada"))["refunds"]
    assert (refund["status"], refund["amount"]) == ("succeeded", usd(4975))


async def test_what_the_simulator_took_goes_back_by_it(both: Both) -> None:
    world = both.world
    await world.hears(requested("ada"))
    [invoice] = await world.said("invoice.issued.v1")
    wanted = {"key": "before", "amount": 19900, "currency": "USD", "return_url": "http://x"}
    made = rules.open_checkout(world.store, wanted | {"reference": invoice["invoice_id"]}, "")
    rules.pay(world.store, made["id"], GOOD)
    await both.rests()
    await world.hears(cancelled("ada", EARLY))
    await both.rests()
    assert world.totals() == (19900, 16900)
    assert both.stripe.asked == []


async def test_stripes_page_that_ended_is_followed_by_another(both: Both) -> None:
    await both.world.hears(requested("ada"))
    first = await both.page()
    assert await both.page() == first
    over = "UPDATE checkouts SET expires_at = now() RETURNING 1"
    assert await both.world.value(over) == 1
    both.stripe.objects[first]["status"] = "expired"
    second = await both.page()
    assert second != first
    assert both.stripe.pays(first) is None
    both.stripe.pays(second)
    await both.rests()
    assert len(await both.world.said("invoice.paid.v1")) == 1


async def test_an_amount_that_cards_cannot_be_charged_is_refused_with_a_reason(both: Both) -> None:
    world = both.world
    odd = {"amount": 1, "currency": "USD"}
    await world.hears(requested("ada", price=odd))
    answer = await world.checkout("ada")
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/amount-not-taken"


@pytest.mark.parametrize("status", [0, 500, 429, 401])
async def test_while_stripe_is_away_or_shuts_us_out_checkout_says_so(
    both: Both, status: int
) -> None:
    await both.world.hears(requested("ada"))
    both.stripe.before = status
    answer = await both.world.checkout("ada")
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/gateway-away"
    both.stripe.before = None
    await both.page()


async def test_a_webhook_is_stored_before_it_is_answered_and_only_with_a_good_signature(
    both: Both,
) -> None:
    await both.world.hears(requested("ada"))
    both.stripe.pays(await both.page())
    headers, body = both.stripe.events[0]
    assert await both.webhook({}, body) == 401
    old = {"stripe-signature": fake_stripe.signed(body, at=0)}
    assert await both.webhook(old, body) == 401
    assert await both.webhook(headers, body[:-1]) == 401
    stored = "SELECT count(*) FROM gateway_events WHERE gateway = 'stripe'"
    assert await both.world.value(stored) == 0
    for _ in range(3):
        assert await both.webhook(headers, body) == 200
    assert await both.world.value(stored) == 1
    for headers, body in both.stripe.events[1:]:  # nothing that billing looks at
        assert await both.webhook(headers, body) == 200
    assert await both.world.value(stored) == 1
