"""The wire of Stripe (`gateway.py`): hosted pages, refunds under our keys, signed webhooks.

Its package is loaded only where Stripe is set up: it costs a laptop that has the simulator a second
and much memory. It is never asked again by itself: whoever calls knows what was asked before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from services.billing import stripe_objects as objects
from services.billing.domain.seen import (
    CheckoutSeen,
    DisputeSeen,
    Hint,
    KeyInUse,
    KeySpent,
    Movements,
    PaymentSeen,
    RefundSeen,
)
from services.billing.stripe_amounts import AmountNotTaken, to_stripe
from shared.errors import Malformed, Unauthorized
from shared.runtime.outside import Unknown

API_VERSION = "2026-10-28.endive"  # what the tests' fixtures have the shape of
_PAGE = 100  # of a list of Stripe's: the most there is
_LONGEST = 200
_NOT_THERE, _UNDER_WAY = 404, 409


def connect(api_key: str, webhook_secret: str, *, url: str = "", sandbox: bool = False) -> Stripe:
    """Stripe, by the account of the key; `url` is another address of its API."""
    import httpx
    import stripe

    stripe.enable_telemetry = False
    http = stripe.HTTPXClient(timeout=httpx.Timeout(10, connect=5))
    client = stripe.StripeClient(
        api_key,
        stripe_version=API_VERSION,
        max_network_retries=0,
        http_client=http,
        base_addresses={"api": url.rstrip("/")} if url else {},
    )
    return Stripe(client, http, stripe, webhook_secret, sandbox)


@dataclass(frozen=True)
class Stripe:
    """An account at Stripe. `sandbox`: business time has nothing to do with its clock."""

    client: Any
    http: Any
    package: Any
    webhook_secret: str = field(repr=False)
    sandbox: bool = False

    async def aclose(self) -> None:
        """Close the connections."""
        await self.http.close_async()

    async def open_checkout(
        self, key: str, amount_minor: int, currency: str, reference: str, label: str, back: str
    ) -> CheckoutSeen:
        """A page on which to pay; the same key gives the same page, which lives for a day."""
        price = {
            "currency": currency.lower(),
            "unit_amount": to_stripe(amount_minor, currency),
            "product_data": {"name": label or reference},
        }
        wanted = {
            "mode": "payment",
            "payment_method_types": ["card"],
            "line_items": [{"quantity": 1, "price_data": price}],
            "client_reference_id": reference,
            "metadata": {"reference": reference},
            "payment_intent_data": {"metadata": {"reference": reference}},
            "success_url": back,
            "cancel_url": back,
        }
        sessions = self.client.v1.checkout.sessions
        try:
            made = await sessions.create_async(wanted, {"idempotency_key": key})
        except self.package.IdempotencyError as why:
            raise KeySpent(key) from why
        except self.package.StripeError as why:
            if why.http_status == _UNDER_WAY:
                raise KeyInUse(key) from why
            if objects.is_of_the_amount(why.http_status, _error(why)):
                raise AmountNotTaken("Cards cannot be charged this amount.") from why
            raise _unknown(why) from why
        ends = datetime.fromtimestamp(made.expires_at, UTC)
        return CheckoutSeen(str(made.id), str(made.url), ends)

    async def payment(self, payment_id: str) -> PaymentSeen | None:
        """A payment as it stands; None where there is none."""
        wanted = {"expand": ["latest_charge"]}
        found = await self._look(self.client.v1.payment_intents.retrieve_async(payment_id, wanted))
        return objects.payment(found, self._moment) if found else None

    async def refund(self, refund_id: str) -> RefundSeen | None:
        """A refund as it stands; None where there is none."""
        found = await self._look(self.client.v1.refunds.retrieve_async(refund_id))
        return objects.refund(found) if found else None

    async def refund_by_key(self, key: str, payment_id: str) -> RefundSeen | None:
        """The refund that we asked for with this key: Stripe finds none by a key, so all of the
        payment are looked through."""
        return next((one for one in await self.refunds_of(payment_id) if one.key == key), None)

    async def refunds_of(self, payment_id: str) -> Sequence[RefundSeen]:
        """All refunds of a payment, whoever asked for them."""
        wanted: dict[str, Any] = {"payment_intent": payment_id, "limit": _PAGE}
        found: list[RefundSeen] = []
        while True:
            page = await self._look(self.client.v1.refunds.list_async(wanted))
            items = page["data"] if page else []
            found += map(objects.refund, items)
            if not items or not page["has_more"]:
                return found
            wanted["starting_after"] = items[-1]["id"]

    async def give_back(
        self, key: str, payment_id: str, amount_minor: int, currency: str, reason: str
    ) -> RefundSeen:
        """Give an amount of a payment back, once a key."""
        failed = RefundSeen("", "failed", payment_id, amount_minor, key)
        try:
            amount = to_stripe(amount_minor, currency)
        except AmountNotTaken as why:
            return replace(failed, reason=why.slug, failure="refused")
        marks = {"key": key, "cause": reason}
        wanted = {"payment_intent": payment_id, "amount": amount, "metadata": marks}
        try:
            made = await self.client.v1.refunds.create_async(wanted, {"idempotency_key": key})
        except self.package.StripeError as why:
            error = _error(why)
            failure = objects.refusal(why.http_status, error)
            if not failure:
                raise _unknown(why) from why
            code = str(error.get("code") or error.get("type") or "")
            return replace(failed, reason=code, failure=failure)
        return objects.refund(made.to_dict())

    async def dispute(self, dispute_id: str) -> DisputeSeen | None:
        """A dispute as it stands; None where there is none, or it is an inquiry only."""
        found = await self._look(self.client.v1.disputes.retrieve_async(dispute_id))
        return objects.dispute(found, self._moment) if found else None

    async def movements(
        self, after: str | None, limit: int, since: datetime | None = None
    ) -> Movements:
        """What moved, oldest first. Stripe tells the newest first: without a place to begin behind,
        the list is walked through back to `since`, which in the sandbox means nothing there. The
        account may have a past: what it pays out may then have moved before."""
        wanted: dict[str, Any] = {"limit": min(limit, _PAGE), "expand": ["data.source"]}
        past: Any = None
        if after:
            behind = wanted | {"ending_before": after.removesuffix(objects.FEE)}
            page = await self._look(self.client.v1.balance_transactions.list_async(behind))
            more = bool(page and page["has_more"])
        else:
            if since and not self.sandbox:
                first = int(since.timestamp())
                before = {"limit": 1, "created": {"lt": first}}
                past = await self._look(self.client.v1.balance_transactions.list_async(before))
                wanted |= {"created": {"gte": first}}
            page, more = await self._oldest(wanted)
        items = page["data"] if page else []
        found = [one for each in reversed(items) for one in objects.movements(each)]
        following = str(items[0]["id"]) if items and more else None
        return Movements(tuple(found), following, whole=not (past and past["data"]))

    async def _oldest(self, wanted: dict[str, Any]) -> tuple[Any, bool]:
        """The last page of the list, and whether there are others before it."""
        walked = False
        while True:
            page = await self._look(self.client.v1.balance_transactions.list_async(wanted))
            if not page or not page["has_more"]:
                return page, walked
            wanted, walked = wanted | {"starting_after": page["data"][-1]["id"]}, True

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Hint | None:
        """A webhook whose signature is good; raises Unauthorized, or Malformed for junk."""
        signature = headers.get("stripe-signature")
        try:
            event = self.client.construct_event(body, signature, self.webhook_secret)
            hint = objects.hint(event.to_dict())
        except self.package.SignatureVerificationError as why:
            raise Unauthorized("signature-invalid", "The webhook's signature is not good.") from why
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as why:
            raise Malformed("malformed", "The webhook is not an event.") from why
        ids = (hint.event_id, hint.object_id) if hint else ()
        if not all(isinstance(text, str) and 0 < len(text) <= _LONGEST for text in ids) or (
            "\x00" in "".join(ids)
        ):
            raise Malformed("malformed", "The webhook is not an event.")
        return hint

    async def _look(self, call: Awaitable[Any]) -> Any:
        try:
            return (await call).to_dict()
        except self.package.StripeError as why:
            if why.http_status == _NOT_THERE:
                return None
            raise _unknown(why) from why

    def _moment(self, seconds: int | None) -> datetime | None:
        """None in the sandbox, whose business time Stripe's clock knows nothing of."""
        return None if self.sandbox or not seconds else datetime.fromtimestamp(seconds, UTC)


def _error(why: Any) -> Mapping[str, Any]:
    """The error as Stripe sent it; empty where nothing of the kind came."""
    body = why.json_body if isinstance(why.json_body, dict) else {}
    error = body.get("error")
    return error if isinstance(error, dict) else {}


def _unknown(why: Any) -> Unknown:
    return Unknown(f"{type(why).__name__} ({why.http_status}) at Stripe")
