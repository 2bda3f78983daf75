"""What billing asks of any gateway, asked of each in the same words: the simulator and Stripe."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any, Protocol

import httpx
import pytest

from services.billing import paysim as paysim_wire
from services.billing import stripe_wire
from services.billing.commands.look_up import Look
from services.billing.commands.refund import RefundCall
from services.billing.domain.seen import (
    CheckoutSeen,
    Hint,
    KeyInUse,
    KeySpent,
    Movement,
    RefundSeen,
)
from services.billing.gateway import Calls, Gateway
from services.billing.paysim import Paysim
from shared.errors import Malformed, Unauthorized
from shared.runtime.outside import Unknown
from stack.paysim import app as paysim_app
from stack.paysim import rules, webhooks
from stack.paysim.deps import Settings
from stack.paysim.faults import Faults
from stack.paysim.store import Store
from tests.edges.billing import fake_stripe
from tests.edges.billing.conftest import GOOD, POOR, Line

BACK = "https://courses.example/r/t"


class Other(Protocol):
    """What payers, banks and the dashboard do at a gateway."""

    gateway: Gateway

    def pays(self, page: CheckoutSeen, *, declined: bool = False) -> str | None: ...
    def by_hand(self, payment: str, amount: int) -> None: ...
    def fails(self, refund: str, *, card_gone: bool) -> None: ...
    def disputed(self, payment: str, amount: int) -> str: ...
    def decided(self, dispute: str, result: str) -> None: ...
    def told(self) -> list[tuple[dict[str, str], bytes]]: ...
    def signed(self, body: bytes, *, secret: str = "", age: int = 0) -> dict[str, str]: ...
    def trouble(self, what: str) -> None: ...
    def a_day_goes_by(self) -> None: ...


class Simulated:
    """The simulator, over HTTP without a socket."""

    def __init__(self, at: Path) -> None:
        app = paysim_app.build(Settings(at, "http://sim", "http://unused", "secret", "key"))
        self.store = app.state.store = Store(at / "paysim.sqlite", durable=False)
        self.line = Line(app)
        self.client = httpx.AsyncClient(transport=self.line)
        self.gateway: Gateway = Paysim("http://sim/", "key", "secret", self.client)

    def pays(self, page: CheckoutSeen, *, declined: bool = False) -> str | None:
        try:
            made = rules.pay(self.store, page.checkout_id, POOR if declined else GOOD)
        except rules.Refused:
            return None
        return str(made["id"])

    def by_hand(self, payment: str, amount: int) -> None:
        wanted = {"key": None, "payment_id": payment, "amount": amount, "reason": ""}
        rules.refund(self.store, wanted)

    def fails(self, refund: str, *, card_gone: bool) -> None:
        rules.settle(self.store, refund, "failed", "card_gone" if card_gone else "bank_returned")

    def disputed(self, payment: str, amount: int) -> str:
        return str(rules.dispute(self.store, payment, amount, "fraudulent")["id"])

    def decided(self, dispute: str, result: str) -> None:
        rules.close(self.store, dispute, result)

    def told(self) -> list[tuple[dict[str, str], bytes]]:
        bodies = [body.encode() for _, body, _ in self.store.webhooks_due(100)]
        return [(self.signed(body), body) for body in bodies]

    def signed(self, body: bytes, *, secret: str = "", age: int = 0) -> dict[str, str]:
        return {webhooks.HEADER: webhooks.sign(secret or "secret", body, int(time()) - age)}

    def trouble(self, what: str) -> None:
        self.line.mend()
        self.store.faults = Faults(rates={"slow": 1} if what == "slow" else {}, slow_seconds=0.3)
        if what == "away":
            self.line.before = lambda _request: True
        if what == "broken":
            self.store.faults = Faults(rates={"timeout_before": 1}, hang_seconds=0)
        if what == "answer lost":
            self.line.after = lambda _request: True
        if what == "no money":
            rules.limit(self.store, "USD", 0)
        if what == "no card":
            rules.card_ends(self.store, "4242")

    def a_day_goes_by(self) -> None:
        self.store.now = lambda: time() + 86_401


class Faked:
    """Stripe, over HTTP on a port."""

    def __init__(self, fake: fake_stripe.FakeStripe) -> None:
        self.fake = fake
        self.wire = stripe_wire.connect(fake_stripe.KEY, fake_stripe.SECRET, url=fake.url)
        self.gateway: Gateway = self.wire

    def pays(self, page: CheckoutSeen, *, declined: bool = False) -> str | None:
        why = "insufficient_funds" if declined else ""
        made = self.fake.pays(page.checkout_id, declined=why)
        return made["id"] if made else None

    def by_hand(self, payment: str, amount: int) -> None:
        self.fake.by_hand(payment, amount)

    def fails(self, refund: str, *, card_gone: bool) -> None:
        self.fake.fails(refund, "expired_or_canceled_card" if card_gone else "unknown")

    def disputed(self, payment: str, amount: int) -> str:
        return str(self.fake.disputed(payment, amount)["id"])

    def decided(self, dispute: str, result: str) -> None:
        self.fake.decided(dispute, result)

    def told(self) -> list[tuple[dict[str, str], bytes]]:
        return self.fake.events

    def signed(self, body: bytes, *, secret: str = "", age: int = 0) -> dict[str, str]:
        secret = secret or fake_stripe.SECRET
        return {"stripe-signature": fake_stripe.signed(body, secret=secret, at=time() - age)}

    def trouble(self, what: str) -> None:
        self.fake.before = {"away": 0, "broken": 503}.get(what)
        self.fake.lost = what == "answer lost"
        self.fake.slow = 0.3 if what == "slow" else 0
        self.fake.money = what != "no money"
        self.fake.cards = what != "no card"

    def a_day_goes_by(self) -> None:
        self.fake.now = lambda: time() + 86_401


@pytest.fixture(params=["simulator", "stripe"])
async def other(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Other]:
    if request.param == "simulator":
        simulated = Simulated(tmp_path)
        yield simulated
        await simulated.client.aclose()
        simulated.store.close()
        return
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with fake_stripe.serving() as fake:
        faked = Faked(fake)
        yield faked
        await faked.wire.aclose()


async def opened(other: Other, key: str = "checkout:1", **changes: Any) -> CheckoutSeen:
    wanted: dict[str, Any] = {
        "amount_minor": 19900,
        "currency": "USD",
        "reference": "invoice-1",
        "label": "2020-000001",
        "back": BACK,
    }
    return await other.gateway.open_checkout(key, **(wanted | changes))


async def paid(other: Other, **changes: Any) -> str:
    payment = other.pays(await opened(other, **changes))
    assert payment
    return payment


async def back(other: Other, payment: str, amount: int, key: str = "refund:1") -> RefundSeen:
    return await other.gateway.give_back(key, payment, amount, "USD", "cancelled")


async def moved(other: Other) -> list[Movement]:
    """All movements but what the gateway keeps for itself."""
    found = (await other.gateway.movements(None, 100)).items
    return [one for one in found if one.kind != "fee"]


def hints(other: Other) -> list[Hint]:
    now = datetime.now(UTC)
    read = [other.gateway.read(headers, body, now) for headers, body in other.told()]
    return [one for one in read if one is not None]


# --- pages ----------------------------------------------------------------------------------------


async def test_the_same_key_opens_the_same_page(other: Other) -> None:
    first = await opened(other)
    assert await opened(other) == first
    assert first.url.startswith("http")
    assert first.expires_at
    assert 0 <= first.expires_at.timestamp() - time() - 86_400 + 5 < 10
    assert (await opened(other, "checkout:2")).url != first.url


@pytest.mark.parametrize(
    "other_page", [{"amount_minor": 100}, {"back": f"{BACK}2"}, {"reference": "invoice-2"}]
)
async def test_a_key_of_another_page_is_spent(other: Other, other_page: dict[str, Any]) -> None:
    await opened(other)
    with pytest.raises(KeySpent):
        await opened(other, **other_page)


async def test_a_page_that_is_over_takes_nothing(other: Other) -> None:
    page = await opened(other)
    other.a_day_goes_by()
    assert other.pays(page) is None
    assert await opened(other) == page  # its key gives the page that is over: it needs another


async def test_of_two_at_the_same_moment_one_is_asked_to_come_again(other: Other) -> None:
    other.trouble("slow")
    first = asyncio.create_task(opened(other))
    await asyncio.sleep(0.1)
    with pytest.raises(KeyInUse):
        await opened(other)
    assert await first == await opened(other)


@pytest.mark.parametrize("what", ["away", "broken", "answer lost"])
async def test_whatever_is_not_known_is_said_to_be_unknown(other: Other, what: str) -> None:
    payment = await paid(other)
    other.trouble(what)
    with pytest.raises(Unknown):
        await opened(other, "checkout:2")
    with pytest.raises(Unknown):
        await back(other, payment, 100)
    for look in (
        other.gateway.payment(payment),
        other.gateway.refund("re_1"),
        other.gateway.refund_by_key("refund:1", payment),
        other.gateway.dispute("dp_1"),
        other.gateway.movements(None, 10),
    ):
        with pytest.raises(Unknown):
            await look


# --- payments -------------------------------------------------------------------------------------


async def test_a_payment_is_seen_as_it_stands(other: Other) -> None:
    payment = await paid(other)
    seen = await other.gateway.payment(payment)
    assert seen is not None
    assert (seen.payment_id, seen.status, seen.reason) == (payment, "succeeded", "")
    assert (seen.amount_minor, seen.currency, seen.reference) == (19900, "USD", "invoice-1")
    assert seen.created_at
    assert abs(seen.created_at.timestamp() - time()) < 60
    assert await other.gateway.payment("none") is None


async def test_a_declined_card_is_a_payment_that_failed_and_another_card_may_pay(
    other: Other,
) -> None:
    page = await opened(other)
    declined = other.pays(page, declined=True)
    assert declined
    seen = await other.gateway.payment(declined)
    assert seen is not None
    assert (seen.status, seen.reason) == ("failed", "insufficient_funds")
    good = other.pays(page)
    assert good
    seen = await other.gateway.payment(good)
    assert seen is not None
    assert (seen.status, seen.reason) == ("succeeded", "")
    assert [one.type for one in hints(other)] == ["payment.failed", "payment.succeeded"]


@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", 19900), ("KWD", 59700), ("ISK", 5000), ("USD", 50)]
)
async def test_an_amount_comes_back_as_it_was_asked_in_every_currency(
    other: Other, currency: str, amount: int
) -> None:
    payment = await paid(other, currency=currency, amount_minor=amount)
    seen = await other.gateway.payment(payment)
    assert seen is not None
    assert (seen.amount_minor, seen.currency) == (amount, currency)
    given = await other.gateway.give_back("r", payment, amount, currency, "cancelled")
    assert (given.status, given.amount_minor) == ("succeeded", amount)
    kinds = [(one.kind, one.amount_minor, one.currency) for one in await moved(other)]
    assert kinds == [("charge", amount, currency), ("refund", -amount, currency)]


# --- refunds --------------------------------------------------------------------------------------


async def test_a_refund_is_made_once_a_key_and_found_by_it(other: Other) -> None:
    payment = await paid(other)
    first = await back(other, payment, 16900)
    assert (first.status, first.amount_minor, first.key) == ("succeeded", 16900, "refund:1")
    assert first.payment_id == payment
    assert await back(other, payment, 16900) == first
    assert await other.gateway.refund(first.refund_id) == first
    assert await other.gateway.refund_by_key("refund:1", payment) == first
    assert await other.gateway.refund_by_key("refund:2", payment) is None
    assert await other.gateway.refund("none") is None
    assert [(one.kind, one.amount_minor) for one in await moved(other)] == [
        ("charge", 19900),
        ("refund", -16900),
    ]


async def test_no_more_goes_back_than_is_left(other: Other) -> None:
    payment = await paid(other)
    given = await back(other, payment, 16900)
    over = await back(other, payment, 3001, "refund:2")
    assert (over.status, over.failure, over.key) == ("failed", "over", "refund:2")
    assert await other.gateway.refunds_of(payment) == [given]
    call = RefundCall("it", "refund:2", payment, 3001, "USD", "cancelled", look_first=True)
    assert await Calls({"it": other.gateway}).refund(call) == replace(over, beside=(given,))
    assert (await back(other, payment, 3000, "refund:3")).status == "succeeded"


@pytest.mark.parametrize(("what", "failure"), [("no money", "balance"), ("no card", "instrument")])
async def test_why_a_refund_is_refused_is_told_and_its_key_keeps_the_answer(
    other: Other, what: str, failure: str
) -> None:
    payment = await paid(other)
    other.trouble(what)
    refused = await back(other, payment, 100)
    assert (refused.status, refused.failure, refused.refund_id) == ("failed", failure, "")
    assert (await back(other, payment, 100)).failure == failure
    if what == "no money":
        await paid(other, key="checkout:2", reference="another")
        other.trouble("")
        assert (await back(other, payment, 100)).failure == failure
        assert (await back(other, payment, 100, "refund:2")).status == "succeeded"


async def test_a_refund_of_nothing_known_is_refused(other: Other) -> None:
    assert (await back(other, "none", 100)).failure == "refused"


async def test_a_key_of_another_refund_gives_nothing(other: Other) -> None:
    payment = await paid(other)
    await back(other, payment, 100)
    assert (await back(other, payment, 200)).failure == "refused"


@pytest.mark.parametrize(("gone", "failure"), [(True, "instrument"), (False, "refused")])
async def test_a_refund_that_fails_later_says_why(other: Other, gone: bool, failure: str) -> None:
    payment = await paid(other)
    made = await back(other, payment, 100)
    other.fails(made.refund_id, card_gone=gone)
    seen = await other.gateway.refund(made.refund_id)
    assert seen is not None
    assert (seen.status, seen.failure) == ("failed", failure)
    assert seen.reason
    assert [one.kind for one in await moved(other)] == ["charge", "refund", "refund_failed"]
    told = [one.object_id for one in hints(other) if one.type.startswith("refund.")]
    assert set(told) == {made.refund_id}


async def test_a_refund_by_hand_has_no_key(other: Other) -> None:
    payment = await paid(other)
    other.by_hand(payment, 900)
    [hint] = [one for one in hints(other) if one.type.startswith("refund.")]
    seen = await other.gateway.refund(hint.object_id)
    assert seen is not None
    assert (seen.key, seen.amount_minor, seen.payment_id) == ("", 900, payment)


async def test_a_refund_whose_answer_was_lost_is_found_and_not_made_again(other: Other) -> None:
    payment = await paid(other)
    call = RefundCall("it", "refund:1", payment, 100, "USD", "cancelled", look_first=True)
    calls = Calls({"it": other.gateway})
    other.trouble("answer lost")
    with pytest.raises(Unknown):
        await back(other, payment, 100)
    other.trouble("")
    found = await calls.refund(call)
    assert found == await calls.refund(call)
    assert [one.amount_minor for one in await moved(other)] == [19900, -100]


async def test_a_refund_is_found_among_many(other: Other) -> None:
    payment = await paid(other)
    for number in range(120):
        await back(other, payment, 1, f"refund:{number}")
    for number in (0, 119):
        found = await other.gateway.refund_by_key(f"refund:{number}", payment)
        assert found is not None
        assert found.key == f"refund:{number}"


# --- disputes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", ["won", "lost"])
async def test_a_dispute_is_seen_from_its_beginning_to_its_end(other: Other, result: str) -> None:
    payment = await paid(other)
    dispute = other.disputed(payment, 5000)
    calls = Calls({"it": other.gateway})
    seen = await other.gateway.dispute(dispute)
    assert seen is not None
    assert (seen.dispute_id, seen.payment_id, seen.status) == (dispute, payment, "open")
    assert (seen.amount_minor, seen.currency, seen.reason) == (5000, "USD", "fraudulent")
    assert seen.opened_at
    assert await calls.look_up(Look("it", "dispute", dispute)) == seen
    assert (await back(other, payment, 14901)).failure == "over"
    other.decided(dispute, result)
    seen = await other.gateway.dispute(dispute)
    assert seen is not None
    assert seen.status == result
    won = [("dispute_won", 5000)] if result == "won" else []
    assert [(one.kind, one.amount_minor) for one in await moved(other)] == [
        ("charge", 19900),
        ("dispute", -5000),
        *won,
    ]
    told = [(one.type, one.object_id) for one in hints(other) if one.object_id == dispute]
    assert told == [("dispute.opened", dispute), ("dispute.closed", dispute)]
    assert await other.gateway.dispute("none") is None


# --- movements ------------------------------------------------------------------------------------


async def test_movements_are_read_oldest_first_each_once_page_by_page(other: Other) -> None:
    payments = [await paid(other, key=f"c{n}", amount_minor=100 + n) for n in range(5)]
    seen: list[Movement] = []
    after = None
    for _ in range(10):
        page = await other.gateway.movements(after, 2)
        seen += page.items
        if page.next is None:
            break
        after = page.next
    charges = [one for one in seen if one.kind == "charge"]
    assert [one.object_id for one in charges] == payments
    assert [one.payment_id for one in charges] == payments
    assert [one.amount_minor for one in charges] == [100, 101, 102, 103, 104]
    assert len({one.movement_id for one in seen}) == len(seen)
    last = seen[-1].movement_id
    assert (await other.gateway.movements(last, 10)).items == ()
    refund = await back(other, payments[0], 100)
    more = (await other.gateway.movements(last, 10)).items
    assert [(one.kind, one.object_id, one.payment_id) for one in more] == [
        ("refund", refund.refund_id, payments[0])
    ]


async def test_where_nothing_moved_there_are_no_movements(other: Other) -> None:
    page = await other.gateway.movements(None, 10)
    assert (page.items, page.next) == ((), None)


# --- webhooks -------------------------------------------------------------------------------------


async def test_only_a_webhook_with_a_good_and_fresh_signature_is_read(other: Other) -> None:
    payment = await paid(other)
    headers, body = other.told()[0]
    now = datetime.now(UTC)
    hint = other.gateway.read(headers, body, now)
    assert hint is not None
    assert (hint.type, hint.object_id) == ("payment.succeeded", payment)
    for bad in (
        {},
        dict.fromkeys(headers, ""),
        dict.fromkeys(headers, "t=é,v1=é"),
        other.signed(body, secret="another"),
        other.signed(body, age=301),
        other.signed(body + b" "),
    ):
        with pytest.raises(Unauthorized):
            other.gateway.read(bad, body, now)


@pytest.mark.parametrize(
    "change",
    [
        lambda _event: [],
        lambda event: event | {"data": None},
        lambda event: event | {"data": {"object": None, "id": None}},
        lambda event: {key: value for key, value in event.items() if key != "id"},
        lambda event: {key: value for key, value in event.items() if key != "type"},
        lambda event: event | {"id": "x" * 201},
        lambda event: event | {"id": "\x00"},
        lambda _event: "text",
        lambda _event: None,
    ],
)
async def test_junk_with_a_good_signature_is_malformed(other: Other, change: Any) -> None:
    await paid(other)
    _, body = other.told()[0]
    junk = json.dumps(change(json.loads(body))).encode()
    with pytest.raises(Malformed):
        other.gateway.read(other.signed(junk), junk, datetime.now(UTC))


@pytest.mark.parametrize("junk", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"7", b"nul"])
async def test_what_is_no_json_is_malformed(other: Other, junk: bytes) -> None:
    with pytest.raises((Malformed, Unauthorized)):
        other.gateway.read(other.signed(junk), junk, datetime.now(UTC))


async def test_a_simulator_that_hangs_is_given_up_on_and_its_work_found_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a real connection, for here it is the client that loses its patience."""
    monkeypatch.setattr(paysim_wire, "_TIMEOUT", httpx.Timeout(0.3))
    app = paysim_app.build(Settings(tmp_path, "http://sim", "http://127.0.0.1:9", "secret", "key"))
    with fake_stripe.serve(app) as url:
        async with paysim_wire.client() as client:
            wire = Paysim(url, "key", "secret", client)
            store = app.state.store
            wanted = {"key": "k", "amount": 500, "currency": "USD", "return_url": "http://x"}
            page = rules.open_checkout(store, wanted | {"reference": "r"}, url)
            payment = rules.pay(store, page["id"], GOOD)["id"]
            store.faults = Faults(rates={"timeout_after": 1}, hang_seconds=1)
            with pytest.raises(Unknown):
                await wire.give_back("refund:1", payment, 500, "USD", "cancelled")
            with pytest.raises(Unknown):  # the first is still under way
                await wire.give_back("refund:1", payment, 500, "USD", "cancelled")
            store.faults = Faults()
            found = await wire.refund_by_key("refund:1", payment)
            assert found is not None
            await asyncio.sleep(1)
            assert await wire.give_back("refund:1", payment, 500, "USD", "cancelled") == found
