"""When web itself fails: a page with a way on, under the headers of all pages; never a document."""

import re

import httpx
import pytest

from shared.runtime.database import Reader
from tests.edges.web.conftest import TOKEN
from tests.edges.web.owners import COURSE
from tests.edges.web.test_register import GOOD, REGISTER, made


@pytest.fixture
async def browser(web, visitor):
    """A visitor who is answered even where the app fails."""
    transport = httpx.ASGITransport(web.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://web.test") as client:
        yield client


def failing(monkeypatch, why: Exception) -> None:
    async def get(*_args):
        raise why

    monkeypatch.setattr(Reader, "get", get)


def is_a_page(answer) -> bool:
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "trace_id" not in answer.text
    return "<h1>" in answer.text


async def test_while_the_database_is_away_nothing_typed_into_a_form_is_lost(
    browser, visitor, owners, monkeypatch
):
    owners.on("POST", REGISTER, made)
    with monkeypatch.context() as patched:
        page = await visitor.get(f"/courses/{COURSE}")
        [key] = re.findall(r'name="key" value="([0-9a-f]{32})"', page.text)
        failing(patched, OSError("gone"))
        more = {"prerequisite_0": "HF-1", "statement_member": "M-1", "accommodation": "Captions."}
        typed = GOOD | more | {"key": key, "name": 'Ada "<b>" Example'}
        answer = await browser.post(f"/courses/{COURSE}/register", data=typed)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "30"
        assert answer.headers["cache-control"] == "no-store"
        assert is_a_page(answer)
        for said in (*more.values(), "ada@learners.example", "New Jersey", "Counselor"):
            assert f"<dd>{said}</dd>" in answer.text
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', answer.text))
    assert fields["key"] == key
    again = {
        name: value.replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">")
        for name, value in fields.items()
    }
    assert again == typed
    [action] = re.findall(r'<form method="post" action="([^"]+)"', answer.text)
    assert (await browser.post(action, data=again)).status_code == 303
    [asked] = owners.calls(REGISTER)
    assert (asked.key, asked.body["attendee"]["name"]) == (key, 'Ada "<b>" Example')


async def test_while_the_database_is_away_a_page_says_so(browser, monkeypatch):
    failing(monkeypatch, OSError("gone"))
    answer = await browser.get(f"/courses/{COURSE}")
    assert (answer.status_code, is_a_page(answer)) == (503, True)
    assert "can’t be reached just now" in answer.text


async def test_a_defect_of_ours_is_said_to_be_ours(browser, monkeypatch):
    failing(monkeypatch, KeyError("secret"))
    answer = await browser.get(f"/courses/{COURSE}")
    assert (answer.status_code, is_a_page(answer)) == (500, True)
    assert "Something went wrong on our side" in answer.text
    assert "secret" not in answer.text


async def test_a_form_that_cannot_be_read_gets_a_page(browser):
    for path in (f"/courses/{COURSE}/register", f"/r/{TOKEN}/cancel"):
        answer = await browser.post(path, content=b"name=Zo\xeb")
        assert (answer.status_code, is_a_page(answer)) == (400, True)
        assert "We couldn’t read what was sent" in answer.text


@pytest.mark.parametrize("path", ["/nope", "/", f"/courses/{COURSE}", "/static/site.css"])
async def test_a_form_sent_to_where_none_belongs_finds_no_page(browser, path):
    answer = await browser.post(path, data={"name": "Ada"})
    assert (answer.status_code, is_a_page(answer)) == (404, True)
    assert "There is no such page" in answer.text


async def test_machines_are_answered_as_by_every_service(browser):
    kinds = {}
    for path in ("/web/health/live", "/"):
        answer = await browser.head(path)
        assert answer.status_code == 405
        kinds[path] = answer.headers["content-type"]
    assert kinds == {
        "/web/health/live": "application/problem+json",
        "/": "text/html; charset=utf-8",
    }
