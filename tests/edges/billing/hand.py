"""The simulator with a hand in it: what a test wants a gateway to say, and nothing else changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.billing.domain.seen import DisputeSeen, Failure, RefundSeen
from tests.edges.billing.conftest import World


@dataclass
class Hand:
    """`refuses` says how the next tries to give money back are refused; the rest is the simulator's
    but for disputes, and refunds made in its dashboard, which are what a test says."""

    real: Any
    refuses: list[Failure] = field(default_factory=list)
    always: Failure = ""
    disputes: dict[str, DisputeSeen] = field(default_factory=dict)
    refunds: dict[str, RefundSeen] = field(default_factory=dict)
    hooks: list[bytes] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    async def give_back(
        self, key: str, payment_id: str, amount_minor: int, currency: str, reason: str
    ) -> RefundSeen:
        self.asked.append(key)
        how = self.refuses.pop(0) if self.refuses else self.always
        if how:
            return RefundSeen("", "failed", payment_id, amount_minor, key, f"test_{how}", how)
        return await self.real.give_back(key, payment_id, amount_minor, currency, reason)

    async def refund(self, refund_id: str) -> RefundSeen | None:
        return self.refunds.get(refund_id) or await self.real.refund(refund_id)

    async def dispute(self, dispute_id: str) -> DisputeSeen | None:
        return self.disputes.get(dispute_id) or await self.real.dispute(dispute_id)


def hand_in(world: World) -> Hand:
    gateways = world.service.app.state.gateways
    gateways["paysim"] = made = Hand(gateways["paysim"])
    return made


async def tasks(world: World) -> dict[str, str]:
    """Kind → what is to be done, of the tasks that are open."""
    opened = {task["task_id"]: task for task in await world.said("task.opened")}
    for closed in await world.said("task.closed"):
        del opened[closed["task_id"]]
    return {task["kind"]: task["what"] for task in opened.values()}


async def act(world: World, path: str, key: str, **body: Any) -> Any:
    """What staff ask for."""
    headers = {"Idempotency-Key": key}
    return await world.http.post(f"/billing/v1/{path}", json=body or None, headers=headers)
