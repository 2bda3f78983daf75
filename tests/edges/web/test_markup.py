"""Whatever somebody writes, in a form, an address or a cookie, or has had kept by an owner, is
words on every page: never markup."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from shared.contracts.registration import CoursePublished
from tests.edges.web.conftest import TOKEN
from tests.edges.web.owners import COURSE, problem
from tests.edges.web.test_evaluation import QUESTIONS
from tests.edges.web.test_mine import (
    INVOICE,
    JOIN,
    OF_ATTENDANCE,
    OF_BILLING,
    OF_CERTIFICATES,
    OF_REGISTRATION,
    QUOTE,
    SAID,
    mine,
)
from tests.edges.web.test_post_test import SAID as TEST
from tests.edges.web.test_register import GOOD
from tests.security.markup import EVIL, RAW, evil_in

__all__ = ["mine"]
MINE = f"/r/{TOKEN}"
AWARD = {
    "board": "NBCC", "credits": "6", "unit": "hours", "status": "withheld",
    "unmet": [{"condition": "attendance", "detail": "Five minutes are missing."}],
}  # fmt: skip
CERTIFICATE = {
    "certificate_id": "c-1", "board": "APA", "status": "valid", "number": "2020-ABCD",
    "credits": "6", "unit": "hours", "pdf": "http://web.test/c.pdf", "jwt": "http://web.test/c.jwt",
    "verify_url": "http://web.test/verify/x", "holder": "Ada Example", "title": "Attachment",
}  # fmt: skip
ATTENDED = {
    "course_id": COURSE, "session_id": "s1", "seconds": 5400, "present": True,
    "rule": {"version": 1, "max_missed_seconds": 300}, "evidence": [], "version": 1,
}  # fmt: skip
VERDICT = {
    "status": "valid", "holder": "Ada", "title": "Attachment", "number": "2020-1", "board": "NBCC",
    "kind": "learner", "credits": "6", "unit": "hours", "provider": "Praxis",
    "issued": "2020-11-10", "sha256": "0", "reason": "so", "verify_url": "http://web.test/v",
}  # fmt: skip
# What the owners may know of somebody: by the address at which they are asked.
KNOWN: dict[tuple[str, str], Any] = {
    ("GET", OF_REGISTRATION): SAID | {"links": JOIN, "organisation": "A clinic"},
    ("GET", OF_BILLING): {
        "invoice": INVOICE | {"status": "paid", "pdf": "http://web.test/i.pdf"},
        "payments": [],
        "refunds": [{"refund_id": "r", "amount": INVOICE["due"], "status": "settled"}],
        "credits": [
            {"code": "ABCD-EFGH", "amount": INVOICE["due"], "balance": INVOICE["due"],
             "expires_on": "2021-10-01", "status": "live", "terms": "Once."}
        ],
    },
    ("GET", OF_ATTENDANCE): {"sessions": [ATTENDED]},
    ("GET", OF_CERTIFICATES): {
        "awards": [AWARD],
        "certificates": [CERTIFICATE],
        "evaluated_at": None,
        "evaluation": {
            "version": 2, "open": True, "closes_at": "2020-12-09T23:00:00Z",
            "submitted_at": None, "questions": QUESTIONS,
        },
    },
    ("GET", f"{OF_BILLING}/cancellation-quote"): QUOTE,
    ("GET", f"{OF_CERTIFICATES}/post-test"): TEST,
}  # fmt: skip
PAGES = ["", "/cancel", "/evaluation", "/post-test", "/substitute"]


@pytest.mark.parametrize("status", ["confirmed", "completed", "offered", "cancelled"])
async def test_no_word_that_an_owner_has_kept_is_markup(
    visitor: Any, owners: Any, mine: Callable[..., None], status: str
) -> None:
    seen = set()
    for (method, path), body in KNOWN.items():
        for where, evil in evil_in(body):
            for (other_method, other), known in KNOWN.items():
                owners.on(other_method, other, (200, known))
            now = SAID | {"status": status, "links": JOIN}
            owners.on("GET", OF_REGISTRATION, (200, now))
            changed = evil | {"status": status} if path == OF_REGISTRATION else evil
            owners.on(method, path, (200, changed))
            for page in PAGES:
                shown = await visitor.get(MINE + page)
                assert not RAW.search(shown.text), (page, path, where)
                if "onclick" in shown.text:
                    seen.add(where)
    assert len(seen) > 3, "some of it is shown, as words"


async def test_no_word_that_a_course_says_is_markup(visitor: Any, tell: Any) -> None:
    seen, version = set(), 100
    for where, evil in evil_in(dict(CoursePublished.example)):
        try:
            said = CoursePublished.model_validate(evil | {"version": version})
        except ValueError:
            continue  # no text that anybody chooses
        version += 1
        if said.course_id != COURSE:
            continue
        await tell(said)
        for path in ("/", f"/courses/{COURSE}", f"/courses/{COURSE}/register"):
            shown = await visitor.get(path)
            assert not RAW.search(shown.text), (path, where)
            if "onclick" in shown.text:
                seen.add(where)
    assert len(seen) > 5


async def test_no_word_that_a_form_brings_back_is_markup(
    visitor: Any, owners: Any, mine: Callable[..., None]
) -> None:
    """The page that is shown again holds what was typed; so does an owner's refusal."""
    for (method, path), body in KNOWN.items():
        owners.on(method, path, (200, body))
    refused = problem("invalid", 422, f"So it is not: {EVIL}")
    for path in (f"/registration/v1/courses/{COURSE}/registrations",):
        owners.on("POST", path, (422, refused))
    owners.on("POST", "/registration/v1/links", (422, refused))
    for verb in (
        "cancel",
        "prefer",
        "disclosure",
        "accept-offer",
        "substitute",
        "accommodation",
        "complaint",
    ):
        owners.on("POST", f"{OF_REGISTRATION}/{verb}", (422, refused))
    for verb in ("evaluation", "claims", "declines", "post-test"):
        owners.on("POST", f"{OF_CERTIFICATES}/{verb}", (422, refused))
    more = {"note": "x", "accommodation": "x", "credit_code": "x", "organisation": "x", "city": "x"}
    forms = {
        f"/courses/{COURSE}/register": GOOD | more,
        **{f"{MINE}/{act}": {"reason": "x", "q-more": "x", "board": "x", "credits": "x",
                             "disclosure_version": "x", "outcome": "x", "certificate_id": "x",
                             "key": "x", "a-i1": "x", "version": "2"}
           for act in ("cancel", "evaluation", "claims", "declines", "post-test", "disclosure",
                       "prefer", "accept", "pay", "participation", "duplicates", "texts")},
        f"{MINE}/substitute": GOOD | {"locale": "x"},
        f"{MINE}/accommodation": {"accommodation": "x", "key": "x"},
        f"{MINE}/complaint": {"complaint": "x", "key": "x"},
        "/links": {"email": "x", "key": "x"},
        "/console/link": {"word": "x"},
    }  # fmt: skip
    shown_again = 0
    for path, form in forms.items():
        for name in form:
            for fields in ({**form, name: EVIL}, {name: EVIL}, {**form, EVIL: "x"}):
                answer = await visitor.post(path, data=fields)
                assert not RAW.search(answer.text), (path, name)
                assert "<" not in answer.headers.get("location", ""), (path, name)
                shown_again += "onclick" in answer.text
                if "location" in answer.headers and answer.headers["location"].startswith("/"):
                    page = await visitor.get(answer.headers["location"])
                    assert not RAW.search(page.text), (path, name)
    assert shown_again > 5


async def test_no_word_of_an_address_or_a_header_is_markup(visitor: Any, owners: Any) -> None:
    evil = quote(EVIL, safe="")
    owners.on("GET", f"/certificates/verify/{EVIL}", (200, VERDICT))
    for path in (
        f"/{evil}", f"/r/{evil}", f"/courses/{evil}", f"/verify/{evil}", f"/verify?code={evil}",
        f"/?zone={evil}", f"/?lang={evil}", f"/courses/{COURSE}?price={evil}",
        f"/courses/{COURSE}?profession={evil}&state={evil}", f"/r/{TOKEN}?n={evil}&board={evil}",
        f"/console/link/{evil}", f"/console/signed-in?code={evil}&state={evil}",
        f"/console?x={evil}", f"/static/{evil}",
    ):  # fmt: skip
        headers = {"Accept-Language": EVIL, "Cookie": f"zone={evil}", "User-Agent": EVIL}
        page = await visitor.get(path, headers=headers)
        assert not RAW.search(page.text), path
        assert page.status_code < 500, path


async def test_no_word_of_a_certificate_s_verdict_is_markup(visitor: Any, owners: Any) -> None:
    for status in ("valid", "revoked", "superseded"):
        for where, evil in evil_in(VERDICT | {"status": status}):
            owners.on("GET", "/certificates/verify/CODE", (200, evil))
            page = await visitor.get("/verify/CODE")
            assert not RAW.search(page.text), where
