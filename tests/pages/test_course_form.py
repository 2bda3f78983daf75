"""Publishing a course from a form and duplicating one, in a browser: on both sizes, by keyboard, and
without a script."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.registration.api.course_files import checked
from services.registration.commands.price_codes import CodeChange, ended_warnings
from services.registration.commands.publishing import Next
from services.registration.domain.as_file import as_file
from services.registration.models import PriceCode
from tests.edges.web.owners import COURSE, problem
from tests.pages import desk
from tests.pages.test_console import _WIDE, looked_at, signed_in, until
from tests.pages.test_pages import _ASTRAY, _TOO_SMALL, _UNNAMED, DESK, PHONE
from tests.rules.registration.test_as_file import published

pytestmark = pytest.mark.extras
FILE = yaml.safe_load((Path(__file__).parents[2] / "examples" / f"{COURSE}.yaml").read_text())
FILE["boards"] = FILE["boards"][:2]  # of nine
THERE = f"/registration/v1/courses/{COURSE}"
AGAIN = "attachment-effectiveness-2021"
NEW = f"/registration/v1/courses/{AGAIN}"
FORM = "/console/publish/form"
COPY = f"/console/courses/{COURSE}/duplicate"
ODD = ["Sessions of this course lie in the past: nobody can register."]
BROKEN = problem(
    "course-invalid", 422, "The course cannot be published as it is.",
    [
        {"pointer": "/boards/1/approved_hours", "detail": "More than the 8 hours that are taught."},
        {"pointer": "/sessions/1/from",
         "detail": "02:30 on 2021-03-14 does not exist in America/New_York."},
        {"pointer": "/refund_policy/windows/0/fee",
         "detail": "It names no fee for three_day_workshop."},
    ],
)  # fmt: skip
LOOK = "document.querySelector('main form .button[value=look]').click()"


def play(owners: Any) -> None:
    """Registration, as far as it is asked: what it says of a file is what it would say."""
    desk.play(owners)
    desk.play_courses(owners)
    said = published(FILE)
    told = {"course_id": COURSE, "version": 2, "status": "published", "file": as_file(said)}
    told |= {"prices_left_out": ["spring"], "sessions_cancelled": []}
    owners.on("GET", f"{THERE}/file", (200, told))

    def look(asked: Any) -> Any:
        document = published(asked.body)
        return checked((Next(document, "", 1, True, False, ODD), [], ""))

    owners.on("POST", f"{NEW}/check", look)
    owners.on("PUT", NEW, (201, {"course_id": AGAIN, "version": 1, "warnings": []}))


def shown(tab: Any, pictures: Path, name: str) -> None:
    """The page that is there, on both sizes."""
    for device, size in (("desk", DESK), ("phone", PHONE)):
        tab.size(*size)
        assert tab.js("document.scrollingElement.scrollWidth") <= size[0], tab.js(_WIDE)
        for what in (_TOO_SMALL, _UNNAMED, _ASTRAY):
            assert tab.js(what) == [], (name, device, what)
        tab.picture(pictures / f"console-{name}-{device}.png")


def test_a_course_is_duplicated_looked_at_and_published(site, tab, pictures, clock, owners):
    clock.time = desk.NOW
    play(owners)
    signed_in(site, tab)
    looked_at(site, tab, pictures, "course-duplicate", COPY)
    tab.type("id", AGAIN)
    tab.type("first", "2021-03-01")
    tab.submit("document.querySelector('main form .button').click()")
    shown(tab, pictures, "course-form-duplicate")
    tab.submit(LOOK)
    shown(tab, pictures, "course-check")
    assert "4:00 PM – 6:00 PM" in tab.js("document.body.innerText").replace("\u202f", " ")
    tab.submit("document.querySelector('main form .button[value=edit]').click()")
    assert tab.js("document.getElementById('sessions/3/date').value") == "2021-03-22"
    tab.submit(LOOK)
    tab.submit("document.querySelector('main form .button[value=publish]').click()")
    assert tab.js("location.pathname") == f"/console/courses/{AGAIN}"
    [put] = [one for one in owners.calls(NEW) if one.method == "PUT"]
    assert published(put.body)["sessions"][2]["starts_at"] == "2021-03-15T20:00:00Z"


def test_a_lost_answer_and_a_version_of_somebody_else_are_told(site, tab, pictures, clock, owners):
    clock.time = desk.NOW
    play(owners)
    owners.on("PUT", NEW, (503, {}))
    signed_in(site, tab)
    tab.go(f"{site}{COPY}?id={AGAIN}&weeks=19")
    tab.submit(LOOK)
    tab.submit("document.querySelector('main form .button[value=publish]').click()")
    shown(tab, pictures, "publish-away")
    owners.on("GET", NEW, (200, {"course_id": AGAIN, "version": 2, "title": "Attachment"}))
    owners.on(
        "POST",
        f"{NEW}/check",
        lambda asked: checked((Next(published(asked.body), "", 3, False, False, []), [], "")),
    )
    tab.submit("document.querySelector('main form .button').click()")
    shown(tab, pictures, "publish-overtaken")
    said = tab.js("document.querySelector('.summary').innerText")
    assert "Version 2 is in force now, and is not what you sent." in said
    assert len([one for one in owners.calls(NEW) if one.method == "PUT"]) == 1


def code(price_id: str, label: str, what: str) -> CodeChange:
    ended = what == "ended"
    row = PriceCode(
        course_id=AGAIN, price_id=price_id, digest=price_id, most=50, used=7, ended=ended
    )
    return CodeChange(price_id, label, what, row)


def test_codes_that_change_without_a_version_are_seen_first(site, tab, pictures, clock, owners):
    clock.time = desk.NOW
    play(owners)
    codes = [code("spring", "spring 2021", "code"), code("team", "friends of IBH", "uses"),
             code("old", "alumni", "ended")]  # fmt: skip
    warnings = ended_warnings(codes)
    owners.on(
        "POST",
        f"{NEW}/check",
        lambda asked: checked(
            (Next(published(asked.body), "", 3, False, True, warnings), codes, "m"),
        ),
    )
    signed_in(site, tab)
    tab.go(f"{site}{COPY}?id={AGAIN}&weeks=19")
    tab.submit(LOOK)
    shown(tab, pictures, "course-check-codes")
    button = "document.querySelector('main form .button[value=publish]').innerText"
    assert tab.js(button) == "Change the codes"
    # A colleague is quicker: the version is the same, the codes are others.
    owners.on("GET", NEW, (200, {"course_id": AGAIN, "version": 3, "title": "Attachment"}))
    owners.on(
        "POST",
        f"{NEW}/check",
        lambda asked: checked(
            (Next(published(asked.body), "", 3, False, True, warnings), codes, "another"),
        ),
    )
    tab.submit("document.querySelector('main form .button[value=publish]').click()")
    shown(tab, pictures, "course-check-codes-overtaken")
    said = tab.js("document.querySelector('.summary').innerText")
    assert "The codes of its prices are others now than when you looked." in said
    assert [one for one in owners.calls(NEW) if one.method == "PUT"] == []


def test_faults_are_told_beside_what_they_are_of(site, tab, pictures, clock, owners):
    clock.time = desk.NOW
    play(owners)
    owners.on("POST", f"{NEW}/check", (422, BROKEN))
    signed_in(site, tab)
    tab.go(f"{site}{COPY}?id={AGAIN}&weeks=19")
    tab.submit(LOOK)
    assert tab.js("document.querySelectorAll('.faults li').length") == 3
    shown(tab, pictures, "course-form-faults")
    tab.js("document.querySelector('.faults a[href=\"#sessions/1/from\"]').click()")
    until(tab, "location.hash == '#sessions/1/from'")
    assert tab.js("document.querySelector(':target').name") == "sessions/1/from"


def test_without_a_script_sessions_come_and_go_and_enter_only_looks(
    site, tab, pictures, clock, owners
):
    clock.time = desk.NOW
    play(owners)
    signed_in(site, tab)
    looked_at(site, tab, pictures, "course-form", FORM)
    tab.scripts(False)
    tab.size(*PHONE)
    tab.go(site + FORM)
    tab.type("title", "Ethics")
    tab.type("sessions/0/date", "2027-03-22")
    tab.type("sessions/0/from", "09:00")
    tab.submit("document.querySelector('[value=\"add sessions\"]').click()")
    assert tab.js("document.getElementById('sessions/1/date').value") == "2027-03-29"
    assert tab.js("document.getElementById('title').value") == "Ethics"
    assert tab.js("location.hash") == "#sessions/1"
    until(tab, "document.getElementById('sessions/1').getBoundingClientRect().top < 200")
    tab.submit("document.querySelector('[value=\"drop sessions/0\"]').click()")
    assert tab.js("document.querySelectorAll('#sessions .one-row').length") == 1
    tab.js("document.getElementById('title').focus()")
    tab.enter()
    assert tab.js("document.querySelectorAll('#sessions .one-row').length") == 1
    [asked] = [one for one in owners.asked if one.path.endswith("/check")]
    assert asked.body["title"] == "Ethics"
    assert all(one.method != "PUT" for one in owners.asked)
