"""A colleague comes instead: told before, asked for as a form, and done once."""

import re
from typing import Any

import httpx
import pytest

from tests.edges.web.conftest import TOKEN
from tests.edges.web.owners import problem
from tests.edges.web.test_mine import OF_REGISTRATION, key_in, mine, words

PAGE = f"/r/{TOKEN}/substitute"
SUBSTITUTE = f"{OF_REGISTRATION}/substitute"
COLLEAGUE = {
    "name": "Grace Example",
    "email": "grace@learners.example",
    "profession": "counselor",
    "state_0": "NY",
    "number_0": "  LC-17 ",
    "zone": "Europe/Berlin",
    "locale": "de",
    "disclosure": "accepted",
    "disclosure_version": "2020-09-01",
}


@pytest.fixture
def handed(owners):
    owners.on("POST", SUBSTITUTE, (200, {"registration_id": "r", "token": "of the colleague"}))


async def test_what_it_means_is_told_first_and_then_it_is_done(visitor, owners, mine, handed):
    mine("confirmed", "paid")
    page = await visitor.get(f"/r/{TOKEN}")
    assert f'href="/r/{TOKEN}/substitute"' in page.text
    page = await visitor.get(PAGE)
    text = words(page)
    assert "Your links, this page’s too, stop working at once." in text
    assert "possible until the first session starts: Monday, October 19, 2020, 9:00 PM" in text
    key = key_in(page)
    done = await visitor.post(PAGE, data=COLLEAGUE | {"key": key})
    assert done.status_code == 200
    assert "Grace Example takes part instead of you." in words(done)
    assert "of the colleague" not in done.text, "their link is for them alone"
    [asked] = owners.calls(SUBSTITUTE)
    assert (asked.key, asked.token) == (key, TOKEN)
    assert asked.body == {
        "attendee": {
            "name": "Grace Example",
            "email": "grace@learners.example",
            "profession": "counselor",
            "licenses": [{"profession": "counselor", "state": "NY", "number": "LC-17"}],
            "zone": "Europe/Berlin",
            "locale": "de",
        },
        "disclosure_version": "2020-09-01",
    }


@pytest.mark.parametrize("missing", ["name", "email", "profession", "disclosure"])
async def test_what_is_missing_is_told_beside_the_field_and_nothing_is_lost(
    visitor, owners, mine, handed, missing
):
    mine("confirmed", "paid")
    form = {name: value for name, value in COLLEAGUE.items() if name != missing}
    page = await visitor.post(PAGE, data=form)
    assert page.status_code == 422
    assert f'id="{missing}-error"' in page.text
    assert "Please check one thing before your colleague can come." in page.text
    for name in ("name", "email", "number_0"):
        if name != missing:
            assert f'value="{form[name].strip()}"' in page.text
    assert '<option value="NY" selected>' in page.text
    assert owners.calls(SUBSTITUTE) == []


async def test_whom_no_board_serves_is_asked_about_first(visitor, owners, mine, handed):
    mine("confirmed", "paid")
    nobody = COLLEAGUE | {"profession": "educator", "state_0": "", "number_0": ""}
    page = await visitor.post(PAGE, data=nobody)
    assert page.status_code == 422
    assert "No board of this course serves your colleague." in page.text
    page = await visitor.post(PAGE, data=nobody | {"unserved": "accepted"})
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("status", "slug", "says"),
    [
        (409, "already-started", "The course has started, so nobody can come instead"),
        (409, "certificate-issued", "A certificate was issued for this registration"),
        (409, "same-person-registered", "This colleague has a registration for this course"),
        (409, "transfer-pending", "This seat is held until the difference"),
        (409, "idempotency-key-in-use", "it counts once"),
        (409, "something-new", "This seat can’t be handed on any more."),
        (403, "operator-only", "This seat was given to you by the provider"),
        (409, "disclosure-outdated", "The disclosure has changed since you opened this page."),
    ],
)
async def test_a_refusal_says_why_and_keeps_what_was_typed(
    visitor, owners, mine, status, slug, says
):
    mine("confirmed", "paid")
    owners.on("POST", SUBSTITUTE, (status, problem(slug, status)))
    page = await visitor.post(PAGE, data=COLLEAGUE)
    assert page.status_code == status
    assert says in page.text
    assert 'value="grace@learners.example"' in page.text


async def test_a_fault_that_the_owner_finds_stands_beside_its_field(visitor, owners, mine):
    mine("confirmed", "paid")
    fault: dict[str, Any] = {"pointer": "/attendee/email", "detail": "This address is none."}
    owners.on("POST", SUBSTITUTE, (422, problem("attendee-invalid", 422, errors=[fault])))
    page = await visitor.post(PAGE, data=COLLEAGUE)
    assert '<p class="error" id="email-error">This address is none.</p>' in page.text


async def test_while_the_owner_does_not_answer_the_same_form_may_be_sent_again(
    visitor, owners, mine
):
    mine("confirmed", "paid")

    def gone(_asked: Any) -> Any:
        owners.down.add("registration")
        return 503, problem("away", 503)

    owners.on("POST", SUBSTITUTE, gone)
    page = await visitor.post(PAGE, data=COLLEAGUE | {"key": "a" * 32})
    assert page.status_code == 503
    assert "We could not hear back, so we don’t know yet whether this arrived." in page.text
    assert "Nothing was sent" not in page.text
    assert 'value="grace@learners.example"' in page.text
    assert "a" * 32 in page.text


def fields_of(page: httpx.Response) -> dict[str, str]:
    """What the browser would send of the page's form."""
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    return COLLEAGUE | dict(hidden)


@pytest.fixture
def lost(owners):
    """Registration hands the seat on, its answer is lost, and the link is dead; then it answers
    whoever sends the same again."""
    done: list[Any] = []

    def substituted(asked: Any) -> Any:
        if not done:
            done.append((asked.key, asked.body))
            owners.on("GET", OF_REGISTRATION, (401, problem("token-dead", 401)))
            raise httpx.ReadTimeout("no answer in time")
        if asked.key != done[0][0]:
            return 401, problem("token-dead", 401)
        if asked.body != done[0][1]:
            return 422, problem("idempotency-key-reused", 422)
        return 200, {"registration_id": "r", "token": "of the colleague"}

    owners.on("POST", SUBSTITUTE, substituted)


async def test_whose_answer_was_lost_presses_again_and_reads_that_it_is_done(
    visitor, owners, mine, lost
):
    mine("confirmed", "paid")
    first = await visitor.post(PAGE, data=fields_of(await visitor.get(PAGE)))
    assert first.status_code == 503
    again = await visitor.post(PAGE, data=fields_of(first))
    assert again.status_code == 200
    assert "Grace Example takes part instead of you." in words(again)
    assert "of the colleague" not in again.text
    assert len(owners.calls(SUBSTITUTE)) == 2


@pytest.mark.parametrize(
    "more",
    [
        {"name": "Somebody Else"},
        {"key": "b" * 32},
        {"key": ""},
        {"course_id": "none"},
        {"name": ""},
    ],
)
async def test_who_sends_something_else_by_a_dead_link_is_told_of_no_colleague(
    visitor, mine, lost, more
):
    mine("confirmed", "paid")
    first = await visitor.post(PAGE, data=fields_of(await visitor.get(PAGE)))
    again = await visitor.post(PAGE, data=fields_of(first) | more)
    assert again.status_code == 410
    assert "If you handed your seat to a colleague, the new link is theirs." in words(again)


@pytest.mark.parametrize("slug", ["", "idempotency-key-in-use"])
async def test_who_hears_nothing_again_keeps_all_for_another_time(
    visitor, owners, mine, lost, slug
):
    mine("confirmed", "paid")
    first = await visitor.post(PAGE, data=fields_of(await visitor.get(PAGE)))
    owners.on("POST", SUBSTITUTE, (409, problem(slug, 409)) if slug else (503, {}))
    again = await visitor.post(PAGE, data=fields_of(first))
    assert again.status_code == 503
    assert "It may have arrived, or not: we don’t know yet." in words(again)
    assert "<dd>Grace Example</dd>" in again.text
    assert key_in(again) == key_in(first)


async def test_while_the_registration_cannot_be_read_nothing_typed_is_lost(
    visitor, owners, mine, handed
):
    mine("confirmed", "paid")
    filled = fields_of(await visitor.get(PAGE))
    owners.down.add("registration")
    page = await visitor.post(PAGE, data=filled)
    assert page.status_code == 503
    assert "<dd>Grace Example</dd>" in page.text
    owners.down.clear()
    assert (await visitor.post(PAGE, data=fields_of(page))).status_code == 200


@pytest.mark.parametrize("state", ["waitlisted", "offered", "cancelled", "completed", "expired"])
async def test_who_has_no_seat_to_hand_on_is_not_asked_whom_to(visitor, owners, mine, state):
    mine(state)
    page = await visitor.get(f"/r/{TOKEN}")
    assert "/substitute" not in page.text
    page = await visitor.get(PAGE)
    assert (page.status_code, page.headers["location"]) == (303, f"/r/{TOKEN}")


async def test_a_complimentary_seat_or_one_that_began_is_not_handed_on_here(
    visitor, owners, mine, clock
):
    mine("confirmed", "paid", said={"complimentary": "presenter"})
    assert (await visitor.get(PAGE)).status_code == 303
    mine("confirmed", "paid")
    clock.time = clock.time.replace(month=10, day=19, hour=20, minute=0, second=0)
    assert (await visitor.get(PAGE)).status_code == 303


async def test_a_link_of_somebody_else_leads_nowhere(visitor, owners):
    for method in ("GET", "POST"):
        page = await visitor.request(method, "/r/broken/substitute")
        assert page.status_code == 404


__all__ = ["mine"]  # a fixture of theirs
