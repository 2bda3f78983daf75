"""`partners roster|evaluations|certificates|erasures`: what is asked, what comes of it."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import sponsored
from cli.here import Here
from cli.main import app
from cli.say import Ends

seen: list[httpx.Request] = []


class Door(Here):
    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(answer), base_url=self.door)


def answer(request: httpx.Request) -> httpx.Response:
    seen.append(request)
    path, asked = request.url.path, request.url.params
    problem = {"content-type": "application/problem+json"}
    if "/none/" in path:
        unknown = {"title": "Course unknown", "type": "/problems/course-unknown"}
        return httpx.Response(404, json=unknown, headers=problem)
    for slug in ("course-of-another", "type-not-given"):
        if f"/{slug}/" in path:
            told = {"title": "Refused", "type": f"/problems/{slug}", "detail": "So it is."}
            return httpx.Response(403, json=told, headers=problem)
    if asked.get("format") == "csv":
        return httpx.Response(200, text="a,b\r\n1,2\r\n")
    if path.startswith("/certificates/"):
        return httpx.Response(200, json={"attended": 4})
    page = int(asked.get("after", 0))
    return httpx.Response(200, json={"items": [page], "next": str(page + 1) if page < 2 else None})


@pytest.fixture(autouse=True)
def _at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    monkeypatch.setattr(sponsored, "here", lambda: Door("http://holdfast.test", "key"))


def typed(*words: str) -> Any:
    return CliRunner().invoke(app, ["partners", *words])


@pytest.mark.parametrize(
    ("what", "path"),
    [
        ("roster", "/partners/v1/courses/a%2Fb/roster?format=csv"),
        ("certificates", "/partners/v1/courses/a%2Fb/certificates?format=csv"),
        ("erasures", "/partners/v1/courses/a%2Fb/erasures?format=csv"),
        ("evaluations", "/certificates/v1/courses/a%2Fb/evaluations?texts=false&format=csv"),
    ],
)
def test_a_table_is_printed_or_written(what: str, path: str, tmp_path: Path) -> None:
    done = typed(what, "a/b")
    assert (done.exit_code, done.stdout_bytes) == (0, b"a,b\r\n1,2\r\n")
    assert seen[0].url.raw_path.decode() == path
    file = tmp_path / "told.csv"
    typed(what, "a/b", "--out", str(file))
    assert file.read_bytes() == b"a,b\r\n1,2\r\n"
    assert [one.name for one in tmp_path.iterdir()] == ["told.csv"]


def test_as_json_all_pages_are_one() -> None:
    assert json.loads(typed("roster", "c", "--json").output) == {"items": [0, 1, 2]}
    assert json.loads(typed("evaluations", "c", "--json").output) == {"attended": 4}


@pytest.mark.parametrize(
    ("course", "remedy"),
    [
        ("none", "See which there are: bin/holdfast course list"),
        ("type-not-given", "What it is given: bin/holdfast partners show PARTNER"),
        ("course-of-another", "Who sponsors it: bin/holdfast course show course-of-another; "),
    ],
)
def test_a_refusal_says_what_to_do(course: str, remedy: str) -> None:
    ended = typed("roster", course).exception
    assert isinstance(ended, Ends)
    assert ended.code == 1
    assert ended.remedy.startswith(remedy)


def test_it_is_printed_or_written_and_not_both() -> None:
    ended = typed("roster", "c", "--json", "--out", "x.csv").exception
    assert isinstance(ended, Ends)
    assert (ended.code, seen) == (2, [])
