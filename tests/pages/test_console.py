"""The console in a browser: signing in, the board as it changes, by keyboard, on both sizes."""

import httpx
import pytest

from tests.edges.web.owners import COURSE
from tests.pages import desk
from tests.pages.test_pages import (
    _ABUTTING,
    _ASTRAY,
    _SHIFTED,
    _TOO_SMALL,
    _UNNAMED,
    _UNSEEN,
    DESK,
    PHONE,
)
from tests.stage import OPERATOR

pytestmark = pytest.mark.extras
_CLICK = "document.querySelector('main form button').click()"
PAGES = {
    "today": "/console",
    "courses": "/console/courses",
    "course": f"/console/courses/{COURSE}",
    "course-cancel": f"/console/courses/{COURSE}/cancel",
    "session": f"/console/courses/{COURSE}/sessions/s1",
    "system": "/console/system",
    "task": f"/console/system/tasks/billing/{desk.TASK['task_id']}",
}
_WIDE = """
[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > screen.width
  && !e.closest('.wide-table')).map(e => e.outerHTML.slice(0, 90))
"""
_LEAVE = "document.querySelector('.who form button').click()"


@pytest.fixture
def courses():
    return desk.COURSES


def signed_in(site, tab):
    key = {"Authorization": f"Bearer {OPERATOR}"}
    tab.go(httpx.post(f"{site}/web/v1/console/links", headers=key).json()["url"])
    tab.submit(_CLICK)


def looked_at(site, tab, pictures, name, path):
    """That page on a phone and on a desk; a picture of each."""
    for device, size in (("phone", PHONE), ("desk", DESK)):
        tab.size(*size)
        tab.go(site + path)
        wide = tab.js("document.scrollingElement.scrollWidth")
        assert wide <= size[0], (name, device, tab.js(_WIDE))
        assert not tab.said, (name, tab.said)
        assert tab.js("document.querySelectorAll('h1').length") == 1, name
        for what in (_TOO_SMALL, _UNNAMED, _ABUTTING, _ASTRAY, _UNSEEN):
            assert tab.js(what) == [], (name, device, what)
        assert tab.js(_SHIFTED) < 0.1, name
        tab.picture(pictures / f"console-{name}-{device}.png")


def test_staff_sign_in_look_around_and_sign_out_again(site, tab, pictures, clock, owners):
    clock.time = desk.NOW
    desk.play(owners)
    desk.play_courses(owners)
    tab.size(*PHONE)
    signed_in(site, tab)
    assert tab.js("location.pathname") == "/console"
    for name, path in PAGES.items():
        looked_at(site, tab, pictures, name, path)
    tab.submit(_LEAVE)
    assert tab.js("location.pathname") == "/console/sign-in"
