"""The simulation itself: the same story is the same history, and what breaks is seen and shrunk."""

from collections import Counter

import pytest

from tests.simulation import floors
from tests.simulation.cluster import Cluster
from tests.simulation.run import explained, in_a_loop
from tests.simulation.story import KINDS, Step, Story, story_of
from tests.simulation.telling import ACTS, History, Teller
from tests.simulation.world import World

pytestmark = pytest.mark.timeout(900)


def told(cluster: Cluster, *stories: Story) -> list[History]:
    """Their histories, in the same databases one after another."""
    found: list[History] = []

    async def tell(teller: Teller) -> None:
        found.extend([await teller.tell(story) for story in stories])

    in_a_loop(cluster, tell)
    return found


def test_the_same_seed_is_the_same_history_byte_for_byte(cluster: Cluster) -> None:
    # Not only in databases that were never used, and not only in their order.
    first = told(cluster, story_of(9), story_of(12))
    other = told(cluster, story_of(12), story_of(3), story_of(9))
    assert first[0].trace == other[2].trace
    assert first[1].trace == other[0].trace
    assert first[0].digest == other[2].digest != first[1].digest
    assert len(first[0].trace) > 200


def test_a_history_ends_with_the_rows_of_all_services_in_its_trace(cluster: Cluster) -> None:
    [history] = told(cluster, story_of(9))
    rows = [line for line in history.trace if line.startswith("= ")]
    tables = {line.split(" ")[1] for line in rows}
    assert {
        "registration.registrations",
        "billing.ledger_entries",
        "attendance.records",
        "certificates.awards",
        "notifications.messages",
        "web.courses",
    } <= tables


def test_a_story_is_told_again_from_its_text() -> None:
    story = story_of(5)
    assert Story.of(story.text()) == story
    assert story_of(5) == story != story_of(6)
    assert {step.kind for seed in range(40) for step in story_of(seed).steps} == set(KINDS)


async def _forgets(world: World, step: Step) -> None:
    """A planted defect: registration kills everybody's links, and says nothing of it."""
    await world.actors["registration"].rows(
        "UPDATE registrations SET token_version = token_version + 1 RETURNING 1"
    )


def test_what_breaks_something_is_seen_shrunk_and_told(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ACTS, "settle_by_hand", _forgets)
    kinds = ["links", "hours", "register", "minutes", "register", "links", "settle_by_hand"]
    story = Story(8, tuple(Step(kind, draw) for draw, kind in enumerate([*kinds, "minutes"])))
    said: list[str] = []

    async def tell(teller: Teller) -> None:
        history = await teller.tell(story)
        assert history.wrong
        said.append(await explained(teller, history))

    in_a_loop(cluster, tell)
    [text] = said
    assert "token_version is 1, and 2 at its owner" in text
    assert "make simulate SEED=8" in text
    shrunk = Story.of(text.rpartition("--story '")[2].rstrip("'"))
    assert [step.kind for step in shrunk.steps] == ["register", "settle_by_hand"]


def test_what_never_happened_is_told() -> None:
    enough = Counter(dict.fromkeys(floors.EVERY, 1))
    assert floors.missed(enough, long=True) == []
    assert floors.missed(enough - Counter({"cancel did": 1}), long=False) == ["cancel did"]
    rare = min(floors.RARE)
    assert floors.missed(enough - Counter({rare: 1}), long=False) == []
    assert floors.missed(enough - Counter({rare: 1}), long=True) == [rare]
