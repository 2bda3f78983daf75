"""Learners' pages as everybody may meet them: with axe, in the dark, in each language, by keyboard
alone, over a slow line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.edges.web.owners import COURSE
from tests.pages.story import PEOPLE, TOKENS
from tests.pages.test_pages import DESK, PAGES, PHONE, when

pytestmark = pytest.mark.extras
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
_FINDINGS = """
axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(one =>
  one.id + ': ' + one.nodes.map(node => node.target.join(' ') + ' ' +
    (node.any[0] || node.all[0] || node.none[0]).message).join(' | ')))
"""
_SETTLED = """
document.fonts.ready.then(() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100)))))
"""
_WATCH = """
window.shifted = 0; window.moved = [];
new PerformanceObserver(list => { for (const one of list.getEntries()) { window.shifted += one.value;
    for (const it of one.sources) window.moved.push(it.node && (it.node.outerHTML || it.node.data || '').slice(0, 60)); } })
  .observe({type: 'layout-shift', buffered: true});
"""


def findings(tab, scripts=True):
    """What axe, itself a script, has to say of the page, its advice on good practice included."""
    tab.scripts(True)
    tab.js(AXE + "; 0")
    found = tab.awaited(_FINDINGS)
    tab.scripts(scripts)
    return found


@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (DESK, True)])
def test_axe_finds_nothing_in_light_and_in_the_dark(site, tab, clock, pictures, size, dark):
    tab.size(*size)
    tab.dark(dark)
    wrong = {}
    for name, path in PAGES.items():
        clock.time = when(name)
        tab.go(site + path)
        if found := findings(tab):
            wrong[name] = found
        if dark:
            tab.picture(pictures / f"learner-{name}-dark.png")
    assert wrong == {}


@pytest.mark.parametrize("language", ["de", "es"])
def test_no_language_is_too_wide_for_a_phone(site, tab, clock, pictures, language):
    tab.size(*PHONE)
    tab.language(language)
    wrong = {}
    for name, path in PAGES.items():
        clock.time = when(name)
        tab.go(site + path)
        assert tab.js("document.documentElement.lang") == language, name
        wide = tab.js("document.scrollingElement.scrollWidth")
        if wide > PHONE[0]:
            wrong[name] = wide
        tab.picture(pictures / f"learner-{name}-{language}.png")
    assert wrong == {}


MOST_BYTES, MOST_REQUESTS = 50_000, 8
# Names whose letters are in no page's own language bring a file of such letters along.
MOST_WITH_NAMES = 64_000


def test_a_first_view_is_small_and_nothing_moves_while_it_comes(site, tab, clock):
    """Over a slow line and with nothing kept from before: all that comes, fonts included."""
    tab.size(*PHONE)
    tab.do("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)
    tab.do("Network.setCacheDisabled", cacheDisabled=True)
    tab.do(
        "Network.emulateNetworkConditions",
        offline=False, latency=150, downloadThroughput=200_000, uploadThroughput=100_000,
    )  # fmt: skip
    wrong = {}
    for name, path in PAGES.items():
        clock.time = when(name)
        tab.go(site + path)
        tab.awaited(_SETTLED)
        weight, asked, moved = sum(tab.bytes.values()), len(tab.fetched), tab.js("window.shifted")
        named = tab.js("/[Ā-ſ]/.test(document.body.innerText)")
        most = MOST_WITH_NAMES if named else MOST_BYTES
        if weight > most or asked > MOST_REQUESTS or moved > 0:
            wrong[name] = (weight, asked, moved, tab.js("window.moved"))
    assert wrong == {}


def tabbed_to(tab, wanted, most=80):
    """Press Tab until that is focused; every stop on the way is seen."""
    for _ in range(most):
        tab.press("Tab", 9)
        seen = tab.js(
            "getComputedStyle(document.activeElement).outlineStyle != 'none'"
            " && parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"
        )
        assert seen, tab.js("document.activeElement.outerHTML.slice(0, 120)")
        if tab.js(f"document.activeElement.matches({wanted!r})"):
            return
    raise AssertionError(f"{wanted} is not reached")


def typed(tab, field, text):
    tabbed_to(tab, f"#{field}")
    tab.do("Input.insertText", text=text)


def test_registering_paying_and_cancelling_go_by_keyboard_alone(site, tab, owners, pictures):
    pay = f"/billing/v1/registrations/{PEOPLE['held']}/checkout"
    owners.on("POST", pay, (200, {"checkout_url": f"{site}/r/{TOKENS['confirmed']}"}))
    tab.size(*PHONE)
    tab.scripts(False)
    tab.go(f"{site}/")
    tabbed_to(tab, f'.contents a[href$="{COURSE}"]')
    tab.enter()
    tabbed_to(tab, 'a[href="#register"]')
    tab.press("Enter", 13)
    typed(tab, "name", "Ada Example")
    typed(tab, "email", "ada@learners")
    tabbed_to(tab, "#profession")
    tab.press("ArrowDown", 40)
    tabbed_to(tab, "#register form button")
    tab.enter()
    assert "Please check" in tab.js("document.querySelector('#faults').innerText")
    assert tab.js("document.getElementById('name').value") == "Ada Example"
    tab.picture(pictures / "learner-register-refused-phone.png")
    assert findings(tab, scripts=False) == []
    tabbed_to(tab, '#faults a[href="#email"]')
    tab.press("Enter", 13)
    assert tab.js("document.activeElement.id") == "email", "a fault leads to its field"
    tab.press("End", 35)
    tab.do("Input.insertText", text=".example")
    tabbed_to(tab, "#disclosure")
    tab.press(" ", 32)
    tabbed_to(tab, "main form button")
    tab.enter()
    told = tab.js("document.querySelector('main').innerText.slice(0, 400)")
    assert tab.js("location.pathname") == f"/r/{TOKENS['held']}", told
    [asked] = owners.calls(f"/registration/v1/courses/{COURSE}/registrations")
    assert asked.body["attendee"]["profession"] == "counselor"
    tabbed_to(tab, "main form button")
    tab.enter()
    assert tab.js("location.pathname") == f"/r/{TOKENS['confirmed']}"
    tabbed_to(tab, 'a[href$="/cancel"]')
    tab.enter()
    typed(tab, "reason", "I am ill.")
    tabbed_to(tab, "main form button")
    tab.enter()
    assert "Your registration is cancelled." in tab.js("document.body.innerText")
    [asked] = owners.calls(f"/registration/v1/registrations/{PEOPLE['confirmed']}/cancel")
    assert asked.body == {"reason": "I am ill."}


def test_a_colleague_comes_instead_and_a_link_is_found_without_script(site, tab, owners, pictures):
    tab.size(*PHONE)
    tab.scripts(False)
    tab.go(site + PAGES["substitute"])
    tab.type("name", "Grace Example")
    tab.js("document.getElementById('profession').value = 'counselor'")
    tab.submit("document.querySelector('main form').submit()")
    assert "Please check 2 things" in tab.js("document.getElementById('faults').innerText")
    assert findings(tab, scripts=False) == []
    tab.picture(pictures / "learner-substitute-refused-phone.png")
    tab.type("email", "grace@learners.example")
    tab.js("document.getElementById('disclosure').checked = true")
    tab.submit("document.querySelector('main form').submit()")
    assert "Grace Example takes part instead of you." in tab.js("document.body.innerText")
    assert findings(tab, scripts=False) == []
    tab.picture(pictures / "learner-substituted-phone.png")
    tab.go(f"{site}/links")
    tab.type("email", "ada@learners.example")
    tab.submit("document.querySelector('main form').submit()")
    assert "a mail with the links is on its way" in tab.js("document.body.innerText")
    assert findings(tab, scripts=False) == []
    tab.picture(pictures / "learner-links-sent-phone.png")


def test_the_course_list_the_hours_and_the_language_need_no_script(site, tab):
    tab.size(*PHONE)
    tab.scripts(False)
    tab.go(f"{site}/courses/{COURSE}")
    tab.js("document.getElementById('my-profession').value = 'counselor'")
    tab.js("document.getElementById('my-state').value = 'CA'")
    tab.submit("document.querySelector('form.fit').submit()")
    assert "boards give you credit" in tab.js("document.getElementById('for-me').innerText")
    assert tab.js("document.getElementById('state_0').value") == "CA"
    tab.submit("document.querySelector('.languages a[lang=de]').click()")
    assert "Kammern geben Ihnen Punkte" in tab.js("document.getElementById('for-me').innerText")
    tab.go(f"{site}/")
    assert tab.js("document.documentElement.lang") == "de"
