"""What learners send, in a browser: chosen to be paid by invoice, not heard back from, and a list
that is turned by pages. Without scripts, on a phone and on a desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.registration import CoursePublished
from shared.dates import parse_instant, rfc3339
from tests.edges.web.owners import problem
from tests.pages.story import PEOPLE, PRICED, TOKENS
from tests.pages.test_pages import _ABUTTING, _ASTRAY, _TOO_SMALL, DESK, PHONE

pytestmark = pytest.mark.extras
WORKSHOP = "a-day-of-play-therapy"
BY_INVOICE = PRICED.model_copy(
    update={
        "course_id": WORKSHOP, "title": "A Day of Play Therapy", "prerequisites": [],
        "prices": [], "invoice_allowed": True,
    }
)  # fmt: skip


def many() -> list[CoursePublished]:
    """Forty courses that follow each other by a week."""
    [session, *_] = CoursePublished.example["sessions"]
    begins = [parse_instant("2021-01-11T15:00:00Z") + timedelta(weeks=n) for n in range(40)]
    return [
        CoursePublished.model_validate(
            CoursePublished.example
            | {"course_id": f"weekly-{n}", "title": f"Case Consultation, Evening {n + 1}"}
            | {
                "subtitle": "",
                "sessions": [
                    session
                    | {"starts_at": rfc3339(at), "ends_at": rfc3339(at + timedelta(hours=2))}
                ],
            }
        )
        for n, at in enumerate(begins)
    ]


@pytest.fixture
def courses() -> tuple[CoursePublished, ...]:
    return (BY_INVOICE, *many())


def looks_right(tab: Any, pictures: Any, name: str) -> None:
    for device, size in (("phone", PHONE), ("desk", DESK)):
        tab.size(*size)
        assert tab.js("document.scrollingElement.scrollWidth") <= size[0], name
        assert tab.js(_TOO_SMALL) == [], (name, device)
        assert tab.js(_ASTRAY) == [], name
        assert tab.js(_ABUTTING) == [], (name, device)
        tab.picture(pictures / f"learner-{name}-{device}.png")


def test_an_invoice_is_chosen_and_names_whom_it_is_for(site, tab, owners, pictures):
    tab.size(*PHONE)
    tab.scripts(False)
    tab.go(f"{site}/courses/{WORKSHOP}")
    shown = "document.getElementById('organisation').offsetHeight > 40"
    assert not tab.js(shown)
    tab.picture(pictures / "learner-invoice-phone.png")
    tab.js("document.getElementById('payment-invoice').checked = true")
    assert tab.js(shown)
    tab.type("name", "Ada Example")
    tab.type("email", "ada@learners.example")
    tab.js("document.getElementById('profession').value = 'counselor'")
    tab.js("document.getElementById('state_0').value = 'CA'")
    tab.js("document.getElementById('disclosure').checked = true")
    tab.submit("document.querySelector('#register form').submit()")
    text = tab.js("document.body.innerText")
    assert text.count("Name the organisation that the invoice is for, or choose the card.") == 2
    assert tab.js("document.getElementById('payment-invoice').checked")
    assert tab.js(shown)
    looks_right(tab, pictures, "invoice-refused")
    tab.type("organisation", "Clinic of Example")
    path = f"/registration/v1/courses/{WORKSHOP}/registrations"
    owners.on("POST", path, (503, problem("database-away", 503)))
    tab.submit("document.querySelector('main form').submit()")
    assert "we don’t know yet whether this arrived" in tab.js("document.body.innerText")
    key = tab.js("document.querySelector('[name=key]').value")
    looks_right(tab, pictures, "unheard-form")
    owners.on("POST", path, (201, {"registration_id": "r", "token": TOKENS["confirmed"]}))
    tab.submit("document.querySelector('main form').submit()")
    first, second = owners.calls(path)
    assert (first.key, first.body) == (second.key, second.body) == (key, first.body)
    assert first.body["organisation"] == "Clinic of Example"


def test_a_choice_that_nobody_heard_back_from_is_sent_again(site, tab, owners, pictures):
    tab.size(*PHONE)
    tab.scripts(False)
    tab.go(f"{site}/r/{TOKENS['offered']}")

    def late(_asked: Any) -> Any:
        raise httpx.ReadTimeout("no answer in time")

    path = f"/registration/v1/registrations/{PEOPLE['offered']}/accept-offer"
    owners.on("POST", path, late)
    tab.type("credit_code", "K7QD-9M2X-41ZT-QQ3A")
    tab.submit("document.querySelector('form[action$=\"/accept\"]').submit()")
    text = tab.js("document.body.innerText")
    assert "We could not hear back" in text
    assert "K7QD-9M2X-41ZT-QQ3A" in text
    looks_right(tab, pictures, "unheard")
    owners.on("POST", path, (200, {}))
    tab.submit("document.querySelector('main form').submit()")
    first, second = owners.calls(path)
    assert (first.key, first.body) == (second.key, second.body)


def test_the_course_list_is_turned_by_keyboard(site, tab, pictures):
    tab.scripts(False)
    tab.go(site + "/")
    tab.js("document.querySelector('[rel=next]').focus()")
    tab.enter()
    assert "Courses, page 2" in tab.js("document.querySelector('h1').innerText")
    assert tab.js("document.querySelectorAll('.contents li').length") == 18
    looks_right(tab, pictures, "courses-page")
