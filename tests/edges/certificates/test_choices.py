"""What learners choose: boards they decline, a certificate without credit; and what becomes of one
that says "no CE credit" when credit comes after all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.edges.certificates.facts import (
    BOARDS,
    about,
    all_completed,
    attended,
    course,
    dispute_closed,
    dispute_opened,
    paid,
    person,
    registered,
    settled,
    substituted,
    with_board,
)
from tests.edges.certificates.test_again import certificates, live, supersede
from tests.edges.certificates.test_crash import other
from tests.edges.certificates.test_story import all_of
from tests.stage import killed_at

pytestmark = pytest.mark.usefixtures("blank_pages")
NJ = ("Ada Quill", "counselor", [("counselor", "NJ", "1")], ())
MFT = ("Mo Fern", "mft", [("mft", "NY", "1")], ())
NURSE = ("Gus Wold", "nurse", [], ())
LATE = (7200, 7200, 0, 7200)


async def declines(world: Any, who: str, board: str, declined: bool = True) -> Any:
    path = f"/certificates/v1/registrations/{about(who)['registration_id']}/declines"
    return await world.post(path, {"board": board, "declined": declined}, who)


async def asks(world: Any, who: str, key: str = "") -> Any:
    path = f"/certificates/v1/registrations/{about(who)['registration_id']}/participation"
    return await world.post(path, None, who, key)


async def award(world: Any, who: str, board: str) -> Any:
    [found] = [a for a in (await world.shown(who))["awards"] if a["board"] == board]
    return found


# --- declining ------------------------------------------------------------------------------------


async def test_a_board_that_was_declined_before_the_end_is_never_told_of_and_gives_nothing(world):
    await world.hears(course(), person(*NJ[:2], *NJ[2]), *registered(NJ[0]))
    answer = await declines(world, NJ[0], "STATE")
    assert (answer.status_code, answer.json()["status"]) == (200, "declined")
    await world.hears(*attended(NJ[0]), *all_completed())
    await world.swept()
    await world.evaluates(NJ[0])
    await world.rests()
    assert await certificates(world, NJ[0]) == [("NBCC", "valid", 8.0)]
    told = await world.said("award.granted", "award.withheld")
    assert {one["board"] for one in told} == {"NBCC"}
    shown = await award(world, NJ[0], "STATE")
    assert (shown["declined"], shown["status"], shown["credits"]) == (True, "declined", 0.0)
    assert shown["unmet"] == [
        {
            "condition": "declined",
            "detail": "You declined the credit of STATE. You can take that back on your "
            "registration's page.",
        }
    ]


async def test_a_board_that_was_told_of_is_told_to_be_declined_and_back_again(world):
    await all_of(world, NJ)
    await declines(world, NJ[0], "STATE")
    last = (await world.said("award.withheld"))[-1]
    assert (last["board"], [u["condition"] for u in last["unmet"]]) == ("STATE", ["declined"])
    assert (await declines(world, NJ[0], "STATE", declined=False)).json()["declined"] is False
    last = (await world.said("award.withheld"))[-1]
    assert [u["condition"] for u in last["unmet"]] == ["evaluation"]
    await world.evaluates(NJ[0])
    await world.rests()
    assert [board for board, _, _ in await certificates(world, NJ[0])] == ["NBCC", "STATE"]


async def test_declined_while_its_certificate_is_being_made_there_is_none(world):
    await all_of(world, NURSE)
    await world.evaluates(NURSE[0])
    assert await world.rows("SELECT ref FROM due WHERE kind = 'render'")
    await declines(world, NURSE[0], "ANCC")
    await world.rests()
    assert await certificates(world, NURSE[0]) == []
    assert await world.count("certificates") == 0
    await declines(world, NURSE[0], "ANCC", declined=False)
    await world.rests()
    assert await certificates(world, NURSE[0]) == [("ANCC", "valid", 8.0)]


async def test_once_a_certificate_is_out_only_staff_take_it_away(world):
    await all_of(world, NURSE)
    await world.evaluates(NURSE[0])
    await world.rests()
    answer = await declines(world, NURSE[0], "ANCC")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/certificate-issued")
    unknown = await declines(world, NURSE[0], "NO-SUCH")
    assert (unknown.status_code, unknown.json()["type"]) == (409, "/problems/board-not-of-course")
    path = f"/certificates/v1/certificates/{(await live(world, NURSE[0]))['certificate_id']}/revoke"
    await world.post(path, {"reason": "asked for"})
    assert (await declines(world, NURSE[0], "ANCC")).json()["status"] == "declined"


async def test_a_choice_is_the_persons_and_whoever_is_substituted_has_not_made_it(world):
    await world.hears(course(), person(*NURSE[:2]), *registered(NURSE[0]))
    await declines(world, NURSE[0], "ANCC")
    await world.hears(person("Ivy Ash", "nurse"), substituted(NURSE[0], by="Ivy Ash"))
    assert (await award(world, NURSE[0], "ANCC"))["declined"] is False


async def test_a_claim_that_was_declined_is_there_when_that_is_taken_back(world):
    who = "Flo Vale"
    await all_of(world, (who, "physician", [], ()))
    await world.evaluates(who)
    await declines(world, who, "ACCME")
    refused = await world.claims(who, 5)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-claimable")
    await declines(world, who, "ACCME", declined=False)
    assert (await world.claims(who, 5)).status_code == 201
    await declines(world, who, "ACCME")
    await declines(world, who, "ACCME", declined=False)
    await world.rests()
    assert await certificates(world, who) == [("ACCME", "valid", 5.0)]


# --- participation on request ---------------------------------------------------------------------


async def missed_one(world: Any) -> str:
    """A psychologist: APA asks for every session."""
    who = "Pia Moor"
    await all_of(world, (who, "psychologist", [], LATE))
    await world.evaluates(who)
    await world.rests()
    return who


async def test_who_gets_no_credit_may_ask_for_participation_and_gets_it_once(world):
    who = await missed_one(world)
    assert await certificates(world, who) == [], "not by itself: a board serves them"
    assert (await world.shown(who))["participation"] == {
        "hours": 6.0,
        "sessions": ["s1", "s2", "s4"],
        "unmet": [],
        "requestable": True,
    }
    assert (await asks(world, who)).status_code == 202
    assert (await asks(world, who)).status_code == 202
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert (issued["board"], issued["kind"], issued["credits"]) == (None, "participation", "6.0")
    assert issued["evidence"] == {"s1": 1, "s2": 1, "s3": 1, "s4": 1}
    assert (await world.shown(who))["participation"]["requestable"] is False
    [shown] = (await world.shown(who))["certificates"]
    assert (shown["kind"], shown["board"]) == ("participation", None)


async def test_who_declined_all_that_serve_may_ask_too(world):
    await all_of(world, NURSE)
    await declines(world, NURSE[0], "ANCC")
    assert (await asks(world, NURSE[0])).status_code == 202
    await world.rests()
    assert await certificates(world, NURSE[0]) == [(None, "valid", 8.0)]


@pytest.mark.parametrize(
    ("why", "detail"),
    [
        ("credit", "A board gives you credit, or you can claim it, so there is no certificate"),
        ("early", "The course's last session is not over yet, or attendance is still"),
        ("absent", "There is no session at which you were present by the rule"),
        ("unpaid", "Something is still missing."),
    ],
)
async def test_it_is_refused_with_the_reason(world, why, detail):
    who = NURSE[0]
    await world.hears(course(boards=with_board("ANCC", evaluation=False)), person(who, "nurse"))
    await world.hears(*registered(who, "invoice" if why == "unpaid" else "paid"))
    if why != "early":
        seconds = (0, 0, 0, 0) if why == "absent" else ()
        await world.hears(*attended(who, *seconds), *all_completed())
    answer = await asks(world, who)
    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "/problems/participation-not-requestable",
    )
    assert answer.json()["detail"].startswith(detail)
    pointers = [one["pointer"] for one in answer.json().get("errors", [])]
    assert pointers == (["/paid"] if why == "unpaid" else [])


async def test_whom_no_board_serves_need_not_ask(world):
    await all_of(world, MFT)
    assert (await asks(world, MFT[0])).status_code == 202
    await world.rests()
    assert len(await world.said("certificate.issued")) == 1


async def test_what_staff_withdrew_is_not_promised_again(world):
    await all_of(world, MFT)
    assert (await asks(world, MFT[0])).status_code == 202
    await world.rests()
    [old] = (await world.shown(MFT[0]))["certificates"]
    path = f"/certificates/v1/certificates/{old['certificate_id']}"
    assert (await world.post(f"{path}/revoke", {"reason": "Was not there."})).status_code == 200
    answer = await asks(world, MFT[0])
    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "/problems/participation-not-requestable",
    )
    assert answer.json()["detail"].startswith("The provider withdrew your certificate")
    assert (await world.post(f"{path}/supersede", {"reason": "Was there."})).status_code == 202
    assert (await asks(world, MFT[0])).status_code == 202, "it is being made"
    await world.rests()
    assert (await asks(world, MFT[0])).status_code == 202, "and it is there"


# --- credit after all -----------------------------------------------------------------------------


async def test_credit_that_comes_later_takes_the_place_of_no_credit(world):
    who = await missed_one(world)
    await asks(world, who)
    await world.rests()
    first = await live(world, who)
    await world.hears(settled(who, "s3", 7200, version=2))
    await world.rests()
    assert await certificates(world, who) == [("APA", "valid", 8.0), (None, "superseded", 6.0)]
    [ended] = await world.said("certificate.superseded")
    assert (ended["certificate_id"], ended["reason"]) == (first["certificate_id"], "credit-given")
    assert ended["superseded_by"] == (await live(world, who))["certificate_id"]
    code = first["verify_url"].rpartition("/")[2]
    told = (await world.client().get(f"/certificates/verify/{code}")).json()
    assert (told["status"], told["reason"]) == (
        "superseded",
        "A certificate of credit took its place",
    )
    assert await world.said("task.opened") == []
    assert await world.rows("SELECT status FROM awards WHERE board = 'participation'") == [
        {"status": "withheld"}
    ]


async def test_a_licence_that_is_named_later_ends_the_participation_of_whom_no_board_served(world):
    who = MFT[0]
    await all_of(world, MFT)
    await world.rests()
    await world.hears(person(who, "mft", ("mft", "NY", "1"), ("mft", "CA", "2"), version=2))
    await world.evaluates(who)
    await world.rests()
    assert await certificates(world, who) == [("STATE", "valid", 8.0), (None, "superseded", 8.0)]


async def test_credit_that_comes_while_participation_is_being_made_is_all_there_is(world):
    who = await missed_one(world)
    await asks(world, who)
    await world.hears(settled(who, "s3", 7200, version=2))
    await world.rests()
    assert await certificates(world, who) == [("APA", "valid", 8.0)]
    assert await world.count("certificates") == 1


async def test_a_crash_before_the_credit_is_stored_leaves_the_old_one_valid_until_it_is(world):
    who = await missed_one(world)
    await asks(world, who)
    await world.rests()
    await world.hears(settled(who, "s3", 7200, version=2))
    with killed_at("outside.acted"):
        await other(world).step()
    assert await certificates(world, who) == [(None, "valid", 6.0)]
    await world.leases_run_out()
    await world.rests()
    assert await certificates(world, who) == [("APA", "valid", 8.0), (None, "superseded", 6.0)]
    assert len(await world.said("certificate.superseded")) == 1


async def test_several_boards_end_it_once(world):
    who = NJ[0]
    await world.hears(course(), person(*NJ[:2], *NJ[2]), *registered(who), *attended(who))
    await world.hears(*all_completed())
    await world.swept()
    assert (await asks(world, who)).status_code == 202, "without the evaluation no board gives"
    await world.rests()
    await world.evaluates(who)
    await world.rests()
    assert await certificates(world, who) == [
        ("NBCC", "valid", 8.0),
        ("STATE", "valid", 8.0),
        (None, "superseded", 8.0),
    ]
    assert len(await world.said("certificate.superseded")) == 1


async def test_staff_do_not_make_no_credit_beside_a_credit_that_holds(world):
    who = MFT[0]
    await all_of(world, MFT)
    await world.rests()
    old = (await live(world, who))["certificate_id"]
    await world.post(f"/certificates/v1/certificates/{old}/revoke", {"reason": "a mistake"})
    await world.hears(person(who, "nurse", version=2))
    await world.evaluates(who)
    await world.rests()
    answer = await supersede(world, old)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/credit-stands")
    assert await certificates(world, who) == [("ANCC", "valid", 8.0), (None, "revoked", 8.0)]


async def test_what_staff_correct_meanwhile_does_not_come_beside_the_credit_either(world):
    who = await missed_one(world)
    await asks(world, who)
    await world.rests()
    old = (await live(world, who))["certificate_id"]
    path = f"/certificates/v1/certificates/{old}/supersede"
    assert (await world.post(path, {"reason": "r", "name": "Pia Moor-Hill"})).status_code == 202
    await world.hears(settled(who, "s3", 7200, version=2))
    await world.rests()
    held = [one for one in await certificates(world, who) if one[1] == "valid"]
    assert held == [("APA", "valid", 8.0)]


async def test_participation_that_is_no_longer_right_is_put_before_a_human(world):
    await all_of(world, MFT)
    await world.rests()
    await world.hears(settled(MFT[0], "s2", 0, version=2))
    await world.rests()
    [task] = await world.said("task.opened")
    assert task["kind"] == "certificate-in-question"
    assert await certificates(world, MFT[0]) == [(None, "valid", 8.0)]
    await world.hears(settled(MFT[0], "s2", 7200, version=3))
    await world.rests()
    assert len(await world.said("task.closed")) == 1


@pytest.mark.parametrize("late", [False, True])
async def test_attendance_corrected_to_nothing_is_for_staff_and_then_both_orders_are_alike(
    world, late
):
    who, nothing = MFT[0], [settled(MFT[0], one, 0, version=2) for one in ("s1", "s2", "s3", "s4")]
    await world.hears(course(), person(who, *MFT[1:2], *MFT[2]), *registered(who), *attended(who))
    await world.hears(*([] if late else nothing), *all_completed())
    await world.rests()
    if late:
        await world.hears(*nothing)
        await world.rests()
        [task] = await world.said("task.opened")
        assert task["kind"] == "certificate-in-question"
        out = (await live(world, who))["certificate_id"]
        path = f"/certificates/v1/certificates/{out}/revoke"
        assert (await world.post(path, {"reason": "was not there"})).status_code == 200
        await world.rests()
    assert [one for one in await certificates(world, who) if one[1] == "valid"] == []
    assert await world.rows("SELECT board FROM awards WHERE status = 'granted' OR held") == []
    assert len(await world.said("task.closed")) == int(late)
    assert (await asks(world, who)).status_code == 409


@pytest.mark.parametrize("late", [False, True])
async def test_participation_that_came_by_itself_stands_when_a_board_serves_and_gives_nothing(
    world, late
):
    """New Jersey's board serves them, and gives nothing for three of four sessions. What is out says
    what is so, and is theirs for the asking: nobody has to judge, and who asks has it either way."""
    who, alone = "Mo Fern", [one for one in BOARDS if one["board"] == "STATE"]
    named = person(who, "mft", ("mft", "NJ", "2"), version=2)
    first = person(who, "mft", ("mft", "NY", "1"))
    await world.hears(course(boards=alone), first, *registered(who), *([] if late else [named]))
    await world.hears(*attended(who, 7200, 7200, 0, 7200), *all_completed())
    await world.rests()
    if late:
        await world.hears(named)
        await world.rests()
    assert await certificates(world, who) == ([(None, "valid", 6.0)] if late else [])
    assert (await world.shown(who))["participation"]["requestable"] is not late
    assert (await asks(world, who)).status_code == 202
    await world.rests()
    assert await certificates(world, who) == [(None, "valid", 6.0)]
    assert (await world.shown(who))["participation"]["requestable"] is False
    assert await world.rows("SELECT board, status, held FROM awards WHERE status = 'granted'") == [
        {"board": "participation", "status": "granted", "held": False}
    ]
    assert await world.rows("SELECT participation_for FROM registrations") == [
        {"participation_for": about(who)["person_id"]}
    ]
    assert await world.said("task.opened") == []


async def test_participation_that_stands_so_is_no_colleagues(world):
    """What somebody got by themselves is no wish of whoever comes instead."""
    who, alone = "Mo Fern", [one for one in BOARDS if one["board"] == "STATE"]
    first = person(who, "mft", ("mft", "NY", "1"))
    await world.hears(course(boards=alone), first, *registered(who))
    await world.hears(*attended(who, *LATE), *all_completed())
    await world.rests()
    await world.hears(person("Ivy Ash", "mft", ("mft", "NJ", "1")), substituted(who, by="Ivy Ash"))
    assert (await world.shown(who))["participation"]["requestable"] is True


async def test_who_had_participation_by_itself_and_asked_for_it_keeps_the_wish(world):
    """Asked for when it was due by itself, and no board's since: credit that ends brings it back."""
    await all_of(world, MFT)
    assert (await asks(world, MFT[0])).status_code == 202
    assert await world.value("SELECT participation_for FROM registrations") is not None


async def test_participation_that_a_dispute_stops_while_it_is_made_is_no_longer_said_to_be_due(
    world,
):
    await all_of(world, MFT)
    await world.hears(dispute_opened(MFT[0]))
    await world.rests()
    assert await world.rows("SELECT status FROM awards") == [{"status": "withheld"}]
    await world.hears(dispute_closed(MFT[0], "won"))
    await world.rests()
    assert await world.rows("SELECT status FROM awards") == [{"status": "granted"}]
    assert await certificates(world, MFT[0]) == [(None, "valid", 8.0)]


# --- a board that is dropped ----------------------------------------------------------------------


async def test_a_board_that_is_dropped_before_its_certificate_gives_nothing_and_says_so(world):
    who = NURSE[0]
    await world.hears(course(), person(who, "nurse"), *registered(who, "invoice"))
    await world.hears(*attended(who), *all_completed())
    await world.swept()
    await world.evaluates(who)
    without = [one for one in course().boards if one.board != "ANCC"]
    await world.hears(course(version=2, boards=[one.model_dump(mode="json") for one in without]))
    await world.rests()
    last = (await world.said("award.withheld"))[-1]
    assert (last["board"], last["credits"]) == ("ANCC", "0.0")
    assert last["unmet"] == [
        {
            "condition": "course",
            "detail": "ANCC is no longer a board of this course, so it gives no credit.",
        }
    ]
    await world.hears(paid(who))
    await world.rests()
    assert await world.said("award.granted") == []


async def test_what_a_certificate_rests_on_is_said_and_kept(world):
    who = NURSE[0]
    boards = with_board("ANCC", rule_version=7)
    await world.hears(course(boards=boards), person(who, "nurse"), *registered(who))
    await world.hears(*attended(who, 7200, 0, 7200, 7200), settled(who, "s2", 0, version=4))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(who)
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert (issued["kind"], issued["rule_version"]) == ("completion", 7)
    assert issued["evidence"] == {"s1": 1, "s2": 4, "s3": 1, "s4": 1}
    [row] = await world.rows("SELECT rule_version, evidence FROM certificates")
    assert row == {"rule_version": 7, "evidence": {"s1": 1, "s2": 4, "s3": 1, "s4": 1}}
