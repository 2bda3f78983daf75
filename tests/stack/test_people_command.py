"""`bin/holdfast people`: found by address or name, shown before they are erased, and nothing unasked."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import people
from cli.main import app
from tests.stack.test_command_line import door

ADA = {
    "person_id": "p1",
    "name": "Ada\x1b[2J Lovelace",
    "email": "ada@clinic.example",
    "registrations": [{"registration_id": "r1", "course_id": "grief", "status": "completed"}],
}

KNOWN = (ADA["email"], "lov ad")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of a door that knows Ada (p1), and Ben (p2) who is registered still."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/registration/v1/people")
        seen.append(f"{request.method} {path}")
        if request.method == "GET" and not path:
            mine = request.url.params.get("email", request.url.params.get("name")) in KNOWN
            return httpx.Response(200, json={"items": [ADA] if mine else [], "next": None})
        if path in {"/p1", "/p2"}:
            return httpx.Response(200, json=ADA)
        if path == "/p1/erase":
            assert json.loads(request.content) == {"reason": "asked-by-mail"}
            return httpx.Response(200, json={"person_id": "p1", "erased": ["p1", "p0"]})
        if path == "/p2/erase":
            body = {"title": "Still registered", "detail": "They are registered still."}
            return httpx.Response(409, json=body)
        return httpx.Response(404, json={"title": "Person unknown"})

    monkeypatch.setattr(people, "here", lambda: door(answer))
    return seen


def typed(*words: str, says: str = "") -> Any:
    return CliRunner().invoke(app, ["people", *words], input=says)


WHY = ("--reason", "asked-by-mail")


def test_found_by_address_with_what_they_are_registered_for(asked):
    told = typed("find", "ada@clinic.example").stdout
    assert ("p1" in told, "r1  completed  grief" in told, "\x1b" in told) == (True, True, False)
    assert "Nobody is recorded" in typed("find", "nobody@clinic.example").stdout


def test_found_by_the_beginnings_of_a_name(asked):
    assert "p1" in typed("find", "lov ad").stdout
    nobody = typed("find", "Bea").stdout
    assert "Nobody is recorded by this name." in nobody


@pytest.mark.parametrize(
    ("whom", "then"), [("Ada", "type more of the name"), ("a@b.example", "look by a name")]
)
def test_of_very_many_the_first_are_shown(monkeypatch, whom, then):
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.params["limit"])
        return httpx.Response(200, json={"items": [ADA] * 100, "next": "p1"})

    monkeypatch.setattr(people, "here", lambda: door(answer))
    told = typed("find", whom).stdout
    assert (told.count("p1  Ada"), f"more: {then}" in told) == (100, True)
    assert json.loads(typed("find", whom, "--json").stdout)["more"] is True
    assert seen == ["100", "100"]


def test_erased_when_it_is_meant(asked):
    told = typed("erase", "p1", *WHY, says="y\n")
    assert told.exit_code == 0
    assert ("ada@clinic.example" in told.stdout, "p1, p0" in told.stdout) == (True, True)
    assert asked == ["GET /p1", "POST /p1/erase"]


def test_not_erased_without_a_yes(asked):
    told = typed("erase", "p1", *WHY, says="n\n")
    assert (told.exception.code, told.exception.message) == (1, "Nothing was erased.")
    assert asked == ["GET /p1"]


def test_unasked_where_that_is_said(asked):
    assert json.loads(typed("erase", "p1", *WHY, "--yes", "--json").stdout)["erased"][0] == "p1"
    assert asked == ["POST /p1/erase"]


def test_refused_while_registered_and_of_nobody(asked):
    refused = typed("erase", "p2", *WHY, "--yes").exception
    assert (refused.code, "registered still" in refused.message) == (1, True)
    unknown = typed("erase", "p9", *WHY, "--yes").exception
    assert "people find WHOM" in unknown.remedy
