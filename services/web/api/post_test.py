"""The post-test: the items that certificates asks, what came of them, and how often one may try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.behind import behind
from services.web.api.common import FormDep, OwnersDep, PagesDep, key_of, new_key, see
from services.web.api.failing import once_more, unread
from services.web.api.missing import missing
from services.web.domain.post_test import answers_of, items_of
from services.web.owners import Answer, Away, Owners, segment
from services.web.render import Pages
from shared.contracts.course import Course
from shared.dates import parse_instant
from shared.runtime.asking import PlatformSecretDep
from shared.runtime.database import Reader
from shared.runtime.edge import ReaderDep

router = APIRouter(include_in_schema=False)
Shown = dict[str, Any]
_NONE = "No board of this course asks you for a post-test."
_CHANGED = "post-test-outdated"
_NO_MORE = ("post-test-closed", "post-test-unknown", _CHANGED)


@dataclass(frozen=True, slots=True)
class Test:
    """The test of one learner; `said` is empty, and `why` says more, where there is none now.

    `unasked`: nobody asks for one. `opens_at` is set where it is only too early."""

    registration_id: str
    course: Course
    said: Mapping[str, Any]
    why: str = ""
    away: bool = False
    unasked: bool = False
    zone: str = "UTC"
    opens_at: datetime | None = None


@router.get("/r/{token}/post-test")
async def show(
    token: str,
    request: Request,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    secret: PlatformSecretDep,
) -> Response:
    """The items; or that it is passed, or why it cannot be taken now."""
    test = await _test_of(owners, reader, secret, token)
    if isinstance(test, str):
        return missing(request, pages, test)
    return _page(request, pages, token, test, 503 if test.away else 200)


@router.post("/r/{token}/post-test")
async def take(
    token: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    secret: PlatformSecretDep,
) -> Response:
    """What came of it; else the form again, as it was filled in. Nothing refused is an attempt."""
    test = await _test_of(owners, reader, secret, token)
    if isinstance(test, str):
        return unread(request, pages, form, test)
    if test.away:
        return once_more(request, pages, form)
    answers, again = _first_look(test, form)
    if again is not None:
        return _page(request, pages, token, test, **again)
    path = f"/certificates/v1/registrations/{segment(test.registration_id)}/post-test"
    read = {name: test.said[name] for name in ("version", "digest") if name in test.said}
    body = {**read, "answers": answers}
    try:
        answer = await owners.act("certificates", path, body, key=key_of(form), token=token)
    except Away:
        return once_more(request, pages, form, unheard=True)
    if answer.ok and answer.body.get("passed"):
        return see(f"/r/{segment(token)}?n=test-passed#certificates", personal=True)
    if answer.slug in _NO_MORE:  # what was asked for before does not hold any more
        newer = await _test_of(owners, reader, secret, token)
        test = newer if isinstance(newer, Test) else test
    return _page(request, pages, token, test, **_told(form, answer))


def _first_look(test: Test, form: Mapping[str, str]) -> tuple[dict[str, int], Shown | None]:
    """The answers, or what to show instead of sending them."""
    items = items_of(test.said.get("items") or ())
    read = (str(test.said.get("version")), str(test.said.get("digest", "")))
    if items and (form.get("version"), form.get("digest", "")) != read:
        return {}, {"status": 409, "notice": _CHANGED}
    answers, wrong = answers_of(form, items)
    if wrong:
        return {}, {"status": 422, "values": form, "wrong": wrong, "key": key_of(dict(form))}
    # Nothing is asked any more where it was passed meanwhile, or no attempt is left.
    return answers, None if answers else {}


def _told(form: Mapping[str, str], answer: Answer) -> Shown:
    """How an attempt ended that was not passed, or why it was none."""
    if answer.ok:
        return {"result": answer.body}
    if answer.slug == "idempotency-key-in-use":
        return {"status": 409, "notice": "busy", "values": form, "key": key_of(dict(form))}
    notice = answer.slug if answer.slug in _NO_MORE else "refused"
    detail = "" if answer.slug in (_CHANGED, "idempotency-key-reused") else answer.detail
    kept = {} if answer.slug in _NO_MORE else {"values": form}
    return {"status": answer.status, "notice": notice, "detail": detail, **kept}


def _page(
    request: Request, pages: Pages, token: str, test: Test, status: int = 200, **shown: Any
) -> Response:
    empty: Shown = {"values": {}, "wrong": [], "notice": "", "detail": ""}
    empty |= {"result": {}, "key": new_key()}
    return pages.page(
        request,
        "post_test.html",
        status,
        personal=True,
        headers={"Retry-After": "30"} if status == 503 else None,
        token=token,
        course=test.course,
        test=test,
        said=test.said,
        items=items_of(test.said.get("items") or ()),
        **empty | shown,
    )


async def _test_of(owners: Owners, reader: Reader, secret: str, token: str) -> Test | str:
    """The test behind a link, or which page to show instead."""
    found = await behind(owners, reader, secret, token, certificates="/post-test")
    if isinstance(found, str):
        return found
    asked = found.others["certificates"]
    if asked is None or asked.status == 425:
        return Test(found.registration_id, found.course, {}, away=True)
    if not asked.ok:
        why, unasked = asked.detail or _NONE, asked.detail in ("", _NONE)
        return Test(found.registration_id, found.course, {}, why, unasked=unasked)
    said = asked.body
    opens_at = parse_instant(str(said["opens_at"])) if said.get("opens_at") else None
    return Test(found.registration_id, found.course, said, zone=found.zone, opens_at=opens_at)
