"""Acts of a learner that nobody heard back from: the same is sent again, and nothing untrue said."""

import re
from typing import Any

import httpx
import pytest

from tests.edges.web.conftest import TOKEN
from tests.edges.web.owners import problem
from tests.edges.web.test_mine import (
    OF_BILLING,
    OF_CERTIFICATES,
    OF_REGISTRATION,
    key_in,
    mine,
    words,
)

KEY = "a" * 32
# The verb, where its owner has it, what the page sends, what it says of that.
ACTS: list[tuple[str, str, dict[str, str], str]] = [
    ("accept", f"{OF_REGISTRATION}/accept-offer", {"method": "card"}, ""),
    ("disclosure", f"{OF_REGISTRATION}/disclosure", {"disclosure_version": "2020-09-01"}, ""),
    ("prefer", f"{OF_REGISTRATION}/prefer", {"outcome": "refund"}, "You chose: The money back"),
    ("prefer", f"{OF_REGISTRATION}/prefer", {"outcome": "credit"}, "You chose: A credit for"),
    ("accommodation", f"{OF_REGISTRATION}/accommodation", {"accommodation": "Quiet."}, "Quiet."),
    ("complaint", f"{OF_REGISTRATION}/complaints", {"complaint": "Too loud."}, "Too loud."),
    ("claims", f"{OF_CERTIFICATES}/claims", {"board": "APA", "credits": "6,5"}, "Credits 6,5"),
    ("declines", f"{OF_CERTIFICATES}/declines", {"board": "APA", "declined": "yes"}, "Board APA"),
    ("participation", f"{OF_CERTIFICATES}/participation", {}, ""),
    ("duplicates", "/certificates/v1/certificates/c-1/duplicate", {"certificate_id": "c-1"}, ""),
]


def late(_asked: Any) -> Any:
    raise httpx.ReadTimeout("no answer in time")


def kept_in(page: httpx.Response) -> dict[str, str]:
    """What the page would send again."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


@pytest.mark.parametrize(("verb", "path", "form", "says"), ACTS)
@pytest.mark.parametrize("how", ["late", "busy"])
async def test_it_is_not_said_to_be_undone_and_pressed_again_it_is_the_same_request(
    visitor, owners, mine, verb, path, form, says, how
):
    busy = 409, problem("idempotency-key-in-use", 409)
    owners.on("POST", path, late if how == "late" else busy)
    page = await visitor.post(f"/r/{TOKEN}/{verb}", data=form | {"key": KEY})
    assert page.status_code == 503
    text = words(page)
    assert "It may have arrived, or not: we don’t know yet." in text
    assert "Nothing changed" not in text
    assert says in text
    assert f'href="/r/{TOKEN}"' in page.text
    assert kept_in(page) == form | {"key": KEY}
    owners.on("POST", path, (200, {}))
    done = await visitor.post(f"/r/{TOKEN}/{verb}", data=kept_in(page))
    assert (done.status_code, "refused" in done.headers["location"]) == (303, False)
    first, second = owners.calls(path)
    assert (first.key, first.body) == (second.key, second.body) == (KEY, first.body)


async def test_texts_are_kept_to_be_sent_again(visitor, owners, mine):
    owners.on("PUT", f"{OF_REGISTRATION}/attendee", late)
    form = {"phone": "+1 202 555 0143", "sms": "agreed"}
    page = await visitor.post(f"/r/{TOKEN}/texts", data=form)
    assert page.status_code == 503
    assert "Number for texts +1 202 555 0143" in words(page)
    assert form.items() <= kept_in(page).items()


async def test_a_checkout_that_is_being_opened_is_asked_for_again(visitor, owners, mine):
    checkout = f"{OF_BILLING}/checkout"
    owners.on("POST", checkout, (409, problem("idempotency-key-in-use", 409)))
    page = await visitor.post(f"/r/{TOKEN}/pay", data={"key": KEY})
    assert (page.status_code, key_in(page)) == (503, KEY)
    owners.on("POST", checkout, (200, {"checkout_url": "http://pay.test/pay/cs_1"}))
    paid = await visitor.post(f"/r/{TOKEN}/pay", data=kept_in(page))
    assert paid.headers["location"] == "http://pay.test/pay/cs_1"


async def test_what_certificates_refuses_for_now_did_change_nothing(visitor, owners, mine):
    owners.on("POST", f"{OF_CERTIFICATES}/claims", (409, problem("course-not-heard", 409)))
    form = {"board": "APA", "credits": "1"}
    answer = await visitor.post(f"/r/{TOKEN}/claims", data=form)
    page = await visitor.get(answer.headers["location"])
    assert "This can’t be done just now, and nothing changed." in words(page)


__all__ = ["mine"]  # a fixture of theirs
