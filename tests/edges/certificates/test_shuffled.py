"""Everything that may come in any order, at once: attendance corrected down and up, late payment, a
dispute, a late cancellation, and what learners do (evaluate, take the test, decline, claim, ask),
each perhaps twice. The same certificates hold in the end (domain.md §10, 8; issue D)."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.event import Event
from tests.edges.certificates import facts
from tests.edges.certificates.facts import SESSIONS, with_board
from tests.edges.certificates.test_histories import (
    COMMON,
    MFT_CA,
    MFT_NJ,
    MFT_NY,
    NJ,
    NY,
    SECONDS,
    Life,
    outcome,
)
from tests.edges.certificates.test_post_tests import BANK, ITEMS, RIGHT, TEST, TWO_WRONG

pytestmark = pytest.mark.usefixtures("blank_pages")
PEOPLE: list[tuple[str, list[Any], list[Any]]] = [  # profession, licences at first and later
    ("counselor", [NJ], [NJ, NY]),
    ("counselor", [], [NY]),
    ("nurse", [], []),
    ("psychologist", [], []),
    ("physician", [], []),
    ("mft", [MFT_NY], [MFT_NY]),
    ("mft", [MFT_NY], [MFT_NY, MFT_NJ, MFT_CA]),
]
# Boards that always ask for the evaluation, so that no certificate of them is out before it is in:
# then declining is refused, and rightly. (ANCC's second rule asks for none.)
DECLINED = ["", "NBCC", "STATE", "APA", "ACCME"]
STORIES = st.fixed_dictionaries(
    {
        "person": st.sampled_from(PEOPLE),
        "seconds": st.tuples(*[st.tuples(SECONDS, SECONDS, SECONDS)] * 4),
        "dispute": st.booleans(),
        "cancels": st.booleans(),
        "evaluates": st.booleans(),
        "passes": st.booleans(),
        "declines": st.sampled_from(DECLINED),
        "changes_their_mind": st.booleans(),
    }
)


def streams(who: str, story: Any) -> list[list[Event]]:
    """One list a topic and key. A correction may take back what was attended; the last gives at
    least as much as each before it, for what gets worse for good waits for a human."""
    profession, first, later = story["person"]
    test = {"post_test": TEST, "evaluation": True}
    boards = [one | test if one["board"] in ("NBCC", "APA") else one for one in facts.BOARDS]
    asked, confirmed, paid = facts.registered(who)
    money = [paid]
    if story["dispute"]:
        money += [facts.dispute_opened(who), facts.dispute_closed(who, "won")]
    life = [asked, confirmed]
    if story["cancels"]:  # after the start, for nothing: what was attended still counts
        life.append(facts.cancelled(who, "2020-11-03T12:00:00Z"))
        money.append(facts.cancellation_settled(who, "nothing"))
    corrected = [
        facts.settled(who, session, seconds, version)
        for version in (1, 2, 3)
        for session, told in zip(SESSIONS, story["seconds"], strict=True)
        for seconds in [max(told) if version == 3 else told[version - 1]]
    ]
    return [
        [facts.course(boards=boards), facts.course(version=2, boards=_relaxed(boards))],
        *[[facts.completed(session)] for session in SESSIONS],
        [
            facts.person(who, profession, *first),
            facts.person(who, profession, *later, version=2),
        ],
        life,
        money,
        corrected,
    ]


def _relaxed(boards: list[Any]) -> list[Any]:
    free = with_board("ANCC", evaluation=False)
    [ancc] = [one for one in free if one["board"] == "ANCC"]
    return [ancc if one["board"] == "ANCC" else one for one in boards]


class Learner(Life):
    """What a learner does, one thing after the other; what is refused they try again later."""

    def __init__(self, world: Any, story: Any) -> None:
        super().__init__(world)
        self.story = story
        board = story["declines"]
        self.left: list[Callable[[], Awaitable[bool]]] = []
        if board:
            self.left.append(lambda: self._declines(board, declined=True))
        if board and story["changes_their_mind"]:
            self.left.append(lambda: self._declines(board, declined=False))
        if story["passes"]:
            self.left += [lambda: self._takes(TWO_WRONG), lambda: self._takes(RIGHT)]
        if story["evaluates"]:
            self.left.append(self._evaluates)
        if story["person"][0] == "physician":
            self.left.append(self._claims)
        self.left.append(self._asks)

    async def has_a_bank(self) -> bool:
        """The test's items, as soon as the course is known; put again, nothing changes."""
        bank = {"version": 1, "items": ITEMS}
        answer = await self.world.http.put(BANK.format(self.course_id), json=bank)
        return bool(answer.status_code < 300)

    async def _post(self, path: str, body: Any) -> int:
        whole = f"/certificates/v1/registrations/{self.registration_id}/{path}"
        answer = await self.world.post(whole, body)
        assert answer.status_code < 500, answer.text
        return int(answer.status_code)

    async def _declines(self, board: str, *, declined: bool) -> bool:
        return await self._post("declines", {"board": board, "declined": declined}) == 200

    async def _takes(self, answers: Any) -> bool:
        return await self._post("post-test", {"version": 1, "answers": answers}) == 201

    async def _evaluates(self) -> bool:
        answers = {"objective-1": 5, "comment": "Good."}
        return await self._post("evaluation", {"answers": answers}) in (200, 201)

    async def _claims(self) -> bool:
        return await self._post("claims", {"board": "ACCME", "credits": "1"}) in (200, 201)

    async def _asks(self) -> bool:
        return await self._post("participation", None) == 202

    async def acts(self, *, again: bool = False) -> bool:
        """The next thing, if it is taken already; perhaps twice."""
        if not self.left or not await self.left[0]():
            return False
        act = self.left.pop(0)
        if again:
            await act()
        return True

    async def acts_to_the_end(self) -> None:
        """All that is left, as far as it is taken; at rest in between, as people wait for mail."""
        while self.left:
            await self.world.rests()
            if not await self.acts():
                self.left.pop(0)


async def lived(world: Any, story: Any, dice: random.Random | None = None) -> Any:
    """The story as it is written, or in an order that is diced, with repetitions."""
    learner = Learner(world, story)
    left, number = streams(learner.who, story), 0
    while left:
        stream = dice.choice(left) if dice else left[0]
        size = dice.randint(1, len(stream)) if dice else len(stream)
        batch, stream[:] = stream[:size], stream[size:]
        left = [one for one in left if one]
        ids = [f"{learner.registration_id[:24]}{number + n:012d}" for n in range(size)]
        number += size
        await learner.hears(*batch, ids=ids)
        known = await learner.has_a_bank()
        if dice is None:
            continue
        if dice.random() < 0.3:
            await learner.hears(*batch, ids=ids)
        while known and dice.random() < 0.5 and await learner.acts(again=dice.random() < 0.3):
            pass
        if dice.random() < 0.4:
            await world.rests()
    await learner.acts_to_the_end()
    return await outcome(learner)


@settings(max_examples=8, **COMMON)
@given(story=STORIES, order=st.integers(0, 2**32))
async def test_all_orders_of_everything_end_in_the_same_certificates(world, story, order):
    assert await lived(world, story, random.Random(order)) == await lived(world, story)
    opened, closed = await world.said("task.opened"), await world.said("task.closed")
    assert {one["task_id"] for one in opened} == {one["task_id"] for one in closed}
