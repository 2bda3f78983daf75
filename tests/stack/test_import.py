"""`registrations import`: what it sends, what it tells, how it ends."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import registrations
from cli.here import Here
from cli.main import app
from cli.say import Ends

SAMPLE = str(Path(__file__).parents[2] / "examples" / "group.csv")
FINE = {"index": 0, "row": 2, "status": "accepted", "registration_id": "r"}
WAITS = {"index": 1, "row": 3, "status": "waitlisted", "registration_id": "s", "position": 4}
WRONG = {
    "index": 2,
    "row": 4,
    "status": "refused",
    "problem": {
        "type": "/problems/attendee-invalid",
        "detail": "Something about the person is wrong.",
        "errors": [{"pointer": "/rows/4/email", "detail": "This is not an e-mail address."}],
    },
}


class Door(Here):
    """A front door that answers as a test says, and keeps what it was asked."""

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer), base_url=self.door)

    def answer(self, request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answers.pop(0)


seen: list[httpx.Request] = []
answers: list[httpx.Response] = []


@pytest.fixture(autouse=True)
def _at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    answers.clear()
    monkeypatch.setattr(registrations, "here", lambda: Door("http://holdfast.test", "key"))


def typed(*words: str, results: list[Any] | None = None, answer: httpx.Response | None = None):
    body = {"group_id": "g", "results": results or [FINE], "warnings": []}
    answers.append(answer or httpx.Response(200, json=body))
    return CliRunner().invoke(app, ["registrations", "import", *words])


def test_a_sheet_is_sent_whole_and_who_is_in_is_counted():
    done = typed(SAMPLE, "--course", "a b", "--organisation", "Clinic", "--all-or-nothing")
    assert (done.exit_code, done.exception) == (0, None)
    assert "1 accepted" in done.stdout
    [request] = seen
    assert request.url.raw_path.startswith(b"/registration/v1/courses/a%20b/registrations:batch?")
    assert dict(request.url.params) == {"organisation": "Clinic", "all_or_nothing": "true"}
    assert request.headers["content-type"] == "text/csv"
    assert request.content == Path(SAMPLE).read_bytes()


def test_the_same_file_has_the_same_key_and_another_order_another():
    for words in ([], [], ["--all-or-nothing"], ["--again"]):
        typed(SAMPLE, "--course", "c", *words)
    typed(SAMPLE, "--course", "d")
    keys = [request.headers["idempotency-key"] for request in seen]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_who_waits_and_who_is_refused_is_told_by_row_and_column():
    done = typed(SAMPLE, "--course", "c", results=[FINE, WAITS, WRONG])
    assert done.exit_code == 1
    assert "1 accepted, 1 waitlisted, 1 refused" in done.stdout
    assert "place 4 in line" in done.stdout
    assert "email: This is not an e-mail address." in done.stdout


def test_whose_disclosure_is_not_said_is_told_which_to_say():
    about = {"type": "/problems/disclosure-outdated", "detail": "Review it.", "errors": []}
    unsaid = WRONG | {"problem": about | {"current": "2020-09-01"}}
    done = typed(SAMPLE, "--course", "c", results=[unsaid, unsaid])
    assert "--disclosure-version 2020-09-01" in done.stdout


def test_as_json_it_is_the_answer_and_nothing_else():
    done = typed(SAMPLE, "--course", "c", "--json", results=[WRONG])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["results"] == [WRONG]


def test_a_file_that_was_sent_before_is_said_to_be_one():
    body = {"group_id": "g", "results": [FINE], "warnings": []}
    replayed = httpx.Response(200, json=body, headers={"Idempotent-Replayed": "true"})
    assert "--again" in typed(SAMPLE, "--course", "c", answer=replayed).stdout


def test_what_is_no_sheet_is_wrong_usage(tmp_path: Path):
    heads = {"content-type": "application/problem+json"}
    body = {"type": "/problems/sheet-invalid", "title": "Sheet invalid", "detail": "501 people"}
    ended = typed(
        SAMPLE, "--course", "c", answer=httpx.Response(422, json=body, headers=heads)
    ).exception
    assert isinstance(ended, Ends)
    assert (ended.code, "at most 500 people" in ended.remedy) == (2, True)
    ended = typed(str(tmp_path / "none.csv"), "--course", "c").exception
    assert isinstance(ended, Ends)
    assert ended.code == 2


def test_an_unknown_course_is_refused_and_no_stack_is_away(monkeypatch: pytest.MonkeyPatch):
    heads = {"content-type": "application/problem+json"}
    unknown = httpx.Response(404, json={"title": "Course unknown"}, headers=heads)
    ended = typed(SAMPLE, "--course", "c", answer=unknown).exception
    assert isinstance(ended, Ends)
    assert ended.code == 1
    away = Here("http://127.0.0.1:9", "")
    monkeypatch.setattr(registrations, "here", lambda: away)
    ended = typed(SAMPLE, "--course", "c").exception
    assert isinstance(ended, Ends)
    assert ended.code == 3
