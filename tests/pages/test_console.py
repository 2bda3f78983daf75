"""Signing in to the console with a browser, which says by itself from where a form comes."""

import httpx
import pytest

from tests.stage import OPERATOR

pytestmark = pytest.mark.extras
PHONE = (360, 740)
_CLICK = "document.querySelector('main form button').click()"


def test_staff_sign_in_by_a_link_and_out_again(site, tab, pictures):
    key = {"Authorization": f"Bearer {OPERATOR}"}
    link = httpx.post(f"{site}/web/v1/console/links", headers=key).json()["url"]
    tab.size(*PHONE)
    tab.go(link)
    tab.submit(_CLICK)
    assert tab.js("location.pathname") == "/console"
    assert tab.js("document.scrollingElement.scrollWidth") <= PHONE[0]
    tab.picture(pictures / "console-phone.png")
    tab.submit(_CLICK)
    assert tab.js("location.pathname") == "/console/sign-in"
