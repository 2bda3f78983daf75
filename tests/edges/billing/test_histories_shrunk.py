"""The same histories as a state machine, small: what breaks is shrunk to the fewest steps.

`test_histories.py` finds by numbers; this one explains. Each rule is a step of one registration and
its gateway; the invariants are asked after every one of them.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from shared.contracts.registration import RegistrationShareDue
from stack.paysim import rules
from stack.paysim.later import everything
from tests.edges.billing.conftest import GOOD, World, cancelled, confirmed, of, requested, world_of
from tests.edges.billing.quotes_hold import Quotes

SESSIONS = ["s1", "s2", "s3", "s4"]
amounts = st.sampled_from([1, 500, 3000, 19900])


def machine(database: Any) -> type[RuleBasedStateMachine]:
    """The machine of a test, which gives it databases."""

    class Registration(RuleBasedStateMachine):
        """One registration for 199.00, whatever is done to it."""

        def __init__(self) -> None:
            super().__init__()
            self.loop = asyncio.new_event_loop()
            self.open = AsyncExitStack()
            self.shares: list[str] = []
            self.ended = False
            self.quotes = Quotes()
            self.world: World = self.do(self._begin())
            self.hear(requested("ada"))

        async def _begin(self) -> World:
            place = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
            made = world_of(database("billing"), place, one_clock=True, log_level="ERROR")
            return await self.open.enter_async_context(made)

        def do(self, work: Coroutine[Any, Any, Any]) -> Any:
            return self.loop.run_until_complete(work)

        def hear(self, *events: Any) -> None:
            assert "dead" not in self.do(self.world.hears(*events))

        def teardown(self) -> None:
            self.do(self._comes_to_rest())
            self.do(self.open.aclose())
            self.loop.close()

        async def _comes_to_rest(self) -> None:
            for _ in range(3):
                everything(self.world.store)
                self.world.clock.time += timedelta(days=2)
                await self.world.rests()
            assert await self.world.broken_invariants() == []
            totals = rules.totals(self.world.store)
            kept = totals["captured"] - totals["refunded"] - totals["disputed"]
            booked = await self.world.value(
                "SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_entries"
                " WHERE account = 'cash:gateway'"
            )
            assert kept == booked

        @rule()
        def pays(self) -> None:
            answer = self.do(self.world.checkout("ada"))
            if answer.status_code == 200:
                page = answer.json()["checkout_url"].rpartition("/")[2]
                rules.pay(self.world.store, page, GOOD)

        @rule()
        def rests(self) -> None:
            self.do(self.world.rests())

        @rule(hours=st.sampled_from([1, 30, 24 * 15]))
        def time_passes(self, hours: int) -> None:
            self.world.clock.time += timedelta(hours=hours)
            rules.happen(self.world.store)

        @rule()
        def is_confirmed(self) -> None:
            self.hear(confirmed("ada", confirmed_at=self.world.clock.now()))

        @precondition(lambda self: not self.ended)
        @rule(by=st.sampled_from(["learner", "operator", "provider"]))
        def is_cancelled(self, by: str) -> None:
            self.ended = True
            self.hear(cancelled("ada", self.world.clock.now().isoformat(), by=by))

        @precondition(lambda self: not self.ended and len(self.shares) < 3)
        @rule(session=st.sampled_from(SESSIONS))
        def takes_a_share(self, session: str) -> None:
            if session not in self.shares:
                self.shares.append(session)
                at = self.world.clock.now()
                self.hear(of(RegistrationShareDue, "ada", session_id=session, requested_at=at))

        @rule(amount=amounts)
        def is_given_goodwill(self, amount: int) -> None:
            answer = self.do(self.world.goodwill("ada", amount=amount))
            assert answer.status_code in {202, 409, 422}, answer.text

        @rule(status=st.sampled_from(["succeeded", "failed"]))
        def a_bank_ends_a_refund(self, status: str) -> None:
            for one in self.world.store.all("refund")[:1]:
                rules.settle(self.world.store, one["id"], status)

        @rule(amount=amounts)
        def somebody_gives_back_by_hand(self, amount: int) -> None:
            for one in self.world.store.all("payment")[:1]:
                wanted = {"key": None, "payment_id": one["id"], "amount": amount, "reason": ""}
                with suppress(rules.Refused):  # nothing is left of the payment
                    rules.refund(self.world.store, wanted)

        @rule(part=st.sampled_from([None, 500]))
        def a_payer_disputes(self, part: int | None) -> None:
            for one in self.world.store.all("payment")[:1]:
                with suppress(rules.Refused):
                    rules.dispute(self.world.store, one["id"], part, "fraudulent")

        @rule(result=st.sampled_from(["won", "lost"]))
        def a_dispute_ends(self, result: str) -> None:
            for one in self.world.store.all("dispute")[:1]:
                rules.close(self.world.store, one["id"], result)

        @invariant()
        def all_holds(self) -> None:
            assert self.do(self.world.broken_invariants()) == []
            assert self.do(self._quotes()) == []

        async def _quotes(self) -> list[tuple[str, str]]:
            async with self.world.db.acquire() as con:
                return await self.quotes.broken(con, self.world.clock.now())

    return Registration


@pytest.mark.timeout(600)
def test_a_registration_keeps_the_invariants_whatever_is_done_to_it(database: Any) -> None:
    run_machine(
        machine(database),
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
