import hashlib
import hmac
import json
import sqlite3
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from fastapi.testclient import TestClient

from stack.paysim import refunds, rules, webhooks
from stack.paysim.app import build
from stack.paysim.deps import Settings
from stack.paysim.store import Store
from stack.paysim.webhooks import pause

SECRET = "a-webhook-secret"
KEY = {"Authorization": "Bearer the-key"}


class Shop:
    """Takes webhooks; answers with `status`."""

    def __init__(self):
        self.status, self.tries = 200, 0
        self.taken: list[tuple[str, bytes]] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                shop.tries += 1
                if shop.status == 200:
                    shop.taken.append((self.headers["paysim-signature"], body))
                self.send_response(shop.status)
                self.end_headers()

            def log_message(self, *args):
                """Keep the test's output clean."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count):
        until = time.monotonic() + 5
        while len(self.taken) < count and time.monotonic() < until:
            time.sleep(0.01)
        return [json.loads(body) for _, body in self.taken]

    def told(self, count):
        """So many different events, each once: one whose answer was not noted before a restart
        comes again after it."""
        until = time.monotonic() + 5
        while len({body for _, body in self.taken}) < count and time.monotonic() < until:
            time.sleep(0.01)
        return [json.loads(body) for body in dict.fromkeys(body for _, body in self.taken)]


@pytest.fixture
def shop():
    one = Shop()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def settings(tmp_path, shop):
    return Settings(tmp_path, "http://door/paysim", shop.url, SECRET, "the-key")


@pytest.fixture
def simulator(settings):
    with TestClient(build(settings), follow_redirects=False) as client:
        yield client


def checkout(simulator, key="invoice-1", amount=19900):
    body = {
        "amount": amount,
        "currency": "USD",
        "reference": "registration-1",
        "return_url": "http://door/r/token",
    }
    return simulator.post("/v1/checkouts", json=body, headers=KEY | {"Idempotency-Key": key})


def pay(simulator, made, card="4242 4242 4242 4242"):
    return simulator.post(f"/pay/{made['id']}", data={"card": card})


def refund(simulator, payment_id, amount, key="refund-1"):
    body = {"payment_id": payment_id, "amount": amount, "reason": "cancelled"}
    return simulator.post("/v1/refunds", json=body, headers=KEY | {"Idempotency-Key": key})


def test_a_checkout_is_opened_once_per_key_and_its_address_goes_through_the_front_door(simulator):
    first, second = checkout(simulator).json(), checkout(simulator).json()
    assert first == second
    assert first["url"] == f"http://door/paysim/pay/{first['id']}"
    assert checkout(simulator, amount=100).status_code == 422


def test_without_the_key_the_api_is_closed(simulator):
    assert simulator.get("/v1/totals").status_code == 401
    assert simulator.get("/v1/totals", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_good_card_pays_once_and_leads_back_to_the_shop(simulator, shop):
    made = checkout(simulator).json()
    for _ in range(2):
        answer = pay(simulator, made)
        assert (answer.status_code, answer.headers["location"]) == (303, "http://door/r/token")
    totals = simulator.get("/v1/totals", headers=KEY).json()
    assert (totals["captured"], totals["refunded"]) == (19900, 0)
    [event] = shop.wait(1)
    assert event["type"] == "payment.succeeded"
    assert event["data"]["reference"] == "registration-1"
    assert event["data"]["amount"] == 19900


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("4000000000000002", "Your card was declined."),
        ("4000000000009995", "Your card has insufficient funds."),
        ("1234", "This is not one of the test cards."),
    ],
)
def test_a_bad_card_shows_the_form_again_with_the_reason(simulator, shop, card, reason):
    made = checkout(simulator).json()
    answer = pay(simulator, made, card)
    assert answer.status_code == 200
    assert reason in answer.text
    assert 'name="card"' in answer.text
    [event] = shop.wait(1)
    assert event["type"] == "payment.failed"
    assert event["data"]["failure_message"] == reason
    assert pay(simulator, made).status_code == 303


def test_webhooks_are_signed_over_time_and_body(simulator, shop):
    pay(simulator, checkout(simulator).json())
    shop.wait(1)
    header, body = shop.taken[0]
    stamp, digest = (part.split("=")[1] for part in header.split(","))
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert digest == expected
    assert abs(time.time() - int(stamp)) < 60


def test_no_more_goes_back_than_came_in(simulator):
    made = checkout(simulator).json()
    pay(simulator, made)
    payment = simulator.get(f"/v1/checkouts/{made['id']}", headers=KEY).json()["payment_id"]
    assert refund(simulator, payment, 16900).json()["status"] == "succeeded"
    refused = refund(simulator, payment, 3001, "refund-2")
    assert (refused.status_code, refused.json()["code"]) == (409, "over_refund")
    assert refund(simulator, payment, 3000, "refund-3").status_code == 200
    assert simulator.get("/v1/totals", headers=KEY).json()["refunded"] == 19900


def test_a_refund_is_made_once_per_key_and_can_be_found_by_it(simulator):
    made = checkout(simulator).json()
    pay(simulator, made)
    [payment] = simulator.get("/v1/payments?reference=registration-1", headers=KEY).json()["items"]
    first = refund(simulator, payment["id"], 100).json()
    assert refund(simulator, payment["id"], 100).json() == first
    assert refund(simulator, payment["id"], 200).status_code == 422
    assert simulator.get("/v1/refunds?key=refund-1", headers=KEY).json()["items"] == [first]
    assert simulator.get("/v1/refunds?key=other", headers=KEY).json()["items"] == []


def test_a_refund_that_fails_later_opens_the_debt_again(simulator, shop):
    made = checkout(simulator).json()
    pay(simulator, made)
    [payment] = simulator.get("/v1/payments", headers=KEY).json()["items"]
    done = refund(simulator, payment["id"], 19900).json()
    simulator.post(f"/v1/test/refunds/{done['id']}/fail", headers=KEY)
    types = [one["type"] for one in shop.wait(3)]
    assert sorted(types) == ["payment.succeeded", "refund.failed", "refund.succeeded"]
    assert simulator.get("/v1/totals", headers=KEY).json()["refunded"] == 0


def test_a_webhook_is_tried_until_it_is_taken_also_after_a_restart(settings, shop):
    shop.status = 500
    with TestClient(build(settings), follow_redirects=False) as first:
        pay(first, checkout(first).json())
        until = time.monotonic() + 5
        while shop.tries < 2 and time.monotonic() < until:
            time.sleep(0.01)
        assert shop.tries >= 2
        assert first.get("/quiet").json() == {"pending_webhooks": 1}
    shop.status = 200
    with TestClient(build(settings)) as second:
        [event] = shop.wait(1)
        assert event["type"] == "payment.succeeded"
        assert second.get("/v1/totals", headers=KEY).json()["captured"] == 19900
        until = time.monotonic() + 5
        while second.get("/quiet").json() != {"pending_webhooks": 0}:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_the_pause_between_tries_grows_and_has_an_end():
    assert [pause(n) for n in (0, 1, 2, 3, 6, 7, 50)] == [0.25, 0.5, 1.0, 2.0, 16.0, 30.0, 30.0]


def test_a_page_of_no_checkout_says_that_nothing_was_taken(simulator):
    for answer in (simulator.get("/pay/co_x"), simulator.post("/pay/co_x", data={"card": "4"})):
        assert answer.status_code == 404
        assert "Nothing was taken" in answer.text


def test_a_checkout_cannot_lead_back_into_a_script(simulator):
    body = {"amount": 1, "currency": "USD", "reference": "r", "return_url": "javascript:alert(1)"}
    answer = simulator.post("/v1/checkouts", json=body, headers=KEY | {"Idempotency-Key": "k"})
    assert answer.status_code == 422


def test_an_error_of_its_file_ends_neither_webhooks_nor_the_refund_that_was_to_settle(
    simulator, shop, monkeypatch
):
    monkeypatch.setattr(refunds, "SETTLES_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(webhooks, "AFTER_TROUBLE_SECONDS", 0.01)
    made = checkout(simulator).json()
    pay(simulator, made, rules.REFUND_PENDING)
    shop.wait(1)
    troubles, say = [], Store.say

    def busy_once(store, what, body):
        if not troubles:
            troubles.append(what)
            raise sqlite3.OperationalError("database is locked")
        say(store, what, body)

    [payment] = simulator.get("/v1/payments", headers=KEY).json()["items"]
    monkeypatch.setattr(Store, "say", busy_once)
    assert refund(simulator, payment["id"], 19900).json()["status"] == "pending"
    assert [one["type"] for one in shop.wait(2)] == ["payment.succeeded", "refund.succeeded"]
    assert troubles == ["refund.succeeded"]


def trouble(simulator, **rates):
    quick = {"later_seconds": 600, "hang_seconds": 0}
    body = {"seed": 7, "rates": rates} | quick
    assert simulator.put("/v1/test/faults", json=body, headers=KEY).status_code == 200


def test_a_webhook_that_was_lost_is_delivered_once_it_is_found(simulator, shop):
    trouble(simulator, webhook_lost_then_found=1)
    pay(simulator, checkout(simulator).json())
    time.sleep(0.3)
    assert shop.tries == 0
    assert simulator.get("/quiet").json() == {"pending_webhooks": 1}
    simulator.post("/v1/test/happen", headers=KEY)
    assert [one["type"] for one in shop.wait(1)] == ["payment.succeeded"]


def test_a_webhook_that_comes_twice_has_one_id_and_two_good_signatures(simulator, shop):
    trouble(simulator, webhook_duplicate=1)
    pay(simulator, checkout(simulator).json())
    first, second = shop.wait(2)
    assert first == second
    for header, body in shop.taken:
        stamp = int(header.split(",")[0].removeprefix("t="))
        assert header == webhooks.sign(SECRET, body, stamp)


def test_faults_and_what_is_to_happen_outlive_a_restart(settings, shop):
    with TestClient(build(settings), follow_redirects=False) as first:
        trouble(first, refund_fails_later=1)
        pay(first, checkout(first).json())
        [payment] = first.get("/v1/payments", headers=KEY).json()["items"]
        assert refund(first, payment["id"], 100).json()["status"] == "succeeded"
        shop.wait(2)
    with TestClient(build(settings)) as second:
        assert second.get("/v1/test/faults", headers=KEY).json()["rates"] == {
            "refund_fails_later": 1
        }
        assert second.post("/v1/test/happen", headers=KEY).json() == {"happened": 1}
        assert [one["type"] for one in shop.told(3)][2:] == ["refund.failed"]


def test_days_that_ended_are_paid_out_by_itself_once(settings, tmp_path, shop):
    yesterday = time.time() - 86_400
    store = Store(tmp_path / "paysim.sqlite", now=lambda: yesterday)
    wanted = {"key": "k", "amount": 500, "currency": "USD", "reference": "r", "return_url": "x"}
    rules.pay(store, rules.open_checkout(store, wanted, "")["id"], "4242424242424242")
    store.close()
    day = time.strftime("%Y-%m-%d", time.gmtime(yesterday))
    for _ in range(2):
        with TestClient(build(settings)) as simulator:
            until, items = time.monotonic() + 5, []
            while not items and time.monotonic() < until:
                found = simulator.get("/v1/payouts", params={"day": day}, headers=KEY).json()
                items = found["items"]
            assert [(one["amount"], one["movements"]) for one in items] == [(500, 1)]
            moved = simulator.get("/v1/movements", headers=KEY).json()["items"]
            assert [one["kind"] for one in moved] == ["charge", "payout"]
