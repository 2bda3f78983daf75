"""What changes when certificates are out: rules, boards, people, money. Better is issued anew, worse
is put before a human, and nothing that was right is taken back."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts import reference
from shared.contracts.billing import RefundSettled
from shared.contracts.registration import RegistrationTransferred
from tests.edges.certificates.facts import (
    BOARDS,
    about,
    all_completed,
    attended,
    board,
    cancellation_settled,
    cancelled,
    completed,
    course,
    dispute_closed,
    dispute_opened,
    paid,
    person,
    registered,
    settled,
    with_board,
)
from tests.edges.certificates.test_again import certificates, live
from tests.edges.certificates.test_story import all_of

pytestmark = pytest.mark.usefixtures("blank_pages")
NURSE = ("Gus Wold", "nurse", [], ())
ANCC = ("ANCC", "valid", 8.0)


async def issued(world: Any, learner: Any = NURSE) -> str:
    await all_of(world, learner)
    await world.evaluates(learner[0])
    await world.rests()
    return str(learner[0])


async def open_tasks(world: Any) -> list[str]:
    closed = {one["task_id"] for one in await world.said("task.closed")}
    opened = await world.said("task.opened")
    return [one["kind"] for one in opened if one["task_id"] not in closed]


async def test_a_rule_that_gives_more_afterwards_is_followed_by_a_better_certificate(world):
    boards = with_board("ANCC", approved_hours="6")
    await world.hears(course(boards=boards), person("Gus Wold", "nurse"), *registered("Gus Wold"))
    await world.hears(*attended("Gus Wold"), *all_completed())
    await world.swept()
    await world.evaluates("Gus Wold")
    await world.rests()
    await world.hears(course(version=2, boards=with_board("ANCC", rule_version=2)))
    await world.rests()
    assert await certificates(world, "Gus Wold") == [("ANCC", "superseded", 6.0), ANCC]
    rules = await world.rows("SELECT credits, rule_version FROM certificates ORDER BY credits")
    assert rules == [{"credits": "6.0", "rule_version": 1}, {"credits": "8.0", "rule_version": 2}]


async def test_a_rule_that_gives_less_afterwards_is_put_before_a_human(world):
    who = await issued(world)
    stricter = with_board("ANCC", approved_hours="6", rule_version=2)
    await world.hears(course(version=2, boards=stricter))
    await world.rests()
    assert await certificates(world, who) == [ANCC]
    assert await open_tasks(world) == ["certificate-in-question"]
    [row] = await world.rows("SELECT rule_version FROM certificates")
    assert row["rule_version"] == 1, "it says by which rule it was given"


async def test_an_approval_that_is_published_late_counts_where_it_held_on_the_day(world):
    early = [one for one in BOARDS if one["board"] != "ANCC"]
    await world.hears(course(boards=early), person("Gus Wold", "nurse"), *registered("Gus Wold"))
    await world.hears(*attended("Gus Wold"), *all_completed())
    await world.swept()
    await world.evaluates("Gus Wold")
    await world.rests()
    assert await certificates(world, "Gus Wold") == [(None, "valid", 8.0)], "no board served"
    ancc = board("ANCC", "contact hours", "PER_SESSION", "nurse", approved_from="2020-10-27")
    await world.hears(course(version=2, boards=[*early, ancc]))
    await world.rests()
    assert await certificates(world, "Gus Wold") == [
        ("ANCC", "valid", 4.0),
        (None, "superseded", 8.0),
    ]


async def test_a_board_that_is_added_afterwards_gives_its_credit_too(world):
    who = await issued(world)
    more = board("CE-BOARD", "hours", "PRO_RATA", "nurse", evaluation=False)
    await world.hears(course(version=2, boards=[*BOARDS, more]))
    await world.rests()
    assert await certificates(world, who) == [ANCC, ("CE-BOARD", "valid", 8.0)]
    assert await world.said("certificate.superseded") == []


async def test_a_dispute_that_is_lost_after_the_issue_leaves_it_and_asks_staff(world):
    who = await issued(world)
    await world.hears(dispute_opened(who))
    await world.rests()
    assert await open_tasks(world) == ["certificate-in-question"]
    await world.hears(dispute_closed(who, "lost"))
    await world.rests()
    assert await certificates(world, who) == [ANCC]
    assert await open_tasks(world) == ["certificate-in-question"]
    await world.hears(dispute_closed(who, "won"))
    await world.rests()
    assert await open_tasks(world) == []


async def test_a_refund_for_goodwill_is_no_news_here(world):
    who = await issued(world)
    said = RefundSettled.model_validate(RefundSettled.example | about(who))
    before = await world.said()
    await world.hears(said)
    await world.rests()
    assert await certificates(world, who) == [ANCC]
    assert await world.said() == before


async def test_who_was_transferred_away_gets_nothing_and_who_was_moved_here_gets_all(world):
    left, came = "Gus Wold", "Gus Wold again"
    said = RegistrationTransferred.example | about(left)
    gone = RegistrationTransferred.model_validate(said)
    await world.hears(course(), person(left, "nurse"), *registered(left), gone)
    same = {"person_id": about(left)["person_id"]}
    moved = [one.model_copy(update=same) for one in [*registered(came), *attended(came)]]
    await world.hears(*moved, *attended(left), *all_completed())
    await world.swept()
    await world.evaluates(came)
    await world.rests()
    assert await certificates(world, left) == []
    assert await certificates(world, came) == [ANCC]


async def test_a_person_who_is_merged_has_the_survivors_name_and_licences(world):
    who = "Cy Stone"
    await all_of(world, (who, "social_worker", [], ()))
    await world.evaluates(who)
    merged = person(who, "social_worker", ("social_worker", "NY", "9"), version=2, name="Cyrus S.")
    await world.hears(merged)
    await world.rests()
    assert await certificates(world, who) == [("NYSED-SW", "valid", 8.0)]
    [row] = await world.rows("SELECT page ->> 'name' AS name FROM documents")
    assert row["name"] == "Cyrus S."


async def test_a_licence_without_a_number_is_enough_for_the_certificate(world):
    who = "Bo Reed"
    await issued(world, (who, "counselor", [("counselor", "NY", "")], ()))
    assert [one for one, _, _ in await certificates(world, who)] == ["NBCC", "NYSED-MHC"]


async def test_cancelled_after_two_sessions_for_nothing_earns_the_two_late_or_early_told(world):
    who = "Gus Wold"
    at = "2020-10-30T12:00:00Z"
    await world.hears(course(), person(who, "nurse"), *registered(who))
    await world.hears(settled(who, "s1"), settled(who, "s2"))
    await world.hears(*all_completed())
    await world.evaluates(who)
    await world.rests()
    assert await certificates(world, who) == []
    await world.hears(cancellation_settled(who, "nothing"), cancelled(who, at))
    await world.rests()
    assert await certificates(world, who) == [("ANCC", "valid", 4.0)]


async def test_minutes_that_are_corrected_upwards_raise_and_downwards_are_asked_about(world):
    who = await issued(world)
    await world.hears(completed("s2", 60, settled_at="2020-11-10T09:00:00Z"))
    await world.rests()
    assert await certificates(world, who) == [ANCC]
    assert await open_tasks(world) == ["certificate-in-question"]
    await world.hears(completed("s2", 120, settled_at="2020-11-10T10:00:00Z"))
    await world.rests()
    assert await open_tasks(world) == []
    assert (await live(world, who))["credits"] == 8.0
    assert len(await world.said("certificate.issued")) == 1


async def test_paid_late_the_award_follows_and_paid_twice_it_follows_once(world):
    who = "Gus Wold"
    await world.hears(course(), person(who, "nurse"), *registered(who, "invoice"))
    await world.hears(*attended(who), *all_completed())
    await world.evaluates(who)
    await world.rests()
    assert await certificates(world, who) == []
    await world.hears(paid(who))
    await world.hears(paid(who))
    await world.rests()
    assert await certificates(world, who) == [ANCC]


async def test_a_last_session_that_is_cancelled_after_the_others_ends_the_course(world):
    """No `session.completed` with `last` is ever said then: who waits looks at the sessions."""
    sessions = [
        one | ({"status": "cancelled"} if one["session_id"] == "s4" else {})
        for one in reference.SESSIONS
    ]
    gus = "Gus Wold"
    await world.hears(course(), person(gus, "nurse"), *registered(gus))
    for session in ("s1", "s2", "s3"):
        await world.hears(settled(gus, session), completed(session))
    await world.swept()
    await world.evaluates(gus)
    await world.rests()
    assert await certificates(world, gus) == []
    await world.hears(course(version=2, sessions=sessions))
    await world.rests()
    assert await certificates(world, gus) == [("ANCC", "valid", 6.0)]
