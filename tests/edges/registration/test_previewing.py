"""What an act of staff would come to: said and refused as by the act, and nothing of it stays."""

import uuid
from typing import Any

import pytest

from services.registration.api import answers, preview_answers
from tests.edges.registration.conftest import Stage, application
from tests.edges.registration.happenings import issued, paid
from tests.edges.registration.test_answers import fits
from tests.edges.registration.test_merging import merge, two
from tests.edges.registration.test_transferring import (
    PRICES,
    confirmed,
    publish,
    taken,
    transfer,
    usd,
)
from tests.rules.registration.course import course

ADA = "Ada Lovelace"


async def preview(stage: Stage, path: str, body: dict[str, Any], client: Any = None) -> Any:
    return await (client or stage.operator).post(f"{path}/preview", json=body)


async def rows(stage: Stage) -> dict[str, Any]:
    """All that stands in the database, but for who was shown what."""
    found = await stage.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        name: sorted(str(tuple(row)) for row in await stage.fetch(f"SELECT * FROM {name}"))
        for name in sorted(row["tablename"] for row in found)
        if name != "audit"
    }


def slug(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def instead(**who: Any) -> dict[str, Any]:
    return {
        "attendee": application("Bea Shaw")["attendee"] | who,
        "disclosure_version": "2020-09-01",
    }


# --- a correction ---------------------------------------------------------------------------------
async def test_a_correction_says_each_field_before_and_after_and_changes_none(stage: Stage):
    await stage.publish()
    ada = (await stage.register(ADA)).json()["registration_id"]
    before, path = await rows(stage), f"/registrations/{ada}/attendee"
    body = {"name": "Ada King", "email": "ada.king@home.example", "zone": "Europe/London"}
    answer = await preview(stage, path, body | {"reason": "she rang"})
    assert answer.status_code == 200
    fits(preview_answers.CorrectionPreview, answer.json())
    person = (await stage.shown(ada))["attendee"]
    assert answer.json() == {
        "person_id": person["person_id"],
        "changes": [
            {"field": "name", "before": ADA, "after": "Ada King"},
            {"field": "email", "before": "ada@learners.example", "after": "ada.king@home.example"},
        ],
        "links_mailed_to": "ada.king@home.example",
        "merged": [],
    }
    assert await rows(stage) == before
    assert [row["about"] for row in await stage.audited("person.read")] == [person["person_id"]]
    assert await stage.audited("attendee.corrected") == []


async def test_what_the_act_refuses_its_preview_refuses_with_the_same_words(stage: Stage):
    await stage.publish()
    ada = (await stage.register(ADA)).json()["registration_id"]
    bea = (await stage.register("Bea")).json()["registration_id"]
    for path, body in (
        (f"/registrations/{bea}/attendee", {"name": ADA, "email": "ada@learners.example"}),
        (f"/registrations/{bea}/attendee", {"email": "nowhere", "zone": "Mars/Olympus"}),
        (f"/registrations/{ada}/attendee", {"phone": "+12025550123", "sms_consent": "sms-1"}),
        (f"/registrations/{uuid.uuid4()}/attendee", {"name": "x"}),
    ):
        said = (await preview(stage, path, body)).json()
        done = (await stage.operator.put(path, json=body)).json()
        assert said["status"] in (404, 409, 422), said
        for name in ("type", "status", "detail", "errors"):
            assert said[name] == done[name]
    assert len(await stage.fetch("SELECT act FROM history")) == 2, "that they registered, no more"


# --- a colleague ----------------------------------------------------------------------------------
async def test_a_colleague_s_boards_are_told_beside_the_former_s(stage: Stage):
    await stage.publish()
    ada = (await stage.register(ADA)).json()["registration_id"]
    await stage.hears(paid(ada))
    before, path = await rows(stage), f"/registrations/{ada}/substitute"
    answer = await preview(stage, path, instead(profession="lawyer", licenses=[]))
    assert answer.status_code == 200
    fits(preview_answers.SubstitutionPreview, answer.json())
    said = answer.json()
    assert (said["registration_id"], said["status"], said["boards"]) == (ada, "confirmed", [])
    assert said["warnings"], "nobody of that profession is served"
    assert said["former"] == {"boards": ["NBCC", "NYSED-MHC"]}
    assert (said["transfer_ends"], said["accommodation_unanswered"]) == (None, False)
    assert await rows(stage) == before
    await stage.hears(issued(ada))
    assert slug(await preview(stage, path, instead())) == (409, "certificate-issued")


async def test_what_ends_with_who_is_replaced_is_told_before(stage: Stage):
    await publish(stage, *PRICES)
    ada = await confirmed(stage)
    need = {"request": "Captions, please."}
    assert (await stage.act(stage.holder(ada), ada, "accommodation", need)).status_code == 200
    held = (await transfer(stage, ada, "summit")).json()["registration_id"]
    before, path = await rows(stage), f"/registrations/{ada}/substitute"
    said = (await preview(stage, path, instead())).json()
    fits(preview_answers.SubstitutionPreview, said)
    assert (said["transfer_ends"], said["accommodation_unanswered"]) == ("summit", True)
    assert await rows(stage) == before
    answer = {"answer": "There are captions."}
    done = await stage.act(stage.operator, ada, "accommodation/answer", answer)
    assert done.status_code == 200, done.text
    said = (await preview(stage, path, instead())).json()
    assert (said["transfer_ends"], said["accommodation_unanswered"]) == ("summit", False)
    assert (await stage.act(stage.operator, ada, "substitute", instead())).status_code == 200
    assert (await stage.shown(held))["status"] == "expired", "as was said"


# --- cancelled ------------------------------------------------------------------------------------
async def test_a_cancellation_says_from_when_it_counts_or_why_it_may_not_be(stage: Stage):
    await publish(stage, *PRICES)
    ada = await confirmed(stage)
    await stage.go_to("2020-10-02T12:00:00Z")
    before, path = await rows(stage), f"/registrations/{ada}/cancel"
    earlier = {"received_at": "2020-10-01T09:00:00Z", "evidence": "her mail of that day"}
    answer = await preview(stage, path, earlier)
    assert answer.status_code == 200
    fits(answers.CancelAnswer, answer.json())
    assert answer.json() == {"status": "cancelled", "requested_at": "2020-10-01T09:00:00Z"}
    future = await preview(stage, path, {"received_at": "2020-10-03T09:00:00Z"})
    assert slug(future) == (422, "received-at-invalid")
    await stage.go_to("2020-12-01T12:00:00Z")
    assert slug(await preview(stage, path, {})) == (409, "already-started")
    goodwill = {"override": {"outcome": "refund", "reason": "she was in hospital"}}
    assert (await preview(stage, path, goodwill)).status_code == 200
    assert await rows(stage) == before
    assert (await preview(stage, path, {}, stage.holder(ada))).status_code == 403


# --- another course -------------------------------------------------------------------------------
async def test_a_dearer_course_says_what_is_due_and_holds_no_seat(stage: Stage):
    await publish(stage, *PRICES)
    ada = await confirmed(stage)
    before, path = await rows(stage), f"/registrations/{ada}/transfer"
    asked = {"course_id": "summit", "disclosure_version": "2020-09-01", "reason": "asked"}
    answer = await preview(stage, path, asked)
    assert answer.status_code == 200
    fits(preview_answers.TransferPreview, answer.json())
    said = answer.json()
    assert (said["status"], said["price"], said["due"]) == ("requested", usd(24900), usd(5000))
    assert said["transferred_from"] == ada
    assert "registration_id" not in said, "there is none yet"
    assert await rows(stage) == before
    assert await taken(stage, "summit") == (0, 0, 0)
    cheaper = await preview(stage, path, asked | {"course_id": "workshop"})
    assert (cheaper.json()["status"], cheaper.json()["due"]) == ("confirmed", usd(0))
    assert slug(await preview(stage, path, asked | {"course_id": "attachment"})) == (
        409, "same-course",
    )  # fmt: skip
    done = await stage.act(stage.operator, ada, "transfer", asked)
    fits(answers.Transferred, done.json())
    for name in ("status", "price", "due", "hold_expires_at", "price_id", "policy"):
        assert done.json()[name] == said[name]


# --- two who are one ------------------------------------------------------------------------------
async def test_a_merge_says_under_whom_both_would_stand(stage: Stage):
    _, a, king, b = await two(stage)
    before = await rows(stage)
    body = {"into": b, "reason": "She rang."}
    answer = await preview(stage, f"/people/{a}/merge", body)
    fits(preview_answers.MergePreview, answer.json())
    assert answer.json() == {"person_id": a, "merged_into": b, "along": [], "changed": True}
    assert await rows(stage) == before
    assert slug(await preview(stage, f"/people/{a}/merge", body | {"into": a})) == (
        409, "merge-cycle",
    )  # fmt: skip
    await merge(stage, a, b)
    now = await rows(stage)
    again = await preview(stage, f"/people/{a}/merge", body)
    assert again.json() == {"person_id": a, "merged_into": b, "along": [], "changed": False}
    assert (await merge(stage, a, b)).status_code == 200
    kept = ("people", "person_changes", "outbox")
    assert {name: (await rows(stage))[name] for name in kept} == {name: now[name] for name in kept}
    c = await stage.shown((await stage.register("Cleo", "basics")).json()["registration_id"])
    joined = await preview(stage, f"/people/{b}/merge", body | {"into": c["attendee"]["person_id"]})
    assert slug(joined) == (409, "same-person-registered")
    await stage.act(stage.operator, c["registration_id"], "cancel")
    along = await preview(stage, f"/people/{b}/merge", body | {"into": c["attendee"]["person_id"]})
    assert along.json()["along"] == [a]
    assert (await stage.shown(king))["attendee"]["name"] == "Ada King"


# --- a session at another time --------------------------------------------------------------------
SESSION = "/courses/attachment/sessions"
PAST = "NBCC: sessions outside the approval earn nothing: s4. At most 6 of 8 are left."


async def test_a_move_says_both_times_and_what_is_odd_and_nobody_is_told(stage: Stage):
    boards = course()["boards"]
    boards[0] |= {"approved": {"from": "2020-01-01", "to": "2020-11-10"}}
    await stage.publish(boards=boards)
    before, said = await rows(stage), await stage.spoken("attachment")
    when = {"date": "2020-11-11", "from": "10:00", "to": "12:30"}
    when["breaks"] = [{"from": "11:00", "to": "11:30"}]
    answer = await preview(stage, f"{SESSION}/s4", when)
    assert answer.status_code == 200, answer.text
    fits(preview_answers.MovePreview, answer.json())
    assert answer.json() == {
        "course_id": "attachment", "session_id": "s4", "version": 2, "changed": True,
        "before": {
            "status": "scheduled", "zone": "America/New_York",
            "starts_at": "2020-11-09T21:00:00Z", "ends_at": "2020-11-09T23:00:00Z",
            "breaks": [], "instruction_minutes": 120,
            "registration_closes_at": "2020-10-19T20:00:00Z",
        },
        "after": {
            "status": "scheduled", "zone": "America/New_York",
            "starts_at": "2020-11-11T15:00:00Z", "ends_at": "2020-11-11T17:30:00Z",
            "breaks": [{"starts_at": "2020-11-11T16:00:00Z", "ends_at": "2020-11-11T16:30:00Z"}],
            "instruction_minutes": 120, "registration_closes_at": "2020-10-19T20:00:00Z",
        },
        "warnings": [PAST],
    }  # fmt: skip
    assert (await rows(stage), await stage.spoken("attachment")) == (before, said)
    done = await stage.operator.put(f"{SESSION}/s4", json=when)
    assert (done.json()["version"], done.json()["warnings"]) == (2, [PAST])
    again = (await preview(stage, f"{SESSION}/s4", when)).json()
    assert (again["changed"], again["version"]) == (False, 2)
    assert again["before"] == again["after"]


async def test_what_a_move_refuses_its_preview_refuses_with_the_same_words(stage: Stage):
    await stage.publish()
    day = {"date": "2020-10-26", "from": "16:00", "to": "18:00"}
    for path, when in (
        (f"{SESSION}/s1", day | {"from": "17:00", "to": "19:00"}),  # s2 is taught then
        (f"{SESSION}/s1", {"date": "2020-02-30", "from": "16:00", "to": "25:00"}),
        (f"{SESSION}/s1", day | {"date": "2019-09-02"}),
        (f"{SESSION}/s1", day | {"date": "2020-11-01", "from": "01:30", "to": "03:00"}),
        (f"{SESSION}/none", day),
        ("/courses/none/sessions/s1", day),
    ):
        said = (await preview(stage, path, when)).json()
        done = (await stage.operator.put(path, json=when)).json()
        assert said["status"] in (404, 422), said
        for name in ("type", "status", "detail", "errors"):
            assert said.get(name) == done.get(name), (path, name)


async def test_only_operators_are_told_what_a_move_would_come_to(stage: Stage):
    await stage.publish()
    when = {"date": "2020-10-27", "from": "16:00", "to": "18:00"}
    answer = await preview(stage, f"{SESSION}/s2", when, stage.public)
    assert answer.status_code == 401


@pytest.mark.parametrize("who", ["holder", "public"])
async def test_only_operators_are_told_what_an_act_would_come_to(stage: Stage, who: str):
    await stage.publish()
    ada = (await stage.register(ADA)).json()["registration_id"]
    person = (await stage.shown(ada))["attendee"]["person_id"]
    client = stage.holder(ada) if who == "holder" else stage.public
    for path, body in (
        (f"/registrations/{ada}/attendee", {"name": "x"}),
        (f"/registrations/{ada}/substitute", instead()),
        (f"/registrations/{ada}/transfer", {"course_id": "summit"}),
        (f"/people/{person}/merge", {"into": "x", "reason": "x"}),
    ):
        assert (await preview(stage, path, body, client)).status_code in (401, 403)


# --- why ------------------------------------------------------------------------------------------
async def last_words(stage: Stage, registration_id: str, act: str) -> Any:
    shown = await stage.shown(registration_id)
    [entry] = [each for each in shown["history"] if each["act"] == act]
    return entry.get("words")


async def test_why_staff_did_it_stands_beside_the_step_and_in_no_fact(stage: Stage):
    await publish(stage, *PRICES)
    ada = await confirmed(stage)
    why = {"reason": "Ada rang: 0171 555 0199"}
    await stage.operator.put(f"/registrations/{ada}/attendee", json={"name": "Ada King"} | why)
    await stage.act(stage.operator, ada, "links/renew", why)
    await stage.act(stage.operator, ada, "substitute", instead() | why)
    dearer = {"course_id": "summit", "disclosure_version": "2020-09-01"} | why
    new = (await stage.act(stage.operator, ada, "transfer", dearer)).json()["registration_id"]
    for act in ("corrected", "links-renewed", "substitute", "transfer-asked"):
        assert await last_words(stage, ada, act) == why, act
    await stage.hears(paid(new, f"inv-{new}"))
    bea = (await stage.shown(new))["attendee"]["person_id"]
    assert (await stage.shown(ada))["status"] == "transferred"
    there = await stage.fetch("SELECT person_id FROM words")
    assert {row["person_id"] for row in there} == {None}, "they are staff's"
    said = str([event for _, event in await stage.spoken()])
    assert "0171" not in said
    audits = await stage.fetch("SELECT act, about, why FROM audit")
    assert "0171" not in str([tuple(row) for row in audits])
    as_bea = (await stage.holder(new).get(f"/registrations/{new}")).json()
    assert (as_bea["attendee"]["person_id"], "0171" in str(as_bea)) == (bea, False)


async def test_why_is_kept_once_and_a_transfer_at_once_keeps_it_at_the_old_one(stage: Stage):
    await publish(stage, *PRICES)
    ada = await confirmed(stage)
    body = {"course_id": "grief", "disclosure_version": "2020-09-01", "reason": "asked by mail"}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    path = f"/registrations/{ada}/transfer"
    first, again = [await stage.operator.post(path, json=body, headers=key) for _ in range(2)]
    assert first.json() == again.json()
    assert await last_words(stage, ada, "transfer") == {"reason": "asked by mail"}
    [kept] = await stage.fetch("SELECT count(*) AS n FROM words")
    assert kept["n"] == 1
