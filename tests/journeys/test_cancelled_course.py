"""A cancelled course from the operator's call to the last cent: registration and billing together.

The two tell each other what they said, event by event, through the very intake of each.
"""

import uuid
from typing import Any

from shared.contracts.catalogue import EVENTS
from tests.edges.billing.conftest import World, usd, world  # noqa: F401
from tests.edges.registration.conftest import Stage, stage  # noqa: F401
from tests.edges.registration.test_provider_cancels import prefer, withdraw
from tests.edges.registration.test_session_cancelled import withdraw_session

START = "2020-09-14T15:05:00Z"


class Both:
    """Registration and billing, who hear each other."""

    def __init__(self, registration: Stage, billing: World) -> None:
        self.registration, self.billing = registration, billing
        self._told = {"registration": 0, "billing": 0}

    async def at(self, instant: str) -> None:
        await self.billing.at(instant)
        await self.registration.go_to(instant)
        await self.talk()

    async def talk(self) -> None:
        """Until neither has anything new to say."""
        while True:
            await self.registration.swept()
            await self.billing.rests()
            said = await self._over("registration", self.registration, self.billing)
            answered = await self._over("billing", self.billing, self.registration)
            if not said + answered:
                return

    async def _over(self, name: str, one: Any, other: Any) -> int:
        told = (await one.told())[self._told[name] :]
        self._told[name] += len(told)
        heard = other.service.hears.handlers
        events = [EVENTS[type_].model_validate(data) for type_, _, data in told if type_ in heard]
        if events:
            await other.hears(*events, ids=[str(uuid.uuid4()) for _ in events])
        return len(told)

    async def registers(self, name: str, **changes: Any) -> str:
        answer = await self.registration.register(name, **changes)
        await self.talk()
        return str(answer.json()["registration_id"])

    async def pays(self, name: str) -> str:
        registration_id = await self.registers(name)
        await self.billing.pays(registration_id)
        await self.talk()
        return registration_id

    async def outcome(self, registration_id: str) -> tuple[str, int, list[int], int | None]:
        """The last outcome: what, the fee, the refunds, the credit."""
        facts = [
            fact
            for fact in await self.billing.said("cancellation.settled")
            if fact["registration_id"] == registration_id
        ]
        last = facts[-1]
        refunds = [part["amount"]["amount"] for part in last["refunds"]]
        credit = last["credit"]["amount"]["amount"] if last["credit"] else None
        return last["outcome"], last["fee"]["amount"], refunds, credit


async def both(registration: Stage, billing: World, **course: Any) -> Both:
    found = Both(registration, billing)
    await registration.go_to(START)
    await registration.publish(**course)
    await found.talk()
    return found


async def test_each_gets_one_outcome_to_the_cent(stage: Stage, world: World) -> None:  # noqa: F811
    two = await both(stage, world, capacity=6, invoice_allowed=True)
    ada, bea, cleo = await two.pays("Ada"), await two.pays("Bea"), await two.pays("Cleo")
    dora = await two.registers("Dora", payment={"method": "invoice"})
    emma = await two.registers("Emma")  # holds a seat
    fay = await two.pays("Fay")
    gwen = await two.registers("Gwen")  # waits
    await stage.act(stage.holder(fay), fay, "cancel")
    await two.at("2020-09-14T15:10:00Z")

    assert (await withdraw(stage, choose_until="2020-10-01T00:00:00Z")).status_code == 202
    await stage.act(stage.holder(cleo), cleo, "cancel")
    await two.talk()
    assert (await prefer(stage, ada, "credit")).status_code == 202
    await two.at("2020-10-01T00:00:30Z")  # whoever chose in time has been heard by then

    assert await two.outcome(ada) == ("credit", 0, [], 19900)
    assert await two.outcome(bea) == ("refund", 0, [19900], None)
    assert await two.outcome(cleo) == ("refund", 0, [19900], None)
    assert await two.outcome(dora) == ("refund", 0, [], None)
    assert await two.outcome(emma) == ("nothing", 0, [], None)
    assert await two.outcome(fay) == ("refund", 3000, [16900], None), "she had left before"
    shown = [(await stage.shown(each))["status"] for each in (ada, bea, cleo, dora, emma, gwen)]
    assert shown == ["cancelled"] * 6
    assert (await world.view(dora))["invoice"]["status"] == "void"
    assert world.totals() == (4 * 19900, 2 * 19900 + 16900)


async def test_a_share_then_the_whole_course_give_everything_once(
    stage: Stage,  # noqa: F811
    world: World,  # noqa: F811
) -> None:
    two = await both(stage, world)
    ada, bea = await two.pays("Ada"), await two.pays("Bea")
    assert (await withdraw_session(stage)).status_code == 202
    for _ in range(2):
        assert (await prefer(stage, ada, "refund")).status_code == 202
    await two.talk()
    assert await two.outcome(ada) == ("refund", 0, [4975], None)
    await withdraw(stage)
    await two.talk()
    assert await two.outcome(ada) == ("refund", 0, [14925], None)
    assert await two.outcome(bea) == ("refund", 0, [19900], None)
    assert world.totals() == (39800, 39800)


async def test_at_one_instant_the_better_of_the_two(
    stage: Stage,  # noqa: F811
    world: World,  # noqa: F811
) -> None:
    two = await both(stage, world)
    ada = await two.pays("Ada")
    await two.at("2020-10-10T12:00:00Z")
    await stage.act(stage.holder(ada), ada, "cancel")
    await two.talk()
    assert await two.outcome(ada) == ("credit", 0, [], 19900)
    await withdraw(stage)
    await two.talk()
    assert await two.outcome(ada) == ("refund", 0, [19900], None)
    assert await world.said("credit.voided") != []
    assert world.totals() == (19900, 19900)
    assert usd(0) == (await world.view(ada))["credits"][0]["balance"]
