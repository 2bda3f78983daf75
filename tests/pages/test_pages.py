"""Every page, looked at in a browser: phone and desktop, without scripts, by keyboard."""

from datetime import UTC, datetime

import pytest

from tests.edges.web.owners import COURSE, problem
from tests.pages.story import ADVANCED, PEOPLE, TOKENS

pytestmark = pytest.mark.extras
BEFORE = datetime(2020, 9, 14, 15, 4, 5, tzinfo=UTC)
DURING = datetime(2020, 10, 19, 19, 52, tzinfo=UTC)  # the first session's door is open
AFTER = datetime(2020, 11, 10, 9, 0, tzinfo=UTC)
PHONE, DESK = (360, 740), (1280, 900)
PAGES = {
    "courses": "/",
    "course": f"/courses/{COURSE}?zone=Europe/London",
    "course-for-me": f"/courses/{COURSE}?zone=Europe/London&profession=counselor&state=NY",
    "prices": f"/courses/{ADVANCED}",
    "held": f"/r/{TOKENS['held']}",
    "confirmed": f"/r/{TOKENS['confirmed']}",
    "live": f"/r/{TOKENS['live']}",
    "waiting": f"/r/{TOKENS['waiting']}",
    "offered": f"/r/{TOKENS['offered']}",
    "expired": f"/r/{TOKENS['expired']}",
    "cancelled": f"/r/{TOKENS['cancelled']}",
    "completed": f"/r/{TOKENS['completed']}",
    "unserved": f"/r/{TOKENS['unserved']}",
    "cancel": f"/r/{TOKENS['confirmed']}/cancel",
    "leave": f"/r/{TOKENS['waiting']}/cancel",
    "substitute": f"/r/{TOKENS['confirmed']}/substitute",
    "links": "/links",
    "evaluation": f"/r/{TOKENS['completed']}/evaluation",
    "post-test": f"/r/{TOKENS['completed']}/post-test",
    "evaluated": f"/r/{TOKENS['unserved']}/evaluation",
    "verify": "/verify",
    "valid": "/verify/GOOD",
    "revoked": "/verify/BAD",
    "superseded": "/verify/OLD",
    "erased": "/verify/ERASED",
    "unknown": "/verify/NOBODY",
    "number": "/verify/2020-QELS-ARCG-G555",
    "missing": "/nothing/here",
    "broken-link": "/r/broken",
}
DEVELOPERS = {
    "developers": "/developers",
    "developers-event": "/developers/events/invoice.paid.v1",
    "developers-course": "/developers/events/course.published.v1",
    "developers-calls": "/developers/api/partners",
    "developers-registration": "/developers/api/registration",
    "developers-away": "/developers/api/notifications",
}
OVER = (
    "completed",
    "unserved",
    "evaluation",
    "evaluated",
    "post-test",
)  # looked at after the course
_TOO_SMALL = """
[...document.querySelectorAll('main .button, main input:not([type=hidden]), main select, nav a, .mark')]
  .map(e => [e, (e.closest('label') || e).getBoundingClientRect()])
  .filter(([e, r]) => r.width && r.height < 43.5).map(([e, r]) => e.outerHTML.slice(0, 80) + r.height)
"""
# Fields that touch the button below them.
_ABUTTING = """
[...document.querySelectorAll('.field + .buttons')].filter(e => e.offsetHeight &&
  e.getBoundingClientRect().top - e.previousElementSibling.getBoundingClientRect().bottom < 8)
  .map(e => e.outerHTML.slice(0, 80))
"""
_UNNAMED = """
[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
  .filter(e => !e.labels.length && !e.getAttribute('aria-label')).map(e => e.outerHTML)
"""
# Ids that are there twice, and links, labels and descriptions that lead to none.
_ASTRAY = """
(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id), known = new Set(ids);
  const named = (a) => [...document.querySelectorAll('[' + a + ']')]
    .flatMap(e => e.getAttribute(a).split(' '));
  const wanted = [...named('aria-describedby'), ...named('aria-labelledby'), ...named('for'),
    ...[...document.querySelectorAll('a[href^="#"]')].map(e => e.getAttribute('href').slice(1))];
  return [...ids.filter((id, at) => ids.indexOf(id) !== at), ...wanted.filter(id => !known.has(id))];
})()
"""
_UNSEEN = """
[...document.querySelectorAll('svg')].filter(e => !e.closest('[aria-hidden=true], [role=img]'))
  .map(e => e.outerHTML.slice(0, 80))
"""
_SHIFTED = """
(() => { let sum = 0; new PerformanceObserver(() => {}).observe({type: 'layout-shift', buffered: true});
  for (const e of performance.getEntriesByType('layout-shift')) sum += e.value; return sum; })()
"""


def when(name):
    """The moment at which a page has most to say."""
    if name == "live":
        return DURING
    return AFTER if name in OVER else BEFORE


def looked_at(site, tab, pictures, name, path, prefix="learner-"):
    """That page on a phone and on a desk; a picture of each."""
    for device, size in (("phone", PHONE), ("desk", DESK)):
        tab.size(*size)
        tab.go(site + path)
        wide = tab.js("document.scrollingElement.scrollWidth")
        assert wide <= size[0], f"{name} on {device} is {wide} wide"
        assert all(url.startswith(site) for url in tab.fetched), tab.fetched
        allowed = {"missing", "broken-link", "unknown", "number", "developers-away"}
        assert name in allowed or not tab.said, (name, tab.said)
        assert tab.js("document.querySelectorAll('h1').length") == 1, name
        assert tab.js(_TOO_SMALL) == [], (name, device)
        assert tab.js(_UNNAMED) == [], name
        assert tab.js(_ABUTTING) == [], (name, device)
        assert tab.js(_ASTRAY) == [], name
        assert tab.js(_UNSEEN) == [], name
        assert tab.js(_SHIFTED) < 0.1, name
        tab.picture(pictures / f"{prefix}{name}-{device}.png")


def test_no_page_is_wider_than_the_screen_or_reaches_outside(site, tab, pictures, clock):
    for name, path in PAGES.items():
        clock.time = when(name)
        looked_at(site, tab, pictures, name, path)


def test_pages_for_developers_are_read_without_script_on_a_phone_and_by_keyboard(
    site, tab, pictures
):
    tab.scripts(False)
    for name, path in DEVELOPERS.items():
        looked_at(site, tab, pictures, name, path, prefix="")
    tab.size(*PHONE)
    tab.go(site + DEVELOPERS["developers-event"])
    tab.js("document.querySelector('#fields ~ table a[href=\"#part-Tender\"]').focus()")
    tab.press("Enter", 13)
    assert tab.js("location.hash") == "#part-Tender"
    assert tab.js("document.querySelector(':target').id") == "part-Tender"


def test_the_next_thing_to_do_is_seen_on_a_phone_without_scrolling(site, tab):
    tab.size(*PHONE)
    wanted = {"course": 'a[href="#register"]', "held": "main button", "verify": "main button"}
    for name, button in wanted.items():
        tab.go(site + PAGES[name])
        seen = "[...document.querySelectorAll('%s')].some(e => e.offsetHeight && %s)"
        inside = "e.getBoundingClientRect().bottom <= innerHeight"
        assert tab.js(seen % (button.replace("'", '"'), inside)), name


def test_registering_and_cancelling_need_no_script(site, tab, owners):
    tab.size(*PHONE)
    tab.scripts(False)
    tab.go(site + PAGES["course"])
    tab.type("name", "Ada Example")
    tab.type("email", "ada@learners")
    tab.js("document.getElementById('profession').value = 'counselor'")
    tab.submit("document.querySelector('#register form').submit()")
    assert "doesn’t look like an e-mail address" in tab.js("document.body.innerText")
    assert tab.js("document.getElementById('name').value") == "Ada Example"
    tab.js("document.getElementById('email').value = ''")
    tab.type("email", "ada@learners.example")
    tab.js("document.getElementById('disclosure').checked = true")
    tab.submit("document.querySelector('main form').submit()")
    assert tab.js("location.pathname") == f"/r/{TOKENS['held']}"
    assert "Your seat is held until" in tab.js("document.body.innerText")
    [asked] = owners.calls(f"/registration/v1/courses/{COURSE}/registrations")
    assert asked.body["attendee"]["email"] == "ada@learners.example"
    tab.go(site + PAGES["cancel"])
    assert "You’ll get $169.00 back on your card" in tab.js("document.body.innerText")
    tab.submit("document.querySelector('main form').submit()")
    assert "Your registration is cancelled." in tab.js("document.body.innerText")


def test_credit_is_asked_for_and_declined_without_script_and_by_keyboard(
    site, tab, owners, clock, pictures
):
    clock.time = AFTER
    of = f"/certificates/v1/registrations/{PEOPLE['completed']}"
    owners.on("POST", f"{of}/claims", (422, problem("invalid", 422)))
    owners.on("POST", f"{of}/declines", (200, {}))
    tab.size(*PHONE)
    tab.scripts(False)
    tab.go(site + PAGES["completed"])
    tab.js("document.getElementById('claim-ACCME').value = ''")
    tab.type("claim-ACCME", "9,1")
    tab.enter()
    assert "Give a number up to 6.75" in tab.js("document.body.innerText")
    assert tab.js("document.getElementById('claim-ACCME').value") == "9,1"
    assert tab.js("document.scrollingElement.scrollWidth") <= PHONE[0]
    assert tab.js(_ASTRAY) == []
    line = "document.querySelector('#board-ANCC {}')"
    tab.js(line.format("summary") + ".focus()")
    tab.press("Enter", 13)
    assert "nothing is reported to it for you" in tab.js(line.format("details") + ".innerText")
    tab.picture(pictures / "learner-declining-phone.png")
    tab.js(line.format("button") + ".focus()")
    tab.enter()
    [asked] = owners.calls(f"{of}/declines")
    assert asked.body == {"board": "ANCC", "declined": True}


def test_a_complaint_that_is_refused_stands_in_its_field_without_script(
    site, tab, owners, pictures
):
    path = f"/registration/v1/registrations/{PEOPLE['confirmed']}/complaints"
    owners.on("POST", path, (429, problem("too-many", 429)))
    tab.size(*PHONE)
    tab.scripts(False)
    tab.go(site + PAGES["confirmed"])
    hers = "Session 2 was cut off."
    tab.js(f"document.getElementById('complaint').value = '{hers}'")
    tab.submit("document.getElementById('complaint').form.submit()")
    assert "This was not kept." in tab.js("document.querySelector('[role=alert]').innerText")
    assert tab.js("document.getElementById('complaint').value") == hers
    assert tab.js("document.getElementById('complaint').closest('details').open")
    assert tab.js("document.scrollingElement.scrollWidth") <= PHONE[0]
    assert tab.js(_ASTRAY) == []
    tab.picture(pictures / "learner-complaint-refused-phone.png")


def test_a_post_test_is_taken_without_script_and_says_how_it_went(
    site, tab, owners, clock, pictures
):
    clock.time = AFTER
    tab.size(*PHONE)
    tab.scripts(False)
    tab.go(site + PAGES["post-test"])
    tab.js("document.getElementById('a-steam-1').checked = true")
    tab.submit("document.querySelector('main form').submit()")
    assert "Please answer one more question." in tab.js("document.body.innerText")
    assert tab.js("document.getElementById('a-steam-1').checked")
    assert tab.js(_ASTRAY) == []
    tab.picture(pictures / "learner-post-test-refused-phone.png")
    tab.js("document.getElementById('a-styles-1').checked = true")
    tab.submit("document.querySelector('main form').submit()")
    assert "50% of your answers are right; 75% are needed." in tab.js("document.body.innerText")
    assert "You have one attempt left." in tab.js("document.body.innerText")


def test_a_price_is_chosen_and_refused_without_script_and_keeps_all_that_was_typed(
    site, tab, owners, pictures
):
    tab.size(*PHONE)
    tab.scripts(False)
    tab.go(site + PAGES["prices"])
    hidden = "getComputedStyle(document.getElementById('statement_member').parentElement).display"
    assert tab.js(hidden) == "none"
    tab.js("document.getElementById('price-member').checked = true")
    assert tab.js(hidden) == "block"
    tab.js("document.getElementById('profession').value = 'counselor'")
    tab.js("document.getElementById('disclosure').checked = true")
    tab.js("document.querySelector('details:has(#price_code)').open = true")
    typed = {
        "name": "Ada Example",
        "email": "ada@learners.example",
        "prerequisite_0": "HF-2020-000042",
        "statement_member": "M-1837",
        "price_code": "SPRING-2020",
        "accommodation": "Captions, please.",
    }
    for field, text in typed.items():
        tab.type(field, text)
    tab.picture(pictures / "learner-prices-chosen-phone.png")
    tab.submit("document.querySelector('#register form').submit()")
    text = tab.js("document.body.innerText")
    assert text.count("This code was used as often as it may be.") == 2
    for field, kept in typed.items():
        assert tab.js(f"document.getElementById('{field}').value") == kept
    assert tab.js("document.getElementById('price-member').checked")
    assert tab.js("document.getElementById('price_code').offsetHeight") > 40
    assert tab.js("document.scrollingElement.scrollWidth") <= PHONE[0]
    assert tab.js(_TOO_SMALL) == []
    tab.picture(pictures / "learner-prices-refused-phone.png")
    tab.size(*DESK)
    tab.picture(pictures / "learner-prices-refused-desk.png")


def test_the_form_is_reached_and_sent_by_keyboard_alone(site, tab):
    tab.size(*DESK)
    tab.go(site + PAGES["verify"])
    seen = []
    for _ in range(8):
        tab.press("Tab", 9)
        seen.append(tab.js("document.activeElement.id || document.activeElement.innerText"))
        if seen[-1] == "code":
            break
    assert seen[0] == "Skip to the content"
    assert seen[-1] == "code"
    assert tab.js("getComputedStyle(document.activeElement).outlineStyle") != "none"
    tab.type("code", "GOOD")
    tab.enter()
    assert "This certificate is valid" in tab.js("document.body.innerText")


def test_the_visitors_own_clock_is_found_where_scripts_run(site, tab):
    tab.do("Emulation.setTimezoneOverride", timezoneId="Europe/London")
    tab.size(*DESK)
    tab.go(f"{site}/courses/{COURSE}")
    tab.go(f"{site}/courses/{COURSE}")
    assert "London time (BST)" in tab.js("document.body.innerText")
