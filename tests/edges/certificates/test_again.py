"""What comes late, again or by hand: nothing that is over begins anew, nothing due is lost, and no
certificate says what its own page contradicts."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts import reference
from tests.edges.certificates.facts import (
    BOARDS,
    about,
    all_completed,
    attended,
    cancellation_settled,
    cancelled,
    completed,
    course,
    dispute_closed,
    dispute_opened,
    expired,
    person,
    registered,
    settled,
    substituted,
)
from tests.edges.certificates.test_story import all_of

NURSE = ("Gus Wold", "nurse", [], ())
MFT = ("Mo Fern", "mft", [("mft", "NY", "1")], ())


async def issued_to(world: Any, learner: Any) -> str:
    """Issued by itself; gives the certificate's id."""
    await all_of(world, learner)
    if learner[1] != "mft":
        await world.evaluates(learner[0])
    await world.rests()
    return str((await live(world, learner[0]))["certificate_id"])


async def certificates(world: Any, who: str) -> list[tuple[str | None, str, float]]:
    shown = (await world.shown(who))["certificates"]
    return [(one["board"], one["status"], one["credits"]) for one in shown]


async def live(world: Any, who: str) -> Any:
    [found] = [c for c in (await world.shown(who))["certificates"] if c["status"] == "valid"]
    return found


async def page(world: Any, certificate_id: str) -> dict[str, Any]:
    answer = await world.http.get(f"/certificates/v1/certificates/{certificate_id}.json")
    return dict(answer.json()["page"])


async def supersede(world: Any, certificate_id: str, **more: Any) -> Any:
    path = f"/certificates/v1/certificates/{certificate_id}/supersede"
    answer = await world.post(path, {"reason": "as they wrote", **more})
    await world.rests()
    return answer


async def finishes(world: Any, who: str, version: int = 1, *, asked: bool = True) -> None:
    await world.hears(*attended(who), *all_completed())
    await world.swept()
    await world.evaluates(who, version, asked=asked)
    await world.rests()


# --- registrations: what has ended stays ended ----------------------------------------------------


async def test_a_confirmation_that_is_replayed_after_the_refund_gives_no_certificate(world):
    who = "Gus Wold"
    requested, confirmed, paid = registered(who)
    await world.hears(course(), person(who, "nurse"), requested, paid)
    await world.hears(cancelled(who, "2020-10-01T00:00:00Z"), cancellation_settled(who, "refund"))
    await world.replays(confirmed)
    await world.replays(requested)
    await finishes(world, who, asked=False)
    assert await certificates(world, who) == []
    [ancc] = [a for a in (await world.shown(who))["awards"] if a["board"] == "ANCC"]
    assert [u["condition"] for u in ancc["unmet"]] == ["not_cancelled"]


async def test_a_hold_that_ended_before_the_payment_and_is_told_after_it_withholds_nothing(world):
    who = "Gus Wold"
    await world.hears(course(), person(who, "nurse"), *registered(who))
    await world.replays(expired(who))
    await finishes(world, who)
    assert await certificates(world, who) == [("ANCC", "valid", 8.0)]


async def test_what_was_said_of_the_former_person_does_not_turn_the_registration_back(world):
    who, by = "Gus Wold", "Ada Quill"
    requested, confirmed, paid = registered(who)
    await world.hears(course(), person(who, "nurse"), person(by, "nurse"), requested, paid)
    await world.hears(substituted(who, by))
    await world.replays(confirmed)
    await world.replays(requested)
    await finishes(world, who, version=2)
    assert (await page(world, (await live(world, who))["certificate_id"]))["name"] == by


async def test_the_former_persons_disclosure_is_not_the_new_ones(world):
    who, by = "Gus Wold", "Ada Quill"
    requested, confirmed, paid = registered(who)
    unasked = substituted(who, by).model_copy(update={"disclosure": None})
    await world.hears(course(), person(who, "nurse"), person(by, "nurse"), confirmed, paid, unasked)
    await world.replays(requested)
    await finishes(world, who, version=2)
    [ancc] = [a for a in (await world.shown(who))["awards"] if a["board"] == "ANCC"]
    assert [u["condition"] for u in ancc["unmet"]] == ["disclosure"]


async def test_minutes_taught_that_were_corrected_are_not_taken_back_by_a_replay(world):
    who, first = "Gus Wold", completed("s2")
    await world.hears(course(), person(who, "nurse"), *registered(who), *attended(who))
    await world.hears(completed("s1"), completed("s3"), completed("s4"))
    # The same completion, said anew when an operator knew better.
    await world.hears(completed("s2", 60, settled_at="2020-10-27T09:00:00Z"))
    await world.replays(first)
    await world.swept()
    await world.evaluates(who)
    await world.rests()
    assert await certificates(world, who) == [("ANCC", "valid", 7.0)]


# --- participation --------------------------------------------------------------------------------


async def test_participation_that_a_dispute_held_up_comes_when_it_is_won(world):
    who = MFT[0]
    await all_of(world, MFT)
    await world.hears(dispute_opened(who))
    await world.rests()
    assert await certificates(world, who) == []
    await world.hears(dispute_closed(who, "won"))
    await world.rests()
    assert await certificates(world, who) == [(None, "valid", 8.0)]
    assert len(await world.said("certificate.issued")) == 1


async def test_late_evidence_raises_participation_and_the_old_one_is_superseded(world):
    who = MFT[0]
    await issued_to(world, (*MFT[:3], (7200, 0, 7200, 7200)))
    assert await certificates(world, who) == [(None, "valid", 6.0)]
    await world.hears(settled(who, "s2", 7200, version=2))
    await world.rests()
    assert await certificates(world, who) == [(None, "superseded", 6.0), (None, "valid", 8.0)]
    shown = await page(world, (await live(world, who))["certificate_id"])
    assert (shown["credits"], shown["missed"]) == ("8.0", [])
    assert await world.rows("SELECT credits FROM awards") == [{"credits": "8.0"}]
    assert (
        await world.rows("SELECT kind FROM due WHERE kind NOT IN ('rotate_key', 'end_evidence')")
        == []
    )


async def test_participation_that_staff_revoked_is_not_made_again(world):
    who = MFT[0]
    path = f"/certificates/v1/certificates/{await issued_to(world, MFT)}/revoke"
    assert (await world.post(path, {"reason": "not the one"})).status_code == 200
    await world.hears(dispute_opened(who), dispute_closed(who, "won"))
    await world.rests()
    assert await certificates(world, who) == [(None, "revoked", 8.0)]


# --- a course that changes its boards -------------------------------------------------------------


@pytest.mark.parametrize("how", ["board-dropped", "profession-corrected"])
async def test_nobody_with_a_boards_credit_gets_participation_beside_it(world, how):
    who = NURSE[0]
    certificate_id = await issued_to(world, NURSE)
    without = [board for board in BOARDS if board["board"] != "ANCC"]
    change = course(version=2, boards=without)
    await world.hears(change if how == "board-dropped" else person(who, "coach", version=2))
    await world.rests()
    assert await certificates(world, who) == [("ANCC", "valid", 8.0)]
    assert (await world.shown(who))["participation"] is None
    # Once staff take the credit away there is none beside which to say it.
    path = f"/certificates/v1/certificates/{certificate_id}/revoke"
    await world.post(path, {"reason": "no nurse"})
    await world.rests()
    assert await certificates(world, who) == [("ANCC", "revoked", 8.0), (None, "valid", 8.0)]


async def test_what_a_dropped_board_gave_is_not_superseded_by_something_else(world):
    who = NURSE[0]
    certificate_id = await issued_to(world, NURSE)
    without = [board for board in BOARDS if board["board"] != "ANCC"]
    await world.hears(course(version=2, boards=without))
    await world.rests()
    answer = await supersede(world, certificate_id, name="Augustus Wold")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/board-not-of-course")
    assert await world.rows("SELECT board, status FROM certificates") == [
        {"board": "ANCC", "status": "valid"}
    ]
    # With the board published again it can be.
    await world.hears(course(version=3))
    await world.rests()
    assert (await supersede(world, certificate_id, name="Augustus Wold")).status_code == 202
    assert await certificates(world, who) == [("ANCC", "superseded", 8.0), ("ANCC", "valid", 8.0)]


# --- staff supersede ------------------------------------------------------------------------------


async def test_what_staff_keep_after_worse_evidence_keeps_its_sessions_too(world):
    who = "Pia Moor"
    ethics = [{"session_id": "s3", "category": "ethics", "hours": "2"}]
    apa = [b | {"categories": ethics} if b["board"] == "APA" else b for b in BOARDS]
    await world.hears(course(boards=apa), person(who, "psychologist"), *registered(who))
    await finishes(world, who)
    await world.hears(settled(who, "s3", 0, version=2))
    await world.rests()
    old = await live(world, who)
    assert (await supersede(world, old["certificate_id"], name="Pia Moor-Hill")).status_code == 202
    before = await page(world, old["certificate_id"])
    after = await page(world, (await live(world, who))["certificate_id"])
    assert (after["name"], after["credits"], after["missed"]) == ("Pia Moor-Hill", "8.0", [])
    assert after["sessions"] == before["sessions"]
    assert after["credits_note"] == before["credits_note"]
    assert "2.0 ethics" in after["credits_note"]


async def test_participation_that_staff_supersede_has_hours_and_sessions_of_one_decision(world):
    who = MFT[0]
    certificate_id = await issued_to(world, MFT)
    await world.hears(settled(who, "s2", 0, version=2))
    await world.rests()
    assert (await supersede(world, certificate_id)).status_code == 202
    after = await page(world, (await live(world, who))["certificate_id"])
    assert (after["credits"], after["missed"]) == ("6.0", ["26 October 2020"])


async def test_a_name_that_staff_corrected_stays_until_the_person_is_recorded_anew(world):
    who = NURSE[0]
    certificate_id = await issued_to(world, (*NURSE[:3], (7200, 0, 0, 7200)))
    await supersede(world, certificate_id, name="Augustus Wold")
    for session, credit in (("s2", 6.0), ("s3", 8.0)):  # a second one follows an automatic one
        await world.hears(settled(who, session, 7200, version=2))
        await world.rests()
        now = await live(world, who)
        assert now["credits"] == credit
        assert (await page(world, now["certificate_id"]))["name"] == "Augustus Wold"
    await world.hears(person(who, "nurse", version=2, name="Gustav Wold"))
    await supersede(world, (await live(world, who))["certificate_id"])
    shown = await page(world, (await live(world, who))["certificate_id"])
    assert shown["name"] == "Gustav Wold"


# --- disclosure and evaluation --------------------------------------------------------------------

CHANGED = reference.COURSE["disclosure"] | {"version": "2020-12-01"}


async def test_a_disclosure_that_changed_after_the_last_session_withholds_nothing(world):
    await all_of(world, NURSE, ("Ed Umber", "educator", [], ()))
    await world.evaluates(NURSE[0])
    await world.rests()
    later = {"disclosure": CHANGED, "published_at": "2020-12-01T09:00:00Z"}
    await world.hears(course(version=2, **later))
    await world.rests()
    await world.evaluates("Ed Umber")
    await world.rests()
    assert await certificates(world, NURSE[0]) == [("ANCC", "valid", 8.0)]
    assert await certificates(world, "Ed Umber") == [("WESPSB", "valid", 8.0)]
    assert await world.said("task.opened") == []


async def test_whichever_news_comes_first_it_counts_what_was_in_force_at_the_last_session(world):
    who = NURSE[0]
    later = {"disclosure": CHANGED, "published_at": "2020-12-01T09:00:00Z"}
    await world.hears(course(), course(version=2, **later), person(who, "nurse"), *registered(who))
    await finishes(world, who)
    assert await certificates(world, who) == [("ANCC", "valid", 8.0)]


async def test_a_disclosure_that_changed_before_the_last_session_is_asked_for(world):
    who = NURSE[0]
    earlier = {"disclosure": CHANGED, "published_at": "2020-11-08T09:00:00Z"}
    await world.hears(
        course(), course(version=2, **earlier), person(who, "nurse"), *registered(who)
    )
    await finishes(world, who)
    [ancc] = [a for a in (await world.shown(who))["awards"] if a["board"] == "ANCC"]
    assert [u["condition"] for u in ancc["unmet"]] == ["disclosure"]


async def test_an_evaluation_waits_until_the_course_says_what_it_asks(world):
    who = NURSE[0]
    await world.hears(person(who, "nurse"), *registered(who))
    path = f"/certificates/v1/registrations/{about(who)['registration_id']}/evaluation"
    early = await world.post(path, {"answers": {"x": "y"}}, who)
    assert (early.status_code, early.headers["retry-after"]) == (425, "2")
    asked = {"question_id": "o1", "text": "?", "required": True}
    await world.hears(course(evaluation={"version": 1, "questions": [asked]}))
    assert (await world.post(path, {"answers": {"x": "y"}}, who)).status_code == 422
    assert (await world.post(path, {"answers": {"o1": 4}}, who)).status_code == 201
