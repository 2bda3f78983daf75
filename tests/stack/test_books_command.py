"""`bin/holdfast books`: what it prints, writes, and ends with."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import books
from cli.main import app
from cli.say import Ends
from tests.stack.test_command_line import door


def account(name: str, opening: int, closing: int, **movements: int) -> dict[str, Any]:
    return {"account": name, "opening": opening, "movements": movements, "closing": closing}


OCTOBER = {
    "month": "2020-10",
    "status": "closed",
    "closed_at": "2020-11-01T06:00:00Z",
    "closed_by": "operator",
    "sha256": "ab" * 32,
    "currencies": [
        {
            "currency": "USD",
            "credit_liability": account("credits", 0, 19900, issued=19900),
            "deferred_revenue": account("deferred_revenue", 39800, 19900, credited=-19900),
            "deferred_by_course": [
                {"course_id": "a", **account("deferred_revenue", 39800, 0, credited=-19900)},
                {"course_id": "[b]", **account("deferred_revenue", 0, 19900)},
            ],
            "receivable": account("receivable", 0, 0),
            "breakage": account("breakage", 0, 0),
            "forfeits": account("forfeited", 0, 0),
            "fees": account("fees", 500, 500),
            "accounts": [],
        }
    ],
}


def asked(monkeypatch: Any, status: int, body: Any) -> list[httpx.Request]:
    """A front door that answers so; gives what it was asked."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if isinstance(body, bytes):
            return httpx.Response(status, content=body)
        kind = {"content-type": "application/problem+json"} if status >= 400 else {}
        return httpx.Response(status, json=body, headers=kind)

    monkeypatch.setattr(books, "here", lambda: door(answer))
    return seen


def test_a_month_is_told_account_by_account(monkeypatch: Any) -> None:
    seen = asked(monkeypatch, 200, OCTOBER)
    told = CliRunner().invoke(app, ["books", "month", "2020-10"])
    assert told.exit_code == 0
    assert seen[0].url.path == "/billing/v1/books/months/2020-10"
    words = [line.split() for line in told.output.splitlines()]
    assert ["2020-10", "closed,", "2020-11-01T06:00:00Z", "by", "operator"] in words
    assert ["credit", "liability,", "closing", "199.00"] in words
    assert ["credited", "-199.00"] in words
    assert ["of", "[b]", "199.00"] in words
    assert ["fees,", "opening", "5.00"] in words
    assert "receivable" not in told.output  # nothing there, nothing said


def test_it_is_closed_by_a_key_of_its_own_and_given_as_json(monkeypatch: Any) -> None:
    seen = asked(monkeypatch, 200, OCTOBER)
    told = CliRunner().invoke(app, ["books", "close", "2020-10", "--json"])
    assert json.loads(told.output) == OCTOBER
    assert (seen[0].method, seen[0].url.path) == ("POST", "/billing/v1/books/months/2020-10/close")
    assert seen[0].headers["idempotency-key"]


def test_a_month_that_is_not_over_is_refused(monkeypatch: Any) -> None:
    problem = {"type": "/problems/month-not-over", "title": "Not over", "detail": "Not over."}
    asked(monkeypatch, 409, problem)
    ended = CliRunner().invoke(app, ["books", "close", "2020-10"]).exception
    assert isinstance(ended, Ends)
    assert ended.code == 1


def test_an_empty_month_says_so(monkeypatch: Any) -> None:
    empty = OCTOBER | {"currencies": [], "closed_at": None, "sha256": None, "status": "open"}
    asked(monkeypatch, 200, empty)
    told = CliRunner().invoke(app, ["books", "month", "2019-01"])
    assert "Nothing was booked" in told.output


def test_an_export_is_written_whole_or_not_at_all(monkeypatch: Any, tmp_path: Any) -> None:
    file = tmp_path / "ledger.beancount"
    seen = asked(monkeypatch, 200, b'option "title" "Holdfast"\n')
    words = ["books", "export", "--from", "2020-10-01", "--format", "beancount", "--out", str(file)]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert dict(seen[0].url.params) == {"from": "2020-10-01", "format": "beancount"}
    assert file.read_bytes() == b'option "title" "Holdfast"\n'
    asked(monkeypatch, 503, {"title": "Away"})
    ended = CliRunner().invoke(app, words).exception
    assert isinstance(ended, Ends)
    assert ended.code == 3
    assert file.read_bytes() == b'option "title" "Holdfast"\n'


@pytest.mark.parametrize(("status", "code"), [(422, 2), (403, 1)])
def test_a_refused_export_ends_with_what_is_said(monkeypatch: Any, status: int, code: int) -> None:
    asked(monkeypatch, status, {"title": "No", "detail": "It cannot be."})
    ended = CliRunner().invoke(app, ["books", "export", "--to", "x"]).exception
    assert isinstance(ended, Ends)
    assert ended.code == code
    assert "It cannot be." in ended.message
