"""`course cancel`: what is sent, how far it is, and what is said in the end."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import cancel
from cli.main import app
from cli.say import Ends
from tests.stack.test_command_line import door, refused

UNTIL = "2020-10-16T03:59:59Z"
WHOLE = {
    "course_id": "c",
    "status": "cancelled",
    "cancelled_at": "2020-10-12T14:00:00Z",
    "reason": "Ill.",
    "choose_until": UNTIL,
    "prefer_credit": False,
    "concerned": 5,
}


@pytest.fixture
def asked(monkeypatch) -> list[httpx.Request]:
    """A course of five, of which two are ended each time one looks, and one may choose."""
    seen: list[httpx.Request] = []
    left = iter([4, 2, 0])

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.method == "GET":
            still = next(left)
            more = {"left": still, "choosing": 1, "done": 4 - still}
            return httpx.Response(200, json=WHOLE | more)
        if "/sessions/" in request.url.path:
            return httpx.Response(202, json=WHOLE | {"session_id": "s 3"})
        return httpx.Response(202, json=WHOLE)

    monkeypatch.setattr(cancel, "here", lambda: door(answer))
    monkeypatch.setattr(cancel, "_LOOK", 0)
    return seen


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["course", "cancel", *words])


def test_it_is_cancelled_and_watched_until_nobody_is_left(asked):
    done = run("c", "--reason", "Ill.", "--choose-until", "2020-10-15T23:59:59-04:00")
    assert done.exit_code == 0, done.exception
    assert json.loads(asked[0].content) == {
        "reason": "Ill.",
        "prefer_credit": False,
        "choose_until": UNTIL,
    }
    assert asked[0].headers["idempotency-key"]
    assert [request.method for request in asked] == ["POST", "GET", "GET", "GET"]
    assert done.stdout.startswith(
        f"  c is cancelled. 4 of 5 registrations ended\n  1 may choose until {UNTIL}\n"
    )


def test_as_json_it_says_how_it_stands_in_the_end(asked):
    done = run("c", "--reason", "Ill.", "--json")
    assert json.loads(done.stdout) == WHOLE | {"left": 0, "choosing": 1, "done": 4}


def test_what_does_not_move_is_left_to_itself_and_said_so(asked, monkeypatch):
    monkeypatch.setattr(cancel, "PATIENCE", -1)
    done = run("c", "--reason", "Ill.")
    assert done.exit_code == 0
    assert "4 are still to come: the rest goes on by itself" in done.stdout


def test_one_session_of_it(asked):
    done = run("c", "--reason", "Ill.", "--session", "s 3", "--json")
    assert asked[0].url.raw_path.decode().endswith("/courses/c/sessions/s%203/cancel")
    assert json.loads(done.stdout)["session_id"] == "s 3"
    said = run("c", "--reason", "Ill.", "--session", "s 3").stdout
    assert f"5 may take their share of it back until {UNTIL}" in said


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["c"], 2),  # no reason
        (["--reason", "Ill."], 2),
        (["c", "--reason", "Ill.", "--choose-until", "tomorrow"], 2),
        (["c", "--reason", "Ill.", "--choose-until", "2020-10-16T00:00:00"], 2),
    ],
)
def test_wrong_usage_asks_nobody(asked, words, code):
    done = run(*words)
    assert (done.exception.code if isinstance(done.exception, Ends) else done.exit_code) == code
    assert asked == []


def test_a_refusal_ends_with_1_and_an_option_that_is_wrong_with_2(monkeypatch):
    monkeypatch.setattr(cancel, "here", lambda: refused(409))
    ended = run("c", "--reason", "Ill.").exception
    assert isinstance(ended, Ends)
    assert ended.code == 1
    faults = [{"pointer": "/choose_until", "detail": "The time to choose ends after now."}]
    monkeypatch.setattr(cancel, "here", lambda: refused(422, errors=faults))
    ended = run("c", "--reason", "Ill.").exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message) == (2, "--choose-until: The time to choose ends after now.")
