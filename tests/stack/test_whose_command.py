"""`registrations list`: whose a registration is, found by name or address."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import whose
from cli.main import app
from tests.stack.test_command_line import door


def one(number: int, name: str | None, email: str | None, status: str = "confirmed"):
    return {"registration_id": f"r{number}", "status": status, "name": name, "email": email}


FIRST = [one(1, "Ada Lovelace", "ada@clinic.example"), one(2, None, None, "cancelled")]
SECOND = [one(3, "Ada Noon\x1b[2J", "noon@example.org")]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What was asked of a door that has three people, on two pages."""
    seen: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(dict(request.url.params))
        if request.url.path != "/registration/v1/courses/c d/registrations":
            return httpx.Response(404, json={"title": "Course unknown"})
        last = request.url.params.get("after") == "r2"
        page = (SECOND, None) if last else (FIRST, "r2")
        return httpx.Response(200, json={"items": page[0], "next": page[1]})

    monkeypatch.setattr(whose, "here", lambda: door(answer))
    return seen


def typed(*words: str) -> Any:
    return CliRunner().invoke(app, ["registrations", "list", *words])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], ["r1", "r2", "r3"]),
        (["ada"], ["r1", "r3"]),
        (["ADA love"], ["r1"]),
        (["lovelace ada"], ["r1"]),
        (["clinic.example"], ["r1"]),
        (["none"], []),
        (["nobody at all"], []),
    ],
)
def test_it_is_found_by_words_of_the_name_or_the_address(asked, words, found):
    told = typed("c d", *words, "--json")
    assert [each["registration_id"] for each in json.loads(told.stdout)["items"]] == found
    assert asked == [{"limit": "200"}, {"limit": "200", "after": "r2"}]


def test_each_has_a_line_and_no_name_steers_the_terminal(asked):
    told = typed("c d", "--status", "confirmed")
    lines = told.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["registration", "r1", "r2", "r3"]
    assert ("Ada Lovelace" in lines[1], "ada@clinic.example" in lines[1]) == (True, True)
    assert "\x1b" not in told.stdout
    assert asked[0]["status"] == "confirmed"


def test_nobody_of_that_name_and_no_such_course_are_two_things(asked):
    assert "Nobody is registered so." in typed("c d", "zoe").stdout
    unknown = typed("x")
    assert (unknown.exception.code, "course list" in unknown.exception.remedy) == (1, True)
