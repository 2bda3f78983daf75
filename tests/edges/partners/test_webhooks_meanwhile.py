"""What is changed while a round is under way, or while somebody adds who does not know of it yet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.partners.commands import pumps
from tests.edges.partners.receiver import Receiver, answers, receiving
from tests.edges.partners.webhooks import COURSE, NOON, OTHER, TYPE, Hooks, path_of, staged

_STREAM = """
INSERT INTO streams (partner_id, state, position, retention_days, version, created_at, updated_at)
VALUES ($1, 'active', 0, 7, 1, $2::text::timestamptz, $2::text::timestamptz) RETURNING 1
"""
_UNNOTICED = """
WITH head AS (UPDATE heads SET position = position + 1 RETURNING position)
INSERT INTO occurrences (position, event_id, type, course_id, subject, source, said_at, data)
SELECT position, $1, $2, $3, $1, '/registration', $4::text::timestamptz, $5 FROM head
RETURNING position
"""


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def stage(database) -> AsyncIterator[Hooks]:
    async with staged(database("partners")) as made:
        await made.describes()
        yield made


async def unnoticed(stage: Hooks, name: str, course: str = COURSE) -> None:
    """Added by somebody who read the endpoints a moment before one was made or changed: nobody is
    woken for it."""
    await stage.rows(_UNNOTICED, name, TYPE, course, NOON, {"registration_id": name})


async def test_whoever_adds_while_an_endpoint_is_opened_is_heard_also_after_a_round(
    stage, receiver
):
    await stage.opens(receiver)
    await stage.happens("e1")
    await stage.rests()
    await unnoticed(stage, "e2")
    await stage.later(59)
    assert receiver.ids == ["e1"]
    await stage.later(2)
    assert receiver.ids == ["e1", "e2"]


async def test_and_while_its_partner_is_given_a_course(stage, receiver):
    await stage.opens(receiver)
    await stage.happens("e1")
    await stage.later(120)
    await stage.describes(courses=[COURSE, OTHER])
    await stage.rests()
    await unnoticed(stage, "e2", OTHER)
    await stage.later(61)
    assert receiver.ids == ["e1", "e2"]


async def test_a_partner_that_is_described_as_before_disturbs_no_endpoint(stage, receiver):
    made = await stage.opens(receiver)
    await stage.describes()
    assert (await stage.endpoint(made))["version"] == made["version"]


@asynccontextmanager
async def under_way(stage: Hooks, receiver: Receiver) -> AsyncIterator[None]:
    """A round of that process goes out, and is answered after what is done in the meantime."""
    heard = len(receiver.heard)
    receiver.pause = 0.6
    sending = asyncio.create_task(stage.outside.step())
    async with asyncio.timeout(30):
        while len(receiver.heard) == heard:
            await asyncio.sleep(0.01)
    receiver.pause = 0.0
    yield
    await sending


async def test_an_endpoint_that_is_enabled_has_one_round_at_a_time(database, receiver):
    """Two would send the same twice, and what is to be in order in none."""
    url = database("partners")
    async with staged(url) as one, staged(url) as other:
        await one.describes()
        made = await one.opens(receiver, ordered=True)
        receiver.says(500)
        await one.happens("e0")
        await one.rests()
        receiver.says(200)
        await one.happens("e1", "e2", subject="s")
        receiver.heard.clear()
        async with under_way(one, receiver):
            assert (await other.does("enable", made)).json()["failures"] == 0
            await other.rests()
            assert receiver.ids == ["e1"]
        await one.later(10)
        assert receiver.ids == ["e1", "e2", "e0"]


async def test_what_the_former_address_answers_ends_nothing(database, receiver):
    url = database("partners")
    async with staged(url) as one, staged(url) as other, receiving() as moved:
        await one.describes()
        made = await one.opens(receiver)
        receiver.answer = lambda _heard: answers(410)
        await one.happens("e1")
        async with under_way(one, receiver):
            change = await other.asks("PATCH", path_of(made), json={"url": moved.url})
            assert change.status_code == 200
        now = await one.endpoint(made)
        assert (now["state"], now["failures"], now["url"]) == ("active", 0, moved.url)
        await one.later(10)
        assert moved.ids == ["e1"]


async def test_a_replay_that_is_asked_for_meanwhile_goes_out_at_once(database, receiver):
    url = database("partners")
    async with staged(url) as one, staged(url) as other:
        await one.describes()
        made = await one.opens(receiver)
        await one.happens("e1")
        await one.rests()
        await one.happens("e2")
        async with under_way(one, receiver):
            assert (await other.replays(made, event_ids=["e1"])).json() == {"replayed": 1}
        await one.rests()
        assert receiver.ids == ["e1", "e2", "e1"]


async def test_a_test_event_goes_before_all_that_waits(stage, receiver):
    made = await stage.opens(receiver)
    await stage.happens(*(f"e{n}" for n in range(120)))
    await stage.rests()
    await stage.later(60)
    receiver.says(500)
    await stage.replays(made, **{"from": NOON})
    await stage.rests()
    assert (await stage.endpoint(made))["circuit"] == "open"
    await stage.later(1)
    await stage.does("test", made)
    await stage.rests()
    assert receiver.heard[-1].event["type"] == "endpoint.tested.v1"


async def test_a_long_rest_is_kept_and_looked_at_on_the_way(stage, receiver):
    """Who adds to the log may still know it as resting, after it was enabled."""
    await stage.opens(receiver)
    receiver.says(503, "Retry-After: 7200")
    await stage.happens("e1")
    await stage.rests()
    receiver.says(200)
    await stage.happens("e2")
    [due] = await stage.rows("SELECT due_at FROM due WHERE kind LIKE 'deliver%'")
    assert (due["due_at"] - stage.clock.now()).total_seconds() <= 900
    await stage.later(7_199)
    assert receiver.ids == ["e1"]
    await stage.later(2)
    assert sorted(receiver.ids) == ["e1", "e1", "e2"]


async def test_who_is_told_nothing_goes_past_it_now_and_then(stage, receiver, monkeypatch):
    """Without a word to the endpoint's row for each event that is not for it."""
    monkeypatch.setattr(pumps, "LAG", 5)
    await stage.opens(receiver, types=["certificate.issued"])
    await stage.rows(_STREAM, "ibh", NOON)
    await stage.describes(courses=[COURSE])
    await stage.later(120)
    places = []
    for number in range(1, 12):
        await stage.happens(f"e{number}", course=OTHER if number % 2 else COURSE)
        await stage.rests()
        [row] = await stage.rows("SELECT position FROM endpoints")
        places.append(row["position"])
    assert places == [0, 0, 0, 0, 5, 5, 5, 5, 5, 10, 10]
    await stage.happens("e12", type_="certificate.issued.v1")
    await stage.rests()
    assert receiver.ids == ["e12"]


async def test_who_fails_stays_where_it_is(stage, receiver, monkeypatch):
    monkeypatch.setattr(pumps, "LAG", 2)
    await stage.opens(receiver, types=["certificate.issued"])
    receiver.says(500)
    await stage.happens("e1", type_="certificate.issued.v1")
    await stage.later(120)
    [before] = await stage.rows("SELECT kind, due_at FROM due WHERE kind LIKE 'deliver%'")
    for number in range(2, 8):
        await stage.happens(f"e{number}")
    assert await stage.rows("SELECT kind, due_at FROM due WHERE kind LIKE 'deliver%'") == [before]
