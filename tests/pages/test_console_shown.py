"""The console's pages as everybody of staff may meet them: with axe, in light and in the dark, on a
phone and on a desk; and what they cost to load."""

from __future__ import annotations

import pytest

from tests.pages import desk
from tests.pages.test_console import PAGES, play_all, signed_in
from tests.pages.test_pages import DESK, PHONE
from tests.pages.test_shown import _SETTLED, _WATCH, MOST_REQUESTS, findings

pytestmark = pytest.mark.extras
MOST_BYTES = 68_000  # with a table of a dozen people, whose names are in letters of all Europe


@pytest.fixture
def courses():
    return desk.COURSES


@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (DESK, True)])
def test_axe_finds_nothing_at_the_console(site, tab, clock, owners, size, dark):
    clock.time = desk.NOW
    play_all(site, owners)
    tab.size(*size)
    tab.dark(dark)
    signed_in(site, tab)
    wrong = {}
    for name, path in PAGES.items():
        tab.go(site + path)
        if found := findings(tab):
            wrong[name] = found
    assert wrong == {}


def test_a_page_of_the_console_is_small_and_nothing_moves_while_it_comes(site, tab, clock, owners):
    """Over a slow line and with nothing kept from before: all that comes, fonts included."""
    clock.time = desk.NOW
    play_all(site, owners)
    tab.size(*PHONE)
    signed_in(site, tab)
    tab.do("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)
    tab.do("Network.setCacheDisabled", cacheDisabled=True)
    tab.do(
        "Network.emulateNetworkConditions",
        offline=False, latency=50, downloadThroughput=400_000, uploadThroughput=100_000,
    )  # fmt: skip
    wrong = {}
    for name, path in PAGES.items():
        tab.go(site + path)
        tab.awaited(_SETTLED)
        weight, asked, moved = sum(tab.bytes.values()), len(tab.fetched), tab.js("window.shifted")
        if weight > MOST_BYTES or asked > MOST_REQUESTS or moved > 0:
            wrong[name] = (weight, asked, moved, tab.js("window.moved"))
    assert wrong == {}
