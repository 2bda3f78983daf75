"""Texts: asked for only where they are sent; agreed to with a number and a box, ended by a button."""

import pytest

from shared.consents import SMS_WORDINGS
from shared.runtime.service import Service
from tests.edges.web.conftest import TOKEN
from tests.edges.web.owners import COURSE, problem
from tests.edges.web.test_mine import OF_REGISTRATION, SAID, mine, words
from tests.edges.web.test_register import REGISTER, made, sent

HERS = {"phone": "+1 202 555 0143", "sms": "agreed"}


@pytest.fixture
def texts(web: Service) -> None:
    """Where a provider sends them (WEB_TEXTS)."""
    web.app.state.pages.environment.globals["texts"] = True


async def test_nobody_is_asked_where_none_are_sent(visitor, owners):
    page = await visitor.get(f"/courses/{COURSE}")
    assert 'name="phone"' not in page.text


async def test_the_form_shows_the_wording_and_sends_its_version(visitor, owners, texts):
    owners.on("POST", REGISTER, made)
    page = (await visitor.get(f"/courses/{COURSE}")).text
    assert SMS_WORDINGS["sms-1"] in page
    assert 'name="sms" value="agreed">' in page  # nothing is ticked for them
    _, answer = await sent(visitor, **HERS)
    assert answer.status_code == 303
    [asked] = owners.calls(REGISTER)
    attendee = asked.body["attendee"]
    assert (attendee["phone"], attendee["sms_consent"]) == ("+1 202 555 0143", "sms-1")


async def test_a_number_and_the_box_go_together(visitor, owners, texts):
    for one, field, told in (
        ({"phone": "+1 202 555 0143"}, "sms", "Tick the box if we may text this number"),
        ({"sms": "agreed"}, "phone", "Give the number that we should text"),
    ):
        _, answer = await sent(visitor, **one)
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        assert told in answer.text
    assert owners.calls(REGISTER) == []


async def test_what_registration_says_of_the_number_stands_beside_it(visitor, owners, texts):
    fault = {"pointer": "/attendee/phone", "detail": "This is no number that can take texts."}
    owners.on(
        "POST", REGISTER,
        (422, {"type": "/problems/attendee-invalid", "title": "Invalid", "errors": [fault]}),
    )  # fmt: skip
    _, answer = await sent(visitor, **HERS)
    assert '<p class="error" id="phone-error">This is no number that can take texts.' in answer.text


__all__ = ["mine"]  # a fixture of theirs
ATTENDEE = f"{OF_REGISTRATION}/attendee"
AGREED = {"phone": "+12025550143", "sms_consent": "sms-1", "sms_consent_at": "2020-09-14T15:00:00Z"}


async def test_on_ones_page_they_are_agreed_to_and_ended(visitor, owners, mine, texts):
    page = await visitor.get(f"/r/{TOKEN}")
    assert SMS_WORDINGS["sms-1"] in page.text
    owners.on("PUT", ATTENDEE, (200, {}))
    answer = await visitor.post(f"/r/{TOKEN}/texts", data=HERS)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/r/{TOKEN}")
    mine(said={"attendee": SAID["attendee"] | AGREED})
    said = words(await visitor.get(f"/r/{TOKEN}"))
    assert "We text +12025550143 about what is short of time." in said
    assert "Stop texts" in said
    assert (await visitor.post(f"/r/{TOKEN}/texts", data={})).status_code == 303
    assert [(one.method, one.body, one.token) for one in owners.calls(ATTENDEE)] == [
        ("PUT", {"phone": "+1 202 555 0143", "sms_consent": "sms-1"}, TOKEN),
        ("PUT", {"sms_consent": ""}, TOKEN),
    ]


async def test_who_ticked_no_box_agreed_to_nothing_and_ended_nothing(visitor, owners, mine, texts):
    for half in ({"phone": "+12025550143"}, {"sms": "agreed"}):
        answer = await visitor.post(f"/r/{TOKEN}/texts", data=half)
        assert answer.status_code == 422
        assert f'value="{half.get("phone", "")}"' in answer.text, "it is kept"
    assert owners.calls(ATTENDEE) == []
    shown = words(await visitor.get(f"/r/{TOKEN}?n=texts-refused"))
    assert "This was not kept." in shown


async def test_texts_that_could_not_be_stopped_are_said_without_a_field_of_them(
    visitor, owners, mine
):
    mine("requested", "paid", said={"attendee": SAID["attendee"] | AGREED})
    owners.on("PUT", ATTENDEE, (429, problem("too-many", 429)))
    answer = await visitor.post(f"/r/{TOKEN}/texts", data={})
    assert answer.status_code == 429
    said = words(answer)
    assert "This can’t be done just now, and nothing changed." in said
    assert "Stop texts" in said
    assert "Go to what you typed" not in said
    assert 'href="#phone"' not in answer.text
    assert 'http-equiv="refresh"' not in answer.text, "it would be asked for by GET"
    owners.on("PUT", ATTENDEE, (409, problem("registration-ended", 409)))
    never = words(await visitor.post(f"/r/{TOKEN}/texts", data={}))
    assert "This could not be changed. Write to the provider, please." in never
    owners.on("GET", OF_REGISTRATION, (503, {}))
    unread = await visitor.post(f"/r/{TOKEN}/texts", data={})
    assert (unread.status_code, "Send it again" in unread.text) == (503, True)


async def test_a_number_beside_one_that_is_recorded_is_read_where_it_has_no_field(
    visitor, owners, mine, texts
):
    mine("confirmed", "paid", said={"attendee": SAID["attendee"] | AGREED})
    owners.on("PUT", ATTENDEE, (422, problem("attendee-invalid", 422)))
    answer = await visitor.post(f"/r/{TOKEN}/texts", data=HERS)
    assert answer.status_code == 422
    assert '<p class="read wrapped">+1 202 555 0143</p>' in answer.text
    assert 'href="#phone"' not in answer.text


async def test_who_gets_texts_can_end_them_even_where_none_are_sent_any_more(visitor, owners, mine):
    assert "Texts" not in words(await visitor.get(f"/r/{TOKEN}"))
    mine(said={"attendee": SAID["attendee"] | AGREED})
    assert "Stop texts" in words(await visitor.get(f"/r/{TOKEN}"))
    owners.down.add("registration")
    answer = await visitor.post(f"/r/{TOKEN}/texts", data={})
    assert (answer.status_code, "We could not hear back" in answer.text) == (503, True)
