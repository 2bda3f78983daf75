"""Registering without JavaScript: a form, its faults, and the owner's call."""

import re

from shared.contracts.registration import CoursePublished
from tests.edges.web.owners import COURSE, problem, usd

REGISTER = f"/registration/v1/courses/{COURSE}/registrations"
GOOD = {
    "name": "Ada Example",
    "email": "ada@learners.example",
    "profession": "counselor",
    "state_0": "NJ",
    "number_0": "37PC00000000",
    "zone": "Europe/London",
    "disclosure": "accepted",
    "disclosure_version": "2020-09-01",
}


def made(asked):
    return 201, {
        "registration_id": "r-1",
        "status": "requested",
        "price": usd(19900),
        "token": "1.uAbC.mac-_",
    }


async def sent(visitor, **changes):
    """The form as the page gave it, filled in and sent."""
    page = await visitor.get(f"/courses/{COURSE}")
    [key] = re.findall(r'name="key" value="([0-9a-f]{32})"', page.text)
    form = {name: value for name, value in (GOOD | {"key": key} | changes).items() if value}
    return key, await visitor.post(f"/courses/{COURSE}/register", data=form)


async def test_a_good_form_becomes_one_call_and_leads_to_ones_own_page(visitor, owners):
    owners.on("POST", REGISTER, made)
    key, answer = await sent(visitor)
    assert (answer.status_code, answer.headers["location"]) == (303, "/r/1.uAbC.mac-_")
    [asked] = owners.calls(REGISTER)
    assert asked.key == key
    assert asked.body == {
        "attendee": {
            "name": "Ada Example",
            "email": "ada@learners.example",
            "profession": "counselor",
            "licenses": [{"profession": "counselor", "state": "NJ", "number": "37PC00000000"}],
            "zone": "Europe/London",
            "locale": "en-US",
        },
        "disclosure_version": "2020-09-01",
        "payment": {"method": "card"},
    }


async def test_where_tax_goes_by_the_learners_place_the_form_asks_for_it(visitor, owners, tell):
    assert 'name="place"' not in (await visitor.get(f"/courses/{COURSE}")).text
    rates = [{"place": "DE", "percent": "19"}, {"place": "US-NY", "percent": "8.875"}]
    tax = {"tax": {"rates": [*rates, {"percent": "0"}]}, "version": 2}
    await tell(CoursePublished.model_validate(CoursePublished.example | tax))
    page = (await visitor.get(f"/courses/{COURSE}")).text
    assert '<option value="US-NY">New York, United States</option>' in page
    assert '<option value="DE">Germany</option>' in page
    owners.on("POST", REGISTER, made)
    await sent(visitor, place="US-NY")
    [asked] = owners.calls(REGISTER)
    assert asked.body["attendee"]["place"] == "US-NY"


async def test_of_a_course_in_person_the_form_does_not_ask_where_one_is(visitor, tell):
    tax = {"tax": {"place": "DE", "rates": [{"place": "DE", "percent": "19"}]}}
    changed = {"version": 2, "delivery": "in_person"}
    await tell(CoursePublished.model_validate(CoursePublished.example | tax | changed))
    assert 'name="place"' not in (await visitor.get(f"/courses/{COURSE}")).text


async def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(visitor, owners):
    _, answer = await sent(visitor, email="ada@", disclosure="", credit_code="K7QD <b>")
    assert answer.status_code == 422
    assert "That doesn’t look like an e-mail address" in answer.text
    assert "Read the disclosure and tick the box." in answer.text
    assert 'aria-invalid="true" aria-describedby="email-help email-error"' in answer.text
    assert 'value="ada@"' in answer.text
    assert 'value="Ada Example"' in answer.text
    assert 'value="K7QD &lt;b&gt;"' in answer.text
    assert 'value="NJ" selected' in answer.text
    assert owners.calls(REGISTER) == []


async def test_the_owners_faults_stand_beside_their_fields_too(visitor, owners):
    errors = [
        {"pointer": "/attendee/email", "detail": "This address cannot receive mail."},
        {"pointer": "/attendee/licenses/0/state", "detail": "There is no such state."},
    ]
    owners.on("POST", REGISTER, (422, problem("invalid", 422, "", errors)))
    first, answer = await sent(visitor)
    assert answer.status_code == 422
    assert '<p class="error" id="email-error">This address cannot receive mail.</p>' in answer.text
    assert '<p class="error" id="state_0-error">There is no such state.</p>' in answer.text
    # Mended and sent again, it is another request: it needs another key.
    assert f'value="{first}"' not in answer.text


async def test_someone_whom_no_board_serves_is_told_before_registering(visitor, owners):
    owners.on("POST", REGISTER, made)
    _, answer = await sent(visitor, profession="mft", state_0="NY")
    assert answer.status_code == 422
    assert "No board of this course serves a marriage and family therapist" in answer.text
    assert "licensed in New York" in answer.text
    assert owners.calls(REGISTER) == []
    _, answer = await sent(visitor, profession="mft", state_0="NY", unserved="accepted")
    assert answer.status_code == 303


async def test_a_disclosure_that_changed_meanwhile_is_read_again(visitor, owners):
    _, answer = await sent(visitor, disclosure_version="2020-08-01")
    assert answer.status_code == 422
    assert "The disclosure has changed since you opened this page" in answer.text
    owners.on("POST", REGISTER, (409, problem("disclosure-outdated", 409)))
    _, answer = await sent(visitor)
    assert answer.status_code == 409
    assert "The disclosure has changed since you opened this page" in answer.text


async def test_while_registration_is_away_the_same_form_can_be_sent_again(visitor, owners):
    owners.down.add("registration")
    key, answer = await sent(visitor)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "We could not hear back, so we don’t know yet whether this arrived." in answer.text
    assert 'value="Ada Example"' in answer.text
    # The first try may have arrived: only the same key makes the second one harmless.
    assert f'name="key" value="{key}"' in answer.text


async def test_the_same_person_again_is_told_so_and_given_no_link(visitor, owners):
    owners.on("POST", REGISTER, (200, {"registration_id": "r-1", "status": "confirmed"}))
    _, answer = await sent(visitor)
    assert answer.status_code == 200
    assert "You are registered already" in answer.text
    assert "/r/" not in answer.text


async def test_a_used_form_with_other_entries_says_what_happened(visitor, owners):
    owners.on("POST", REGISTER, (422, problem("idempotency-key-reused", 422)))
    key, answer = await sent(visitor)
    assert answer.status_code == 409
    assert "This form was sent before with other entries" in answer.text
    assert f'value="{key}"' not in answer.text


async def test_junk_for_a_form_is_refused(visitor):
    path = f"/courses/{COURSE}/register"
    many = "&".join(f"f{n}=x" for n in range(500))
    assert (await visitor.post(path, content=many)).status_code == 400
    assert (await visitor.post(path, content=b"name=\xff\xfe")).status_code == 400
    assert (await visitor.post(path, content=b"")).status_code == 422


async def test_a_birthday_is_asked_for_only_where_registration_asks_and_sent_as_month_and_day(
    visitor, owners
):
    assert "birth_day" not in (await visitor.get(f"/courses/{COURSE}")).text
    asks = {"seats": {"left": 5}, "asks": ["birth_day", "a thing of tomorrow"]}
    owners.on("GET", f"/registration/v1/courses/{COURSE}", (200, asks))
    page = await visitor.get(f"/courses/{COURSE}")
    assert 'name="birth_month"' in page.text
    assert "a registry that tells people apart by month and day of birth" in page.text
    _, wrong = await sent(visitor, birth_month="2", birth_day="30 <b>")
    assert wrong.status_code == 422
    assert 'id="birth_day-error">That month has no such day.' in wrong.text
    assert 'value="30 &lt;b&gt;"' in wrong.text
    assert '<option value="2" selected>February</option>' in wrong.text
    owners.on("POST", REGISTER, made)
    await sent(visitor, birth_month="2", birth_day="29")
    [asked] = owners.calls(REGISTER)
    assert asked.body["attendee"]["birth_day"] == "02-29"


async def test_a_birthday_that_was_typed_is_kept_while_registration_is_away(visitor, owners):
    owners.down.add("registration")
    _, answer = await sent(visitor, birth_month="12", birth_day="7")
    assert answer.status_code == 503
    assert '<option value="12" selected>December</option>' in answer.text
    assert 'name="birth_day" value="7"' in answer.text
    owners.down.clear()
    detail = "A birth day is written as month and day, such as 02-29, without the year."
    errors = [{"pointer": "/attendee/birth_day", "detail": detail}]
    owners.on("POST", REGISTER, (422, problem("invalid", 422, "No.", errors)))
    _, answer = await sent(visitor, birth_month="12", birth_day="7")
    assert f'id="birth_day-error">{detail}' in answer.text
