"""A long line: who asks again is told their place, and it costs nobody the whole line.

The database ends a transaction that asks nothing of it for two seconds: then all are answered 503.
"""

import asyncio

from tests.edges.registration.conftest import Stage
from tests.edges.registration.test_capacity import line
from tests.edges.registration.test_groups import lines, order


async def test_a_group_that_is_sent_twice_behind_three_thousand_is_told_its_places(stage: Stage):
    await line(stage, 2_999)  # and Bea
    many = lines(*[f"P{number} Example" for number in range(500)])
    first = await order(stage, many)
    assert first.status_code == 200, first.text
    assert [one["position"] for one in first.json()["results"]] == list(range(3_001, 3_501))
    again = await order(stage, many)
    assert again.status_code == 200, again.text
    results = again.json()["results"]
    assert {one["status"] for one in results} == {"existing"}
    assert [one["position"] for one in results] == list(range(3_001, 3_501))
    assert [one["registration_id"] for one in results] == [
        one["registration_id"] for one in first.json()["results"]
    ]
    assert (await stage.seats())["waiting"] == 3_500


async def test_a_hundred_of_a_long_line_who_register_once_more_are_all_answered(stage: Stage):
    await line(stage, 2_999)
    names = [f"Person{number} Of Many" for number in range(100)]
    for name in names:
        await stage.register(name)
    answers = await asyncio.gather(*[stage.register(name) for name in names])
    assert [answer.status_code for answer in answers] == [200] * 100
    assert [answer.json()["position"] for answer in answers] == list(range(3_001, 3_101))


async def test_the_place_in_line_counts_who_joined_and_left_in_the_same_batch(stage: Stage):
    await stage.publish(capacity=1)
    await stage.register("Zoe")
    ids = [(await stage.register(n)).json()["registration_id"] for n in ("Ada", "Bea", "Cleo")]
    left, ada, dora, cleo = await asyncio.gather(
        stage.act(stage.holder(ids[1]), ids[1], "cancel"),
        stage.register("Ada"),
        stage.register("Dora"),
        stage.register("Cleo"),
    )
    again = await asyncio.gather(stage.register("Dora"), stage.register("Emma"))
    assert left.json()["status"] == "cancelled"
    assert [ada.json()["position"], cleo.json()["position"]] == [1, 2]
    assert (dora.status_code, dora.json()["position"]) == (201, 3)
    assert [(a.status_code, a.json()["position"]) for a in again] == [(200, 3), (201, 4)]


async def test_who_registers_twice_in_one_batch_has_one_place(stage: Stage):
    await stage.publish(capacity=1)
    await stage.register("Zoe")
    answers = await asyncio.gather(*[stage.register(n) for n in ("Ada", "Bea", "Bea", "Ada")])
    assert [(a.status_code, a.json()["position"]) for a in answers] == [
        (201, 1),
        (201, 2),
        (200, 2),
        (200, 1),
    ]
