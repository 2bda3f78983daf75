"""Histories of one registration on the real service: whatever order facts come in, the same awards
and certificates (domain.md §10, 8); whatever is done, at most one live certificate a board, each
with what it rests on (4)."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shared.contracts.event import Event
from tests.edges.certificates import facts
from tests.edges.certificates.conftest import World
from tests.edges.certificates.facts import SESSIONS, about, with_board

pytestmark = pytest.mark.usefixtures("blank_pages")
_numbers = itertools.count()
# Each example lives through a history on a database: what fails is printed, not shrunk for minutes.
COMMON: Any = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "print_blob": True,
}
NJ, NY, TX = ("counselor", "NJ", "1"), ("counselor", "NY", "2"), ("nurse", "TX", "3")
MFT_NY, MFT_NJ, MFT_CA = ("mft", "NY", "4"), ("mft", "NJ", "5"), ("mft", "CA", "6")
# (profession, licences) as first recorded, and as recorded later, which never serves fewer boards.
PEOPLE: list[tuple[tuple[str, list[Any]], tuple[str, list[Any]]]] = [
    (("counselor", [NJ]), ("counselor", [NJ, NY])),
    (("counselor", []), ("counselor", [NY])),
    (("nurse", []), ("nurse", [])),
    (("psychologist", []), ("psychologist", [])),
    (("mft", [MFT_NY]), ("mft", [MFT_NY])),
]
# Whom no board served at first. Participation may have come by itself by then; where the board that
# serves them since gives nothing (STATE wants every session, and an evaluation), it stands, and who
# never had it has it for the asking (decision 68). So they ask, and then all orders end alike.
NAMED_LATE: list[tuple[tuple[str, list[Any]], tuple[str, list[Any]]]] = [
    (("mft", [MFT_NY]), ("mft", [MFT_NY, TX])),
    (("mft", [MFT_NY]), ("mft", [MFT_NY, MFT_NJ, MFT_CA])),
    (("coach", []), ("educator", [])),
    (("coach", []), ("counselor", [NY])),  # one board asks for the evaluation, one does not
]
SECONDS = st.sampled_from([0, 900, 5400, 6299, 6300, 7200])


class Life:
    """One learner in a course of their own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.who = f"Learner {next(_numbers)}"
        self.course_id = f"course-of-{about(self.who)['registration_id']}"
        self.registration_id = about(self.who)["registration_id"]

    def here(self, *events: Event) -> list[Event]:
        """The same events, of this course."""
        return [
            event.model_copy(update={"course_id": self.course_id})
            if hasattr(event, "course_id")
            else event
            for event in events
        ]

    async def hears(self, *events: Event, ids: Sequence[str] | None = None) -> None:
        outcomes = await self.world.hears(*self.here(*events), ids=ids)
        assert "dead" not in outcomes

    async def known(self) -> bool:
        """Whether an evaluation could be handed in."""
        sql = (
            "SELECT count(*) FROM registrations r JOIN courses c USING (course_id)"
            " WHERE registration_id = $1 AND c.version > 0 AND r.token_version IS NOT NULL"
        )
        return bool(await self.world.value(sql, self.registration_id))

    async def asks(self) -> int:
        """For a certificate of participation; the answer's status."""
        path = f"/certificates/v1/registrations/{self.registration_id}/participation"
        answer = await self.world.post(path, None)
        assert answer.status_code in (202, 409), answer.text
        return int(answer.status_code)

    async def rows(self, columns: str, table: str) -> list[dict[str, Any]]:
        sql = f"SELECT {columns} FROM {table} WHERE registration_id = $1 ORDER BY {columns}"
        return await self.world.rows(sql, self.registration_id)

    async def said(self, *types: str) -> list[dict[str, Any]]:
        found = await self.world.said(*types)
        return [one for one in found if one["registration_id"] == self.registration_id]


# --- any order ------------------------------------------------------------------------------------


def streams(who: str, story: Any) -> list[list[Event]]:
    """One list a topic and key: only within it is order given. Nothing gets worse for good."""
    first, later = story["person"]
    seconds = story["seconds"]
    asked, confirmed, paid = facts.registered(who)
    better = [max(a, b) for a, b in zip(seconds, story["better"], strict=True)]
    opened, won = facts.dispute_opened(who), facts.dispute_closed(who, "won")
    short = facts.completed("s4", 100)
    whole = facts.completed("s4", settled_at="2020-11-09T23:15:00Z")
    return [
        [facts.course(), facts.course(version=2, boards=with_board("NBCC", evaluation=False))],
        [facts.completed("s1")],
        [facts.completed("s2")],
        [facts.completed("s3")],
        [short, whole],
        [
            facts.person(who, first[0], *first[1]),
            facts.person(who, later[0], *later[1], version=2),
        ],
        [asked, confirmed],
        [paid, opened, won] if story["dispute"] else [paid],
        [
            *[facts.settled(who, s, n) for s, n in zip(SESSIONS, seconds, strict=True)],
            *[facts.settled(who, s, n, 2) for s, n in zip(SESSIONS, better, strict=True)],
        ],
    ]


async def outcome(life: Life) -> Any:
    """What is decided and what holds, when all is at rest."""
    await life.world.rests()
    shown = await life.world.shown(life.who)
    live = sorted((one["board"] or "", one["credits"]) for one in _valid(shown))
    told = {a["board"]: a["status"] for a in shown["awards"] if a["status"] == "granted"}
    rows = await life.rows("board, status, credits, held", "awards")
    granted = [row for row in rows if row["status"] == "granted"]
    assert sorted(told) == [row["board"] for row in granted if row["board"] != "participation"]
    assert not any(row["held"] for row in rows)
    assert "preparing" not in {row["status"] for row in await life.rows("status", "certificates")}
    return shown["awards"], shown["participation"], live, granted


def _valid(shown: Any) -> list[Any]:
    return [one for one in shown["certificates"] if one["status"] == "valid"]


async def lived(world: World, story: Any, dice: random.Random | None = None) -> Any:
    """The story in the order in which it was written, or in one that is diced, with duplicates."""
    life = Life(world)
    left, evaluated, number = streams(life.who, story), False, 0
    while left:
        stream = dice.choice(left) if dice else left[0]
        size = dice.randint(1, len(stream)) if dice else len(stream)
        batch, stream[:] = stream[:size], stream[size:]
        left = [one for one in left if one]
        ids = [f"{life.registration_id[:24]}{number + n:012d}" for n in range(size)]
        number += size
        await life.hears(*batch, ids=ids)
        if dice is None:
            continue
        if dice.random() < 0.3:
            await life.hears(*batch, ids=ids)  # delivered again
        if dice.random() < 0.4:
            await world.rests()
        if story["evaluates"] and not evaluated and dice.random() < 0.4 and await life.known():
            evaluated = bool(await world.evaluates(life.who))
    if not evaluated and story["evaluates"]:
        await world.evaluates(life.who)
    await world.rests()
    if story["person"] in NAMED_LATE:
        await life.asks()
    return await outcome(life)


STORIES = st.fixed_dictionaries(
    {
        "person": st.sampled_from([*PEOPLE, *NAMED_LATE]),
        "evaluates": st.booleans(),
        "seconds": st.tuples(SECONDS, SECONDS, SECONDS, SECONDS),
        "better": st.tuples(SECONDS, SECONDS, SECONDS, SECONDS),
        "dispute": st.booleans(),
    }
)


@settings(max_examples=12, **COMMON)
@given(story=STORIES, order=st.integers(0, 2**32))
async def test_any_order_and_any_repetition_ends_in_the_same_awards_and_certificates(
    world, story, order
):
    assert await lived(world, story, random.Random(order)) == await lived(world, story)
    opened, closed = await world.said("task.opened"), await world.said("task.closed")
    assert {one["task_id"] for one in opened} == {one["task_id"] for one in closed}


# Whom no board serves until a licence is named. An MFT of New Jersey and California: one board, which
# wants every session and the evaluation. A counselor of New York: one that asks for the evaluation,
# and one that does not.
LATE: dict[str, tuple[tuple[str, list[Any]], tuple[str, list[Any]]]] = {
    "mft": (("mft", [MFT_NY]), ("mft", [MFT_NY, MFT_NJ, MFT_CA])),
    "counselor": (("coach", []), ("counselor", [NY])),
}


@pytest.mark.parametrize(
    ("who", "missed", "certificates"),
    [
        ("mft", False, [("STATE", 8.0)]),
        ("mft", True, [("", 6.0)]),
        ("counselor", False, [("NBCC", 8.0), ("NYSED-MHC", 8.0)]),
        ("counselor", True, [("NBCC", 6.0), ("NYSED-MHC", 6.0)]),
    ],
)
async def test_a_licence_the_evaluation_and_the_end_may_come_in_any_order(
    world, who, missed, certificates
):
    """And nobody has to judge: no task is opened on the way."""
    first, later = LATE[who]
    for order in itertools.permutations(["licence", "evaluation", "end"]):
        life = Life(world)
        asked, confirmed, paid = facts.registered(life.who)
        named = facts.person(life.who, first[0], *first[1])
        await life.hears(facts.course(), named, asked, confirmed, paid)
        for step in order:
            if step == "licence":
                await life.hears(facts.person(life.who, later[0], *later[1], version=2))
            elif step == "evaluation":
                await world.evaluates(life.who)
            else:
                seconds = (7200, 7200, 0, 7200) if missed else (7200, 7200, 7200, 7200)
                await life.hears(*facts.attended(life.who, *seconds), *facts.all_completed())
            await world.rests()
        assert await life.asks() == (202 if certificates == [("", 6.0)] else 409)
        _, _, live, _ = await outcome(life)
        assert live == certificates, order
    assert await world.said("task.opened") == []


# --- whatever is done -----------------------------------------------------------------------------

_BOARDS = st.sampled_from(["NBCC", "STATE", "ANCC", "ACCME"])
STEPS = st.one_of(
    st.tuples(st.just("attends"), st.sampled_from(SESSIONS), SECONDS),
    st.tuples(st.just("attends"), st.sampled_from(SESSIONS), st.just(7200)),
    st.tuples(st.just("person"), st.sampled_from(["counselor", "nurse", "coach", "physician"])),
    st.tuples(st.just("dispute"), st.sampled_from(["open", "won", "lost"])),
    st.tuples(st.just("declines"), _BOARDS, st.booleans()),
    st.tuples(st.just("claims"), st.sampled_from(["0.25", "4", "8"])),
    st.tuples(st.just("course"), st.sampled_from(["all", "no NBCC", "no evaluation", "strict"])),
    st.tuples(st.sampled_from(["asks", "evaluates", "pays", "revokes", "supersedes", "rests"])),
    st.tuples(st.sampled_from(["rests", "sweeps", "cancels", "evaluates", "pays"])),
)


class Doing(Life):
    """Whatever somebody may do; nothing is refused with a 5xx, and events never."""

    versions = dict.fromkeys(SESSIONS, 1)
    course_version = 1
    person_version = 1

    async def begins(self) -> None:
        who = self.who
        self.versions = dict.fromkeys(SESSIONS, 1)
        asked, confirmed = facts.registered(who, "invoice")
        await self.hears(facts.course(), facts.person(who, "counselor", NJ), asked, confirmed)
        await self.hears(*facts.attended(who, 7200, 7200, 0, 7200), *facts.all_completed())

    async def post(self, path: str, body: Any) -> None:
        answer = await self.world.post(f"/certificates/v1/{path}", body)
        assert answer.status_code < 500, answer.text

    async def attends(self, session: str, seconds: int) -> None:
        self.versions[session] += 1
        await self.hears(facts.settled(self.who, session, seconds, self.versions[session]))

    async def person(self, profession: str) -> None:
        self.person_version += 1
        licenses = [NJ] if profession == "counselor" else []
        version = self.person_version
        await self.hears(facts.person(self.who, profession, *licenses, version=version))

    async def dispute(self, result: str) -> None:
        if result == "open":
            await self.hears(facts.dispute_opened(self.who))
        else:
            await self.hears(facts.dispute_closed(self.who, result))

    async def declines(self, board: str, declined: bool) -> None:
        body = {"board": board, "declined": declined}
        await self.post(f"registrations/{self.registration_id}/declines", body)

    async def claims(self, credit: str) -> None:
        body = {"board": "ACCME", "credits": credit}
        await self.post(f"registrations/{self.registration_id}/claims", body)

    async def course(self, how: str) -> None:
        self.course_version += 1
        boards: list[Any] = {
            "all": facts.BOARDS,
            "no NBCC": [one for one in facts.BOARDS if one["board"] != "NBCC"],
            "no evaluation": with_board("NBCC", evaluation=False),
            "strict": with_board("NBCC", max_missed_seconds=0, rule_version=2),
        }[how]
        await self.hears(facts.course(version=self.course_version, boards=boards))

    async def evaluates(self) -> None:
        await self.world.evaluates(self.who)

    async def pays(self) -> None:
        await self.hears(facts.paid(self.who))

    async def cancels(self) -> None:
        await self.hears(
            facts.cancelled(self.who, "2020-11-03T12:00:00Z"),
            facts.cancellation_settled(self.who, "nothing"),
        )

    async def revokes(self) -> None:
        for one in _valid(await self.world.shown(self.who))[:1]:
            await self.post(f"certificates/{one['certificate_id']}/revoke", {"reason": "r"})

    async def supersedes(self) -> None:
        for one in (await self.world.shown(self.who))["certificates"][:1]:
            body = {"reason": "r", "name": "Another Name"}
            await self.post(f"certificates/{one['certificate_id']}/supersede", body)

    async def rests(self) -> None:
        await self.world.rests()

    async def sweeps(self) -> None:
        await self.world.swept()

    async def holds(self) -> None:
        """At most one live certificate a board, none without credit beside one with; each has what
        it rests on; what is granted has its certificate, or it is being made."""
        issued = await self.rows("board, status, evidence", "certificates")
        live = [one["board"] for one in issued if one["status"] == "valid"]
        assert len(live) == len(set(live))
        assert "participation" not in live or live == ["participation"]
        assert all(one["evidence"].keys() == set(SESSIONS) for one in issued)
        there = {one["board"] for one in issued if one["status"] != "superseded"}
        due = await self.world.rows("SELECT ref FROM due WHERE kind = 'render'")
        made = {one["ref"].partition("/")[2] for one in due if self.registration_id in one["ref"]}
        granted = await self.rows("board, status", "awards")
        assert {one["board"] for one in granted if one["status"] == "granted"} <= there | made

    async def held_to_the_end(self) -> None:
        """At rest each certificate was said once, and says what its award does."""
        await self.world.rests()
        await self.holds()
        issued = await self.rows("certificate_id, board, status, credits, by_staff", "certificates")
        said = [one["certificate_id"] for one in await self.said("certificate.issued")]
        assert sorted(said) == sorted(one["certificate_id"] for one in issued)
        awards = {one["board"]: one for one in await self.rows("board, credits, held", "awards")}
        for one in issued:
            award = awards.get(one["board"])
            if one["status"] == "valid" and not one["by_staff"] and award and not award["held"]:
                assert one["credits"] == award["credits"]
        assert await self.world.rows("SELECT ref FROM due WHERE kind = 'render'") == []


@settings(max_examples=14, **COMMON)
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
async def test_whatever_is_done_at_most_one_certificate_holds_a_board(world, steps):
    life = Doing(world)
    await life.begins()
    for name, *given_to_it in steps:
        await getattr(life, name)(*given_to_it)
        await life.holds()
    await life.held_to_the_end()


# --- one journey, told ----------------------------------------------------------------------------


async def test_late_payment_late_evaluation_and_late_evidence_end_in_the_right_award_once(world):
    life = Life(world)
    who = life.who
    asked, confirmed = facts.registered(who, "invoice")
    await life.hears(facts.course(), facts.person(who, "psychologist"), asked, confirmed)
    await life.hears(*facts.attended(who, 7200, 7200, 0, 7200), *facts.all_completed())
    await world.rests()
    [told] = [one for one in await life.said("award.withheld") if one["board"] == "APA"]
    assert [u["condition"] for u in told["unmet"]] == ["paid", "attendance", "evaluation"]
    await life.hears(facts.settled(who, "s3", 7000, version=2))
    await world.evaluates(who)
    await world.rests()
    assert await life.said("certificate.issued") == []
    last = (await life.said("award.withheld"))[-1]
    assert ([u["condition"] for u in last["unmet"]], last["credits"]) == (["paid"], "8.0")
    await life.hears(facts.paid(who))
    await life.hears(facts.paid(who), facts.settled(who, "s3", 0, version=1))
    assert await world.evaluates(who) == 200
    await world.rests()
    [granted] = await life.said("award.granted")
    [issued] = await life.said("certificate.issued")
    assert (granted["board"], granted["credits"]) == ("APA", "8.0")
    assert (issued["board"], issued["credits"]) == ("APA", "8.0")
    assert issued["evidence"] == {"s1": 1, "s2": 1, "s3": 2, "s4": 1}
