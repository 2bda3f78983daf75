"""`certificates keep|supersede|revoke`: what is asked of the service, and that revoking is meant."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import standing
from cli.here import Here
from cli.main import app
from cli.say import Ends

SHOWN = {"certificate_id": "c/1", "number": "PCET-2020-000001", "status": "valid"}
WHY = ("--reason", "was not there")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if "gone" in request.url.path:
            problem = {"title": "Not found", "detail": "There is no such certificate."}
            return httpx.Response(404, json=problem)
        return httpx.Response(200, json=SHOWN)

    class Door(Here):
        def client(self) -> httpx.Client:
            return httpx.Client(transport=httpx.MockTransport(answer), base_url=self.door)

    monkeypatch.setattr(standing, "here", lambda: Door("http://holdfast.test", "key"))
    return asked


def typed(*words: str, **options: Any) -> Any:
    return CliRunner().invoke(app, ["certificates", *words], **options)


@pytest.mark.parametrize(
    ("words", "act", "body", "said"),
    [
        (("keep",), "keep", {}, "PCET-2020-000001 stays as it is"),
        (("supersede",), "supersede", {}, "PCET-2020-000001 is made in its place"),
        (("supersede", "--name", "Ada L."), "supersede", {"name": "Ada L."}, "in its place"),
        (("revoke", "--yes"), "revoke", {}, "PCET-2020-000001 is revoked"),
    ],
)
def test_a_question_is_answered(
    seen: list[httpx.Request], words: tuple[str, ...], act: str, body: dict[str, str], said: str
) -> None:
    done = typed(*words, "c/1", *WHY)
    assert (done.exit_code, done.exception) == (0, None)
    assert said in " ".join(done.stdout.split())
    [request] = seen
    path = f"/certificates/v1/certificates/c%2F1/{act}".encode()
    assert (request.method, request.url.raw_path) == ("POST", path)
    assert json.loads(request.content) == {"reason": "was not there"} | body
    assert request.headers["idempotency-key"]
    assert json.loads(typed(*words, "c/1", *WHY, "--json").stdout) == SHOWN


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_what_cannot_be_taken_back_is_asked_about(
    seen: list[httpx.Request], more: tuple[str, ...]
) -> None:
    done = typed("revoke", "c1", *WHY, *more, input="y\n")
    assert isinstance(done.exception, Ends)
    assert done.exception.code == 2
    assert "--yes" in done.exception.remedy
    assert seen == []


def test_a_no_changes_nothing(seen: list[httpx.Request], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "_somebody_there", lambda: True)
    done = typed("revoke", "c1", *WHY, input="n\n")
    assert isinstance(done.exception, Ends)
    assert (done.exception.code, seen) == (1, [])
    assert typed("revoke", "c1", *WHY, input="y\n").exit_code == 0
    assert len(seen) == 1


def test_one_that_there_is_not_says_where_its_id_stands(seen: list[httpx.Request]) -> None:
    done = typed("keep", "gone", *WHY)
    assert isinstance(done.exception, Ends)
    assert "bin/holdfast tasks" in done.exception.remedy
