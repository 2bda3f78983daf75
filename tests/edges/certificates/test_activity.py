"""The activity file: all that an auditor asks for, names in roster and reports alone."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from pypdf import PdfReader

from services.certificates.api.activity_tables import agenda
from shared.contracts.course import Course as Published
from shared.contracts.course import Session
from tests.edges.certificates.facts import COURSE, about, board, course, person, registered
from tests.edges.certificates.test_reports import (
    ADA,
    BEA,
    CY,
    DOT,
    NOT_DUE,
    PATH,
    content,
    line_of,
    send,
    story,
)
from tests.edges.certificates.test_retention import ENDS
from tests.stack.test_activity_command import named

NAMED = ("roster.csv", "reports/0001-ANCC.csv")


@pytest.fixture
async def audited(world):
    await story(world, NOT_DUE)
    await send(world)
    await world.post(
        f"{PATH}/reports/1/outcome", {"outcome": "refused", "lines": [await line_of(world, BEA)]}
    )
    [ada] = (await world.shown(ADA))["certificates"]
    await world.post(
        f"/certificates/v1/certificates/{ada['certificate_id']}/revoke", {"reason": "Wrong."}
    )
    await world.rests()
    return world


async def file_of(world: Any) -> dict[str, bytes]:
    answer = await world.http.get(f"{PATH}/activity")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert file.testzip() is None
        told = [one for one in file.namelist() if not named(f"certificates/{one}")]
        assert told == [], "the auditor's page names every entry, or its folder"
        return {name: file.read(name) for name in file.namelist()}


async def test_it_holds_every_part_in_one_order_and_each_by_its_hash(audited):
    found = await file_of(audited)
    assert list(found) == [
        "course.json",
        "agenda.csv",
        "approvals.csv",
        "disclosures.json",
        "evaluation-summary.json",
        "decisions.ndjson",
        "roster.csv",
        "corrections.csv",
        "reports.csv",
        "reports/0001-ANCC.csv",
        "samples/01-ANCC.pdf",
        "samples/02-ACCME.pdf",
        "manifest.json",
    ]
    manifest = json.loads(found.pop("manifest.json"))
    assert manifest["course_id"] == COURSE
    assert manifest["entries"] == [
        {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in found.items()
    ]
    assert found["reports/0001-ANCC.csv"] == await content(audited, 1)
    first = await audited.http.get(f"{PATH}/activity")
    assert (await audited.http.get(f"{PATH}/activity")).content == first.content  # the same bytes
    reads = await audited.rows("SELECT about FROM audit WHERE act = 'activity.read'")
    assert [one["about"] for one in reads] == [COURSE] * 3


async def test_names_stand_in_the_roster_and_the_reports_alone(audited):
    found = await file_of(audited)
    sample = found["samples/01-ANCC.pdf"]
    text = PdfReader(io.BytesIO(sample)).pages[0].extract_text()
    assert "Sample" in text
    assert "contact hours" in text
    for name, data in found.items():
        text = data.decode(errors="replace")
        for who in (ADA, BEA, CY, DOT):
            assert who not in text or name in NAMED, (name, who)
        assert "RN0001" not in text or name in NAMED
        assert "meet.example" not in text
    assert ADA in found["roster.csv"].decode()


async def test_decisions_name_conditions_and_evidence_and_the_rest_are_tables(audited):
    found = await file_of(audited)
    lines = found["decisions.ndjson"].decode().splitlines()
    told = {one["registration_id"]: one for one in map(json.loads, lines)}
    dot = told[about(DOT)["registration_id"]]
    assert [(a["board"], a["status"], a["unmet"][0]["condition"]) for a in dot["awards"]] == [
        ("ANCC", "withheld", "evaluation"),
        ("ACCME", "not_served", "profession"),
    ]
    assert (dot["awards"][0]["credits"], dot["awards"][0]["earned"]) == ("0", "8.0")
    assert dot["attended"]["s3"] == {
        "seconds": 7200, "present": True, "version": 1, "ends_at": "2020-11-02T23:00:00Z",
    }  # fmt: skip
    bea = told[about(BEA)["registration_id"]]
    [issued] = bea["certificates"]
    assert (issued["credits"], issued["status"], issued["sessions"]) == (
        "6.0", "valid", ["s1", "s2", "s4"],
    )  # fmt: skip
    assert issued["evidence"]["s1"] == 1
    assert bea["evaluated_at"] == "2020-11-09T23:20:00Z"
    rows = {
        name: list(csv.DictReader(io.StringIO(found[name].decode(), newline="")))
        for name in ("agenda.csv", "approvals.csv", "corrections.csv", "reports.csv")
    }
    first = rows["agenda.csv"][0]
    assert {"starts", "ends", "hour", "what"} <= first.keys()
    assert (first["session"], first["date"], first["from"], first["zone"]) == (
        "s1", "2020-10-19", "16:00", "America/New_York",
    )  # fmt: skip
    assert [(one["board"], one["states"], one["keep_years"]) for one in rows["approvals.csv"]] == [
        ("ANCC", "not NY", "7"), ("ACCME", "", "7"),
    ]  # fmt: skip
    [corrected] = rows["corrections.csv"]
    assert (corrected["status"], corrected["reason"], corrected["credits"]) == (
        "revoked", "issued-in-error", "8.0",
    )  # fmt: skip
    [report] = rows["reports.csv"]
    assert (report["state"], report["lines"], report["made_by"]) == (
        "partly_refused", "2", "operator",
    )  # fmt: skip


async def test_who_was_erased_is_named_nowhere_but_in_what_went_out(audited):
    await audited.forgets(ADA)
    assert (await audited.http.get(f"{PATH}/reports/1")).status_code == 410
    found = await file_of(audited)
    assert b"RN0001" in found["reports/0001-ANCC.csv"]
    assert ADA.encode() not in found["roster.csv"]
    told = map(json.loads, found["decisions.ndjson"].decode().splitlines())
    assert about(ADA)["registration_id"] in {one["registration_id"] for one in told}


async def test_when_its_years_are_over_the_file_holds_what_stands(audited):
    await audited.at(ENDS)
    found = await file_of(audited)
    assert "reports/0001-ANCC.csv" not in found
    assert b"7200" not in found["decisions.ndjson"]
    assert BEA.replace("=", "").split()[0].encode() in found["roster.csv"]


async def test_a_board_s_name_leads_out_of_no_folder(world):
    await world.hears(course(boards=[board("../../etc/pass=wd", "hours", "PER_SESSION", "nurse")]))
    names = list(await file_of(world))
    assert "samples/01-------etc-pass-wd.pdf" in names


async def test_it_is_an_operator_s_and_of_a_course_that_is_there(world):
    await world.hears(course(boards=NOT_DUE), *registered(ADA))
    assert (await world.client().get(f"{PATH}/activity")).status_code == 401
    assert (await world.learner(ADA).get(f"{PATH}/activity")).status_code == 403
    assert (await world.http.get("/certificates/v1/courses/no/activity")).status_code == 404


async def test_a_board_that_does_not_serve_somebody_is_told_with_why(world):
    """NY is left out by ANCC, and ACCME serves physicians; neither ever decided anything."""
    await world.hears(course(boards=NOT_DUE))
    await world.hears(person(ADA, "nurse", ("nurse", "NY", "RN0001")), *registered(ADA))
    await world.hears(*registered(BEA))  # of whom nothing is known
    told = map(json.loads, (await file_of(world))["decisions.ndjson"].decode().splitlines())
    found = {one["registration_id"]: one for one in told}
    ada = found[about(ADA)["registration_id"]]
    assert [(one["board"], one["status"], one["credits"]) for one in ada["awards"]] == [
        ("ANCC", "not_served", "0"), ("ACCME", "not_served", "0"),
    ]  # fmt: skip
    [why] = ada["awards"][0]["unmet"]
    assert why["condition"] == "profession"
    assert "NY" in why["detail"]
    assert found[about(BEA)["registration_id"]]["awards"] == []
    assert not {"profession", "licenses", "role", "version"} & ada.keys()


def test_hours_and_breaks_are_timed_by_the_session_s_own_clock():
    session = {
        "session_id": "s1", "date": "2027-04-16", "zone": "America/Chicago",
        "starts_at": "2027-04-16T14:00:00Z", "ends_at": "2027-04-16T16:15:00Z",
        "wall_from": "09:00", "wall_to": "11:15", "minutes": 135, "instruction_minutes": 120,
        "breaks": [{"starts_at": "2027-04-16T15:00:00Z", "ends_at": "2027-04-16T15:15:00Z"}],
    }  # fmt: skip

    def told(*hours: str) -> list[tuple[str, ...]]:
        one = Session.model_validate(session | {"hours": hours})
        text = agenda(Published.model_construct(location="", sessions=(one,))).decode()
        rows = csv.DictReader(io.StringIO(text, newline=""))
        return [tuple(row[name] for name in ("hour", "what", "starts", "ends")) for row in rows]

    assert told("Styles", "Practice") == [
        ("1", "Styles", "09:00", "10:00"),
        ("", "Break", "10:00", "10:15"),
        ("2", "Practice", "10:15", "11:15"),
    ]
    assert told("All of it") == [("1", "All of it", "", "")]
    assert told() == [("1", "", "", "")]


async def test_a_sample_names_its_categories(world):
    said = NOT_DUE[0] | {"categories": [{"session_id": "s1", "category": "ethics", "hours": "1.5"}]}
    published = course(boards=[said])
    await world.hears(published)
    found = await file_of(world)
    text = PdfReader(io.BytesIO(found["samples/01-ANCC.pdf"])).pages[0].extract_text()
    assert "including 1.5 ethics" in " ".join(text.split())
