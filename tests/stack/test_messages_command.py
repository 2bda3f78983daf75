"""`messages`: what it asks, what it tells, how it ends."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import messages
from cli.here import Here
from cli.main import app
from cli.say import Ends

ONE = {
    "message_id": "m1",
    "registration_id": "r1",
    "course_id": "attachment",
    "person_id": "p1",
    "template": "join_1h",
    "channel": "mail",
    "delivery": None,
    "version": 1,
    "recipient": "zaneta@learners.example",
    "subject": "s1",
    "subject_line": "Session 1 begins in an hour",
    "status": "failed",
    "due_at": "2020-10-19T19:00:00Z",
    "sent_at": None,
    "reason": "unknown",
    "attempts": 1,
    "resends": 0,
}
WORDS = {
    "letter": {"subject": "Session 1 begins in an hour", "text": "Hello,\n\ncome in.\n"},
    "note": "As it would be written now.",
    "why_not": None,
}
TEXT = {
    "channel": "sms",
    "status": "sent",
    "sent_at": "2020-10-19T19:00:01Z",
    "delivery": "delivered",
}
DIGEST = {
    "subject": "Staff: 1 task needs you",
    "text": "1 task needs you.\n",
    "tasks": 1,
    "next_at": None,
}
seen: list[httpx.Request] = []


class Door(Here):
    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(answer), base_url=self.door)


def answer(request: httpx.Request) -> httpx.Response:
    seen.append(request)
    if "gone" in request.url.path:
        return httpx.Response(404, json={"title": "There is no such message."})
    if request.url.path.endswith("/digest"):
        return httpx.Response(200, json=DIGEST)
    if request.url.path.endswith("/m4/resend"):
        return httpx.Response(409, json={"title": "Message underway"})
    if request.url.path.endswith("/resend"):
        return httpx.Response(202, json=ONE | {"status": "planned"})
    if request.url.path.endswith("/m2"):
        return httpx.Response(200, json=ONE | {"letter": None, "note": None, "why_not": "so"})
    if request.url.path.endswith("/m3"):
        return httpx.Response(200, json=ONE | TEXT | WORDS)
    if request.url.path.endswith("/messages"):
        if request.url.params.get("status") == "lost":
            faults = [{"pointer": "/query/status", "detail": "is no status"}]
            return httpx.Response(422, json={"title": "Invalid", "errors": faults})
        return httpx.Response(200, json={"items": [ONE], "next": "more"})
    return httpx.Response(200, json=ONE | WORDS)


@pytest.fixture(autouse=True)
def _at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    monkeypatch.setattr(messages, "here", lambda: Door("http://holdfast.test", "key"))


def typed(*words: str) -> Any:
    return CliRunner().invoke(app, ["messages", *words])


def test_they_are_listed_by_what_is_asked_with_what_is_known() -> None:
    said = typed("list", "--person", "p1", "--status", "failed", "--limit", "5").stdout
    assert dict(seen[0].url.params) == {"person": "p1", "status": "failed", "limit": "5"}
    for line in (
        "join_1h  mail  failed  due 2020-10-19T19:00:00Z",
        "message m1",
        "registration r1, course attachment, person p1",
        "to zaneta@learners.example",
        "why: unknown",
        "There are more",
        "bin/holdfast messages show MESSAGE",
    ):
        assert line in said
    assert json.loads(typed("list", "--json").stdout)["items"] == [ONE]


def test_what_an_option_got_wrong_is_wrong_usage() -> None:
    wrong = typed("list", "--status", "lost")
    assert isinstance(wrong.exception, Ends)
    assert (wrong.exception.code, wrong.exception.message) == (2, "--status: is no status")


def test_one_is_shown_with_its_words_or_why_not() -> None:
    said = typed("show", "m1").stdout
    assert "As it would be written now." in said
    assert "Subject: Session 1 begins in an hour" in said
    assert "  come in." in said
    assert "Its words cannot be shown: so." in typed("show", "m2").stdout
    text = typed("show", "m3").stdout
    assert "join_1h  sms  sent  sent 2020-10-19T19:00:01Z, delivered" in text
    assert "Subject:" not in text
    assert "  come in." in text
    gone = typed("show", "gone")
    assert isinstance(gone.exception, Ends)
    assert (gone.exception.code, "messages list" in gone.exception.remedy) == (1, True)


def test_one_is_sent_once_more_under_a_key() -> None:
    said = typed("resend", "m1").stdout
    looked, asked = seen
    assert (looked.method, looked.url.path) == ("GET", "/notifications/v1/messages/m1")
    assert (asked.method, asked.url.path) == ("POST", "/notifications/v1/messages/m1/resend")
    assert asked.headers["Idempotency-Key"]
    assert "join_1h goes out once more." in said


def test_one_that_cannot_be_sent_again_says_where_to_look() -> None:
    why = typed("resend", "m4").exception
    assert isinstance(why, Ends)
    assert (why.code, why.message) == (1, "Message underway")
    assert why.remedy == "See how it stands: bin/holdfast messages show m4"


def test_what_a_colleague_sent_just_now_does_not_go_a_second_time_unasked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ONE, "status", "sent")
    monkeypatch.setitem(ONE, "sent_at", "2020-10-19T19:00:01Z")
    why = typed("resend", "m1").exception
    assert isinstance(why, Ends)
    assert (why.code, why.remedy[-12:]) == (1, "Add --again.")
    assert "2020-10-19T19:00:01Z" in why.message
    assert [one.method for one in seen] == ["GET"]
    assert "goes out once more" in typed("resend", "m1", "--again").stdout


def test_the_digest_says_what_it_would_say_and_that_nobody_gets_it() -> None:
    said = typed("digest").stdout
    assert "Staff: 1 task needs you" in said
    assert "NOTIFICATIONS_STAFF_ADDRESSES" in said
    assert json.loads(typed("digest", "--json").stdout) == DIGEST
