"""Evaluations from the first look at the form to the summary that a board is sent."""

from __future__ import annotations

import asyncio
import csv
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from services.certificates.sealing import sealed
from shared.contracts import reference, registration
from shared.contracts.partners import KeyIssued
from shared.runtime.tokens import digest_of
from tests.edges.certificates.conftest import World, service_on
from tests.edges.certificates.facts import (
    COURSE,
    about,
    attended,
    cancellation_settled,
    cancelled,
    course,
    expired,
    person,
    registered,
    settled,
)
from tests.stage import StillClock

WHO = "Ann Lee"
MANY = ["Ann Lee", "Bo Ray", "Cy Dee", "Di Eff", "Ed Gee"]
SUMMARY = f"/certificates/v1/courses/{COURSE}/evaluations"
OBJECTIVE = {
    "question_id": "objective-1",
    "kind": "rating",
    "text": "Describe attachment.",
    "objective": 1,
    "scale": 5,
    "choices": [],
    "required": True,
}
COMMENT = {
    "question_id": "comment",
    "kind": "text",
    "text": "Anything else?",
    "objective": None,
    "scale": 5,
    "choices": [],
    "required": False,
}
PACE = COMMENT | {"question_id": "pace", "kind": "choice", "text": "Pace?", "choices": ["ok", "no"]}
CLOSES = datetime(2020, 12, 9, 23, tzinfo=UTC)  # 30 days after the last session


def form(version: int = 1, *questions: dict[str, Any]) -> dict[str, Any]:
    asked = list(questions or (OBJECTIVE, COMMENT))
    return {"version": version, "closes_after_days": 30, "questions": asked}


def call(who: str, more: str = "") -> str:
    return f"/certificates/v1/registrations/{about(who)['registration_id']}{more}"


async def enrolled(world, *people: str) -> None:
    await world.hears(course(evaluation=form()))
    for who in people:
        await world.hears(person(who, "nurse"), *registered(who), *attended(who))


async def answers(world, who: str, given: dict[str, Any], **more: Any) -> Any:
    return await world.post(call(who, "/evaluation"), {"answers": given, **more}, who)


async def block(world, who: str = WHO) -> Any:
    return (await world.shown(who))["evaluation"]


async def told(world) -> dict[str, Any]:
    await world.swept()
    answer = await world.http.get(SUMMARY)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


# --- the learner's side --------------------------------------------------------------------------


async def test_the_view_has_the_form_while_it_is_open_and_then_only_that_it_was_handed_in(world):
    await enrolled(world, WHO)
    assert await block(world) == {
        "version": 1,
        "open": True,
        "opens_at": "2020-10-19T20:00:00Z",
        "closes_at": "2020-12-09T23:00:00Z",
        "submitted_at": None,
        "questions": [OBJECTIVE, COMMENT],
    }
    world.clock.time = datetime(2020, 10, 19, 19, 59, 59, tzinfo=UTC)
    assert (await block(world))["open"] is False, "it has not begun"
    world.clock.time = CLOSES + timedelta(seconds=1)
    assert (await block(world))["open"] is False
    world.clock.time = CLOSES
    assert (
        await answers(world, WHO, {"objective-1": 5, "comment": "Only mine."})
    ).status_code == 201
    shown = await world.learner(WHO).get(call(WHO))
    said = shown.json()["evaluation"]
    assert (said["open"], said["submitted_at"], said["questions"]) == (
        False,
        "2020-12-09T23:00:00Z",
        [],
    )
    assert "Only mine" not in shown.text


async def test_nobody_is_asked_where_neither_form_nor_board_asks(world):
    await world.hears(course(evaluation=None, boards=[]), *registered(WHO))
    assert await block(world) is None
    await world.hears(course(evaluation=None, version=2))
    assert (await block(world))["questions"] == [], "a board asks, in its own way"


async def test_who_filled_in_an_older_form_is_judged_by_it_and_who_saw_none_of_ours_is_told(world):
    await enrolled(world, *MANY)
    await world.hears(course(version=2, evaluation=form(2, OBJECTIVE, PACE | {"required": True})))
    assert (await block(world))["version"] == 2
    old = await answers(world, "Ann Lee", {"objective-1": 4}, version=1)
    assert old.status_code == 201
    blind = await answers(world, "Bo Ray", {"objective-1": 4})
    assert blind.json()["errors"] == [
        {"pointer": "/answers/pace", "detail": "This needs an answer."}
    ]
    unknown = await answers(world, "Bo Ray", {"objective-1": 4}, version=3)
    assert (unknown.status_code, unknown.json()["type"]) == (
        409,
        "/problems/evaluation-form-unknown",
    )
    assert (await answers(world, "Bo Ray", {"objective-1": 4, "pace": "ok"}, version=2)).is_success
    said = await world.said("evaluation.submitted")
    assert [one["form_version"] for one in said] == [1, 2]


async def test_a_form_mended_without_another_version_takes_nothing_from_who_had_it_before(world):
    await enrolled(world, WHO, "Bo Ray")
    await world.hears(course(version=2, evaluation=form(1, OBJECTIVE, PACE | {"required": True})))
    assert (await answers(world, WHO, {"objective-1": 4}, version=1)).status_code == 201
    wrong = await answers(world, "Bo Ray", {"objective-1": 9}, version=1)
    assert {one["pointer"] for one in wrong.json()["errors"]} == {
        "/answers/objective-1",
        "/answers/pace",
    }, "the newest of that version says what is wrong"
    # The course's older version comes once more, late: it is no news.
    await world.hears(course(evaluation=form()))
    assert (await block(world, "Bo Ray"))["questions"][1]["question_id"] == "pace"


async def test_handing_in_twice_or_at_once_is_one_evaluation(world):
    await enrolled(world, WHO)
    both = await asyncio.gather(*(answers(world, WHO, {"objective-1": n}) for n in (5, 1)))
    assert sorted(one.status_code for one in both) == [200, 201]
    assert (await answers(world, WHO, {"objective-1": 3})).status_code == 200
    assert len(await world.rows("SELECT * FROM evaluations")) == 1
    assert len(await world.said("evaluation.submitted")) == 1


async def refused(world, who: str) -> tuple[int, str]:
    answer = await answers(world, who, {"objective-1": 1})
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_only_who_takes_part_evaluates(world):
    await enrolled(world, WHO, "Cy Dee", "Di Eff")
    world.clock.time = datetime(2020, 11, 10, tzinfo=UTC)
    said = registration.RegistrationRequested.example | about("Ed Gee") | {"role": "presenter"}
    presenter = registration.RegistrationRequested.model_validate(said)
    await world.hears(
        *(person(who, "nurse") for who in ("Bo Ray", "Ed Gee", "Fi Haw")),
        *(registered("Bo Ray")[0], expired("Bo Ray")),
        presenter,
        registered("Fi Haw")[0],
        *(cancelled(who, "2020-11-09T22:00:00Z") for who in ("Cy Dee", "Di Eff")),
        cancellation_settled("Cy Dee", "nothing"),
        cancellation_settled("Di Eff", "refund"),
    )
    no = (409, "evaluation-not-asked")
    assert await refused(world, "Bo Ray") == no, "the seat was never theirs"
    assert await refused(world, "Ed Gee") == no, "presents it"
    assert await block(world, "Ed Gee") is None, "and so is not asked"
    assert await refused(world, "Di Eff") == no, "cancelled, and has the money back"
    assert await block(world, "Di Eff") is None
    assert await block(world, "Bo Ray") is None
    assert (await block(world, "Cy Dee"))["open"], "cancelled late, and so it counts"
    assert (await told(world))["evaluations"] == 0
    soon = await answers(world, "Fi Haw", {"objective-1": 4})
    assert soon.status_code == 201, "that the seat is confirmed is still on its way"
    late = await answers(world, "Cy Dee", {"objective-1": 4})
    assert late.status_code == 201, "cancelled after the start for nothing, and so attended"


async def test_who_was_erased_evaluates_nothing(world):
    await enrolled(world, WHO)
    await world.forgets(WHO)
    assert await refused(world, WHO) == (410, "holder-erased")
    until = {"until": "2020-12-20T00:00:00Z", "reason": "Late."}
    answer = await world.post(call(WHO, "/evaluation/reopen"), until)
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/holder-erased")


async def test_when_the_years_are_over_nothing_is_opened_and_taken_that_would_never_end(world):
    await enrolled(world, WHO)
    await world.rests()
    await world.at("2028-01-01T00:00:00Z")
    assert await world.value("SELECT count(evidence_ended_at) FROM courses") == 1
    until = {"until": "2028-02-01T00:00:00Z", "reason": "late"}
    for path in (
        call(WHO, "/evaluation/reopen"),
        f"/certificates/v1/courses/{COURSE}/evaluations/reopen",
    ):
        answer = await world.post(path, until)
        assert (answer.status_code, answer.json()["type"]) == (410, "/problems/evidence-ended")
    assert await refused(world, WHO) == (410, "evidence-ended")
    assert await world.count("evaluations") == 0


# --- opened again --------------------------------------------------------------------------------


async def test_staff_open_it_again_for_one_until_an_instant(world):
    await enrolled(world, WHO, "Bo Ray")
    world.clock.time = CLOSES + timedelta(days=3)
    until = {"until": "2020-12-20T12:00:00+01:00", "reason": "Ann Lee was in hospital."}
    assert (await world.post(call(WHO, "/evaluation/reopen"), until, WHO)).status_code == 403
    opened = await world.post(call(WHO, "/evaluation/reopen"), until)
    assert (opened.status_code, opened.json()["evaluation"]["closes_at"]) == (
        200,
        "2020-12-20T11:00:00Z",
    )
    assert (await answers(world, "Bo Ray", {"objective-1": 5})).status_code == 409, "only for her"
    world.clock.time = datetime(2020, 12, 20, 11, 0, 1, tzinfo=UTC)
    late = await answers(world, WHO, {"objective-1": 5})
    assert (late.status_code, "was open longer" in late.json()["detail"]) == (409, True)
    again = {"until": "2020-12-21T00:00:00Z", "reason": "Again."}
    assert (await world.post(call(WHO, "/evaluation/reopen"), again)).status_code == 200
    assert (await answers(world, WHO, {"objective-1": 5})).status_code == 201
    done = await world.post(call(WHO, "/evaluation/reopen"), again)
    assert (done.status_code, done.json()["type"]) == (409, "/problems/evaluation-handed-in")
    audits = await world.rows("SELECT act, why FROM audit ORDER BY why")
    assert [(one["act"], one["why"]) for one in audits] == [
        ("evaluation.reopened", "2020-12-20T11:00:00Z"),
        ("evaluation.reopened", "2020-12-21T00:00:00Z"),
    ]


async def test_why_it_was_opened_is_staffs_alone_and_goes_with_the_person(world):
    await enrolled(world, WHO)
    words = {"until": "2020-12-20T00:00:00Z", "reason": "Ann Lee was in hospital."}
    await world.post(call(WHO, "/evaluation/reopen"), words)
    kept = "SELECT count(*) FROM registrations WHERE reopened::text LIKE '%hospital%'"
    assert await world.value(kept) == 1
    assert "hospital" not in (await world.learner(WHO).get(call(WHO))).text
    assert "hospital" not in str(await world.said()) + str(await world.rows("SELECT * FROM audit"))
    await world.forgets(WHO)
    assert await world.value(kept) == 0


async def test_staff_open_it_again_for_everybody_of_a_course(world):
    await enrolled(world, *MANY[:2])
    world.clock.time = CLOSES + timedelta(days=3)
    reopen = f"/certificates/v1/courses/{COURSE}/evaluations/reopen"
    body = {"until": "2020-12-20T00:00:00Z", "reason": "mail-was-late"}
    answer = await world.post(reopen, body)
    assert answer.json()["closes_at"] == "2020-12-20T00:00:00Z"
    for who in MANY[:2]:
        assert (await answers(world, who, {"objective-1": 5})).status_code == 201
    assert (await world.post(reopen, body | {"reason": "Ann was ill"})).status_code == 422
    past = await world.post(reopen, body | {"until": "2020-12-01T00:00:00Z"})
    assert past.json()["errors"] == [
        {"pointer": "/until", "detail": "That has passed: give an instant to come."}
    ]
    unknown = reopen.replace(COURSE, "none")
    assert (await world.post(unknown, body)).status_code == 404
    # A course that is published again keeps it open.
    await world.hears(course(version=2, evaluation=form()))
    assert (await told(world))["closes_at"] == "2020-12-20T00:00:00Z"


# --- summed up -----------------------------------------------------------------------------------


async def test_the_summary_tells_how_many_and_nothing_else_until_three_have_answered(world):
    await enrolled(world, *MANY)
    await world.hears(*[settled("Ed Gee", f"s{n}", 0, version=2) for n in (1, 2, 3, 4)])
    for who, grade in (("Ann Lee", 5), ("Bo Ray", 1)):
        await answers(world, who, {"objective-1": grade, "comment": f"{grade} of me."})
    said = await told(world)
    assert (said["attended"], said["submitted"], said["response_rate"]) == (4, 2, 0.5)
    assert (said["evaluations"], said["told"], said["open"]) == (2, 0, True)
    assert [one["n"] for one in said["forms"][0]["questions"]] == [0, 0]
    assert "of me" not in str(said)
    await answers(world, "Cy Dee", {"objective-1": 5})
    said = await told(world)
    [rated, comment] = said["forms"][0]["questions"]
    assert (said["told"], rated["n"], rated["mean"]) == (3, 3, 3.67)
    assert [one["count"] for one in rated["distribution"]] == [1, 0, 0, 0, 2]
    assert sorted(comment["texts"]) == ["1 of me.", "5 of me."]
    assert "fewer than 3" in said["rule"]


async def test_a_fourth_answer_is_not_told_by_itself_not_even_once_it_closed(world):
    await enrolled(world, *MANY)
    for who in MANY[:3]:
        await answers(world, who, {"objective-1": 5})
    before = (await told(world))["forms"]
    await answers(world, "Di Eff", {"objective-1": 1, "comment": "Mine alone."})
    said = await told(world)
    assert (said["evaluations"], said["told"], said["forms"]) == (4, 3, before)
    world.clock.time = CLOSES + timedelta(seconds=1)
    said = await told(world)
    assert (said["open"], said["evaluations"], said["told"]) == (False, 4, 3)
    assert said["forms"] == before


async def test_who_is_let_in_alone_after_the_close_is_not_told_by_the_difference(world):
    await enrolled(world, *MANY)
    for who in MANY[:3]:
        await answers(world, who, {"objective-1": 5})
    world.clock.time = CLOSES + timedelta(seconds=1)
    before = (await told(world))["forms"]
    until = CLOSES + timedelta(days=1)
    late = {"until": until.isoformat(), "reason": "Late."}
    assert (await world.post(call("Di Eff", "/evaluation/reopen"), late)).status_code == 200
    assert (await answers(world, "Di Eff", {"objective-1": 1, "comment": "Bad."})).is_success
    assert (await told(world))["forms"] == before
    world.clock.time = until + timedelta(seconds=1)
    said = await told(world)
    assert (said["evaluations"], said["forms"]) == (4, before)


async def test_threes_are_counted_form_by_form(world):
    people = [*MANY, "Fi Haw"]
    await enrolled(world, *people)
    await world.hears(course(version=2, evaluation=form(2, OBJECTIVE)))
    for who in people[:3]:
        await answers(world, who, {"objective-1": 5}, version=1)
    before = {one["version"]: one for one in (await told(world))["forms"]}
    await answers(world, people[3], {"objective-1": 1}, version=1)
    for who in people[4:]:
        await answers(world, who, {"objective-1": 3}, version=2)
    said = await told(world)
    assert (said["evaluations"], said["told"]) == (6, 3)
    assert {one["version"]: one for one in said["forms"]} == before


async def test_evaluations_of_two_processes_are_told_together(database):
    url = database("certificates")
    services = [
        service_on(url, seams={"clock": StillClock("2020-11-09T23:20:00Z")}) for _ in range(2)
    ]
    async with (
        services[0].app.router.lifespan_context(services[0].app),
        services[1].app.router.lifespan_context(services[1].app),
    ):
        worlds = [World(service) for service in services]
        people = [f"No {n}" for n in range(11)]
        await enrolled(worlds[0], *people)
        done = await asyncio.gather(
            *(answers(worlds[n % 2], who, {"objective-1": 3}) for n, who in enumerate(people))
        )
        assert {one.status_code for one in done} == {201}
        said = await told(worlds[0])
        assert (said["evaluations"], said["told"]) == (11, 11)


async def test_answers_to_different_forms_are_not_mixed(world):
    await enrolled(world, *MANY, "Fi Haw")
    for who in MANY[:3]:
        await answers(world, who, {"objective-1": 5})
    other = OBJECTIVE | {"text": "Apply attachment."}
    await world.hears(course(version=2, evaluation=form(1, other)))
    for who in ("Di Eff", "Ed Gee", "Fi Haw"):
        await answers(world, who, {"objective-1": 2})
    [new, old] = (await told(world))["forms"]
    assert (new["questions"][0]["text"], new["questions"][0]["mean"]) == ("Apply attachment.", 2.0)
    assert (old["questions"][0]["text"], old["questions"][0]["mean"]) == (
        "Describe attachment.",
        5.0,
    )


async def test_the_sheet_has_a_line_an_answer_and_no_formula(world):
    await enrolled(world, *MANY)
    for who, text in zip(MANY[:3], ("=1+1", "Fine, and\nlong.", ""), strict=True):
        await answers(world, who, {"objective-1": 4, "comment": text})
    await world.swept()
    answer = await world.http.get(SUMMARY, params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    head, *lines = list(csv.reader(answer.text.splitlines(keepends=True)))
    assert head[5:] == ["n", "mean", "answer", "count"]
    assert [line[1:3] + line[5:] for line in lines[:5]] == [
        ["objective-1", "1", "3", "4.0", str(grade), "3" if grade == 4 else "0"]
        for grade in (1, 2, 3, 4, 5)
    ]
    assert sorted(line[7] for line in lines[5:]) == ["'=1+1", "Fine, and\nlong."]


async def test_the_summary_is_staffs_and_of_courses_that_are_known(world):
    await enrolled(world, WHO)
    assert (await world.learner(WHO).get(SUMMARY)).status_code == 403
    assert (await world.client().get(SUMMARY)).status_code == 401
    assert (await world.http.get(SUMMARY.replace(COURSE, "none"))).status_code == 404
    assert (await world.http.get(SUMMARY, params={"format": "xls"})).status_code == 422
    said = await told(world)
    assert (said["attended"], said["response_rate"], said["told"]) == (1, 0.0, 0)
    assert reference.COURSE["title"] == said["title"]


async def test_the_courses_joint_sponsor_is_told_in_numbers_alone_and_no_other_partner(world):
    await enrolled(world, *MANY)
    for who, grade in (("Ann Lee", 5), ("Bo Ray", 1), ("Cy Dee", 5)):
        await answers(world, who, {"objective-1": grade, "comment": f"{who}, {grade} of me."})
    for number, whose in enumerate(("ibh", "another")):
        about = {"hash": digest_of(f"hf_test_{whose}"), "scopes": [f"partner:{whose}"]}
        issued = KeyIssued.example | about | {"key_id": f"k{number}"}
        await world.hears(KeyIssued.model_validate(issued))
    own, other = world.client("hf_test_ibh"), world.client("hf_test_another")
    assert (await own.get(SUMMARY)).status_code == 403, "the course names no partner"
    sponsor = reference.COURSE["joint_sponsor"] | {"partner_id": "ibh"}
    await world.hears(course(version=9, joint_sponsor=sponsor, evaluation=form()))
    staffs = await told(world)
    answer = await own.get(SUMMARY)
    assert answer.status_code == 200
    said = answer.json()
    [rated, comment] = said["forms"][0]["questions"]
    assert rated == staffs["forms"][0]["questions"][0]
    assert (comment["n"], comment["texts"], comment["broken_down"]) == (3, None, False)
    sheet = await own.get(SUMMARY, params={"format": "csv"})
    assert "of me" not in answer.text + sheet.text
    assert "of me" in str(staffs)
    numbers = await world.http.get(SUMMARY, params={"texts": "false"})
    assert numbers.json() == said
    for path in (SUMMARY, SUMMARY.replace(COURSE, "none")):
        assert (await other.get(path)).json()["type"] == "/problems/course-of-another"


async def test_what_is_kept_of_an_evaluation_leads_to_nobody(world):
    await enrolled(world, *MANY)
    for n, who in enumerate(MANY[:4]):
        await answers(world, who, {"objective-1": n + 1, "comment": f"Text {n}."})
    waiting = await world.rows("SELECT * FROM evaluations")
    assert "Text" not in str(waiting), "sealed, for these rows were written with theirs"
    assert len({len(one["answers"]["sealed"]) for one in waiting}) == 1
    await world.swept()
    rows = await world.rows("SELECT * FROM evaluations")
    assert sorted(one["answers"]["comment"] for one in rows) == [f"Text {n}." for n in range(4)]
    assert not {one["evaluation_id"] for one in rows} & {one["evaluation_id"] for one in waiting}
    ids = [one for who in MANY for key, one in about(who).items() if key != "course_id"]
    assert not any(one in str(rows) for one in ids)
    times = await world.rows(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = 'evaluations' AND data_type LIKE '%time%'"
    )
    assert times == []
    together = "SELECT 1 FROM registrations r JOIN evaluations e ON r.xmin = e.xmin"
    assert await world.rows(together) == []
    on_disk = await world.rows("SELECT evaluation_id FROM evaluations ORDER BY ctid")
    assert on_disk == sorted(on_disk, key=lambda one: one["evaluation_id"])


async def test_no_fingerprint_of_a_request_leads_from_answers_to_a_person(world):
    await enrolled(world, WHO)
    body = b'{"answers":{"objective-1":4}}'
    sent = {"content-type": "application/json", "idempotency-key": "k"}
    url = call(WHO, "/evaluation")
    assert (await world.learner(WHO).post(url, content=body, headers=sent)).status_code == 201
    kept = str(await world.rows("SELECT * FROM idempotency_keys"))
    assert sha256(body).hexdigest() not in kept


async def test_answers_that_nobody_can_open_any_more_are_counted_and_stop_nothing(world):
    await enrolled(world, *MANY)
    for who in MANY[:2]:
        await answers(world, who, {"objective-1": 1})
    await world.rows(
        "UPDATE evaluations SET answers = jsonb_build_object('sealed', $1::text) RETURNING 1",
        sealed("another secret", {"objective-1": 1}),
    )
    await answers(world, "Cy Dee", {"objective-1": 5})
    assert (await told(world))["told"] == 0
    for who in MANY[3:]:
        await answers(world, who, {"objective-1": 5})
    said = await told(world)
    assert (said["evaluations"], said["told"]) == (5, 3)
    assert said["forms"][0]["questions"][0]["mean"] == 5.0
