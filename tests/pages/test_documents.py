"""The site of the documents in a browser: it asks nobody else, fits a phone, and is searched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any

import pytest

from tests.docs.blocks import DOCS
from tests.docs.site import build
from tests.docs.staging import sources_of
from tests.pages.browser import Browser, browser

PAGES = [name.replace(".md", ".html") for name in sources_of(DOCS)]
pytestmark = pytest.mark.extras


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *said: Any) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    where, _ = build(DOCS, tmp_path_factory.mktemp("documents") / "site")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(where)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.timeout(300)
def test_each_page_asks_nobody_else_and_fits(door: str, tab: Browser, width: int) -> None:
    tab.size(width, 800)
    for page in PAGES:
        tab.go(f"{door}/{page}")
        elsewhere = [url for url in tab.fetched if not url.startswith((door, "data:", "blob:"))]
        assert elsewhere == [], page
        assert tab.said == [], page
        assert tab.js("document.documentElement.scrollWidth") <= width, page
        assert tab.js("document.fonts.check('16px Inter')"), page


@pytest.mark.timeout(120)
def test_the_picture_is_the_phone_s_on_a_phone(door: str, tab: Browser) -> None:
    shown = "document.querySelector('article picture img').currentSrc.split('/').pop()"
    for width, name in ((360, "architecture-phone.svg"), (1280, "architecture.svg")):
        tab.size(width, 800)
        tab.go(f"{door}/architecture.html")
        assert tab.js(shown) == name
        assert tab.js("document.querySelector('article picture img').naturalWidth") > 0


# The theme draws its search in a tree of its own.
SHOWN = "[...document.querySelectorAll('*')].map(e => e.shadowRoot?.textContent ?? '').join('')"
FIELDS = "[...document.querySelectorAll('*')].some(e => e.shadowRoot?.querySelector('input'))"


@pytest.mark.timeout(120)
def test_it_is_searched_without_a_network(door: str, tab: Browser) -> None:
    tab.size(1280, 800)
    tab.go(f"{door}/index.html")
    tab.js("document.querySelector('.md-search__button').click()")
    _until(tab, FIELDS)
    assert "Poison and dead letters" not in tab.js(SHOWN)
    tab.do("Input.insertText", text="dead letters")
    _until(tab, f"({SHOWN}).includes('Poison and dead letters')")  # a heading of Reliability
    assert [url for url in tab.fetched if not url.startswith((door, "data:", "blob:"))] == []


def _until(tab: Browser, expression: str) -> None:
    until = monotonic() + 30
    while not tab.js(expression):
        assert monotonic() < until, expression
        sleep(0.2)
