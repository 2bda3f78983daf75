"""Forms with anything in them: each gets a page or a way on, never a failure, and asks no owner for
anything that is not its own."""

import random
from urllib.parse import urlencode

from tests.edges.web.conftest import TOKEN
from tests.edges.web.test_mine import mine
from tests.edges.web.test_post_test import test

__all__ = ["mine", "test"]
WORDS = [
    "", " ", "0", "-1", "1e9", "yes", "no", "NBCC", "c-1", "../..", "a/b?c#d", "\x00", "\u202e😀",
    "'; --", "<script>", "x" * 5_000, "é" * 300, "%00", "\r\n", "{{ 7*7 }}", "0" * 32, "2", "12",
]  # fmt: skip
FIELDS = [
    "key", "board", "credits", "declined", "certificate_id", "version", "a-i1", "a-i2", "reason",
    "q-objective-1", "q-comment", "outcome", "session_id", "disclosure_version", "birth_day",
    "name", "email", "profession", "state_0", "zone", "locale", "disclosure", "accommodation",
    "complaint",
]  # fmt: skip
ACTS = [
    "claims", "declines", "participation", "duplicates", "evaluation", "post-test", "disclosure",
    "prefer", "accept", "cancel", "pay", "substitute", "accommodation", "complaint",
]  # fmt: skip


async def test_a_form_of_junk_is_no_failure(visitor, owners, test):
    pick = random.Random(1)
    for act in ACTS * 3:
        chosen = pick.sample(FIELDS, pick.randrange(len(FIELDS)))
        form = urlencode({name: pick.choice(WORDS) for name in chosen})
        answer = await visitor.post(f"/r/{TOKEN}/{act}", content=form)
        assert answer.status_code in (200, 303, 404, 409, 422, 503), (act, form)
        if answer.status_code == 303:
            assert answer.headers["location"].startswith(f"/r/{TOKEN}")
            assert (await visitor.get(answer.headers["location"])).status_code == 200
        else:
            assert "<h1" in answer.text
            assert "<script>" not in answer.text
    services = ("/registration/v1/", "/billing/v1/", "/attendance/v1/", "/certificates/v1/")
    for asked in owners.asked:
        assert asked.path.startswith(services)
        assert ".." not in asked.path


async def test_a_page_with_junk_in_its_address_is_no_failure(visitor, mine):
    for word in WORDS:
        query = urlencode({"n": "claim-refused", "board": word, "credits": word})
        page = await visitor.get(f"/r/{TOKEN}?{query}")
        assert page.status_code in (200, 400), word
        assert "<script>" not in page.text
        page = await visitor.get(f"/r/{TOKEN}?{urlencode({'n': word})}")
        assert page.status_code in (200, 400), word
        page = await visitor.get(f"/?{urlencode({'lang': word, 'zone': word})}")
        assert page.status_code in (200, 400), word
        page = await visitor.post("/links", content=urlencode({"email": word, "key": word}))
        assert page.status_code in (422, 503), word
        page = await visitor.get(f"/verify?{urlencode({'code': word})}")
        assert page.status_code in (200, 303, 400), word
