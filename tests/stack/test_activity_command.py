"""`bin/holdfast activity-file` and `certificates roster|report|…`: what they write, and end with."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import activity, rosters
from cli.main import app
from cli.say import Ends
from tests.stack.test_command_line import door

PROBLEM = {"content-type": "application/problem+json"}
PAGE = {"title": "Attachment", "seats": {"left": 3}, "seats_left": 3, "registration": {}}
EVIDENCE = b'{"kind": "session", "session_id": "s1"}\n' * 3
ROSTER = b"board,name\r\nNBCC,Ada Lovelace\r\n"


def part(**files: bytes) -> bytes:
    """What certificates sends: entries and their manifest."""
    out = io.BytesIO()
    entries = [
        {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in files.items()
    ]
    with zipfile.ZipFile(out, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
        made.writestr("manifest.json", json.dumps({"course_id": "c", "entries": entries}))
    return out.getvalue()


def stack(zipped: bytes, evidence: bytes = EVIDENCE) -> Any:
    versions = {
        "0": {"items": [{"version": 1, "page": {}}], "next": "1"},
        "1": {"items": [{"version": 2, "page": {}}], "next": None},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/registration/v1/courses/c":
            return httpx.Response(200, json=PAGE)
        if path.endswith("/disclosures"):
            return httpx.Response(200, json={"course_id": "c", "items": []})
        if path.endswith("/versions"):
            return httpx.Response(200, json=versions[request.url.params["after"]])
        if path == "/attendance/v1/courses/c/evidence":
            return httpx.Response(200, content=evidence)
        if path == "/certificates/v1/courses/c/activity":
            return httpx.Response(200, content=zipped)
        told = {"title": "Course unknown", "detail": "There is no such course."}
        return httpx.Response(404, json=told, headers=PROBLEM)

    return lambda: door(answer)


def named(name: str) -> bool:
    """Whether the auditor is told of an entry, or of the folder that it is in."""
    folder = f"{name.rpartition('/')[0]}/"
    lines = [line.split()[0] for line in activity.README.splitlines() if line[:2] == "  "]
    return name in lines or (folder in lines and folder.count("/") > 1)


def made(monkeypatch: Any, tmp_path: Path, zipped: bytes, course: str = "c") -> Any:
    monkeypatch.setattr(activity, "here", stack(zipped))
    out = tmp_path / "course.zip"
    return CliRunner().invoke(app, ["activity-file", course, "--out", str(out)]), out


def test_three_parts_come_into_one_file_with_one_manifest(monkeypatch, tmp_path):
    done, out = made(monkeypatch, tmp_path, part(**{"roster.csv": ROSTER}))
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(out) as file:
        assert file.testzip() is None
        assert file.namelist() == [
            "README.txt",
            "registration/course.json",
            "registration/disclosures.json",
            "registration/versions/0001.json",
            "registration/versions/0002.json",
            "attendance/evidence.ndjson",
            "certificates/roster.csv",
            "certificates/manifest.json",
            "manifest.json",
        ]
        told = json.loads(file.read("manifest.json"))
        for one in told["entries"]:
            data = file.read(one["name"])
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (one["sha256"], one["size"])
        assert [one["name"] for one in told["entries"]] == file.namelist()[:-1]
        assert file.read("attendance/evidence.ndjson") == EVIDENCE
        assert "seats" not in json.loads(file.read("registration/course.json"))
        assert b"ACTIVITY FILE OF c" in file.read("README.txt")
        assert [one for one in file.namelist()[1:] if not named(one)] == []
    assert not named("certificates/another.csv")
    assert [each.name for each in tmp_path.iterdir()] == ["course.zip"]


@pytest.mark.parametrize(
    "zipped",
    [
        b"",
        b"no zip",
        part(**{"roster.csv": ROSTER})[:-60],
        part(**{"roster.csv": ROSTER}).replace(b"Ada", b"Eva"),
    ],
)
def test_what_is_not_whole_is_refused_and_nothing_is_left_behind(monkeypatch, tmp_path, zipped):
    done, _ = made(monkeypatch, tmp_path, zipped)
    assert isinstance(done.exception, Ends)
    assert done.exception.code == 1
    assert list(tmp_path.iterdir()) == []


def test_a_course_that_is_not_there_ends_with_what_to_do(monkeypatch, tmp_path):
    done, _ = made(monkeypatch, tmp_path, part(), course="nowhere")
    assert isinstance(done.exception, Ends)
    assert (done.exception.code, "course list" in done.exception.remedy) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_stays_where_the_new_one_cannot_be_made(monkeypatch, tmp_path):
    (tmp_path / "course.zip").write_bytes(b"the older one")
    made(monkeypatch, tmp_path, b"no zip")
    assert (tmp_path / "course.zip").read_bytes() == b"the older one"


def asked(monkeypatch: Any, status: int, body: Any) -> list[httpx.Request]:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if isinstance(body, bytes):
            return httpx.Response(status, content=body)
        return httpx.Response(status, json=body, headers=PROBLEM if status >= 400 else {})

    monkeypatch.setattr(rosters, "here", lambda: door(answer))
    return seen


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["certificates", *words])


def test_a_roster_is_printed_or_written_as_it_is(monkeypatch, tmp_path):
    seen = asked(monkeypatch, 200, ROSTER)
    assert run("roster", "c", "--board", "NBCC", "--format", "cebroker").stdout_bytes == ROSTER
    assert dict(seen[0].url.params) == {"format": "cebroker", "board": "NBCC"}
    out = tmp_path / "roster.csv"
    assert run("roster", "c", "--out", str(out)).exit_code == 0
    assert out.read_bytes() == ROSTER


def test_a_roster_as_json_has_a_line_an_object_and_nothing_else(monkeypatch, tmp_path):
    seen = asked(monkeypatch, 200, ROSTER)
    told = json.loads(run("roster", "c", "--board", "NBCC", "--json").stdout)
    assert told == {"items": [{"board": "NBCC", "name": "Ada Lovelace"}]}
    assert dict(seen[0].url.params) == {"format": "csv", "board": "NBCC"}
    both = run("roster", "c", "--json", "--out", str(tmp_path / "x")).exception
    assert isinstance(both, Ends)
    assert (both.code, len(seen)) == (2, 1)
    asked(monkeypatch, 422, {"title": "Board needed", "detail": "Say which board."})
    wrong = run("roster", "c", "--json").exception
    assert isinstance(wrong, Ends)
    assert (wrong.code, "bin/holdfast certificates roster --help" in wrong.remedy) == (2, True)


MADE = {
    "number": 2,
    "kind": "new",
    "format": "cebroker",
    "made": [2, 3],
    "made_at": "2020-11-10T09:00:00Z",
    "held": {"license_number": 4},
}


def test_a_report_says_what_was_made_and_who_is_held_back(monkeypatch):
    seen = asked(monkeypatch, 201, MADE)
    told = run("report", "c", "--board", "ANCC").stdout
    assert "report 2 is made: new" in told
    assert "report 3 is made: correction" in told
    assert "held back, license number: 4" in told
    assert "bin/holdfast certificates roster c --board 'ANCC' --format cebroker" in told
    assert json.loads(seen[0].content) == {"board": "ANCC", "format": ""}
    assert seen[0].headers["idempotency-key"]
    asked(monkeypatch, 200, MADE | {"made": [], "held": {}})
    assert "Nothing is new since report 2" in run("report", "c", "--board", "ANCC").stdout


def test_reports_are_listed_and_their_bytes_fetched(monkeypatch):
    one = {
        "number": 1,
        "board": "[ANCC]",
        "format": "cebroker",
        "kind": "new",
        "lines": 2,
        "made_at": "2020-11-10T09:00:00Z",
        "state": "partly_refused",
    }
    asked(monkeypatch, 200, {"items": [one], "next": None})
    told = run("reports", "c").stdout
    assert "[ANCC]" in told
    assert "partly refused" in told
    assert json.loads(run("reports", "c", "--json").stdout) == [one]
    asked(monkeypatch, 200, {"items": [], "next": None})
    assert "Nothing was reported yet." in run("reports", "c").stdout
    asked(monkeypatch, 200, b"bytes")
    assert run("reports", "c", "1").stdout_bytes == b"bytes"


def test_what_the_registry_answered_is_noted(monkeypatch):
    seen = asked(monkeypatch, 200, {"state": "partly_refused"})
    told = run("outcome", "c", "1", "refused", "--line", "2", "--line", "5").stdout
    assert "report 1: partly refused" in told
    assert json.loads(seen[0].content) == {"outcome": "refused", "lines": [2, 5]}
    wrong = run("outcome", "c", "1", "perhaps").exception
    assert isinstance(wrong, Ends)
    assert wrong.code == 2


def test_a_refusal_says_what_the_course_s_file_lacks(monkeypatch):
    asked(monkeypatch, 409, {"title": "Reporting missing", "detail": "Say reporting.provider_id."})
    ended = run("report", "c", "--board", "ANCC", "--format", "cebroker").exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message) == (1, "Reporting missing: Say reporting.provider_id.")


def test_who_is_held_back_is_told_where_nobody_is_ready(monkeypatch):
    told = {
        "type": "/problems/nothing-to-report",
        "title": "Nothing to report",
        "detail": "Nobody is ready. Held back are birth day: 1.",
        "held_back": {"birth_day": 1},
        "format": "pars",
    }
    asked(monkeypatch, 409, told)
    ended = run("report", "c", "--board", "ACCME").exception
    assert isinstance(ended, Ends)
    assert "birth day: 1" in ended.message
    assert ended.remedy.endswith("certificates roster c --board 'ACCME' --format pars")


@pytest.mark.parametrize(
    ("kind", "words", "hint"),
    [
        ("board-unknown", ["roster", "c", "--board", "XX"], "course show c"),
        ("board-unknown", ["report", "c", "--board", "XX"], "course show c"),
        ("report-unknown", ["reports", "c", "9"], "certificates reports c"),
        ("report-unknown", ["outcome", "c", "9", "accepted"], "certificates reports c"),
        ("course-unknown", ["outcome", "c", "9", "accepted"], "course list"),
    ],
)
def test_what_is_not_there_is_said_where_to_look_for(monkeypatch, kind, words, hint):
    asked(monkeypatch, 404, {"type": f"/problems/{kind}", "title": "Unknown"})
    ended = run(*words).exception
    assert isinstance(ended, Ends)
    assert (ended.code, hint in ended.remedy) == (1, True)
