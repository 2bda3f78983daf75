"""The wire of the payment simulator: the gateway (`gateway.py`) of laptops and tests."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx

from services.billing.domain.seen import (
    CheckoutSeen,
    DisputeSeen,
    Failure,
    Hint,
    Movement,
    Movements,
    PaymentSeen,
    RefundSeen,
)
from shared.errors import Malformed, Unauthorized
from shared.runtime.outside import Unknown

TOLERANCE = timedelta(minutes=5)  # of a signature's age, by the wall clock
_TIMEOUT = httpx.Timeout(10, connect=5)
_GONE = frozenset({"card_gone", "account_closed"})
_UNDER_WAY = "key_in_use"  # the same request, of another of our processes
_REFUSALS: Mapping[int, Failure] = {  # of a refund: it will never be made with this key
    400: "refused",
    402: "balance",
    404: "refused",
    409: "over",
    410: "instrument",
    422: "refused",
}


@dataclass(frozen=True)
class Paysim:
    """The payment simulator. `sandbox`: business time has nothing to do with its clock."""

    url: str
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    client: httpx.AsyncClient
    sandbox: bool = False

    async def open_checkout(
        self, key: str, amount_minor: int, currency: str, reference: str, return_url: str
    ) -> CheckoutSeen:
        """A page on which to pay; the same key gives the same page."""
        body = {
            "key": key,
            "amount": amount_minor,
            "currency": currency,
            "reference": reference,
            "return_url": return_url,
        }
        answer = await self._call("POST", "/v1/checkouts", key=key, json=body)
        if not answer.is_success:
            raise Unknown(f"the gateway answered {answer.status_code}")
        made = answer.json()
        return CheckoutSeen(str(made["id"]), str(made["url"]))

    async def payment(self, payment_id: str) -> PaymentSeen | None:
        """A payment as it stands; None where there is none."""
        found = await self._look(f"/v1/payments/{payment_id}")
        return self._payment(found) if found else None

    async def refund(self, refund_id: str) -> RefundSeen | None:
        """A refund as it stands; None where there is none."""
        found = await self._look(f"/v1/refunds/{refund_id}")
        return _refund(found) if found else None

    async def refund_by_key(self, key: str, payment_id: str) -> RefundSeen | None:
        """The refund that we asked for with this key, if the gateway ever heard of it."""
        found = await self._look("/v1/refunds", params={"key": key})
        items = found["items"] if found else []
        return _refund(items[0]) if items else None

    async def give_back(
        self, key: str, payment_id: str, amount_minor: int, currency: str, reason: str
    ) -> RefundSeen:
        """Give an amount of a payment back, once a key."""
        body = {"payment_id": payment_id, "amount": amount_minor, "reason": reason}
        answer = await self._call("POST", "/v1/refunds", key=key, json=body)
        code, failure = _code(answer), _REFUSALS.get(answer.status_code)
        if failure and code != _UNDER_WAY:
            return RefundSeen("", "failed", payment_id, amount_minor, key, code, failure)
        if not answer.is_success:
            raise Unknown(f"the gateway answered {answer.status_code}")
        return _refund(answer.json())

    async def dispute(self, dispute_id: str) -> DisputeSeen | None:
        """A dispute as it stands; None where there is none."""
        found = await self._look(f"/v1/disputes/{dispute_id}")
        return self._dispute(found) if found else None

    async def movements(self, after: str | None, limit: int) -> Movements:
        """What moved at the gateway, oldest first, behind the movement `after`."""
        params = {"limit": str(limit)} | ({"after": after} if after else {})
        found = await self._look("/v1/movements", params=params)
        items = tuple(_movement(one) for one in found["items"]) if found else ()
        return Movements(items, found.get("next") if found else None)

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Hint:
        """A webhook whose signature is good; raises Unauthorized, or Malformed for junk."""
        parts = dict(
            part.split("=", 1)
            for part in headers.get("paysim-signature", "").split(",")
            if "=" in part
        )
        said = parts.get("t", "")
        given = parts.get("v1", "").encode("utf-8", "replace")
        secret = self.webhook_secret.encode()
        genuine = hmac.new(secret, said.encode("utf-8", "replace") + b"." + body, sha256)
        if not hmac.compare_digest(genuine.hexdigest().encode(), given):
            raise Unauthorized("signature-invalid", "The webhook's signature is not good.")
        if not said.isdecimal() or abs(now.timestamp() - int(said)) > TOLERANCE.total_seconds():
            raise Unauthorized("signature-too-old", "The webhook was signed too long ago.")
        return _hint(body)

    async def _look(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        answer = await self._call("GET", path, params=params)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success:
            raise Unknown(f"the gateway answered {answer.status_code}")
        return answer.json()

    async def _call(
        self, method: str, path: str, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            return await self.client.request(
                method, self.url.rstrip("/") + path, headers=headers, timeout=_TIMEOUT, **more
            )
        except httpx.HTTPError as why:
            raise Unknown(f"{type(why).__name__} at the gateway") from why

    def _dispute(self, found: Mapping[str, Any]) -> DisputeSeen:
        return DisputeSeen(
            dispute_id=str(found["id"]),
            payment_id=str(found["payment_id"]),
            amount_minor=int(found["amount"]),
            currency=str(found["currency"]),
            status=found["status"],
            reason=str(found.get("reason") or ""),
            opened_at=self._moment(found.get("opened")),
            closed_at=self._moment(found.get("closed")),
        )

    def _moment(self, seconds: int | None) -> datetime | None:
        """None in the sandbox, whose business time the simulator's clock knows nothing of."""
        return None if self.sandbox or not seconds else datetime.fromtimestamp(seconds, UTC)

    def _payment(self, found: Mapping[str, Any]) -> PaymentSeen:
        return PaymentSeen(
            payment_id=str(found["id"]),
            status=found["status"],
            amount_minor=int(found["amount"]),
            currency=str(found["currency"]),
            reference=str(found["reference"]),
            created_at=self._moment(int(found["created"])),
            reason=str(found.get("failure_code") or ""),
        )


def client() -> httpx.AsyncClient:
    """The connections to a gateway; proxies of the environment do not apply."""
    limits = httpx.Limits(max_connections=16, max_keepalive_connections=8)
    return httpx.AsyncClient(limits=limits, trust_env=False)


def _refund(found: Mapping[str, Any]) -> RefundSeen:
    return RefundSeen(
        refund_id=str(found["id"]),
        status=found["status"],
        payment_id=str(found["payment_id"]),
        amount_minor=int(found["amount"]),
        key=str(found.get("key") or ""),
        reason=str(found.get("failure_message") or ""),
        failure=_failure(found),
    )


def _failure(found: Mapping[str, Any]) -> Failure:
    """Why one that was made failed after all."""
    if found["status"] != "failed":
        return ""
    return "instrument" if found.get("failure_code") in _GONE else "refused"


def _movement(found: Mapping[str, Any]) -> Movement:
    return Movement(
        movement_id=str(found["id"]),
        kind=found["kind"],
        object_id=str(found["object_id"]),
        payment_id=str(found.get("payment_id") or ""),
        amount_minor=int(found["amount"]),
        currency=str(found["currency"]),
        at=datetime.fromtimestamp(int(found["created"]), UTC),
    )


def _hint(body: bytes) -> Hint:
    try:
        event = json.loads(body)
        hint = Hint(str(event["id"]), str(event["type"]), str(event["data"]["id"]))
    except (ValueError, KeyError, TypeError, RecursionError) as why:
        raise Malformed("malformed", "The webhook is not an event.") from why
    if any(
        "\x00" in text or len(text) > 200 or not text
        for text in (hint.event_id, hint.type, hint.object_id)
    ):
        raise Malformed("malformed", "The webhook is not an event.")
    return hint


def _code(answer: httpx.Response) -> str:
    if answer.is_success:
        return ""
    try:
        return str(answer.json().get("code") or answer.status_code)
    except (ValueError, AttributeError):
        return str(answer.status_code)
