"""What a preview says of what it is about, after no answer: not that nothing has been done."""

from __future__ import annotations

import pytest

from shared.contracts.registration import CoursePublished
from shared.runtime.service import Service
from tests.edges.web.conftest import REGISTRATION as R
from tests.edges.web.conftest import Tell
from tests.edges.web.owners import COURSE, Played, problem
from tests.edges.web.staff import csrf, staff
from tests.edges.web.test_console_acts import CLOSED, hidden
from tests.edges.web.test_console_certificates import ACTS, AT, OWN
from tests.edges.web.test_console_courses import (
    HERE,
    OURS,
    SEEN,
    SESSION,
    STATEMENT,
    STRANGER,
    UNMATCHED,
    WHOLE,
)
from tests.edges.web.test_console_money import RECONCILED
from tests.edges.web.test_console_partner import ISSUED, KEYS, OWNER, PAGE, PARTNER, PLACE
from tests.edges.web.test_console_people import PERSON, QUOTE
from tests.edges.web.test_console_people import WHOLE as REGISTERED
from tests.edges.web.test_console_reports import DUE, REPORT
from tests.edges.web.test_console_today import plain

THEIRS = f"/registration/v1/registrations/{R}"
WHO = "/registration/v1/people/p-1"
TWIN = "/registration/v1/people/p-2"
REPORTS = f"/certificates/v1/courses/{COURSE}/reports"
# Of these something is read before they are sent: where that is away, nothing was sent.
READ_BEFORE = {
    "a course cancelled with a choice": {"registration"},
    "a registration cancelled": {"registration"},
    "an evaluation reopened": {"registration"},
    "a key revoked": {"partners"},
    "an answer of a registry noted": {"certificates"},
}
# The page, its owner's call, and what else the form says.
DEEDS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "a certificate revoked": (f"{AT}/revoke", "POST", f"{OWN}/revoke", {"reason": "not hers"}),
    "a registration cancelled": (
        f"/console/registrations/{R}/cancel", "POST", f"{THEIRS}/cancel", {"reason": "by phone"},
    ),
    "links made anew": (
        f"/console/registrations/{R}/links", "POST", f"{THEIRS}/links/renew",
        {"reason": "forwarded"},
    ),
    "two parted": (
        "/console/people/p-2/part", "POST", f"{TWIN}/unmerge", {"reason": "two after all"},
    ),
    "an evaluation reopened": (
        f"/console/registrations/{R}/evaluation", "POST",
        f"/certificates/v1/registrations/{R}/evaluation/reopen",
        {"until": "2020-12-24", "reason": "was ill"},
    ),
    "a course cancelled": (
        f"{HERE}/cancel", "POST", f"{OURS}/cancel", {"reason": "Snow", "typed": COURSE},
    ),
    "a course cancelled with a choice": (
        f"{HERE}/cancel", "POST", f"{OURS}/cancel",
        {"reason": "Snow", "typed": COURSE, "choose_day": "2020-10-10", "choose_wall": "17:00",
         "prefer": "credit"},
    ),
    "a session moved": (
        f"{HERE}/sessions/s1/move", "PUT", f"{OURS}/sessions/s1",
        {"date": "2020-10-20", "from": "16:00", "to": "18:00", "sure": "yes"},
    ),
    "a session completed": (
        f"{HERE}/sessions/s1/complete", "POST", f"{SESSION}/complete", {"minutes": "90"},
    ),
    "somebody erased": (
        "/console/people/p-1/erase", "POST", f"{WHO}/erase", {"reason": "asked", "typed": "erase"},
    ),
    "a key revoked": (
        f"{PAGE}/keys/k-1/revoke", "POST", f"{KEYS}/k-1/revoke", {"typed": "revoke"},
    ),
    "somebody matched": (
        f"{HERE}/sessions/s1/unmatched/u-1", "POST", f"{UNMATCHED}/u-1/match",
        {"registration_id": "r-2", "reason": "her voice"},
    ),
    "a board reported to": (
        f"{HERE}/reports/new", "POST", REPORTS, {"board": "NBCC", "format": "csv"},
    ),
    "an answer of a registry noted": (
        f"{HERE}/reports/1/outcome", "POST", f"{REPORTS}/1/outcome",
        {"took": "some", "lines": "1-2"},
    ),
    "books compared": (
        "/console/money/reconcile", "POST", "/billing/v1/reconciliation", {},
    ),
    "a secret replaced": (
        f"{PAGE}/endpoints/e-1/rotate", "POST", f"{OWNER}/endpoints/e-1/rotate", {},
    ),
}  # fmt: skip

# Where their form is, if elsewhere: a page that is no preview, and says nothing of what was done.
FORMS = {
    "books compared": "/console/money",
    "a board reported to": f"{HERE}/reports/new?board=NBCC",
}


def form_of(deed: str) -> str:
    return FORMS.get(deed, DEEDS[deed][0])


@pytest.fixture
async def desk(web: Service, owners: Played, tell: Tell) -> Service:
    await tell(CoursePublished.model_validate(CoursePublished.example))
    said = {
        f"{OWN}/acts": ACTS,
        THEIRS: REGISTERED,
        f"/certificates/v1/registrations/{R}": {"certificates": [], "evaluation": CLOSED},
        TWIN: PERSON | {"person_id": "p-2", "merged_into": "p-1", "known_as": PERSON},
        f"/billing/v1/registrations/{R}/cancellation-quote": QUOTE,
        OURS: WHOLE,
        f"{OURS}/registrations/counts": {"counts": {}},
        STATEMENT: {"turnover": []},
        SESSION: SEEN | {"records": []},
        f"{UNMATCHED}/u-1": STRANGER,
        "/billing/v1/reconciliation": RECONCILED,
        WHO: PERSON,
        OWNER: PARTNER,
        f"{OWNER}/endpoints/e-1": PLACE,
        f"{OWNER}/endpoints": {"items": [PLACE]},
        KEYS: {"items": [ISSUED], "next": None},
        REPORTS: {"items": [REPORT], "next": None},
    }
    for path, body in said.items():
        owners.on("GET", path, (200, body))
    owners.on("POST", f"{REPORTS}/preview", (200, DUE))
    return web


@pytest.mark.parametrize("deed", DEEDS)
async def test_nothing_has_been_done_yet_is_said_only_where_it_is_true(
    desk: Service, owners: Played, deed: str
) -> None:
    page, method, path, fields = DEEDS[deed]
    async with staff(desk, "admin") as client:
        before = await client.get(form_of(deed))
        assert deed in FORMS or "Nothing has been done yet." in plain(before.text)
        form = {"csrf": csrf(before.text), "key": "7" * 32, **fields}
        owners.on(method, path, (409, {"detail": "Not now."}))
        refused = await client.post(page, data=form)
        assert (refused.status_code, "Not now." in refused.text) == (409, True)
        assert "Nothing has been done yet." in plain(refused.text)
        assert "7" * 32 not in refused.text, "another try is another request"
        owners.on(method, path, (503, {}))
        away = await client.post(page, data=form)
    assert away.status_code == 503
    assert "Nothing has been done yet" not in away.text
    assert "Whether it was done is not known." in plain(away.text)
    assert "did not answer. Send it again: it counts once." in plain(away.text)
    assert f'name="key" value="{"7" * 32}"' in away.text, "the same request"
    assert all(f'type="hidden" name="{name}"' in away.text for name in form), "with the same words"
    assert "<textarea" not in away.text
    assert 'type="text"' not in away.text


@pytest.mark.parametrize("deed", DEEDS)
async def test_while_the_first_request_runs_nothing_is_answered(
    desk: Service, owners: Played, deed: str
) -> None:
    page, method, path, fields = DEEDS[deed]
    owners.on(method, path, (409, problem("idempotency-key-in-use", 409, "It still runs.")))
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(form_of(deed))).text), "key": "7" * 32, **fields}
        runs = await client.post(page, data=form)
    assert runs.status_code == 503
    assert "Whether it was done is not known." in plain(runs.text)
    assert f'name="key" value="{"7" * 32}"' in runs.text, "the same request"


@pytest.mark.parametrize("deed", DEEDS)
async def test_other_words_under_a_key_that_was_used_are_told_in_words_of_staff(
    desk: Service, owners: Played, deed: str
) -> None:
    page, method, path, fields = DEEDS[deed]
    said = "This Idempotency-Key was used with another body before."
    owners.on(method, path, (422, problem("idempotency-key-reused", 422, said)))
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(form_of(deed))).text), "key": "7" * 32, **fields}
        other = await client.post(page, data=form)
    assert other.status_code == 422
    assert "Idempotency-Key" not in other.text
    assert "look first whether it " in plain(other.text).lower()
    assert "Whether it was done is not known." in plain(other.text)
    assert "Nothing has been done yet" not in other.text
    assert f'name="key" value="{"7" * 32}"' not in other.text, "else it is refused for ever"
    assert "Nothing was done" not in other.text


async def test_what_the_form_itself_lacks_keeps_its_key(desk: Service, owners: Played) -> None:
    page, _, path, fields = DEEDS["a course cancelled"]
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(page)).text), "key": "7" * 32, **fields}
        lacking = await client.post(page, data=form | {"typed": "another"})
    assert (lacking.status_code, "7" * 32 in lacking.text) == (422, True)
    assert owners.calls(path) == []


@pytest.mark.parametrize("deed", DEEDS)
async def test_nothing_typed_is_lost_where_the_owner_stays_away(
    desk: Service, owners: Played, deed: str
) -> None:
    page, _, path, fields = DEEDS[deed]
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(form_of(deed))).text), "key": "7" * 32, **fields}
        if deed in READ_BEFORE:
            owners.on(DEEDS[deed][1], path, (503, {}))
        else:
            owners.down = {path.split("/")[1]}
        away = await client.post(page, data=form)
    assert away.status_code == 503
    assert "Whether it was done is not known" in plain(away.text)
    assert "7" * 32 in away.text
    assert all(f'"{value}"' in away.text or f">{value}<" in away.text for value in fields.values())


@pytest.mark.parametrize("deed", READ_BEFORE)
async def test_what_was_not_sent_is_not_done_and_what_was_sent_before_is_not_known(
    desk: Service, owners: Played, deed: str
) -> None:
    page, method, path, fields = DEEDS[deed]
    owners.on(method, path, (503, {}))
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(page)).text), "key": "7" * 32, **fields}
        owners.down = READ_BEFORE[deed]
        first = await client.post(page, data=form)
        assert "did not answer. Nothing was done." in plain(first.text)
        assert owners.calls(path) == []
        owners.down = set()
        sent = await client.post(page, data=hidden(first.text))
        assert "Whether it was done is not known." in plain(sent.text)
        owners.down = READ_BEFORE[deed]
        second = await client.post(page, data=hidden(sent.text))
        assert second.status_code == 503
        assert "Nothing was done" not in second.text
        assert "Whether it was done is not known." in plain(second.text)
        owners.down = set()
        owners.on(method, path, (409, {"detail": "Not now."}))
        refused = await client.post(page, data=hidden(second.text))
    assert "Nothing has been done yet." in plain(refused.text), "the owner has answered"
    assert {one.key for one in owners.calls(path)} == {"7" * 32}


async def test_after_other_words_no_later_page_says_that_nothing_was_done(
    desk: Service, owners: Played
) -> None:
    page, method, path, fields = DEEDS["a registration cancelled"]
    owners.on(method, path, (422, problem("idempotency-key-reused", 422, "Used before.")))
    owners.on("POST", f"{path}/preview", (200, {"status": "cancelled"}))
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(page)).text), "key": "7" * 32, **fields}
        other = await client.post(page, data=form)
        otherwise = {"outcome": "refund", "because": "in hospital", "reason": "by phone"}
        review = await client.post(page, data=hidden(other.text) | otherwise)
        assert review.status_code == 200
        assert "Whether it was done is not known." in plain(review.text)
        assert "Nothing has been done yet" not in review.text
        back = await client.post(page, data=hidden(review.text) | {"change": "1"})
    assert "Whether it was done is not known." in plain(back.text)


@pytest.mark.parametrize(
    ("status", "slug", "replayed", "known"),
    [
        (429, "slow-down", False, False),
        (403, "not-yours", False, False),
        (422, "invalid", False, False),
        (422, "invalid", True, True),
        (422, "policy-undefined", False, True),
        (409, "invalid-transition", False, True),
    ],
)
async def test_what_is_refused_before_its_key_is_looked_at_says_nothing_of_the_first(
    desk: Service, owners: Played, status: int, slug: str, replayed: bool, known: bool
) -> None:
    page, method, path, fields = DEEDS["somebody erased"]
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    refusal = (status, problem(slug, status, "Not now."), headers)
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(page)).text), "key": "7" * 32, **fields}
        owners.on(method, path, refusal)
        first = await client.post(page, data=form)
        assert 'name="unsure"' not in first.text, "nothing was sent before it"
        owners.on(method, path, (503, {}))
        away = await client.post(page, data=form)
        owners.on(method, path, refusal)
        again = await client.post(page, data=hidden(away.text))
        owners.on("GET", WHO, (503, {}))  # nor can the page be read
        kept = await client.post(page, data=hidden(away.text))
    assert "Not now." in again.text
    assert ('name="unsure"' not in again.text) is known
    assert "Not now." in kept.text
    assert (hidden(kept.text)["key"] != form["key"]) is known, (
        "the first may have been done with it"
    )
    assert ("it is another request" in plain(kept.text)) is known
