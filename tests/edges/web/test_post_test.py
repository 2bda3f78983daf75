"""The post-test's page: nothing refused is an attempt, and nothing chosen is lost."""

import re
from typing import Any

import pytest

from tests.edges.web.conftest import TOKEN
from tests.edges.web.owners import problem
from tests.edges.web.test_mine import OF_CERTIFICATES, OF_REGISTRATION, key_in, mine, words

__all__ = ["mine"]
PAGE = f"/r/{TOKEN}/post-test"
TEST = f"{OF_CERTIFICATES}/post-test"
ITEMS = [
    {"item_id": "i1", "text": "Which <style>?", "choices": ["Secure", "Avoidant"]},
    {"item_id": "i2", "text": "How many domains?", "choices": ["Four", "Five", "Six"]},
]
SAID: dict[str, Any] = {
    "version": 3,
    "digest": "d3",
    "pass_percent": 75,
    "attempts_left": 2,
    "passed": False,
    "best_percent": None,
    "items": ITEMS,
}
CHOSEN = {"version": "3", "digest": "d3", "a-i1": "0", "a-i2": "1"}


@pytest.fixture
def test(owners, mine):
    mine("completed", "paid")

    def says(**more: Any) -> None:
        owners.on("GET", TEST, (200, SAID | more))

    says()
    return says


async def test_it_says_what_is_needed_and_how_often_one_may_try(visitor, test):
    page = await visitor.get(PAGE)
    said = words(page)
    assert "2 questions. 75% right answers are needed. You have 2 attempts left." in said
    assert "1. Which &lt;style&gt;?" in said
    assert re.findall(r'name="(a-[^"]+)" value="(\d)"', page.text) == [
        ("a-i1", "0"), ("a-i1", "1"), ("a-i2", "0"), ("a-i2", "1"), ("a-i2", "2"),
    ]  # fmt: skip
    test(attempts_left=None, best_percent=50)
    said = words(await visitor.get(PAGE))
    assert "You can try as often as you like." in said
    assert "Your best attempt so far had 50% right." in said


async def test_passing_leads_back_to_ones_own_page(visitor, owners, test):
    key = key_in(await visitor.get(PAGE))
    done = {"percent": 100, "passed": True, "attempts_left": 1}
    owners.on("POST", TEST, (201, done))
    answer = await visitor.post(PAGE, data=CHOSEN | {"key": key})
    assert answer.headers["location"] == f"/r/{TOKEN}?n=test-passed#certificates"
    [asked] = owners.calls(TEST)[-1:]
    assert (asked.key, asked.token) == (key, TOKEN)
    assert asked.body == {"version": 3, "digest": "d3", "answers": {"i1": 0, "i2": 1}}


async def test_failing_says_how_it_went_and_what_is_left(visitor, owners, test):
    for left, says, button in [
        (1, "You have one attempt left.", "Try again"),
        (0, "No attempt is left.", "Back to my registration"),
        (None, "You can try as often as you like.", "Try again"),
    ]:
        owners.on("POST", TEST, (201, {"percent": 50, "passed": False, "attempts_left": left}))
        said = words(await visitor.post(PAGE, data=CHOSEN))
        assert "50% of your answers are right; 75% are needed." in said
        assert says in said
        assert button in said


async def test_boards_that_ask_for_different_marks_are_told_apart(visitor, owners, test):
    boards = [
        {"board": "NBCC", "pass_percent": 75, "passed": True, "attempts_left": 1},
        {"board": "ANCC", "pass_percent": 80, "passed": False, "attempts_left": 1},
    ]
    told = {"percent": 75, "passed": False, "attempts_left": 1, "boards": boards}
    owners.on("POST", TEST, (201, told))
    said = words(await visitor.post(PAGE, data=CHOSEN))
    assert "NBCC: 75% are needed Passed ANCC: 80% are needed, 1 attempt left" in said


async def test_an_item_left_out_is_no_attempt_and_the_rest_stays_chosen(visitor, owners, test):
    for nothing in ("", "9", "-1", "1.5", "x"):
        page = await visitor.post(PAGE, data=CHOSEN | {"a-i1": "1", "a-i2": nothing})
        assert page.status_code == 422
        assert "Please answer one more question. It didn’t count as an attempt." in words(page)
        assert 'id="error-i2">Choose one answer.' in page.text
        assert 'name="a-i1" value="1" checked' in page.text
    assert [one.method for one in owners.calls(TEST)] == ["GET"] * 5


async def test_a_test_that_changed_meanwhile_is_shown_anew_and_nothing_is_sent(
    visitor, owners, test
):
    for older in ({"version": "2"}, {"digest": "d2"}):
        page = await visitor.post(PAGE, data=CHOSEN | older)
        assert page.status_code == 409
        assert "your answers don’t fit it any more. It didn’t count as an attempt." in words(page)
        assert "checked" not in page.text
    assert {one.method for one in owners.calls(TEST)} == {"GET"}
    # The same, where it changes between looking and sending.
    newer = SAID | {"version": 4, "items": ITEMS[:1]}

    def changed(_asked):
        owners.on("GET", TEST, (200, newer))
        return 409, problem("post-test-outdated", 409, "The test has changed.")

    owners.on("POST", TEST, changed)
    page = await visitor.post(PAGE, data=CHOSEN)
    assert (page.status_code, 'name="version" value="4"' in page.text) == (409, True)
    assert "a-i2" not in page.text


async def test_what_cannot_be_taken_says_why(visitor, owners, test):
    test(passed=True, best_percent=90, items=[])
    assert "You have passed, with 90% right." in words(await visitor.get(PAGE))
    test(items=[], attempts_left=0, best_percent=50, closed_because="No attempt is left.")
    said = words(await visitor.get(PAGE))
    assert "No attempt is left. Your best attempt had 50% right; 75% are needed." in said
    assert "If you think that something is wrong, write to the provider ." in said
    soon = "The post-test opens when the sessions it is about are over."
    test(items=[], open=False, closed_because=soon, opens_at="2020-11-09T23:00:00Z")
    said = words(await visitor.get(PAGE))
    assert "The post-test opens on Monday, November 9, 2020, 11:00 PM, London time (GMT), " in said
    gone = "The post-test can't be taken any more. The registration was cancelled."
    test(items=[], open=False, closed_because=gone, opens_at=None)
    assert "any more. The registration was cancelled." in words(await visitor.get(PAGE))
    nobody = "No board of this course asks you for a post-test."
    owners.on("GET", TEST, (404, problem("post-test-unknown", 404, nobody)))
    page = await visitor.get(PAGE)
    assert page.status_code == 200
    assert f"{nobody} There is nothing to do here." in words(page)
    assert (await visitor.post(PAGE, data=CHOSEN)).status_code == 200
    assert {one.method for one in owners.calls(TEST)} == {"GET"}


async def test_a_refusal_is_told_in_its_words_and_keeps_the_choices(visitor, owners, test):
    refused = (422, problem("invalid", 422, "Some answers do not fit."))
    owners.on("POST", TEST, refused)
    page = await visitor.post(PAGE, data=CHOSEN)
    assert (page.status_code, "Some answers do not fit." in words(page)) == (422, True)
    assert 'name="a-i2" value="1" checked' in page.text


async def test_while_certificates_is_away_the_answers_are_kept_to_be_sent_again(
    visitor, owners, test
):
    key = key_in(await visitor.get(PAGE))
    owners.down.add("certificates")
    empty = await visitor.get(PAGE)
    assert (empty.status_code, empty.headers["retry-after"]) == (503, "30")
    page = await visitor.post(PAGE, data=CHOSEN | {"key": key})
    assert page.status_code == 503
    assert "Nothing you entered is lost" in words(page)
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    assert fields == CHOSEN | {"key": key}
    owners.down.clear()
    owners.on("POST", TEST, (201, {"percent": 100, "passed": True, "attempts_left": 1}))
    assert (await visitor.post(PAGE, data=fields)).status_code == 303


async def test_a_link_that_is_none_has_no_test(visitor, owners, test):
    assert (await visitor.get(f"/r/{TOKEN[:-2]}xx/post-test")).status_code == 404
    owners.on("GET", OF_REGISTRATION, (401, problem("token-dead", 401)))
    assert (await visitor.post(PAGE, data=CHOSEN)).status_code == 410
