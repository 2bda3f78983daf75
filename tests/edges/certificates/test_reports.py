"""Reports to boards: once sent they stay as they were sent, and what changes is corrected."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest

from tests.edges.certificates.conftest import service_on
from tests.edges.certificates.facts import (
    BOARDS,
    COURSE,
    about,
    all_completed,
    attended,
    board,
    course,
    person,
    registered,
    settled,
)

PATH = f"/certificates/v1/courses/{COURSE}"
ANCC = board(
    "ANCC",
    "contact hours",
    "PER_SESSION",
    "nurse",
    states={"not": ["NY"]},
    reporting={
        "format": "cebroker",
        "provider_id": "1234",
        "activity_id": "567890",
        "professions": {"nurse": "RN"},
        "subjects": {"general": "GE"},
        "within_days": 30,
    },
)
ACCME = next(one for one in BOARDS if one["board"] == "ACCME") | {
    "reporting": {"format": "pars", "activity_id": "202012345"}
}
REPORTED = [ANCC, ACCME]
NOT_DUE = [ANCC | {"reporting": ANCC["reporting"] | {"within_days": None}}, ACCME]
ADA, BEA, CY, DOT = "Ada Lovelace", "Bea =Quill", "Cy Noone", "Dot Late"
FL = ("nurse", "FL", "RN0001")


async def story(world: Any, boards: Any = None) -> None:
    """Ada and Bea have certificates of ANCC; Cy has no number; Dot did not evaluate."""
    await world.hears(course(boards=boards or REPORTED))
    await world.hears(
        person(ADA, "nurse", FL),
        person(BEA, "nurse", ("nurse", "GA", "RN0002")),
        person(CY, "nurse", ("nurse", "FL", "")),
        person(DOT, "nurse", ("nurse", "FL", "RN0004")),
    )
    for who in (ADA, BEA, CY, DOT):
        seconds = (7200, 7200, 7200, 7200) if who != BEA else (7200, 7200, 0, 7200)
        await world.hears(*registered(who), *attended(who, *seconds))
    await world.hears(*all_completed())
    await world.swept()
    for who in (ADA, BEA, CY):
        await world.evaluates(who)
    await world.rests()


@pytest.fixture
async def told(world):
    await story(world)
    return world


async def send(world: Any, board: str = "ANCC", **more: Any) -> Any:
    return await world.post(f"{PATH}/reports", {"board": board, **more})


async def content(world: Any, number: int) -> bytes:
    answer = await world.http.get(f"{PATH}/reports/{number}")
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


def in_order(*pairs: tuple[str, str]) -> str:
    """Lines come by registration id, which tells nobody anything."""
    ordered = sorted(pairs, key=lambda pair: about(pair[0])["registration_id"])
    return "".join(f"{line}\r\n" for _, line in ordered)


ADA_LINE = "1234,567890,,,RN0001,11/9/2020,State=FL,Profession=RN"
BEA_LINE = "1234,567890,,,RN0002,11/9/2020,State=GA,Profession=RN,GE,6.0"


async def test_a_report_is_what_the_registry_takes_and_the_same_bytes_for_ever(told):
    answer = await send(told)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    first = in_order((ADA, ADA_LINE), (BEA, BEA_LINE)).encode()
    assert await content(told, 1) == first
    assert {k: said[k] for k in ("number", "format", "kind", "state", "lines", "made")} == {
        "number": 1, "format": "cebroker", "kind": "new", "state": "made", "lines": 2, "made": [1],
    }  # fmt: skip
    assert said["held"] == {"license_number": 1, "withheld": 1}
    assert (said["sha256"], said["size"]) == (hashlib.sha256(first).hexdigest(), len(first))
    await told.hears(person(ADA, "nurse", ("nurse", "FL", "RN9999"), version=2))
    assert await content(told, 1) == first


async def test_sent_again_with_nothing_new_it_is_the_last_one_that_is_answered(told):
    await send(told)
    again = await send(told)
    assert (again.status_code, again.json()["number"], again.json()["made"]) == (200, 1, [])
    assert await told.count("reports") == 1


async def test_two_operators_at_once_make_one_report(told):
    answers = await asyncio.gather(*(send(told) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 200, 200, 201]
    assert {one.json()["number"] for one in answers} == {1}
    assert await told.count("reports") == 1
    assert await told.count("report_lines") == 2


async def test_two_processes_at_once_make_one_report(told):
    url, seams = told.service.settings.database_url, {"clock": told.clock}
    another = service_on(url, seams=seams)
    async with another.app.router.lifespan_context(another.app):
        both = [told, told.__class__(another)] * 3
        answers = await asyncio.gather(*(send(one) for one in both))
    assert sorted(one.status_code for one in answers) == [200] * 5 + [201]
    assert {one.json()["number"] for one in answers} == {1}
    assert await told.count("report_files") == 1
    assert await told.count("report_lines") == 2


async def test_who_comes_later_is_reported_alone(told):
    await send(told)
    await told.evaluates(DOT)
    await told.hears(person(CY, "nurse", ("nurse", "FL", "RN0003"), version=2))
    await told.rests()
    answer = await send(told)
    assert (answer.status_code, answer.json()["number"]) == (201, 2)
    assert (
        await content(told, 2)
        == in_order(
            (CY, "1234,567890,,,RN0003,11/9/2020,State=FL,Profession=RN"),
            (DOT, "1234,567890,,,RN0004,11/9/2020,State=FL,Profession=RN"),
        ).encode()
    )


async def line_of(world: Any, who: str, number: int = 1) -> int:
    lines = (await world.http.get(f"{PATH}/reports/{number}/lines")).json()["items"]
    mine = about(who)["registration_id"]
    return next(int(one["line"]) for one in lines if one["registration_id"] == mine)


async def test_what_changed_after_it_was_sent_is_a_correction_that_says_of_what(told):
    await send(told)
    await told.hears(person(ADA, "nurse", ("nurse", "FL", "RN9999"), version=2))
    [bea] = (await told.shown(BEA))["certificates"]
    revoked = await told.post(
        f"/certificates/v1/certificates/{bea['certificate_id']}/revoke", {"reason": "Not hers."}
    )
    assert revoked.status_code == 200
    answer = await send(told)
    assert (answer.status_code, answer.json()["kind"]) == (201, "correction")
    heads = (
        "provider,course,own_course_id,publishing,license_number,completed_on,state,profession,"
        "subject,hours,corrects_report,corrects_line,credits_before\r\n"
    )
    at = {who: await line_of(told, who) for who in (ADA, BEA)}
    assert (await content(told, 2)).decode() == heads + in_order(
        (ADA, f"1234,567890,,,RN9999,11/9/2020,State=FL,Profession=RN,,8.0,1,{at[ADA]},8.0"),
        (BEA, f"1234,567890,,,RN0002,11/9/2020,State=GA,Profession=RN,,0.0,1,{at[BEA]},6.0"),
    )
    assert (await send(told)).status_code == 200  # told once
    lines = (await told.http.get(f"{PATH}/reports/2/lines?limit=1")).json()
    assert lines["items"][0]["corrects"]["report"] == 1
    assert lines["next"] == "1"


async def test_a_certificate_that_was_revoked_before_anybody_was_told_of_it_is_not_reported(told):
    [ada] = (await told.shown(ADA))["certificates"]
    await told.post(
        f"/certificates/v1/certificates/{ada['certificate_id']}/revoke", {"reason": "Wrong."}
    )
    answer = await send(told)
    assert answer.json()["held"] == {"license_number": 1, "withheld": 1, "revoked": 1}
    assert await content(told, 1) == f"{BEA_LINE}\r\n".encode()


async def test_what_the_registry_refused_is_sent_again_and_nothing_else(told):
    await send(told)
    line = await line_of(told, BEA)
    path = f"{PATH}/reports/1/outcome"
    noted = await told.post(path, {"outcome": "refused", "lines": [line]})
    assert noted.json()["state"] == "partly_refused"
    assert (await told.post(path, {"outcome": "refused", "lines": [line]})).status_code == 200
    assert await told.count("report_outcomes") == 1
    answer = await send(told)
    assert (answer.status_code, answer.json()["kind"]) == (201, "new")
    assert await content(told, 2) == f"{BEA_LINE}\r\n".encode()
    await told.post(f"{PATH}/reports/2/outcome", {"outcome": "accepted"})
    listed = (await told.http.get(f"{PATH}/reports")).json()
    assert [(one["number"], one["state"]) for one in listed["items"]] == [
        (1, "partly_refused"), (2, "accepted"),
    ]  # fmt: skip
    assert listed["next"] is None
    assert (await send(told)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": "maybe"},
        {"outcome": "accepted", "lines": [1]},
        {"outcome": "refused", "lines": [3]},
        {"outcome": "refused", "lines": [0]},
        {"outcome": "refused", "lines": ["x"]},
        {},
    ],
)
async def test_an_answer_that_no_registry_can_have_given_is_refused(told, body):
    await send(told)
    assert (await told.post(f"{PATH}/reports/1/outcome", body)).status_code == 422
    assert await told.count("report_outcomes") == 0


async def test_the_roster_lists_who_is_held_back_and_why(told):
    await send(told)
    answer = await told.http.get(f"{PATH}/roster?board=ANCC&format=cebroker")
    assert answer.headers["content-type"].startswith("text/csv")
    head, *lines = answer.text.splitlines()
    assert head.endswith("standing,reason,detail,sent_in,certificate_number,registration_id")
    found = {line.rpartition(",")[2]: line for line in lines}
    ids = {who: about(who)["registration_id"] for who in (ADA, BEA, CY, DOT)}
    assert set(found) == set(ids.values())
    assert ",sent,,,1/" in found[ids[ADA]]
    assert ",held,license_number,The licence number is missing. Ask for it.," in found[ids[CY]]
    assert ",held,withheld,The course evaluation is not handed in yet." in found[ids[DOT]]
    audited = await told.rows("SELECT act, about, why FROM audit WHERE act = 'roster.read'")
    assert audited == [{"act": "roster.read", "about": COURSE, "why": "ANCC"}]


@pytest.mark.parametrize("form", ["csv", "cebroker", "pars"])
async def test_no_two_columns_of_a_roster_have_one_name(world, form):
    said = REPORTED[0]["reporting"] | {"activity_id": "202012345"}
    await world.hears(course(boards=[REPORTED[0] | {"reporting": said}]))
    roster = await world.http.get(f"{PATH}/roster?board=ANCC&format={form}")
    names = roster.text.splitlines()[0].split(",")
    assert len(names) == len(set(names)) > 5


@pytest.mark.parametrize("form", ["csv", "cebroker"])
async def test_a_board_that_is_none_of_the_course_s_is_no_empty_roster(told, form):
    answer = await told.http.get(f"{PATH}/roster?board=XX&format={form}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/board-unknown")
    assert "It has: ANCC, ACCME." in answer.json()["detail"]
    assert await told.count("audit WHERE act = 'roster.read'") == 0


async def test_a_board_that_the_course_has_no_more_still_has_its_roster(told):
    await told.hears(course(boards=[], version=2))
    roster = await told.http.get(f"{PATH}/roster?board=ANCC")
    assert len(roster.text.splitlines()) == 4


async def test_who_declined_the_board_is_held_back_for_that(told):
    path = f"/certificates/v1/registrations/{about(DOT)['registration_id']}/declines"
    answer = await told.post(path, {"board": "ANCC", "declined": True}, DOT)
    assert answer.status_code == 200, answer.text
    assert (await send(told)).json()["held"] == {"license_number": 1, "declined": 1}


async def test_physicians_are_reported_with_what_they_claimed_and_their_day_of_birth(world):
    await world.hears(course(boards=REPORTED))
    doctors = (("Flo Vale", "02-29"), ("Gus Wren", ""))
    for who, day in doctors:
        licence = ("physician", "NJ", "25MA00000000")
        await world.hears(person(who, "physician", licence, birth_day=day))
        await world.hears(*registered(who), *attended(who))
    await world.hears(*all_completed())
    await world.swept()
    for who, _ in doctors:
        await world.evaluates(who)
        await world.claims(who, "6.25")
    await world.rests()
    answer = await send(world, "ACCME")
    assert (answer.status_code, answer.json()["held"]) == (201, {"birth_day": 1})
    assert (await content(world, 1)).decode() == (
        "activity_id,name,license_state,license_number,birth_month,birth_day,credits,completed_on"
        "\r\n202012345,Flo Vale,NJ,25MA00000000,02,29,6.25,2020-11-09\r\n"
    )


async def test_why_nobody_is_ready_is_said(world):
    await world.hears(course(boards=REPORTED))
    await world.hears(person(CY, "nurse", ("nurse", "FL", "")), *registered(CY), *attended(CY))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(CY)
    await world.rests()
    said = (await send(world)).json()
    assert (said["type"], said["format"]) == ("/problems/nothing-to-report", "cebroker")
    assert said["detail"].endswith("yet. Held back are license number: 1.")


async def test_what_the_course_s_file_does_not_say_is_asked_for(told):
    answer = await send(told, "ACCME", format="cebroker")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/reporting-missing")
    assert (await send(told, "NBCC")).status_code == 404
    nobody = await send(told, "ACCME")
    assert (nobody.status_code, nobody.json()["type"]) == (409, "/problems/nothing-to-report")
    assert nobody.json()["detail"] == "Nobody is ready to be reported to this board yet."
    missing = await told.http.get(f"{PATH}/roster?format=pars")
    assert (missing.status_code, missing.json()["type"]) == (422, "/problems/board-needed")
    assert (await told.http.get(f"{PATH}/reports/7")).status_code == 404
    assert (await told.http.get("/certificates/v1/courses/none/reports")).status_code == 404
    for http in (told.client(), told.learner(ADA)):
        assert (await http.get(f"{PATH}/reports")).status_code in (401, 403)
        assert (await http.get(f"{PATH}/roster?board=ANCC")).status_code in (401, 403)


async def test_who_was_erased_is_in_no_roster_and_a_report_with_them_is_restricted(told):
    await send(told)
    await told.forgets(ADA)
    restricted = await told.http.get(f"{PATH}/reports/1")
    assert (restricted.status_code, restricted.json()["type"]) == (
        410, "/problems/report-restricted",
    )  # fmt: skip
    for form in ("csv", "cebroker"):
        roster = (await told.http.get(f"{PATH}/roster?board=ANCC&format={form}")).text
        assert "Ada" not in roster
        assert "RN0001" not in roster
    assert (await send(told)).status_code == 200  # nothing to correct
    kept = await told.value("SELECT content FROM report_files WHERE number = 1")
    assert b"RN0001" in kept  # evidence, until its years are over
    for table in ("reports", "report_lines", "report_outcomes"):
        assert "RN0001" not in str(await told.rows(f"SELECT * FROM {table}"))


async def test_what_went_out_can_be_changed_by_nobody(told):
    await send(told)
    for statement in (
        "UPDATE report_files SET content = '' RETURNING 1",
        "DELETE FROM report_files RETURNING 1",
        "UPDATE reports SET lines = 0 RETURNING 1",
        "DELETE FROM reports RETURNING 1",
    ):
        with pytest.raises(Exception, match=r"append-only|permission denied"):
            await told.rows(statement)


async def test_staff_are_asked_for_a_report_that_is_due_until_it_is_made(told):
    await told.hears(person(CY, "nurse", ("nurse", "FL", "RN0003"), version=2))
    assert await told.said("task.opened") == []
    await told.at("2020-12-06T22:59:00Z")
    assert await told.said("task.opened") == []
    await told.at("2020-12-06T23:00:00Z")
    [task] = [t for t in await told.said("task.opened") if t["kind"] == "report-due"]
    assert (task["about"], task["due_at"]) == ({"course_id": COURSE}, "2020-12-09T23:00:00Z")
    assert "ANCC" in task["what"]
    await told.at("2020-12-20T00:00:00Z")
    assert len(await told.said("task.opened")) == 1
    await send(told)
    assert [t["outcome"] for t in await told.said("task.closed")] == ["reported"]
    await told.at("2021-03-01T00:00:00Z")
    assert len(await told.said("task.opened")) == 1
    [ada] = (await told.shown(ADA))["certificates"]
    await told.post(
        f"/certificates/v1/certificates/{ada['certificate_id']}/revoke", {"reason": "Wrong."}
    )
    await told.rests()  # the registry believes what holds no more
    assert len(await told.said("task.opened")) == 2


async def revoke(world: Any, who: str) -> None:
    [one] = (await world.shown(who))["certificates"]
    path = f"/certificates/v1/certificates/{one['certificate_id']}/revoke"
    assert (await world.post(path, {"reason": "Wrong."})).status_code == 200
    await world.rests()


async def asked(world: Any) -> list[str]:
    rows = await world.rows("SELECT kind FROM tasks WHERE closed_at IS NULL")
    return [row["kind"] for row in rows]


async def test_staff_are_asked_while_a_line_is_held_back_for_what_they_can_mend(told):
    await told.at("2020-12-07T00:00:00Z")
    await send(told)
    assert await asked(told) == ["report-due"]  # Cy has no number
    await told.hears(person(CY, "nurse", ("nurse", "FL", "RN0003"), version=2))
    await send(told)
    assert await asked(told) == []  # Dot, who did not evaluate, waits for nobody
    await told.at("2020-12-20T00:00:00Z")
    assert await asked(told) == []


async def test_a_line_that_changed_and_is_held_back_is_asked_for(told):
    await told.hears(person(CY, "nurse", ("nurse", "FL", "RN0003"), version=2))
    await send(told)
    await told.hears(person(ADA, "nurse", ("nurse", "FL", ""), version=2))
    await revoke(told, ADA)
    assert (await send(told)).status_code == 200
    await told.at("2020-12-11T12:00:00Z")
    assert await asked(told) == ["report-due"]


async def test_a_line_that_was_refused_after_its_correction_is_sent_anew(told):
    await send(told)
    await told.hears(settled(BEA, "s3", 7200, version=2))
    await told.rests()
    assert (await send(told)).json()["kind"] == "correction"
    refused = await told.post(f"{PATH}/reports/1/outcome", {"outcome": "refused"})
    assert refused.status_code == 200
    third = await send(told)
    assert (third.status_code, third.json()["kind"]) == (201, "new")
    bea = "1234,567890,,,RN0002,11/9/2020,State=GA,Profession=RN"
    assert (await content(told, 3)).decode() == in_order((ADA, ADA_LINE), (BEA, bea))
    # It had been taken after all: what was sent then stands as it was, corrections and all.
    await told.post(f"{PATH}/reports/3/outcome", {"outcome": "refused"})
    await told.post(f"{PATH}/reports/1/outcome", {"outcome": "accepted"})
    assert (await send(told)).status_code == 200


async def test_who_was_reported_and_is_revoked_is_asked_for_where_no_day_was_said(world):
    await story(world, boards=NOT_DUE)
    await send(world)
    assert await asked(world) == []
    await revoke(world, ADA)
    assert await asked(world) == ["report-due"]
    [task] = [t for t in await world.said("task.opened") if t["kind"] == "report-due"]
    assert (task["due_at"], "holds no more" in task["what"]) == (None, True)
    assert (await send(world)).json()["kind"] == "correction"
    assert await asked(world) == []


@pytest.mark.parametrize("boards", [[ACCME], [ANCC | {"reporting": None}, ACCME]])
async def test_a_board_that_was_dropped_is_corrected_as_it_was_reported_to(told, boards):
    await send(told)
    await told.hears(course(version=5, boards=boards))
    await told.rests()
    await revoke(told, ADA)
    answer = await send(told)
    assert (answer.status_code, answer.json()["kind"]) == (201, "correction")
    line = await line_of(told, ADA)
    assert (await content(told, 2)).decode().endswith(f"{ADA_LINE},,0.0,1,{line},8.0\r\n")
    roster = await told.http.get(f"{PATH}/roster?board=ANCC&format=cebroker")
    assert roster.status_code == 200


async def test_of_who_was_erased_no_digest_is_left_that_somebody_could_try(told):
    await send(told)
    await told.forgets(ADA)
    marks = await told.rows("SELECT person_id, mark FROM report_lines WHERE mark = ''")
    assert [one["person_id"] for one in marks] == [about(ADA)["person_id"]]
    await told.at("2035-11-12T00:00:00Z")
    assert {one["mark"] for one in await told.rows("SELECT mark FROM report_lines")} == {""}
    withheld = await told.rows("SELECT credits, sessions FROM awards WHERE status = 'withheld'")
    assert withheld
    assert all(one == {"credits": "0", "sessions": []} for one in withheld)
    roster = (await told.http.get(f"{PATH}/roster?board=ANCC&format=cebroker")).text
    assert ",changed," not in roster


async def test_of_a_course_that_is_moved_the_report_is_due_later(told):
    later = [
        s | {"starts_at": "2021-02-09T21:00:00Z", "ends_at": "2021-02-09T23:00:00Z"}
        if s["session_id"] == "s4"
        else s
        for s in course().model_dump(mode="json")["sessions"]
    ]
    await told.hears(course(boards=REPORTED, sessions=later, version=9))
    # What was issued by the fourth session's former time is for staff (decision 118).
    in_question = ["certificate-in-question"] * 3
    await told.at("2021-03-08T22:00:00Z")
    assert [t["kind"] for t in await told.said("task.opened")] == in_question
    await told.at("2021-03-08T23:00:00Z")
    assert [t["kind"] for t in await told.said("task.opened")] == [*in_question, "report-due"]
