"""A Stripe of our own on a real port: strict about keys, versions, amounts and the end of pages.

Its objects have the shape of the fixtures in `stripe/`. What a payer, a bank or somebody in the
dashboard does is a method; what Stripe would say of it waits in `events`.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.billing.stripe_wire import API_VERSION

KEY, SECRET = "sk_test_fake", "whsec_fake"
SHAPES = Path(__file__).with_name("stripe")


def shape(name: str, **changes: Any) -> Any:
    """A fixture, changed here and there."""
    return json.loads((SHAPES / f"{name}.json").read_text()) | changes


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    """The `Stripe-Signature` of a webhook."""
    stamp = int(time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest},v0={'0' * 64}"


class No(Exception):
    """An error of the API."""

    def __init__(self, status: int, **error: Any) -> None:
        super().__init__(error.get("message", ""))
        self.status, self.error = status, {"type": "invalid_request_error"} | error


class FakeStripe:
    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.transactions: list[Any] = []  # oldest first
        self.events: list[tuple[dict[str, str], bytes]] = []
        self.answers: dict[str, tuple[Any, int, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        self.now: Callable[[], float] = time
        self.before: int | None = None  # a status answered before anything is done; 0: no answer
        self.lost = False  # the work is done, and the answer never arrives
        self.slow = 0.0
        self.money = True
        self.cards = True
        self.pending = False  # refunds are begun, and take days
        self.url = ""
        self._under_way: set[str] = set()

    # --- the API ----------------------------------------------------------------------------------

    async def answer(self, request: Request) -> Response:
        self.asked.append((request.method, request.url.path))
        raw = (await request.body()).decode() if request.method == "POST" else request.url.query
        key = request.headers.get("idempotency-key", "")
        if self.before is not None:
            if not self.before:
                return Nothing()
            return JSONResponse({"error": {"type": "api_error", "message": "no"}}, self.before)
        try:
            if key in self._under_way:
                raise No(409, type="idempotency_error", code="idempotency_key_in_use")
            self._under_way.add(key)
            await asyncio.sleep(self.slow)
            status, body = self._once(request, key, nested(raw))
        except No as why:
            status, body = why.status, {"error": why.error}
        finally:
            self._under_way.discard(key)
        return Nothing() if self.lost else JSONResponse(body, status)

    def _once(self, request: Request, key: str, wanted: Any) -> tuple[int, Any]:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise No(401, message="Invalid API Key provided")
        assert request.headers["stripe-version"] == API_VERSION
        if request.method == "GET":
            return 200, self._get(request.url.path.removeprefix("/v1/"), wanted)
        assert key, "every POST has a key"
        same = [request.url.path, wanted]
        if key in self.answers:
            first, status, body = self.answers[key]
            if first != same:
                raise No(400, type="idempotency_error", message="same parameters")
            return status, body
        try:
            status, body = 200, self._post(request.url.path.removeprefix("/v1/"), wanted)
        except No as why:
            status, body = why.status, {"error": why.error}
        self.answers[key] = same, status, json.loads(json.dumps(body))
        return status, body

    def _get(self, path: str, wanted: Any) -> Any:
        what, _, identity = path.partition("/")
        if identity:
            if identity not in self.objects:
                raise No(404, code="resource_missing", param="id")
            found = self.objects[identity]
            if "latest_charge" in wanted.get("expand", {}).values():
                return found | {"latest_charge": self.objects.get(found["latest_charge"])}
            return found
        if what == "refunds":
            mine = [
                one
                for one in self._all("refund")
                if one["payment_intent"] == wanted["payment_intent"]
            ]
            return page(list(reversed(mine)), wanted)
        assert what == "balance_transactions"
        created = wanted.get("created", {})
        first, end = int(created.get("gte", 0)), float(created.get("lt", "inf"))
        there = [one for one in self.transactions if first <= one["created"] < end]
        return page(list(reversed(there)), wanted)

    def _post(self, path: str, wanted: Any) -> Any:
        return self._session(wanted) if path == "checkout/sessions" else self._refund(wanted)

    def _session(self, wanted: Any) -> Any:
        [line] = wanted["line_items"].values()
        price = line["price_data"]
        amount, currency = int(price["unit_amount"]), price["currency"]
        assert currency == currency.lower()
        assert price["product_data"]["name"]
        assert wanted["mode"] == "payment"
        if amount < 50 and currency == "usd":
            raise No(400, code="amount_too_small", param="line_items")
        identity = self._id("cs_test")
        return self._put(
            shape(
                "session",
                id=identity,
                amount_total=amount,
                currency=currency,
                client_reference_id=wanted["client_reference_id"],
                metadata=wanted["metadata"],
                success_url=wanted["success_url"],
                cancel_url=wanted["cancel_url"],
                created=int(self.now()),
                expires_at=int(self.now()) + 86_400,
                url=f"https://checkout.stripe.test/c/pay/{identity}",
            )
            | {"_intent": wanted["payment_intent_data"]["metadata"]}
        )

    def _refund(self, wanted: Any) -> Any:
        intent = self.objects.get(wanted["payment_intent"])
        if intent is None or intent["status"] != "succeeded":
            raise No(404, code="resource_missing", param="intent")
        amount = int(wanted["amount"])
        if amount > self.left(intent["id"]):
            raise No(400, param="amount", message="greater than unrefunded amount")
        if not self.money:
            raise No(400, code="balance_insufficient")
        if not self.cards:
            raise No(402, type="card_error", code="expired_card")
        return self._refunded(intent, amount, wanted.get("metadata") or {})

    def _refunded(self, intent: Any, amount: int, metadata: Any) -> Any:
        made = shape(
            "refund",
            id=self._id("re"),
            amount=amount,
            currency=intent["currency"],
            payment_intent=intent["id"],
            charge=intent["latest_charge"],
            metadata=metadata,
            created=int(self.now()),
            **({"status": "pending"} if self.pending else {}),
        )
        self._move("refund", "refund", made, -amount)
        self._say("refund.created", self._put(made))
        return made

    # --- what others do ---------------------------------------------------------------------------

    def pays(self, session_id: str, *, declined: str = "") -> Any:
        """A card is put into a page; None where the page is over."""
        session = self.objects[session_id]
        if session["status"] != "open" or session["expires_at"] <= self.now():
            return None
        intent = self.objects.get(session["payment_intent"] or "") or shape(
            "payment_intent",
            id=self._id("pi"),
            amount=session["amount_total"],
            amount_received=0,
            currency=session["currency"],
            metadata=session["_intent"],
            created=int(self.now()),
        )
        session["payment_intent"] = intent["id"]
        if declined:
            error = shape("declined")["last_payment_error"] | {"decline_code": declined}
            intent |= {"status": "requires_payment_method", "last_payment_error": error}
            self._say("payment_intent.payment_failed", self._put(intent))
            return intent
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        intent |= {"last_payment_error": None, "latest_charge": self._id("ch")}
        session |= {"status": "complete", "payment_status": "paid"}
        charge = {"id": intent["latest_charge"], "object": "charge", "payment_intent": intent["id"]}
        self._put(charge | {"created": int(self.now())})
        self._move("charge", "charge", charge | {"currency": intent["currency"]}, intent["amount"])
        self._say("payment_intent.succeeded", self._put(intent))
        self._say("charge.succeeded", charge)
        self._say("checkout.session.completed", session)
        return intent

    def by_hand(self, payment_id: str, amount: int) -> Any:
        return self._refunded(self.objects[payment_id], amount, {})

    def fails(self, refund_id: str, reason: str) -> None:
        made = self.objects[refund_id]
        made |= {"status": "failed", "failure_reason": reason}
        self._move("refund_failure", "refund_failure", made, made["amount"])
        self._say("refund.failed", made)
        self._say("charge.refund.updated", made)

    def disputed(self, payment_id: str, amount: int, status: str = "needs_response") -> Any:
        intent = self.objects[payment_id]
        made = shape(
            "dispute",
            id=self._id("dp"),
            amount=amount,
            currency=intent["currency"],
            payment_intent=payment_id,
            charge=intent["latest_charge"],
            status=status,
        )
        if not status.startswith("warning"):
            self._move("adjustment", "dispute", made, -amount)
        self._say("charge.dispute.created", self._put(made))
        return made

    def decided(self, dispute_id: str, result: str) -> None:
        made = self.objects[dispute_id]
        made["status"] = result
        if result == "won":
            self._move("adjustment", "dispute_reversal", made, made["amount"])
        self._say("charge.dispute.closed", made)

    def left(self, payment_id: str) -> int:
        taken = [
            one["amount"]
            for one in [*self._all("refund"), *self._all("dispute")]
            if one["payment_intent"] == payment_id and one["status"] not in {"failed", "won"}
        ]
        return int(self.objects[payment_id]["amount"]) - sum(taken)

    # --- the rest ---------------------------------------------------------------------------------

    def _all(self, kind: str) -> list[Any]:
        return [one for one in self.objects.values() if one["object"] == kind]

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{len(self.objects) + len(self.transactions) + len(self.events) + 1:06}"

    def _put(self, made: Any) -> Any:
        self.objects[made["id"]] = made
        return made

    def _move(self, kind: str, category: str, source: Any, amount: int) -> None:
        self.transactions.append(
            shape(
                "balance_transaction",
                id=f"txn_{len(self.transactions) + 1:06}",
                amount=amount,
                currency=source["currency"],
                fee=30 if kind == "charge" else 0,
                reporting_category=category,
                type=kind,
                source=dict(source),
                created=int(self.now()),
            )
        )

    def _say(self, kind: str, about: Any) -> None:
        event = shape("event", id=f"evt_{len(self.events) + 1:06}", type=kind)
        body = json.dumps(event | {"data": {"object": about}}).encode()
        self.events.append(({"stripe-signature": signed(body)}, body))


class Nothing(Response):
    """The connection ends in the middle of the answer."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def page(newest_first: list[Any], wanted: Any) -> Any:
    """A list as Stripe pages it: newest first, behind one object or before another."""
    limit = int(wanted.get("limit", 10))
    ids = [one["id"] for one in newest_first]
    if before := wanted.get("ending_before"):
        newer = newest_first[: ids.index(before)]
        found, more = newer[-limit:], len(newer) > limit
    else:
        start = ids.index(wanted["starting_after"]) + 1 if "starting_after" in wanted else 0
        found, more = newest_first[start : start + limit], len(newest_first) > start + limit
    return {"object": "list", "data": found, "has_more": more, "url": "/v1/…"}


def nested(text: str) -> Any:
    """`a[b][0]=c` as dictionaries within dictionaries."""
    made: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        *way, last = re.findall(r"[^\[\]]+", name)
        place = made
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return made


@contextlib.contextmanager
def serve(app: Any) -> Iterator[str]:
    """The address of an application on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        threading.Event().wait(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@contextlib.contextmanager
def serving() -> Iterator[FakeStripe]:
    """A Stripe on a port of its own."""
    fake = FakeStripe()
    route = Route("/{path:path}", fake.answer, methods=["GET", "POST"])
    with serve(Starlette(routes=[route])) as fake.url:
        yield fake
