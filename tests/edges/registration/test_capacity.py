"""The capacity goes up and down: n more seats are n offers, in order, whatever n is (§4)."""

from datetime import timedelta
from itertools import pairwise

from services.registration.commands.offers import AT_ONCE
from tests.edges.registration.conftest import Stage
from tests.rules.registration.course import course
from tests.stage import killed_at

_MORE = """
INSERT INTO registrations
SELECT (jsonb_populate_record(r, jsonb_build_object(
    'registration_id', 'waiting-' || lpad(n::text, 5, '0'), 'person_id', 'person-' || n,
    'person_key', 'key-' || n, 'live_key', 'key-' || n, 'ticket', r.ticket + n))).*
FROM registrations r, generate_series(1, $2) n WHERE r.registration_id = $1
"""


async def line(stage: Stage, more: int) -> str:
    """A course of one seat that is taken, and `more` who wait behind the first; gives their id."""
    await stage.publish(capacity=1)
    await stage.register("Ada")
    first = (await stage.register("Bea")).json()["registration_id"]
    await stage.fetch(_MORE, first, more)
    await stage.fetch("UPDATE seats SET waiting = waiting + $1, tickets = tickets + $1", more)
    return str(first)


async def states(stage: Stage) -> list[str]:
    """The states of those who wait or waited, in the order in which they came."""
    rows = await stage.fetch(
        "SELECT state FROM registrations WHERE state IN ('waitlisted', 'offered')"
        " ORDER BY requested_at, registration_id LIKE 'waiting-%', registration_id"
    )
    return [row["state"] for row in rows]


async def offers_a_transaction(stage: Stage) -> list[int]:
    rows = await stage.fetch(
        "SELECT count(*) FROM registrations WHERE state = 'offered' GROUP BY xmin::text"
    )
    return [row["count"] for row in rows]


async def test_five_thousand_more_seats_are_five_thousand_offers_by_the_hundred(stage: Stage):
    await line(stage, 5_200)
    await stage.publish(capacity=5_001)
    assert (await states(stage)).count("offered") == AT_ONCE == 100
    stage.clock.time += timedelta(seconds=1)
    newcomer = await stage.register("Newcomer")
    assert (newcomer.json()["status"], newcomer.json()["position"]) == ("waitlisted", 5_102)
    await stage.go_to("2020-09-01T13:00:01Z")
    assert await stage.seats() == {
        "capacity": 5_001, "sold": 0, "held": 1, "offered": 5_000, "waiting": 202,
    }  # fmt: skip
    found = await states(stage)
    assert found.index("waitlisted") == 5_000  # in order, and nobody in between was left out
    assert found.count("waitlisted") == 202
    assert max(await offers_a_transaction(stage)) == AT_ONCE
    offered = [data for type_, data in await stage.spoken() if type_ == "registration.offered.v1"]
    assert len({each["registration_id"] for each in offered}) == len(offered) == 5_000


async def test_a_crash_in_the_middle_loses_no_offer_and_makes_none_twice(stage: Stage):
    await line(stage, 449)
    await stage.publish(capacity=401)
    await stage.sweep.step()
    with killed_at("batch.flushed"):
        await stage.sweep.step()
    with killed_at("batch.committed"):
        await stage.sweep.step()
    await stage.go_to("2020-09-01T13:00:00Z")
    assert await states(stage) == ["offered"] * 400 + ["waitlisted"] * 50
    assert (await stage.seats())["offered"] == 400
    offered = [type_ for type_, _ in await stage.spoken() if type_ == "registration.offered.v1"]
    assert len(offered) == 400


async def test_a_capacity_lowered_in_the_middle_ends_the_offering_and_takes_nothing_back(
    stage: Stage,
):
    await line(stage, 449)
    await stage.publish(capacity=401)
    await stage.publish(capacity=151)  # another hundred are offered, but for what is too much
    assert await stage.seats() == {
        "capacity": 151, "sold": 0, "held": 1, "offered": 150, "waiting": 300,
    }  # fmt: skip
    await stage.go_to("2020-09-01T13:00:00Z")
    assert (await stage.seats())["offered"] == 150
    lowered = await stage.operator.put("/courses/attachment", json=course(capacity=1))
    assert lowered.json()["warnings"] == [
        "More seats are taken than the new capacity: nobody loses one."
    ]
    assert (await stage.seats())["offered"] == 150


async def test_registration_that_closes_in_the_middle_ends_the_offering(stage: Stage):
    await line(stage, 449)
    await stage.go_to("2020-10-19T19:59:59Z")
    await stage.publish(capacity=401)
    stage.clock.time = stage.clock.time.replace(hour=20, minute=0, second=0)  # no sweep yet
    await stage.go_to("2020-10-19T20:00:00Z")
    assert [state for state in await states(stage) if state == "offered"] == []
    rows = await stage.fetch("SELECT state, count(*) FROM registrations GROUP BY 1 ORDER BY 1")
    # Those who were offered a seat a second before the end had it until then: Bea the one that Ada
    # did not pay for, and the first hundred of the new ones.
    assert [(row["state"], row["count"]) for row in rows] == [
        ("expired", 1),
        ("lapsed", 101),
        ("waitlisted", 349),
    ]


async def test_every_step_up_is_as_many_offers_and_after_the_closing_none(stage: Stage):
    await line(stage, 30)
    seen = []
    for capacity in (1, 3, 3, 10, 5, 12):
        await stage.publish(capacity=capacity)
        seen.append((await stage.seats())["offered"])
    assert seen == [0, 2, 2, 9, 9, 11]
    assert all(after >= before for before, after in pairwise(seen))
    await stage.go_to("2020-10-19T20:00:00Z")
    await stage.publish(capacity=40)
    await stage.go_to("2020-10-19T20:00:01Z")
    assert (await stage.seats())["offered"] == 0
