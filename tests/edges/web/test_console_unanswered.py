"""After no answer no page says that nothing was done, and neither does the next page of that form:
each form of the console by which something is done, and the fields that such forms have."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from services.web.api.console_deed import OURS as OF_PAGES
from services.web.domain.board import SERVICES
from services.web.render import ROOM
from shared.runtime.service import Service
from tests.edges.web.conftest import REGISTRATION as R
from tests.edges.web.owners import Answer, Asked, Played, problem
from tests.edges.web.staff import csrf, staff
from tests.edges.web.test_console_acts import COLLEAGUE, SUMMIT, hidden
from tests.edges.web.test_console_acts import TYPED as PERSON_TYPED
from tests.edges.web.test_console_acts import WHOLE as REGISTERED
from tests.edges.web.test_console_attendance_corrected import OWNER as CORRECTIONS
from tests.edges.web.test_console_attendance_corrected import RECORD, RULED, WEIGHED
from tests.edges.web.test_console_course_form import CHECK, FORM, LOOKED, NEW
from tests.edges.web.test_console_course_form import TYPED as COURSE_TYPED
from tests.edges.web.test_console_courses import CLOSE, HERE, OURS, SESSION, TASK
from tests.edges.web.test_console_decisions import AUGUST, BEA, FAILED, INVOICE
from tests.edges.web.test_console_decisions import DEEDS as DECISIONS
from tests.edges.web.test_console_decisions import STATEMENT as MONEY_OF
from tests.edges.web.test_console_handing_in import CSV, FIRST, SECOND
from tests.edges.web.test_console_letters import OWNER as LETTERS
from tests.edges.web.test_console_letters import PAGE as LETTER
from tests.edges.web.test_console_letters import WHOLE as DEAD
from tests.edges.web.test_console_meeting import OTHER
from tests.edges.web.test_console_partner import (
    INTAKE,
    KEYS,
    OWNER,
    PAGE,
    PARTNER,
    PLACE,
    REPLAY,
    STREAM,
)
from tests.edges.web.test_console_people import MAIL
from tests.edges.web.test_console_publish import FILE
from tests.edges.web.test_console_refused import HASH, ONE, OWN
from tests.edges.web.test_console_today import plain
from tests.edges.web.test_console_unsure import DEEDS, FORMS, THEIRS, WHO, desk
from tests.stage import StillClock

__all__ = ["desk"]
DISABLED = PLACE | {"endpoint_id": "e-2", "state": "disabled"}
THERE = f"/console/registrations/{R}"
LIFT = f"/console/messages/refused/{HASH}"
SURE = {"sure": "yes", "disclosure": "accepted", "disclosure_version": "2020-09-01"}
# The page, its owner's call, what else the form says, and where the form is.
MORE: dict[str, tuple[str, str, str, dict[str, str], str]] = {
    "needs answered": (
        f"{THERE}/needs", "POST", f"{THEIRS}/accommodation/answer", {"answer": "Captions."}, "",
    ),
    "complaints answered": (
        f"{THERE}/complaints", "POST", f"{THEIRS}/complaints/answer", {"answer": "Sorry."}, "",
    ),
    "somebody corrected": (
        f"{THERE}/correct", "PUT", f"{THEIRS}/attendee", PERSON_TYPED | {"sure": "yes"}, "",
    ),
    "a colleague comes": (
        f"{THERE}/substitute", "POST", f"{THEIRS}/substitute", COLLEAGUE | SURE, "",
    ),
    "somebody moved": (
        f"{THERE}/transfer", "POST", f"{THEIRS}/transfer",
        {"course": "summit", "reason": "she asked", "sure": "yes"}, "",
    ),
    "two merged": (
        "/console/people/p-1/merge", "POST", f"{WHO}/merge",
        {"into": "p-2", "reason": "she rang", "sure": "yes"}, "",
    ),
    "a mail sent again": (
        f"{THERE}/messages/m-1/resend", "POST", "/notifications/v1/messages/m-1/resend", {}, THERE,
    ),
    "a session cancelled": (
        f"{HERE}/sessions/s1/cancel", "POST", f"{OURS}/sessions/s1/cancel", {"reason": "Snow"}, "",
    ),
    "a report handed in": (
        f"{HERE}/sessions/s1/reports", "POST", f"{SESSION}/report", {"text": CSV}, "",
    ),
    "a report withdrawn": (
        f"{HERE}/sessions/s1/reports/2/withdraw", "POST", f"{SESSION}/uploads/2/withdraw",
        {"reason": "of another session"}, "",
    ),
    "a meeting swapped": (
        f"{HERE}/sessions/s1/meeting", "PUT", f"{SESSION}/meeting", OTHER | {"sure": "yes"}, "",
    ),
    "an attendance corrected": (
        f"{THERE}/attendance/s1", "POST", CORRECTIONS,
        {"way": "ruled", "counted": "90", "reason": "she sat there", "sure": "yes"}, "",
    ),
    "a letter tried again": (
        f"{LETTER}/replay", "POST", f"{LETTERS}/ev-1/replay", {}, LETTER,
    ),
    "a letter dropped": (
        f"{LETTER}/drop", "POST", f"{LETTERS}/ev-1/drop", {"reason": "sent twice"}, LETTER,
    ),
    "a task closed": (CLOSE, "POST", "/billing/v1/tasks/t-1/close", {"reason": "by phone"}, ""),
    "a key made": (f"{PAGE}/keys/new", "POST", KEYS, {"label": "theirs"}, ""),
    "events sent again": (
        f"{PAGE}/replay", "POST", REPLAY, {"endpoint": "e-1", "which": "parked"}, "",
    ),
    "a test sent": (
        f"{PAGE}/endpoints/e-1/test", "POST", f"{OWNER}/endpoints/e-1/test", {}, PAGE,
    ),
    "a place told again": (
        f"{PAGE}/endpoints/e-2/enable", "POST", f"{OWNER}/endpoints/e-2/enable", {},
        "/console/partners",
    ),
    "an address written to": (LIFT, "POST", f"{OWN}/{HASH}/lift", {"reason": "it is good"}, ""),
    "a file published": ("/console/publish", "PUT", NEW, {"text": FILE}, ""),
    "a form published": (FORM, "PUT", NEW, COURSE_TYPED | {"do": "publish"}, ""),
}  # fmt: skip
CLOSING = "/billing/v1/books/months/2020-08"
MONEY = {
    name: (page, "POST", path, fields | {"sure": "yes"}, "")
    for name, (page, path, fields, *_) in DECISIONS.items()
} | {
    "a month closed": (
        "/console/money/months/2020-08/close", "POST", f"{CLOSING}/close", {"typed": "2020-08"}, "",
    ),
}  # fmt: skip
EVERY = MORE | MONEY | {name: (*one, FORMS.get(name, "")) for name, one in DEEDS.items()}
NO_ACTS = {  # nothing of an owner's is changed by them
    "/console/sign-out", "/console/link", "/console/messages/refused/look-up",
}  # fmt: skip
WITH_FILES = {"/console/publish", f"{HERE}/sessions/s1/reports"}
BEGUN = {"an attendance corrected": datetime(2020, 10, 20, 12, 0, tzinfo=UTC)}  # no form before
_CLAIMS = re.compile(
    r"(?:nothing|nobody) (?:was|has been) (?:done|sent|changed|cancelled|matched|lifted|"
    r"published|erased|revoked|closed|looked)|good still",
    re.IGNORECASE,
)


@pytest.fixture
async def every(desk: Service, owners: Played) -> Service:
    said: dict[str, Any] = {
        THEIRS: REGISTERED,
        "/registration/v1/courses": {"items": [SUMMIT], "next": None},
        f"/notifications/v1/registrations/{R}/messages": {"items": [MAIL], "next": None},
        f"{LETTERS}/ev-1": DEAD,
        "/billing/v1/tasks/t-1": TASK,
        "/partners/v1/partners": {"items": [PARTNER], "next": None},
        f"{OWN}/{HASH}": ONE,
        f"{SESSION}/uploads": {"items": [FIRST, SECOND], "next": None},
        f"/attendance/v1/registrations/{R}": {"sessions": [RECORD]},
        CORRECTIONS: {"items": [RULED], "next": None},
        f"{OWNER}/stream": STREAM,
        f"{OWNER}/inbound": INTAKE,
        f"{OWNER}/endpoints": {"items": [PLACE, DISABLED], "next": None},
    }
    said |= {
        f"/billing/v1/registrations/{R}": MONEY_OF,
        "/billing/v1/refunds": {"items": [FAILED], "next": None},
        "/billing/v1/invoices": {"items": [INVOICE], "next": None},
        CLOSING: AUGUST,
        "/registration/v1/people": {
            "items": [{"person_id": BEA, "email": "bea@learners.example"}], "next": None,
        },
    }  # fmt: skip
    for _, path, _, told, _ in DECISIONS.values():
        owners.on("POST", f"{path}/preview", (200, told))
    for path, body in said.items():
        owners.on("GET", path, (200, body))
    owners.on("POST", CHECK, (200, LOOKED))
    owners.on("POST", f"{CORRECTIONS}/preview", (200, WEIGHED))
    return desk


def claims(page: httpx.Response) -> list[str]:
    """Where a page says that nothing was done."""
    return _CLAIMS.findall(plain(page.text))


async def send(client: httpx.AsyncClient, page: str, form: dict[str, str]) -> httpx.Response:
    files = {"file": ("", b"")} if page in WITH_FILES else None
    return await client.post(page, data=form, files=files)


@pytest.mark.parametrize("name", EVERY)
async def test_no_page_after_no_answer_says_that_nothing_was_done(
    every: Service, owners: Played, clock: StillClock, name: str
) -> None:
    page, method, path, fields, at = EVERY[name]
    clock.time = BEGUN.get(name, clock.time)
    owners.on(method, path, (503, {}))
    async with staff(every, "admin") as client:
        form = {"csrf": csrf((await client.get(at or page)).text), "key": "7" * 32, **fields}
        away = await send(client, page, form)
        assert [one.key for one in owners.calls(path) if one.method == method] == ["7" * 32]
        assert (away.status_code, claims(away)) == (503, [])
        carried = hidden(away.text)
        assert (carried["key"], carried["unsure"]) == ("7" * 32, "7" * 32)
        # what its own page lacks then, what it says while owners are away, and as other words
        empty = await send(client, page, carried | dict.fromkeys(fields, "") | {"do": "publish"})
        assert claims(empty) == []
        owners.down = set(SERVICES)
        unread = await send(client, page, carried | fields)
        assert (unread.status_code, claims(unread)) == (503, [])
        owners.down = set()
        owners.on(method, path, (422, problem("idempotency-key-reused", 422, "Used before.")))
        other = await send(client, page, hidden(unread.text) | fields)
        assert (other.status_code, claims(other)) == (422, [])
        assert 'name="unsure" value="' + "7" * 32 in other.text, "by every form of that page"
        assert 'name="key" value="' + "7" * 32 not in other.text, "else it is refused for ever"
        owners.on(method, path, (409, problem("no", 409, "Not now.")))
        later = await send(client, page, hidden(other.text) | fields)
        assert claims(later) == [], "that was another request: nobody answered the first"
        # once the owner has answered that request, everything is known
        known = await send(client, page, carried | fields)
        assert (known.status_code, "Not now." in known.text) == (409, True)
        assert 'name="unsure"' not in known.text


@pytest.mark.parametrize("name", EVERY)
async def test_what_is_refused_is_said_where_its_page_cannot_be_read_a_moment_later(
    every: Service, owners: Played, clock: StillClock, name: str
) -> None:
    page, method, path, fields, at = EVERY[name]
    clock.time = BEGUN.get(name, clock.time)

    def refuse(_: Asked) -> Answer:
        owners.down = set(SERVICES)
        return 409, problem("no", 409, "Not now.")

    owners.on(method, path, refuse)
    async with staff(every, "admin") as client:
        form = {"csrf": csrf((await client.get(at or page)).text), "key": "7" * 32, **fields}
        refused = await send(client, page, form)
        assert [one.key for one in owners.calls(path) if one.method == method] == ["7" * 32]
        assert "Not now." in plain(refused.text)
        assert "did not answer" not in refused.text
        assert "7" * 32 not in refused.text, "its owner would say the same for ever"


def test_each_form_of_the_console_that_does_something_is_among_these(web: Service) -> None:
    routes = {
        context.path_format
        for context in iter_route_contexts(web.app.routes)
        if getattr(context, "dependant", None) is not None and "POST" in (context.methods or ())
    }
    acts = {path for path in routes if path.startswith("/console/")} - NO_ACTS
    patterns = {path: re.compile(re.sub(r"{\w+}", "[^/]+", path)) for path in acts}
    pages = [one[0] for one in EVERY.values()]
    missed = [path for path in acts if not any(patterns[path].fullmatch(one) for one in pages)]
    assert len(acts) > 25
    assert missed == []


# --- of what forms are made -------------------------------------------------------------------------
CONSOLE = ROOM / "templates" / "console"
_TAG = re.compile(r"<(input|select|textarea)\b(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*>", re.DOTALL)
_NAME = re.compile(r'\bname="([a-z_]+)"')
_FIELD = re.compile(r'\bfield\("([a-z_]+)"')
# A box of the last page itself, which is asked anew each time.
_ASKED_ANEW = {"disclosure"}


def typed_fields(template: Path) -> set[str]:
    """The names of what somebody types or chooses in a template."""
    text = template.read_text()
    tags = [one[0] for one in _TAG.finditer(text) if 'type="hidden"' not in one[0]]
    return {name for tag in tags for name in _NAME.findall(tag)} | set(_FIELD.findall(text))


def test_no_field_that_somebody_types_has_a_name_that_is_lost_on_the_way() -> None:
    found = {one.name: typed_fields(one) for one in CONSOLE.glob("*.html")}
    assert {"date", "from", "to", "breaks", "fold"} <= found["session_move.html"], "they are seen"
    assert {"answer"} <= found["registration_complaints.html"]
    assert {"reason"} <= found["_deed.html"]
    lost = {name: fields & set(OF_PAGES) for name, fields in found.items()}
    assert {name: fields for name, fields in lost.items() if fields} == {"_deed.html": _ASKED_ANEW}


def test_every_form_carries_what_it_has_to_by_the_same_macro() -> None:
    for template in CONSOLE.glob("*.html"):
        text = template.read_text()
        forms = [one.split("</form>")[0] for one in text.split('<form method="post"')[1:]]
        if template.name == "base.html":  # signing out does nothing to anybody
            continue
        assert [one[:80] for one in forms if "{{ carried(" not in one] == [], template.name
        if template.name != "_parts.html":
            for name in ("csrf", "key"):
                assert f'name="{name}"' not in text, template.name
