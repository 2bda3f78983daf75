"""The console in a browser: signing in, the board as it changes, by keyboard, on both sizes."""

from time import monotonic, sleep

import httpx
import pytest

from tests.edges.web.owners import COURSE, problem
from tests.pages import accounts, boards, desk, machinery
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
from tests.pages.test_shown import findings
from tests.stage import OPERATOR

pytestmark = pytest.mark.extras
_CLICK = "document.querySelector('main form button').click()"
PAGES = {
    "today": "/console",
    "courses": "/console/courses",
    "course": f"/console/courses/{COURSE}",
    "course-certificates": f"/console/courses/{COURSE}/certificates",
    "course-reports": f"/console/courses/{COURSE}/reports?done=made",
    "report": f"/console/courses/{COURSE}/reports/1",
    "report-new": f"/console/courses/{COURSE}/reports/new?board=NBCC",
    "report-outcome": f"/console/courses/{COURSE}/reports/1/outcome",
    "course-cancel": f"/console/courses/{COURSE}/cancel",
    "session-move": f"/console/courses/{COURSE}/sessions/s2/move",
    "session-cancel": f"/console/courses/{COURSE}/sessions/s2/cancel",
    "session-complete": f"/console/courses/{COURSE}/sessions/s1/complete",
    "person-erase": f"/console/people/{desk.PERSON_ID}/erase",
    "publish": "/console/publish",
    "session": f"/console/courses/{COURSE}/sessions/s1",
    "session-unmatched": f"/console/courses/{COURSE}/sessions/s1/unmatched/u-1",
    "people": "/console/people?q=kath+montgom",
    "registration": f"/console/registrations/{desk.SOMEBODY}",
    "registration-over": f"/console/registrations/{desk.EARLIER}",
    "certificate-supersede": f"/console/certificates/{desk.CERTIFICATE}/supersede",
    "certificate-revoke": f"/console/certificates/{desk.CERTIFICATE}/revoke",
    "certificate-keep": f"/console/certificates/{desk.CERTIFICATE}/keep",
    "certificate-find": "/console/certificates/find?printed=2020-AAAA-BBBB-CCCC",
    "registration-cancel": f"/console/registrations/{desk.SOMEBODY}/cancel",
    "money": "/console/money",
    "money-invoices": "/console/money/invoices",
    "money-refunds": "/console/money/refunds",
    "money-credits": "/console/money/credits",
    "messages": "/console/messages",
    "refused-addresses": "/console/messages/refused",
    "refused-address": f"/console/messages/refused/{desk.REFUSED}",
    "certificates": "/console/certificates",
    "partners": "/console/partners",
    "partner": "/console/partners/ibh",
    "partner-deliveries": "/console/partners/ibh/deliveries",
    "partner-replay": "/console/partners/ibh/replay?endpoint=e-1&which=range&from=2020-10-18&until=2020-10-19",
    "partner-key": "/console/partners/ibh/keys/new",
    "partner-revoke": "/console/partners/ibh/keys/k-2/revoke",
    "partner-rotate": "/console/partners/ibh/endpoints/e-1/rotate",
    "system": "/console/system",
    "services": "/console/system/services",
    "partitions": "/console/system/partitions",
    "invariants": "/console/system/invariants",
    "dead-letters": "/console/system/dead-letters",
    "dead-letter": f"/console/system/dead-letters/billing/{desk.LETTER['event_id']}",
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


def told_of_invariants(site):
    key = {"Authorization": f"Bearer {OPERATOR}"}
    told = {"began_at": "2026-12-01T09:00:00Z", "invariants": machinery.INVARIANTS}
    assert httpx.post(f"{site}/web/v1/invariants", headers=key, json=told).status_code == 201


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


def play_all(site, owners):
    """What the owners say to every page of `PAGES`."""
    desk.play(owners)
    desk.play_courses(owners)
    boards.play_boards(owners)
    desk.play_people(owners)
    desk.play_money(owners)
    accounts.play_lists(owners)
    desk.play_partners(owners)
    desk.play_a_partner(owners)
    desk.play_letters(owners)
    machinery.play_processes(owners)
    told_of_invariants(site)


def test_staff_sign_in_look_around_and_sign_out_again(site, tab, pictures, clock, owners):
    clock.time = desk.NOW
    play_all(site, owners)
    tab.size(*PHONE)
    signed_in(site, tab)
    assert tab.js("location.pathname") == "/console"
    for name, path in PAGES.items():
        looked_at(site, tab, pictures, name, path)
    tab.submit(_LEAVE)
    assert tab.js("location.pathname") == "/console/sign-in"


_FOCUSED = "document.activeElement.textContent || document.activeElement.id"


_TYPED = {
    "correct": {
        "name": "Katherine Montgomery", "email": "k.montgomery@riverside.example",
        "license_profession_1": "mft", "state_1": "NJ", "number_1": "37FI0019",
        "reason": "Her married name ended, by mail",
    },
    "substitute": {
        "name": "Beatriz Núñez", "email": "b.nunez@riverside.example", "profession": "counselor",
        "state_0": "NY", "number_0": "012201", "reason": "Katherine is ill",
    },
    "transfer": {"course": desk.EVENING, "reason": "Asked by phone"},
}  # fmt: skip
_OTHERWISE = {
    "reason": "Asked by phone", "day": "2020-10-18", "wall": "09:30", "evidence": "Her mail",
    "outcome": "refund", "because": "She was in hospital",
}  # fmt: skip
_ACTS = f"/console/registrations/{desk.SOMEBODY}"


def filled(tab, values):
    """Fields of the form as somebody would fill them in."""
    for name, value in values.items():
        tab.js(f"document.getElementById({name!r}).value = {value!r}")


def pictured(tab, pictures, name):
    """The page as it stands, on a phone and on a desk, looked at as any other."""
    for device, size in (("phone", PHONE), ("desk", DESK)):
        tab.size(*size)
        assert tab.js("document.scrollingElement.scrollWidth") <= size[0], (name, tab.js(_WIDE))
        assert not tab.said, (name, tab.said)
        for what in (_TOO_SMALL, _UNNAMED, _ABUTTING, _ASTRAY):
            assert tab.js(what) == [], (name, device, what)
        tab.picture(pictures / f"console-{name}-{device}.png")


_FILE = """
const kept = new DataTransfer();
kept.items.add(new File(['participant_id,joined_at,left_at\\n16778240,2020-10-19T20:00:48Z,\\n' +
  'p-2,tomorrow,\\n'], 'report.csv', {type: 'text/csv'}));
document.getElementById('file').files = kept.files;
"""


def test_attendance_is_corrected_once_it_was_seen_what_it_comes_to(
    site, tab, pictures, clock, owners
):
    clock.time = desk.NOW
    desk.play(owners)
    desk.play_courses(owners)
    desk.play_people(owners)
    signed_in(site, tab)
    page = f"/console/registrations/{desk.EARLIER}/attendance/s1"
    tab.size(*DESK)
    tab.go(site + page)
    assert findings(tab) == []
    pictured(tab, pictures, "attendance")
    tab.js("document.getElementById('way-seen').checked = true")
    filled(tab, {"seen": "11:40 to 12:00", "reason": "She sat beside a colleague."})
    tab.submit("document.querySelector('main .deed-form .button').click()")
    assert tab.js("!document.querySelector('[role=alert]')")
    assert findings(tab) == []
    pictured(tab, pictures, "attendance-review")
    now = f"/console/registrations/{desk.SOMEBODY}/attendance/s1"
    tab.go(site + now)
    pictured(tab, pictures, "attendance-now")
    tab.js("document.getElementById('way-ruled').checked = true")
    tab.submit("document.querySelector('main .deed-form .button').click()")
    tab.said.clear()  # that it was answered 422
    pictured(tab, pictures, "attendance-faults")
    session = f"{site}/console/courses/{COURSE}/sessions/s1"
    tab.go(f"{session}/meeting")
    assert findings(tab) == []
    pictured(tab, pictures, "session-meeting")
    filled(tab, {"meeting": "81977660021", "url": "https://zoom.example/j/81977660021?pwd=x9"})
    tab.submit("document.querySelector('main .deed-form .button').click()")
    assert findings(tab) == []
    pictured(tab, pictures, "session-meeting-review")
    tab.go(f"{session}/reports")
    assert findings(tab) == []
    pictured(tab, pictures, "session-reports")
    tab.js(_FILE)
    tab.submit("document.querySelector('main .deed-form .button').click()")
    assert findings(tab) == []
    pictured(tab, pictures, "session-reports-taken")
    tab.go(f"{session}/reports/2/withdraw")
    pictured(tab, pictures, "session-report-withdraw")


def test_what_is_done_about_somebody_is_seen_before(site, tab, pictures, clock, owners):
    clock.time = desk.NOW
    desk.play(owners)
    desk.play_courses(owners)
    desk.play_people(owners)
    desk.play_acts(owners)
    signed_in(site, tab)
    for verb, typed in _TYPED.items():
        tab.size(*DESK)
        tab.go(f"{site}{_ACTS}/{verb}")
        pictured(tab, pictures, verb)
        filled(tab, typed)
        tab.submit("document.querySelector('main .deed-form .button').click()")
        assert tab.js("document.querySelectorAll('main h1').length") == 1
        assert tab.js("!document.querySelector('[role=alert]')"), verb
        pictured(tab, pictures, f"{verb}-review")
    tab.go(f"{site}/console/people/{desk.TWIN_ID}/merge?q=montgomery")
    pictured(tab, pictures, "merge")
    tab.js("document.querySelector('[name=into]').checked = true")
    filled(tab, {"reason": "She rang: new job, new name."})
    tab.submit("document.querySelector('main .deed-form .buttons .button').click()")
    pictured(tab, pictures, "merge-review")
    tab.size(*DESK)
    tab.go(f"{site}{_ACTS}/cancel")
    tab.js("document.querySelector('details.field').open = true")
    pictured(tab, pictures, "cancel-otherwise")
    filled(tab, _OTHERWISE)
    tab.submit("document.querySelector('main .deed-form .button').click()")
    pictured(tab, pictures, "cancel-review")
    for name in ("links", "needs", "complaints", "evaluation"):
        looked_at(site, tab, pictures, name, f"{_ACTS}/{name}")
    looked_at(site, tab, pictures, "registration-needs", _ACTS)
    desk.part(owners)
    looked_at(site, tab, pictures, "person", f"/console/people/{desk.PERSON_ID}")
    looked_at(site, tab, pictures, "person-merged", f"/console/people/{desk.TWIN_ID}")
    looked_at(site, tab, pictures, "part", f"/console/people/{desk.TWIN_ID}/part")


def test_a_session_is_moved_once_it_was_read_back(site, tab, pictures, clock, owners):
    """Without a script, too."""
    clock.time = desk.NOW
    desk.play(owners)
    desk.play_courses(owners)
    desk.play_a_move(owners)
    signed_in(site, tab)
    tab.scripts(False)
    tab.size(*DESK)
    tab.go(f"{site}/console/courses/{COURSE}/sessions/s4/move")
    tab.js("document.querySelector('details.field').open = true")
    filled(tab, {"date": "2020-11-11", "to": "18:30", "breaks": "17:00 to 17:30"})
    pictured(tab, pictures, "session-move-form")
    tab.submit("document.querySelector('main .deed-form .button').click()")
    assert tab.js("!document.querySelector('[role=alert]')")
    pictured(tab, pictures, "session-move-review")
    tab.submit("document.querySelector('main .deed-form .button').click()")
    assert tab.js("document.querySelector('h1').textContent") == "The session is moved"
    pictured(tab, pictures, "session-moved")
    [asked] = owners.calls(f"/registration/v1/courses/{COURSE}/sessions/s4")
    assert asked.body["breaks"] == [{"from": "17:00", "to": "17:30"}]


def test_somebody_is_corrected_by_keys_alone_with_what_is_wrong_said_beside_it(
    site, tab, pictures, clock, owners
):
    """Without a script, too: nothing of it is one."""
    clock.time = desk.NOW
    desk.play(owners)
    desk.play_courses(owners)
    desk.play_people(owners)
    desk.play_acts(owners)
    path = f"/registration/v1/registrations/{desk.SOMEBODY}/attendee"
    good = owners.answers["POST", f"{path}/preview"]
    wrong = [{"pointer": "/email", "detail": "This is not an e-mail address."}]
    owners.on("POST", f"{path}/preview", (422, problem("attendee-invalid", 422, "Wrong.", wrong)))
    signed_in(site, tab)
    tab.scripts(False)
    tab.size(*PHONE)
    tab.go(f"{site}{_ACTS}/correct")
    to(tab, "email")
    tab.do("Input.insertText", text="k montgomery")
    to(tab, "reason")
    tab.do("Input.insertText", text="Asked by mail")
    tab.enter()
    assert tab.js("document.getElementById('email').getAttribute('aria-invalid')") == "true"
    assert tab.js("document.getElementById('email').value") == "k montgomery"
    assert tab.js("document.getElementById('reason').value") == "Asked by mail"
    tab.said.clear()  # that it was answered 422
    pictured(tab, pictures, "correct-faults")
    tab.size(*PHONE)
    owners.on("POST", f"{path}/preview", good)
    to(tab, "email")
    tab.do("Input.insertText", text="k.montgomery@riverside.example")
    tab.enter()
    assert "Correct" in tab.js("document.querySelector('h1').textContent")
    to(tab, "Correct them")
    tab.enter()
    assert tab.js("location.pathname + location.search") == f"{_ACTS}?done=corrected"
    assert "told to every service" in tab.js("document.querySelector('[role=status]').textContent")
    [asked] = owners.calls(path)
    assert asked.body["email"] == "k.montgomery@riverside.example"
    assert asked.body["reason"] == "Asked by mail"


def to(tab, where):
    """Tab to a field by its id, or to a button by its words."""
    for _ in range(60):
        tab.press("Tab", 9)
        if tab.js("document.activeElement.id || document.activeElement.innerText") == where:
            return
    raise AssertionError(f"{where} is not reached by Tab")


def until(tab, expression):
    """Wait until that is so in the page."""
    end = monotonic() + 15
    while not tab.js(expression):
        assert monotonic() < end, expression
        sleep(0.1)


def test_the_board_changes_by_itself_and_nothing_that_one_is_at_goes_away(site, tab, clock, owners):
    clock.time = desk.NOW
    desk.play(owners)
    tab.size(*DESK)
    signed_in(site, tab)
    until(tab, "document.getElementById('live').textContent == 'Live'")
    tab.js("window.before = document.querySelector('.sitting:nth-child(3) h2 a')")
    tab.js("window.before.focus()")
    assert "314 in the room" in tab.js("document.querySelector('.lead-line').textContent")
    desk.more_come(owners)
    until(tab, "document.querySelector('.lead-line').textContent.includes('318 in the room')")
    assert tab.js("document.activeElement === window.before"), "the focus stays"
    assert not tab.said


def test_the_console_is_used_by_keys_alone(site, tab, clock, owners):
    clock.time = desk.NOW
    desk.play(owners)
    desk.play_courses(owners)
    desk.play_people(owners)
    tab.size(*DESK)
    signed_in(site, tab)
    tab.go(f"{site}/console/courses/{COURSE}")
    key(tab, "/")
    assert tab.js("document.activeElement.id") == "find"
    tab.do("Input.insertText", text="okafor")
    tab.enter()
    assert tab.js("document.querySelectorAll('[data-row]').length") == 1
    key(tab, "j")
    assert tab.js(_FOCUSED) == "Amara Okafor"
    key(tab, "?")
    assert tab.js("document.getElementById('keys').open")
    tab.press("Escape", 27)
    until(tab, "!document.getElementById('keys').open")
    tab.go(f"{site}/console/people?q=katherine@learners.example")
    key(tab, "j")
    tab.enter()
    assert tab.js("location.pathname") == f"/console/registrations/{desk.SOMEBODY}"


def test_a_faulty_course_file_is_shown_with_its_faults_in_place(site, tab, pictures, clock, owners):
    clock.time = desk.NOW
    desk.play(owners)
    owners.on("PUT", f"/registration/v1/courses/{desk.FAULTY_ID}", desk.FAULTS)
    signed_in(site, tab)
    for device, size in (("phone", PHONE), ("desk", DESK)):
        tab.size(*size)
        tab.go(f"{site}/console/publish")
        tab.type("text", desk.FAULTY)
        tab.submit("document.querySelector('main form .button').click()")
        assert tab.js("document.querySelectorAll('.faults li').length") == 2
        assert tab.js("document.scrollingElement.scrollWidth") <= size[0], tab.js(_WIDE)
        assert tab.js("document.getElementById('text').value") == desk.FAULTY
        tab.picture(pictures / f"console-publish-faults-{device}.png")


def test_without_a_script_the_board_is_there_and_loads_again(site, tab, clock, owners):
    clock.time = desk.NOW
    desk.play(owners)
    signed_in(site, tab)
    tab.scripts(False)
    tab.go(f"{site}/console")
    assert "314 in the room" in tab.js("document.querySelector('.lead-line').textContent")
    assert tab.js("document.querySelector('meta[http-equiv=refresh]').content") == "20"


def key(tab, letter):
    for kind in ("keyDown", "keyUp"):
        text = {"text": letter} if kind == "keyDown" else {}
        tab.do("Input.dispatchKeyEvent", type=kind, key=letter, **text)
