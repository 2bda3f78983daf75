"""Evidence ends when its years are over; certificates do not. Who is erased is gone before that."""

from __future__ import annotations

from typing import Any

import pytest

from tests.edges.certificates.facts import (
    SESSIONS,
    about,
    all_completed,
    attended,
    course,
    person,
    registered,
    settled,
)
from tests.edges.certificates.test_reports import (
    ADA,
    DOT,
    FL,
    NOT_DUE,
    PATH,
    content,
    send,
    story,
)
from tests.stage import killed_at, unresting

PHYSICIAN, UNSERVED = "Flo Vale", "Mo Fern"
PROFESSIONS: dict[str, tuple[Any, ...]] = {
    PHYSICIAN: ("physician",),
    UNSERVED: ("mft", ("mft", "NY", "4")),
}
NOTES = {PHYSICIAN: "90 minutes attended", UNSERVED: "attended in part, not counted"}
ENDS = "2027-11-10T05:00:00Z"  # the day of New York is over on which seven years have passed
BEFORE = "2027-11-10T04:59:59Z"


@pytest.fixture
async def kept(world):
    """A course with certificates, one withheld award, and a report that went out."""
    await story(world, NOT_DUE)
    await send(world)
    return world


async def evidence(world: Any) -> dict[str, int]:
    counts = {name: await world.count(name) for name in ("evaluations", "report_files")}
    kept = "attended <> '{}' OR evaluated_at IS NOT NULL OR disclosures <> '{}'"
    counts["facts"] = await world.value(f"SELECT count(*) FROM registrations WHERE {kept}")
    counts["unmet"] = await world.value("SELECT count(*) FROM awards WHERE unmet <> '[]'")
    return counts


async def next_step(world: Any) -> str | None:
    """What the erasing does next."""
    query = """SELECT min(kind) FROM due
    WHERE due_at <= $1 AND (kind LIKE 'erase_evidence%' OR kind = 'end_evidence')"""
    found: str | None = await world.value(query, world.clock.time)
    return found


WHOLE = {"evaluations": 3, "report_files": 1, "facts": 4, "unmet": 1}
NONE = {"evaluations": 0, "report_files": 0, "facts": 0, "unmet": 0}


async def test_evidence_is_kept_to_the_last_second_of_its_years_and_not_longer(kept):
    await kept.at(BEFORE)
    assert await evidence(kept) == WHOLE
    said = len(await kept.said())
    await kept.at(ENDS)
    assert await evidence(kept) == NONE
    assert len(await kept.said()) == said  # nobody is told that anything was withheld
    audited = await kept.rows("SELECT act FROM audit WHERE act LIKE 'evidence.%' ORDER BY id")
    assert [one["act"] for one in audited] == ["evidence.ended", "evidence.erased"]
    gone = await kept.http.get(f"{PATH}/reports/1")
    assert (gone.status_code, gone.json()["type"]) == (410, "/problems/evidence-ended")
    assert (await send(kept)).status_code == 410  # nothing is begun that would never end


async def test_a_certificate_outlives_its_evidence_with_its_file(kept):
    [ada] = (await kept.shown(ADA))["certificates"]
    await kept.at(ENDS)
    shown = await kept.shown(ADA)
    assert [one["certificate_id"] for one in shown["certificates"]] == [ada["certificate_id"]]
    assert shown["awards"] == []
    pdf = await kept.learner(ADA).get(f"/certificates/v1/certificates/{ada['certificate_id']}.pdf")
    assert pdf.status_code == 200
    code = ada["verify_url"].rpartition("/")[2]
    said = (await kept.client().get(f"/certificates/verify/{code}")).json()
    assert (said["status"], said["holder"], said["credits"]) == ("valid", ADA, 8.0)


async def test_the_board_that_keeps_longest_decides_for_the_whole_course(kept):
    longer = [NOT_DUE[0], NOT_DUE[1] | {"keep_years": 10}]
    await kept.hears(course(boards=longer, version=9))
    await kept.at("2030-11-10T04:59:59Z")
    assert await evidence(kept) == WHOLE
    await kept.at("2030-11-10T05:00:00Z")
    assert await evidence(kept) == NONE


async def test_what_is_heard_again_after_its_years_is_not_kept_and_decides_nothing(kept):
    await kept.at(ENDS)
    said = len(await kept.said())
    await kept.hears(*(settled(ADA, session, 0, version=9) for session in SESSIONS))
    await kept.hears(person(ADA, "nurse", FL, version=2), course(boards=NOT_DUE, version=12))
    await kept.rests()
    assert await evidence(kept) == NONE
    assert len(await kept.said()) == said


@pytest.mark.parametrize("kind", ["end_evidence", "erase_evidence", "erase_evidence.row"])
@pytest.mark.parametrize("point", ["batch.flushed", "batch.committed"])
async def test_a_crash_in_the_middle_of_the_erasing_loses_no_step(kept, kind, point):
    await kept.swept()
    kept.clock.time = kept.clock.time.replace(year=2028)
    for _ in unresting():
        if await next_step(kept) == kind:
            break
        await kept.sweep.step()
    with killed_at(point):
        await kept.sweep.step()
    await kept.rests()
    assert await evidence(kept) == NONE
    audited = await kept.rows("SELECT act FROM audit WHERE act = 'evidence.erased'")
    assert len(audited) == 1


async def test_staff_can_still_correct_a_name_on_what_stands(kept):
    [ada] = (await kept.shown(ADA))["certificates"]
    await kept.at(ENDS)
    answer = await kept.post(
        f"/certificates/v1/certificates/{ada['certificate_id']}/supersede",
        {"reason": "Married.", "name": "Ada King"},
    )
    assert answer.status_code == 202, answer.text
    await kept.rests()
    now = [one for one in (await kept.shown(ADA))["certificates"] if one["status"] == "valid"]
    assert [(one["credits"], one["board"]) for one in now] == [(8.0, "ANCC")]


@pytest.mark.parametrize("meanwhile", ["", "recorded anew"])
@pytest.mark.parametrize("who", [PHYSICIAN, UNSERVED])
async def test_a_name_corrected_after_the_evidence_ended_changes_nothing_of_attendance(
    world, blank_pages, who, meanwhile
):
    """90 minutes of the last session: credited to the physician, in part not counted to whom no
    board serves. Neither is said to have missed it, the seconds being gone."""
    recorded = person(who, *PROFESSIONS[who])
    await world.hears(course(), recorded, *registered(who), *attended(who, 7200, 7200, 7200, 5400))
    await world.hears(*all_completed())
    await world.swept()
    if who == PHYSICIAN:
        await world.evaluates(who)
        assert (await world.claims(who, 7.5)).status_code == 201
    await world.rests()
    [old] = (await world.shown(who))["certificates"]
    before = await page_of(world, old)
    assert before["sessions"][3]["note"] == NOTES[who]

    await world.at(ENDS)
    assert await world.value("SELECT count(*) FROM registrations WHERE attended <> '{}'") == 0
    path = f"/certificates/v1/certificates/{old['certificate_id']}/supersede"
    assert (await world.post(path, {"reason": "Married.", "name": "Flo King"})).status_code == 202
    if meanwhile:
        await world.hears(person(who, *PROFESSIONS[who], version=2, name="Flo Queen"))
    await world.rests()

    [new] = [one for one in (await world.shown(who))["certificates"] if one["status"] == "valid"]
    after = await page_of(world, new)
    assert after["name"] == ("Flo Queen" if meanwhile else "Flo King")
    changed = {"name", "number", "issued", "issued_words", "supersedes"}
    changed |= {"verify_url", "verify_words"}
    assert {key for key in after if after[key] != before[key]} == changed


async def page_of(world: Any, one: Any) -> Any:
    shown = await world.http.get(f"/certificates/v1/certificates/{one['certificate_id']}.json")
    return shown.json()["page"]


async def test_who_is_erased_while_a_certificate_is_made_gets_none_and_leaves_no_name(world):
    await story(world)
    await world.evaluates(DOT)
    with killed_at("outside.acted"):  # made, and not stored yet
        await world.outside.step()
    assert await world.value("SELECT count(*) FROM certificates WHERE status = 'preparing'") == 1
    await world.forgets(DOT)
    await world.leases_run_out()
    await world.rests()
    assert await world.value("SELECT count(*) FROM certificates WHERE status = 'preparing'") == 0
    assert (await world.shown(DOT))["certificates"] == []
    for table in ("documents", "people", "certificates", "due"):
        assert "Dot" not in str(await world.rows(f"SELECT * FROM {table}"))


async def test_an_erased_person_s_evidence_stays_by_ids_until_its_years_are_over(kept):
    first = await content(kept, 1)
    await kept.forgets(ADA)
    shown = await kept.shown(ADA)  # restricted: no call shows it, to nobody
    assert (shown["awards"], shown["evaluated_at"], shown["evaluation"]) == ([], None, None)
    assert [one["status"] for one in shown["certificates"]] == ["valid"]
    await kept.forgets(DOT)  # who has no certificate, and whose award is withheld
    roster = (await kept.http.get(f"{PATH}/roster?board=ANCC&format=cebroker")).text
    [line] = [x for x in roster.splitlines() if x.endswith(about(DOT)["registration_id"])]
    assert "holder_erased" in line
    assert "evaluation" not in line
    [row] = await kept.rows(
        "SELECT attended FROM registrations WHERE registration_id = $1",
        about(ADA)["registration_id"],
    )
    assert row["attended"]["s1"]["seconds"] == 7200
    assert await kept.value("SELECT content FROM report_files") == first
    await kept.at(ENDS)
    assert await evidence(kept) == NONE
