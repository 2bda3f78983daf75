"""Decisions about money in a browser: each form and the page before the act, on a phone and on a
desk, with axe, and without a script."""

import pytest

from tests.pages import decisions, desk
from tests.pages.test_console import filled, pictured, signed_in
from tests.pages.test_pages import DESK, PHONE
from tests.pages.test_shown import findings

pytestmark = pytest.mark.extras
_HERE = f"/console/registrations/{desk.SOMEBODY}"
_REFUND = f"/console/money/refunds/{decisions.REFUND}"
_WHY = {"reason": "She rang: the sound was poor on the first day"}
_ACTS = {
    "refund-retry": (f"{_REFUND}/retry", {"reason": "Her bank says that the card is open again"}),
    "refund-settle": (
        f"{_REFUND}/settle",
        {"reference": "HB-20201018-0042", "sent_on": "2020-10-18",
         "reason": "She gave an account by mail"},
    ),
    "goodwill-refund": (f"{_HERE}/refund", _WHY | {"amount": "$25"}),
    "goodwill-credit": (f"{_HERE}/credit", _WHY | {"amount": "50"}),
    "hand-on": (
        f"{_HERE}/credits/k-1/hand-on",
        {"kind": "organisation", "to": "Riverside Community Health"},
    ),
    "nobodys": (
        "/console/money/payments/pay_1Nq7/give-back", {"reason": "It was made for another company"},
    ),
    "payment": (
        f"/console/money/invoices/{decisions.INVOICE}/payments",
        {"amount": "60.00", "reference": "HB-20201019-7714"},
    ),
}  # fmt: skip
_SEND = "document.querySelector('main .deed-form .button').click()"


@pytest.fixture
def courses():
    return desk.COURSES


@pytest.fixture
def office(site, tab, clock, owners):
    """Somebody of staff, signed in, without scripts."""
    clock.time = desk.NOW
    desk.play(owners)
    desk.play_courses(owners)
    desk.play_people(owners)
    desk.play_money(owners)
    decisions.play(owners)
    signed_in(site, tab)
    tab.scripts(False)
    return site


def seen(tab, pictures, name):
    """A picture of it, and what axe says."""
    pictured(tab, pictures, name)
    tab.size(*PHONE)
    assert findings(tab, scripts=False) == [], name
    tab.size(*DESK)


def test_each_decision_is_seen_before_it_is_done(office, tab, pictures, owners):
    for name, (path, typed) in _ACTS.items():
        tab.size(*DESK)
        tab.go(office + path)
        seen(tab, pictures, name)
        filled(tab, typed)
        tab.submit(_SEND)
        assert tab.js("!document.querySelector('[role=alert]')"), name
        seen(tab, pictures, f"{name}-review")
    tab.submit(_SEND)
    assert tab.js("location.search") == f"?of={decisions.INVOICE}"
    seen(tab, pictures, "payment-recorded")


def test_what_is_wrong_with_an_amount_is_said_beside_it(office, tab, pictures):
    tab.go(f"{office}{_HERE}/refund")
    filled(tab, {"amount": "1.250"})
    tab.submit(_SEND)
    assert tab.js("document.getElementById('amount').getAttribute('aria-invalid')") == "true"
    assert tab.js("document.getElementById('amount').value") == "1.250"
    tab.said.clear()  # that it was answered 422
    seen(tab, pictures, "goodwill-faults")


def test_a_registration_shows_its_money_and_what_was_decided(office, tab, pictures, owners):
    tab.go(office + _HERE)
    seen(tab, pictures, "registration-money")
    decisions.cancel(owners)
    tab.go(f"{office}{_HERE}/decide")
    seen(tab, pictures, "decide")
    filled(tab, _WHY | {"outcome": "refund"})
    tab.submit(_SEND)
    seen(tab, pictures, "decide-review")


def test_a_month_is_closed_after_a_page_that_says_what_that_means(office, tab, pictures, owners):
    decisions.end_a_month(owners)
    tab.go(f"{office}/console/money?month=2020-09")
    seen(tab, pictures, "month")
    tab.go(f"{office}/console/money/months/2020-09/close")
    seen(tab, pictures, "month-close")
