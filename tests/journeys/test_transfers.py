"""Moved from course to course: registration and billing on one stage, each hearing the other.

All courses cost 199.00 but `summit`, which costs 249.00. `attachment` begins on 2020-10-19, so that
2020-10-05 is its last early day; the others in June 2021.
"""

from typing import Any

import pytest

from shared.dates import parse_instant
from shared.runtime.envelope import headers_decoded
from tests.edges.billing.conftest import World, usd, world  # noqa: F401
from tests.edges.registration.conftest import Stage, stage  # noqa: F401
from tests.stage import record_of

EARLY, LATE, WINTER = "2020-10-01T12:00:00Z", "2020-10-12T12:00:00Z", "2020-12-01T12:00:00Z"
YEAR = "2021-10-12"
_NEW = "SELECT id, topic, key, payload, headers FROM outbox WHERE id > $1 ORDER BY id"
_FAR = [
    {"id": "f1", "date": "2021-06-01", "from": "16:00", "to": "18:00", "hours": ["One", "Two"]},
]


class Both:
    """The two services; what one says the other hears, in order, until both are at rest."""

    def __init__(self, registration: Stage, billing: World) -> None:
        self.registration = registration
        self.billing = billing
        self._read = {"registration": 0, "billing": 0}

    async def flow(self) -> None:
        while await self._pass(self.registration, self.billing) + await self._pass(
            self.billing, self.registration
        ):
            await self.registration.swept()
            await self.billing.rests()

    async def _pass(self, says: Any, hears: Any) -> int:
        name = says.service.name
        rows = await says.rows(_NEW, self._read[name])
        if rows:
            self._read[name] = rows[-1]["id"]
            records = [
                record_of(
                    r["topic"], r["key"], r["payload"], headers_decoded(r["headers"]), r["id"]
                )
                for r in rows
            ]
            assert "dead" not in await hears.takes(records)
        return len(rows)

    async def at(self, instant: str) -> None:
        await self.registration.go_to(instant)
        self.billing.clock.time = parse_instant(instant)
        await self.flow()

    async def registers(self, course_id: str) -> str:
        made = (await self.registration.register("Ada", course_id)).json()["registration_id"]
        await self.pays(made)
        return str(made)

    async def pays(self, registration_id: str) -> None:
        await self.flow()
        await self.billing.pays(registration_id)
        await self.flow()

    async def moves(self, old: str, course_id: str, status: str = "confirmed") -> str:
        """To that course, by the learner's own token; gives the new registration."""
        body = {"course_id": course_id, "disclosure_version": "2020-09-01"}
        own = self.registration.holder(old)
        answer = await self.registration.act(own, old, "transfer", body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == status
        await self.flow()
        return str(answer.json()["registration_id"])

    async def cancels(self, registration_id: str) -> None:
        own = self.registration.holder(registration_id)
        answer = await self.registration.act(own, registration_id, "cancel")
        assert answer.status_code == 202, answer.text
        await self.flow()

    async def credits(self) -> list[tuple[int, str]]:
        """Of each credit, what is left of it, and its last day."""
        rows = await self.billing.rows("SELECT * FROM credits ORDER BY issued_at, credit_id")
        return [(row["balance_minor"], str(row["expires_on"])) for row in rows]

    async def states(self, *ids: str) -> list[str]:
        return [(await self.registration.shown(each))["status"] for each in ids]


@pytest.fixture
async def both(stage: Stage, world: World) -> Both:  # noqa: F811
    made = Both(stage, world)
    plain = {"boards": None, "board_defaults": None}
    await stage.publish("attachment", **plain)
    for name in ("grief", "trauma"):
        await stage.publish(name, sessions=_FAR, **plain)
    await stage.publish("summit", sessions=_FAR, price=usd(24900), **plain)
    await made.at("2020-09-14T15:05:00Z")
    return made


async def test_there_and_back_and_on_no_credit_becomes_cash_and_no_end_moves(both: Both) -> None:
    """Twice there and back in time; on too late; dearer; and given up early in the end."""
    a1 = await both.registers("attachment")
    await both.at(EARLY)
    b1 = await both.moves(a1, "grief")
    a2 = await both.moves(b1, "attachment")
    assert await both.states(a1, b1, a2) == ["transferred", "transferred", "confirmed"]
    assert both.billing.totals() == (19900, 0), "one payment, moved twice"
    assert (await both.billing.view(a2))["paid"] == usd(19900)
    await both.at(LATE)
    b2 = await both.moves(a2, "grief")
    assert await both.credits() == [(0, YEAR)]
    t1 = await both.moves(b2, "trauma")
    b3 = await both.moves(t1, "grief")
    assert await both.credits() == [(0, YEAR)], "spent again and again, it ends when it ended"
    s1 = await both.moves(b3, "summit", "requested")
    assert await both.states(b3, s1) == ["confirmed", "requested"]
    await both.pays(s1)
    assert await both.states(b3, s1) == ["transferred", "confirmed"]
    assert both.billing.totals() == (24900, 0)
    await both.at(WINTER)
    await both.cancels(s1)
    assert both.billing.totals() == (24900, 5000), "what came by card, and no more"
    assert await both.credits() == [(16900, YEAR)], "the fee is borne by the credit first"


async def test_moved_late_to_a_far_course_and_given_up_there_no_money_comes_back(
    both: Both,
) -> None:
    a1 = await both.registers("attachment")
    await both.at(LATE)
    b1 = await both.moves(a1, "grief")
    await both.at(WINTER)
    await both.cancels(b1)
    assert both.billing.totals() == (19900, 0)
    assert await both.credits() == [(16900, YEAR)]


async def test_a_difference_not_paid_in_time_leaves_seat_and_money_where_they_were(
    both: Both,
) -> None:
    a1 = await both.registers("attachment")
    await both.at(EARLY)
    s1 = await both.moves(a1, "summit", "requested")
    page = (await both.billing.checkout(s1)).json()["checkout_url"]
    await both.at("2020-10-01T12:30:00Z")
    assert await both.states(a1, s1) == ["confirmed", "expired"]
    await both.billing.shop.post(page, data={"card": "4242424242424242"})
    await both.billing.rests()
    await both.flow()
    assert await both.states(a1, s1) == ["confirmed", "expired"]
    assert both.billing.totals() == (24900, 5000), "paid too late, it went back"
    assert (await both.billing.view(a1))["paid"] == usd(19900)
