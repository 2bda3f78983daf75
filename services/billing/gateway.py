"""The payment gateway: what billing asks of any, and what is done between two transactions.

A call that moves money carries our key; where its outcome is not known it raises `Unknown`, and is
looked up, or made again with the same key. What the gateway definitely refuses comes back as
failed. Each gateway's wire is a file of its own (`paysim.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from services.billing.commands.look_up import Look
from services.billing.commands.reconcile import Pull
from services.billing.commands.refund import RefundCall
from services.billing.domain.seen import (
    CheckoutSeen,
    DisputeSeen,
    Hint,
    Movements,
    PaymentSeen,
    RefundSeen,
)


class Gateway(Protocol):
    """What billing asks of any gateway.

    `open_checkout` raises `KeySpent` where the key stands for another page, and Conflict for an
    amount that the gateway cannot take. `read` gives None for a webhook that is about nothing that
    billing looks at. `movements` may leave out, where it begins behind none, what was before
    `since`.
    """

    async def open_checkout(
        self, key: str, amount_minor: int, currency: str, reference: str, label: str, back: str
    ) -> CheckoutSeen: ...
    async def payment(self, payment_id: str) -> PaymentSeen | None: ...
    async def refund(self, refund_id: str) -> RefundSeen | None: ...
    async def refund_by_key(self, key: str, payment_id: str) -> RefundSeen | None: ...
    async def refunds_of(self, payment_id: str) -> Sequence[RefundSeen]: ...
    async def give_back(
        self, key: str, payment_id: str, amount_minor: int, currency: str, reason: str
    ) -> RefundSeen: ...
    async def dispute(self, dispute_id: str) -> DisputeSeen | None: ...
    async def movements(
        self, after: str | None, limit: int, since: datetime | None = None
    ) -> Movements: ...
    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Hint | None: ...


class Calls:
    """The calls between two transactions, by the gateway's name."""

    def __init__(self, gateways: Mapping[str, Gateway]) -> None:
        self._gateways = gateways

    async def refund(self, call: RefundCall) -> RefundSeen | None:
        """Look first where it may have been asked before; then ask, with the same key. None where
        it may only be looked for, and is not there. Where more was asked for than is left, the
        refunds that there are come with the answer."""
        gateway = self._gateways[call.gateway]
        if call.look_first:
            made = await gateway.refund_by_key(call.key, call.payment_id)
            if made is not None:
                return made
        if call.look_only:
            return None
        made = await gateway.give_back(
            call.key, call.payment_id, call.amount_minor, call.currency, call.reason
        )
        if made.failure != "over":
            return made
        return replace(made, beside=tuple(await gateway.refunds_of(call.payment_id)))

    async def look_up(self, look: Look) -> PaymentSeen | RefundSeen | DisputeSeen | None:
        """The object that a webhook named, as the gateway has it now."""
        gateway = self._gateways[look.gateway]
        if look.kind == "payment":
            return await gateway.payment(look.object_id)
        if look.kind == "dispute":
            return await gateway.dispute(look.object_id)
        return await gateway.refund(look.object_id)

    async def movements(self, pull: Pull) -> Movements:
        """A page of what a gateway reports."""
        gateway = self._gateways[pull.gateway]
        return await gateway.movements(pull.after, pull.limit, pull.since)
