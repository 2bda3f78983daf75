"""`templates`: what it asks, what it tells, how it ends."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import templates
from cli.here import Here
from cli.main import app
from cli.say import Ends

THEIRS = {
    "language": "de", "version": 3, "act": "set", "by": "operator", "reason": "our voice",
    "at": "2020-09-02T13:00:00Z", "source": "THEIRS", "differences": "-OURS\n+THEIRS",
    "ours_changed": True,
}  # fmt: skip
OFFER = {
    "name": "offer",
    "ours": {"source": "OURS", "hash": "x"},
    "theirs": [THEIRS],
    "versions": {"de": 3},
    "history": [THEIRS],
    "samples": ["as it is", "without sponsor"],
}
INVALID = {
    "type": "/problems/template-invalid",
    "title": "Template invalid",
    "status": 422,
    "detail": "The template cannot be taken: 2 things are wrong.",
    "errors": [
        {"pointer": "/source", "detail": "Line 2: there is no `nmae` here."},
        {"pointer": "/source", "detail": "Line 5: arithmetic is not allowed here."},
    ],
}
seen: list[httpx.Request] = []


class Door(Here):
    """A front door behind which offers are the provider's own in German."""

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(answer), base_url=self.door)


def answer(request: httpx.Request) -> httpx.Response:
    seen.append(request)
    path = request.url.path.removeprefix("/notifications/v1/templates")
    if path == "":
        items = [{"name": "links", "theirs": []}, {"name": "offer", "theirs": [THEIRS]}]
        return httpx.Response(200, json={"items": items, "next": None})
    if path.endswith("/preview"):
        return httpx.Response(200, text="A seat is free.", headers={"Template-Fault": "line 3"})
    if path != "/offer":
        return httpx.Response(404, json={"title": "Template unknown"})
    if request.method == "GET":
        return httpx.Response(200, json=OFFER)
    if b"BAD" in request.content:
        kind = {"content-type": "application/problem+json"}
        return httpx.Response(422, json=INVALID, headers=kind)
    return httpx.Response(200, json=THEIRS | {"version": 4})


@pytest.fixture(autouse=True)
def _at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    monkeypatch.setattr(templates, "here", lambda: Door("http://holdfast.test", "key"))


def typed(*words: str) -> Any:
    return CliRunner().invoke(app, ["templates", *words])


def test_the_list_says_whose_they_are() -> None:
    done = typed("list")
    assert "  links\n" in done.output
    assert "offer  yours: de (version 3, since 2020-09-02T13:00:00Z)" in done.output


def test_one_is_shown_with_its_differences_its_history_and_its_samples(tmp_path: Path) -> None:
    done = typed("show", "offer", "--language", "de")
    for said in (
        "-OURS",
        "de 3  set by operator: our voice",
        "Ours has changed",
        "without sponsor",
    ):
        assert said in done.output
    assert "  OURS\n" in typed("show", "offer").output
    assert json.loads(typed("show", "offer", "--json").output) == OFFER
    file = tmp_path / "offer.j2"
    typed("show", "offer", "--language", "de", "--out", str(file))
    assert file.read_text() == "THEIRS"
    typed("show", "offer", "--language", "de", "--ours", "--out", str(file))
    assert file.read_text() == "OURS"


def test_what_is_shown_is_what_letters_are_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """Theirs for all languages is what a German letter is by, where there is none in German."""
    every = THEIRS | {"language": "", "differences": "-OURS\n+FOR ALL"}
    monkeypatch.setitem(OFFER, "theirs", [every])
    said = typed("show", "offer", "--language", "de").output
    assert "Yours for all languages, version 3" in said
    assert "+FOR ALL" in said
    monkeypatch.setitem(OFFER, "theirs", [THEIRS])
    said = typed("show", "offer").output
    assert "  Ours.\n" in said
    assert "Yours for de, version 3: bin/holdfast templates show offer --language de" in said


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    none, folder = tmp_path / "none.j2", tmp_path / "none" / "offer.j2"
    for words, said in (
        (("set", "offer", str(none), "--reason", "x"), f"{none} cannot be read: No such file"),
        (("preview", "offer", "--file", str(none)), f"{none} cannot be read: No such file"),
        (("show", "offer", "--out", str(folder)), f"{folder} cannot be written: No such file"),
    ):
        why = typed(*words).exception
        assert isinstance(why, Ends)
        assert why.code == 2
        assert why.message.startswith(said)
        assert why.remedy


def test_one_is_set_over_the_version_that_was_seen(tmp_path: Path) -> None:
    (file := tmp_path / "x.j2").write_text("MINE")
    set_ = ("set", "offer", str(file), "--language", "de", "--reason", "x")
    typed(*set_, "--version", "2")
    assert json.loads(seen[-1].content)["version"] == 2
    said = typed(*set_).output
    assert "It took the place of version 3, set by operator at 2020-09-02T13:00:00Z." in said


def test_what_stands_in_a_mail_steers_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    evil = httpx.Response(200, text="Hello\r\n\x1b]0;x\x07there\x9b31m\n")
    monkeypatch.setattr(Door, "ask", lambda *_args, **_options: evil)
    assert typed("preview", "offer").output == "Hello\n\ufffd]0;x\ufffdthere\ufffd31m\n\n"


def test_one_is_looked_at_as_it_stands_or_before_it_is_accepted(tmp_path: Path) -> None:
    done = typed("preview", "offer", "--locale", "de-AT", "--sample", "without sponsor")
    assert "A seat is free." in done.output
    assert "yours fails: line 3" in done.output
    assert dict(seen[-1].url.params) == {
        "format": "text", "locale": "de-AT", "sample": "without sponsor",
    }  # fmt: skip
    (file := tmp_path / "x.j2").write_text("MINE")
    typed("preview", "offer", "--file", str(file), "--format", "html")
    assert (seen[-1].method, json.loads(seen[-1].content)) == ("POST", {"source": "MINE"})


def test_one_is_set_over_the_version_that_stands_and_reset(tmp_path: Path) -> None:
    (file := tmp_path / "x.j2").write_text("MINE")
    done = typed("set", "offer", str(file), "--language", "de", "--reason", "our voice")
    assert "offer is yours: de, version 4" in done.output
    body = {"source": "MINE", "version": 3, "reason": "our voice"}
    assert json.loads(seen[-1].content) == body
    done = typed("reset", "offer", "--language", "de", "--reason", "enough")
    assert "by our template again: de" in done.output
    assert dict(seen[-1].url.params) == {"language": "de", "version": "3", "reason": "enough"}


def test_every_fault_is_a_line_and_nothing_changed(tmp_path: Path) -> None:
    (file := tmp_path / "x.j2").write_text("BAD")
    done = typed("set", "offer", str(file), "--reason", "x")
    assert isinstance(done.exception, Ends)
    assert done.exception.code == 1
    assert done.exception.message.splitlines() == [
        "The template cannot be taken: 2 things are wrong.",
        "  Line 2: there is no `nmae` here.",
        "  Line 5: arithmetic is not allowed here.",
    ]
    assert "nothing changed" in done.exception.remedy


def test_one_that_is_not_there_is_said() -> None:
    done = typed("show", "nothing")
    assert isinstance(done.exception, Ends)
    assert "templates list" in done.exception.remedy


@pytest.mark.parametrize(
    ("kind", "status", "next_"),
    [
        ("template-changed", 409, "templates show offer"),
        ("template-ours", 409, "templates list"),
        ("override-unknown", 404, "templates show offer"),
        ("sample-unknown", 404, "templates show offer"),
        ("zone-unknown", 422, "--zone Europe/Vienna"),
    ],
)
def test_whatever_is_refused_there_is_something_to_do(
    monkeypatch: pytest.MonkeyPatch, kind: str, status: int, next_: str
) -> None:
    problem = {"type": f"/problems/{kind}", "title": "Refused", "detail": "So it is."}
    headers = {"content-type": "application/problem+json"}
    refused = httpx.Response(status, json=problem, headers=headers)
    monkeypatch.setattr(Door, "ask", lambda *_args, **_options: refused)
    why = typed("preview", "offer").exception
    assert isinstance(why, Ends)
    assert (why.message, next_ in why.remedy) == ("Refused: So it is.", True)


def test_a_reason_that_is_empty_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (file := tmp_path / "x.j2").write_text("MINE")
    faults = [{"pointer": "/reason", "detail": "should not be empty"}]
    problem = {"type": "/problems/invalid", "title": "Invalid", "errors": faults}
    refused = httpx.Response(422, json=problem)
    monkeypatch.setattr(Door, "call", lambda *_args, **_options: OFFER)
    monkeypatch.setattr(Door, "ask", lambda *_args, **_options: refused)
    why = typed("set", "offer", str(file), "--reason", "").exception
    assert isinstance(why, Ends)
    assert (why.code, why.message) == (2, "--reason: should not be empty")


def test_one_for_a_language_is_looked_at_in_that_language(tmp_path: Path) -> None:
    (file := tmp_path / "x.j2").write_text("MINE")
    said = typed("set", "offer", str(file), "--language", "de", "--reason", "x").output
    assert "bin/holdfast templates preview offer --locale de\n" in said
