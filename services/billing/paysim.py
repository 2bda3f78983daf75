"""The wire of the payment simulator: the gateway (`gateway.py`) of laptops and tests."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
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
    KeyInUse,
    KeySpent,
    Movements,
    PaymentSeen,
    RefundSeen,
)
from services.billing.paysim_objects import code_of, dispute, hint, movement, payment, refund
from shared.errors import Unauthorized
from shared.runtime.outside import Unknown

TOLERANCE = timedelta(minutes=5)  # of a signature's age, by the wall clock
_TIMEOUT = httpx.Timeout(10, connect=5)
_SPENT = "key_reused"
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
        self, key: str, amount_minor: int, currency: str, reference: str, label: str, back: str
    ) -> CheckoutSeen:
        """A page on which to pay; the same key gives the same page."""
        body = {
            "key": key,
            "amount": amount_minor,
            "currency": currency,
            "reference": reference,
            "label": label,
            "return_url": back,
        }
        answer = await self._call("POST", "/v1/checkouts", key=key, json=body)
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and code_of(answer) == _SPENT:
            raise KeySpent(key)
        if code_of(answer) == _UNDER_WAY:
            raise KeyInUse(key)
        if not answer.is_success:
            raise Unknown(f"the gateway answered {answer.status_code}")
        made = answer.json()
        ends = datetime.fromtimestamp(int(made["expires"]), UTC)
        return CheckoutSeen(str(made["id"]), str(made["url"]), ends)

    async def payment(self, payment_id: str) -> PaymentSeen | None:
        """A payment as it stands; None where there is none."""
        found = await self._look(f"/v1/payments/{payment_id}")
        return payment(found, self._moment) if found else None

    async def refund(self, refund_id: str) -> RefundSeen | None:
        """A refund as it stands; None where there is none."""
        found = await self._look(f"/v1/refunds/{refund_id}")
        return refund(found) if found else None

    async def refund_by_key(self, key: str, payment_id: str) -> RefundSeen | None:
        """The refund that we asked for with this key, if the gateway ever heard of it."""
        found = await self._look("/v1/refunds", params={"key": key})
        items = found["items"] if found else []
        return refund(items[0]) if items else None

    async def refunds_of(self, payment_id: str) -> Sequence[RefundSeen]:
        """All refunds of a payment, whoever asked for them."""
        found = await self._look("/v1/refunds", params={"payment_id": payment_id})
        return [refund(one) for one in found["items"]] if found else []

    async def give_back(
        self, key: str, payment_id: str, amount_minor: int, currency: str, reason: str
    ) -> RefundSeen:
        """Give an amount of a payment back, once a key."""
        body = {"payment_id": payment_id, "amount": amount_minor, "reason": reason}
        answer = await self._call("POST", "/v1/refunds", key=key, json=body)
        code, failure = code_of(answer), _REFUSALS.get(answer.status_code)
        if failure and code != _UNDER_WAY:
            return RefundSeen("", "failed", payment_id, amount_minor, key, code, failure)
        if not answer.is_success:
            raise Unknown(f"the gateway answered {answer.status_code}")
        return refund(answer.json())

    async def dispute(self, dispute_id: str) -> DisputeSeen | None:
        """A dispute as it stands; None where there is none."""
        found = await self._look(f"/v1/disputes/{dispute_id}")
        return dispute(found, self._moment) if found else None

    async def movements(
        self, after: str | None, limit: int, since: datetime | None = None
    ) -> Movements:
        """What moved at the gateway, oldest first, behind the movement `after`."""
        params = {"limit": str(limit)} | ({"after": after} if after else {})
        found = await self._look("/v1/movements", params=params)
        items = tuple(movement(one) for one in found["items"]) if found else ()
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
        return hint(body)

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

    def _moment(self, seconds: int | None) -> datetime | None:
        """None in the sandbox, whose business time the simulator's clock knows nothing of."""
        return None if self.sandbox or not seconds else datetime.fromtimestamp(seconds, UTC)


def client() -> httpx.AsyncClient:
    """The connections to a gateway; proxies of the environment do not apply."""
    limits = httpx.Limits(max_connections=16, max_keepalive_connections=8)
    return httpx.AsyncClient(limits=limits, trust_env=False)
