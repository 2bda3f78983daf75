"""The simulation itself: the same story is the same history, and what breaks is seen and shrunk."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.runtime import inbox, sql
from tests.simulation import abreast, floors, learners
from tests.simulation.cluster import Cluster
from tests.simulation.many import Kept, lived
from tests.simulation.run import explained, in_a_loop
from tests.simulation.story import KINDS, Step, Story, story_of
from tests.simulation.telling import ACTS, History, Teller
from tests.simulation.world import World

_CLAIM, _BY_KEYS = inbox.claim, sql.by_keys
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


def test_other_processes_that_hash_otherwise_tell_the_same_history(
    cluster: Cluster,
    postgres_url: str,
    migrations: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [here] = told(cluster, story_of(9))
    for hashes in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", hashes)
        [there] = lived(postgres_url, migrations, [9], processes=1)
        assert (there.seed, there.digest) == (9, here.digest)


def test_a_run_of_several_processes_is_kept_and_gone_on_with(
    postgres_url: str, migrations: dict[str, str], tmp_path: Path
) -> None:
    kept = Kept(tmp_path / "outcomes")
    for outcome in lived(postgres_url, migrations, [14, 8, 1], processes=2):
        kept.keep(outcome)
    with (tmp_path / "outcomes").open("a") as file:
        file.write('\n{"commit": "another", "seed": 5, "digest": "", "counts": {}, "broken": ""}')
        file.write('\n{"commit": "cut sho')
    known = Kept(tmp_path / "outcomes").known()
    assert sorted(one.seed for one in known) == [1, 8, 14]
    assert all(one.counts["publish did"] >= 2 and not one.broken for one in known)


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


def explanation(cluster: Cluster, story: Story) -> tuple[str, Story]:
    """What is printed of a story that breaks something, and the shrunk story in it."""
    said: list[str] = []

    async def tell(teller: Teller) -> None:
        history = await teller.tell(story)
        assert history.wrong
        said.append(await explained(teller, history))

    in_a_loop(cluster, tell)
    [text] = said
    return text, Story.of(text.rpartition("--story '")[2].rstrip("'"))


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
    text, shrunk = explanation(cluster, story)
    assert "token_version is 1, and 2 at its owner" in text
    assert "make simulate SEED=8" in text
    assert [step.kind for step in shrunk.steps] == ["register", "settle_by_hand"]


async def _claims_again(con: Any, consumer: str, events: Sequence[tuple[str, bool]]) -> list[bool]:
    """A planted defect: the inbox is written, and what stood there already is handled again."""
    await _CLAIM(con, consumer, events)
    return [True for _ in events]


def test_an_inbox_that_lets_events_through_twice_is_found(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "claim", _claims_again)
    text, shrunk = explanation(cluster, Story(9, (Step("links", 0), Step("minutes", 1))))
    assert "a replay changes " in text
    assert shrunk.steps == ()  # that a course was published is enough


async def _without_locks(con: Any, row: Any, keys: Any, *, lock: bool) -> list[Any]:
    """A planted defect: rows that are to be changed are read, and not locked."""
    return await _BY_KEYS(con, row, keys, lock=False)


def test_a_race_is_found_by_what_is_done_abreast_and_by_nothing_else(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "by_keys", _without_locks)
    monkeypatch.setattr(abreast, "REQUESTS", {"registration": (learners.registers,)})
    kinds = ["links", *["abreast"] * 3]
    [apart] = told(cluster, Story(8, (Step("register", 0), Step("register", 5))))
    assert apart.counts["register did"] == 2
    assert apart.wrong == []
    text, shrunk = explanation(cluster, Story(8, tuple(map(Step, kinds, [9, 0, 1, 2]))))
    assert "The count of seats is the count of registrations that have one" in text
    assert [step.kind for step in shrunk.steps] == ["abreast"]


def test_what_never_happened_is_told() -> None:
    enough = Counter(dict.fromkeys(floors.EVERY, 1))
    assert floors.missed(enough, long=True) == []
    assert floors.missed(enough - Counter({"cancel did": 1}), long=False) == ["cancel did"]
    rare = min(floors.RARE)
    assert floors.missed(enough - Counter({rare: 1}), long=False) == []
    assert floors.missed(enough - Counter({rare: 1}), long=True) == [rare]
