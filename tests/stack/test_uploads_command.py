"""`attendance uploads|withdraw`, and importing a file once more that was withdrawn."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import attendance
from cli.here import Here
from cli.main import app

THERE = ("--course", "c", "--session", "s1")
SENT = {
    "number": 1, "origin": "report", "zone": "UTC", "lines": 7, "by": "ada",
    "received_at": "2020-11-02T23:00:00Z", "withdrawn": None,
}  # fmt: skip
GONE = {"at": "2020-11-02T23:09:00Z", "by": "ben", "reason": "Another session's."}
KEPT = {"accepted": 1, "duplicates": 0, "refused": [], "left_out": ["device"], "upload": 1}


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> tuple[list[httpx.Request], list[httpx.Response]]:
    """What was asked, and what is answered, in order."""
    asked: list[httpx.Request] = []
    answers: list[httpx.Response] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answers.pop(0)

    class Door(Here):
        def client(self) -> httpx.Client:
            return httpx.Client(transport=httpx.MockTransport(answer), base_url=self.door)

    monkeypatch.setattr(attendance, "here", lambda: Door("http://holdfast.test", "key"))
    return asked, answers


def ok(body: Any, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=body, headers=headers)


def test_all_uploads_are_told_page_by_page_and_what_was_withdrawn(door: Any) -> None:
    asked, answers = door
    pages = [
        {"items": [SENT | {"withdrawn": GONE}], "next": "1"},
        {"items": [SENT | {"number": 2, "origin": "sheet", "zone": None}], "next": None},
    ]
    answers += [ok(page) for page in pages]
    done = CliRunner().invoke(app, ["attendance", "uploads", *THERE])
    assert (done.exit_code, done.exception) == (0, None)
    told = " ".join(done.stdout.split())
    assert "1: report in UTC, 7 lines, sent 2020-11-02T23:00:00Z by ada; withdrawn" in told
    assert "by ben: Another session's." in told
    assert "2: sheet, 7 lines" in told
    assert [request.url.params["after"] for request in asked] == ["", "1"]
    answers += [ok(page) for page in pages]
    done = CliRunner().invoke(app, ["attendance", "uploads", *THERE, "--json"])
    assert [one["number"] for one in json.loads(done.stdout)["items"]] == [1, 2]


def test_an_upload_is_withdrawn_by_its_number_with_a_reason(door: Any) -> None:
    asked, answers = door
    answers.append(ok({"number": 1, **GONE}))
    words = ["attendance", "withdraw", "1", *THERE]
    done = CliRunner().invoke(app, [*words, "--reason", GONE["reason"]])
    assert (done.exit_code, done.exception) == (0, None)
    assert "upload 1 of s1 counts no more" in done.stdout
    [request] = asked
    assert request.url.path == "/attendance/v1/sessions/c/s1/uploads/1/withdraw"
    assert json.loads(request.content) == {"reason": GONE["reason"]}
    assert CliRunner().invoke(app, words).exit_code == 2  # without a reason
    assert len(asked) == 1


def test_a_file_that_was_withdrawn_is_sent_anew_and_another_is_not(
    door: Any, tmp_path: Path
) -> None:
    asked, answers = door
    file = tmp_path / "report.csv"
    file.write_text("participant_id,joined_at\n1,2020-11-02T21:00:00Z\n")
    words = ["attendance", "import", str(file), *THERE]
    replayed = {"Idempotent-Replayed": "true"}
    uploads = {"items": [SENT | {"withdrawn": GONE}], "next": None}
    answers += [ok(KEPT, **replayed), ok(uploads), ok(KEPT | {"upload": 2})]
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, done.exception) == (0, None)
    told = " ".join(done.stdout.split())
    assert "1 kept, 0 known (upload 2)" in told
    assert "not kept, for evidence does not need it: device" in told
    assert "sent before" not in told
    first, _, again = asked
    assert first.headers["idempotency-key"] != again.headers["idempotency-key"]
    asked.clear()
    answers += [ok(KEPT, **replayed), ok({"items": [SENT], "next": None})]
    done = CliRunner().invoke(app, words)
    assert "sent before" in " ".join(done.stdout.split())
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("more", "said", "code"),
    [
        ({"outside": 0, "other_meetings": []}, "", 0),
        ({"outside": 2, "other_meetings": []}, "all lie outside the session", 1),
        ({"outside": 1, "other_meetings": []}, "1 of 2 lie outside the session", 0),
        ({"outside": 0, "other_meetings": ["999"]}, "the file of meeting 999, which was never", 1),
    ],
)
def test_a_file_that_is_of_another_session_is_no_success(
    door: Any, tmp_path: Path, more: dict[str, Any], said: str, code: int
) -> None:
    _, answers = door
    file = tmp_path / "report.csv"
    file.write_text("participant_id,joined_at\n1,2020-11-02T21:00:00Z\n")
    answers.append(ok(KEPT | {"accepted": 2} | more))
    done = CliRunner().invoke(app, ["attendance", "import", str(file), *THERE])
    told = " ".join(f"{done.stdout} {done.stderr}".split())
    assert done.exit_code == code
    assert said in told
    assert ("attendance withdraw 1" in told) == bool(said)
