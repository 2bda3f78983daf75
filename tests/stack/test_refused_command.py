"""`messages refused`, `lift`, `returned`: whom nobody writes to, lifted by address or hash, and a mail that came back, by hand."""

import json
from hashlib import sha256
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import refused
from cli.here import Here
from cli.main import app
from cli.say import Ends

HASH = sha256(b"ada@learners.example").hexdigest()
ITEM = {
    "address_hash": HASH,
    "reason": "bounced",
    "code": 550,
    "at": "2020-09-14T15:07:31Z",
    "waiting": 2,
}
seen: list[httpx.Request] = []


class Door(Here):
    """A front door behind which one address is refused, on the second page."""

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(answer), base_url=self.door)


def answer(request: httpx.Request) -> httpx.Response:
    seen.append(request)
    path = request.url.path
    if path.endswith("/bounces"):
        return httpx.Response(200, json={"outcome": "hard"})
    if path.endswith("/lift"):
        known = HASH in path
        return httpx.Response(200 if known else 404, json=ITEM if known else {"title": "Unknown"})
    if path.endswith(":lookup"):
        return httpx.Response(200, json=ITEM)
    more = request.url.params.get("after")
    return httpx.Response(
        200, json={"items": [ITEM] if more else [], "next": None if more else "x"}
    )


@pytest.fixture(autouse=True)
def _at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    monkeypatch.setattr(refused, "here", lambda: Door("http://holdfast.test", "key"))


def typed(*words: str) -> Any:
    return CliRunner().invoke(app, ["messages", *words])


def test_all_that_are_refused_are_listed_to_the_last_page():
    assert json.loads(typed("refused", "--json").stdout) == {"items": [ITEM]}
    lines = typed("refused").stdout.splitlines()
    assert lines[:2] == [
        f"  {HASH}",
        "    since 2020-09-14T15:07:31Z  bounced (550), 2 waiting",
    ]


def test_an_address_is_looked_up_without_standing_in_a_path():
    assert HASH in typed("refused", "ada@learners.example").stdout
    assert "ada" not in str(seen[0].url)


@pytest.mark.parametrize("named", ["Ada@learners.example ", HASH])
def test_one_is_lifted_by_its_address_or_hash(named: str):
    done = typed("lift", named, "--reason", "emptied")
    assert (done.exit_code, "2 waited" in done.stdout) == (0, True)
    assert json.loads(seen[0].content) == {"reason": "emptied"}
    assert "ada@" not in str(seen[0].url).lower()


def test_without_a_reason_or_of_an_address_that_is_not_refused_it_says_what_to_do():
    for words, code in ((["lift", HASH], 2), (["lift", "x", "--reason", "y"], 1)):
        wrong = typed(*words).exception
        assert isinstance(wrong, Ends)
        assert (wrong.code, bool(wrong.remedy)) == (code, True)


def test_a_mail_that_came_back_is_handed_in_as_it_is(tmp_path):
    mail = tmp_path / "back.eml"
    mail.write_bytes(b"From: mailer-daemon@x\r\n\r\n\xff")
    assert "hard: The address is not written to any more" in typed("returned", str(mail)).stdout
    assert seen[0].content == mail.read_bytes()
    missing = typed("returned", str(tmp_path / "none")).exception
    assert isinstance(missing, Ends)
    assert missing.code == 2
