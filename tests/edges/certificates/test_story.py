"""The reference course's last evening: what each learner gets, and what each is told."""

from __future__ import annotations

import pytest

from shared.money import Money
from tests.edges.certificates.facts import (
    about,
    all_completed,
    attended,
    course,
    paid,
    person,
    registered,
)

NJ = ("counselor", "NJ", "37PC00000000")


async def all_of(world, *learners):
    """Course, people and registrations, attendance, completion: in the order of life."""
    await world.hears(course())
    for who, profession, licenses, seconds in learners:
        await world.hears(
            person(who, profession, *licenses),
            *registered(who),
            paid(who),
            *attended(who, *seconds),
        )
    await world.hears(*all_completed())
    await world.swept()


async def test_who_attended_everything_gets_a_certificate_of_each_board_that_serves(world):
    await all_of(world, ("Ada Quill", "counselor", [NJ], ()))
    assert await world.evaluates("Ada Quill") == 201
    await world.rests()
    shown = await world.shown("Ada Quill")
    awards = {a["board"]: a for a in shown["awards"]}
    assert [(b, a["credits"]) for b, a in awards.items() if a["status"] == "granted"] == [
        ("NBCC", 8.0),
        ("STATE", 8.0),
    ]
    assert [u["condition"] for u in awards["NYSED-MHC"]["unmet"]] == ["profession"]
    assert [(c["board"], c["status"], c["credits"]) for c in shown["certificates"]] == [
        ("NBCC", "valid", 8.0),
        ("STATE", "valid", 8.0),
    ]
    issued = await world.said("certificate.issued")
    assert {(e["board"], e["credits"], e["unit"]) for e in issued} == {
        ("NBCC", "8.0", "clock hours"),
        ("STATE", "8.0", "contact hours"),
    }
    assert all(e["conformance"] == ["PDF/A-2a", "PDF/UA-1"] for e in issued)


async def test_a_new_jersey_counselor_who_missed_session_3_gets_6_of_nbcc_and_0_with_the_reason(
    world,
):
    await all_of(world, ("Ada Quill", "counselor", [NJ], (7200, 7200, 0, 7200)))
    await world.evaluates("Ada Quill")
    await world.rests()
    [granted] = await world.said("award.granted")
    assert (granted["board"], granted["credits"], granted["sessions"]) == (
        "NBCC",
        "6.0",
        ["s1", "s2", "s4"],
    )
    withheld = [e for e in await world.said("award.withheld") if e["board"] == "STATE"][-1]
    assert withheld["credits"] == "0.0"
    assert withheld["unmet"] == [
        {
            "condition": "attendance",
            "detail": "STATE asks for every session. "
            "Not attended by the rule: session 3 (Monday, 2 November 2020).",
        }
    ]
    [issued] = await world.said("certificate.issued")
    assert (issued["board"], issued["credits"]) == ("NBCC", "6.0")


async def test_without_the_evaluation_it_is_withheld_and_said_once_then_granted(world):
    await all_of(world, ("Gus Wold", "nurse", [], ()))
    [withheld] = await world.said("award.withheld")
    assert (withheld["board"], withheld["credits"]) == ("ANCC", "8.0")
    assert [u["condition"] for u in withheld["unmet"]] == ["evaluation"]
    await world.evaluates("Gus Wold")
    [granted] = await world.said("award.granted")
    assert (granted["board"], granted["version"]) == ("ANCC", 2)


async def test_a_physician_claims_up_to_what_was_earned_and_gets_what_was_claimed(world):
    await all_of(world, ("Flo Vale", "physician", [], (7200, 7200, 7200, 5400)))
    await world.evaluates("Flo Vale")
    [accme] = [a for a in (await world.shown("Flo Vale"))["awards"] if a["board"] == "ACCME"]
    assert (accme["status"], accme["credits"]) == ("claimable", 7.5)
    [withheld] = [e for e in await world.said("award.withheld") if e["version"] == 2]
    assert [u["condition"] for u in withheld["unmet"]] == ["unclaimed"]
    assert (await world.claims("Flo Vale", "7.75")).json()["type"] == "/problems/claim-too-high"
    assert (await world.claims("Flo Vale", 7.1)).json()["type"] == "/problems/claim-not-in-steps"
    assert (await world.claims("Flo Vale", 8, "ANCC")).status_code == 409
    assert (await world.claims("Flo Vale", 6.5)).status_code == 201
    assert (await world.claims("Flo Vale", "6.50")).status_code == 200
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert (issued["board"], issued["credits"]) == ("ACCME", "6.5")
    assert (await world.claims("Flo Vale", 6)).json()["type"] == "/problems/already-claimed"


async def test_whom_no_board_serves_gets_a_certificate_of_participation(world):
    mft = ("Mo Fern", "mft", [("mft", "NY", "1")], (7200, 0, 7200, 7200))
    await all_of(world, mft)
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert (issued["board"], issued["credits"], issued["unit"]) == (None, "6.0", "hours")
    assert await world.said("award.granted", "award.withheld") == []
    [shown] = (await world.shown("Mo Fern"))["certificates"]
    assert (shown["board"], shown["status"]) == (None, "valid")


async def test_who_stayed_away_gets_nothing_and_is_told_so(world):
    await all_of(world, ("Hal Yarrow", "psychologist", [], (0, 0, 0, 0)))
    await world.evaluates("Hal Yarrow")
    await world.rests()
    assert await world.said("certificate.issued", "award.granted") == []
    apa = (await world.said("award.withheld"))[-1]
    assert [u["condition"] for u in apa["unmet"]] == ["attendance"]


@pytest.mark.parametrize("basis", ["invoice", "credit", "a-basis-of-later"])
@pytest.mark.parametrize("first", ["paid", "free"])
async def test_a_confirmation_by_anything_else_is_held_until_it_is_paid_or_free(
    world, basis, first
):
    who = "Ed Umber"
    await world.hears(course(), person(who, "educator"), *registered(who, basis))
    await world.hears(*attended(who), *all_completed())
    await world.swept()
    await world.evaluates(who)
    await world.rests()
    assert await world.said("certificate.issued") == []
    [last] = (await world.said("award.withheld"))[-1:]
    assert [u["condition"] for u in last["unmet"]] == ["paid"]
    await world.hears(paid(who) if first == "paid" else registered(who, first)[1])
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert issued["registration_id"] == about(who)["registration_id"]


async def test_where_nothing_is_due_nothing_has_to_be_paid(world):
    who = "Ed Umber"
    requested, confirmed = registered(who, "invoice")
    requested = requested.model_copy(update={"price": Money(0, "USD")})
    await world.hears(course(), person(who, "educator"), confirmed, requested)
    await world.hears(*attended(who), *all_completed())
    await world.swept()
    await world.evaluates(who)
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert issued["registration_id"] == about(who)["registration_id"]


async def test_a_missing_licence_state_is_told_and_given_later_grants(world):
    who = "Cy Stone"
    await all_of(world, (who, "social_worker", [], ()))
    await world.evaluates(who)
    withheld = await world.said("award.withheld")
    assert {(e["board"], e["unmet"][0]["condition"]) for e in withheld} == {
        ("NYSED-SW", "license_state"),
        ("STATE", "license_state"),
    }
    await world.hears(person(who, "social_worker", ("social_worker", "NY", ""), version=2))
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert (issued["board"], issued["credits"]) == ("NYSED-SW", "8.0")
    state = [e for e in await world.said("award.withheld") if e["board"] == "STATE"][-1]
    assert [u["condition"] for u in state["unmet"]] == ["profession"]


async def test_the_certificate_takes_the_latest_recorded_name(world):
    await world.hears(course(), person("Gus Wold", "nurse"), *registered("Gus Wold"))
    await world.hears(*attended("Gus Wold"), *all_completed())
    await world.hears(person("Gus Wold", "nurse", version=2, name="Augustus Wold"))
    await world.swept()
    await world.evaluates("Gus Wold")
    await world.rests()
    [row] = await world.rows("SELECT page->>'name' AS name FROM documents")
    assert row["name"] == "Augustus Wold"


async def test_no_event_holds_personal_data(world):
    await all_of(
        world,
        ("Ada Quill", "counselor", [("counselor", "NJ", "37PC-8765")], (7200, 0, 7200, 7200)),
        ("Mo Fern", "mft", [("mft", "NY", "NY-4321")], ()),
    )
    await world.evaluates("Ada Quill")
    await world.rests()
    said = str(await world.said())
    assert "certificate_id" in said
    for private in ("Quill", "Fern", "@learners", "37PC-8765", "NY-4321", "mft"):
        assert private not in said
