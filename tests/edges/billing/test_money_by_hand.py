"""Whatever banks, gateways and staff do to one payment, in any order: the books hold after each."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.registration import RegistrationCancelled
from stack.paysim import balance, disputes, rules
from stack.paysim import refunds as theirs
from stack.paysim.answers import Refused
from tests.edges.billing.conftest import World, cancelled, confirmed, course, requested
from tests.edges.billing.hand import act

Act = Callable[[], Awaitable[Any]]


class Story:
    """One registration, paid by card, and what may happen to its money."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance, self.keys = world, random.Random(seed), 0

    async def one(self) -> str:
        name = self.chance.choice([n for n in dir(self) if n.startswith("then_")])
        with contextlib.suppress(Refused):  # the gateway does not allow it now
            await getattr(self, name)()
        if self.chance.random() < 0.8:
            await self.world.rests()
        return name

    async def payment(self) -> str:
        return str((await self.world.view("ada"))["payments"][0]["payment_id"])

    async def refunds(self, *states: str) -> list[str]:
        shown = (await self.world.view("ada"))["refunds"]
        return [one["refund_id"] for one in shown if one["status"] in states]

    def key(self) -> str:
        self.keys += 1
        return f"k{self.keys}"

    async def then_cancelled(self) -> None:
        at = self.world.clock.now().isoformat()
        event: RegistrationCancelled = cancelled("ada", at)
        await self.world.hears(event)

    async def then_goodwill(self) -> None:
        await self.world.goodwill("ada", self.key(), amount=self.chance.choice([100, 5000, 19900]))

    async def then_by_hand_there(self) -> None:
        wanted = {"key": self.key(), "payment_id": await self.payment(), "reason": ""}
        rules.refund(self.world.store, wanted | {"amount": self.chance.choice([100, 7000, 16900])})

    async def then_disputed(self) -> None:
        amount = self.chance.choice([None, 100, 10000])
        disputes.dispute(self.world.store, await self.payment(), amount, "fraudulent")

    async def then_decided(self) -> None:
        for dispute in self.world.store.all("dispute"):
            if self.chance.random() < 0.7:
                result = self.chance.choice(["won", "lost"])
                disputes.close(self.world.store, dispute["id"], result)

    async def then_sent_back(self) -> None:
        for refund in self.world.store.all("refund"):
            if self.chance.random() < 0.4:
                rules.settle(self.world.store, refund["id"], "failed")

    async def then_no_balance(self) -> None:
        balance.limit(self.world.store, "USD", 0)

    async def then_balance(self) -> None:
        balance.limit(self.world.store, "USD", None)

    async def then_card_ends(self) -> None:
        theirs.card_ends(self.world.store, "4242")

    async def then_tried_again(self) -> None:
        for refund in await self.refunds("failed"):
            await act(self.world, f"refunds/{refund}/retry", self.key())

    async def then_settled(self) -> None:
        for refund in await self.refunds("failed"):
            await act(self.world, f"refunds/{refund}/settle", self.key(), reference="HB")

    async def then_time(self) -> None:
        later = self.world.clock.now() + timedelta(hours=self.chance.choice([1, 8, 30, 80]))
        await self.world.at(later.isoformat())


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_to_a_payment_the_books_hold(world: World, seed: int) -> None:
    await world.hears(course(), requested("ada"))
    await world.pays("ada")
    await world.hears(confirmed("ada"))
    story, told = Story(world, seed), []
    for _ in range(14):
        told.append(await story.one())
        assert await world.broken_invariants() == [], told
        stuck = "SELECT kind, ref, attempts FROM due WHERE attempts > 2 AND due_at < 'infinity'"
        assert await world.rows(stuck) == [], told
    await world.at((world.clock.now() + timedelta(days=3)).isoformat())
    assert await world.broken_invariants() == [], told
    there = sum(one["amount"] for one in world.store.all("refund") if one["status"] != "failed")
    here = "SELECT coalesce(sum(amount_minor), 0) FROM refunds WHERE gateway = 'paysim' AND state "
    assert await world.value(here + "= 'succeeded'") == there, told
