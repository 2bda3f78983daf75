"""People for staff, found by what is known of them: name, address, certificate, payment, id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, see
from services.web.api.console_page import DeskDep, PeopleDep, away, show
from services.web.owners import Answer, Away, segment, together
from services.web.staff import Desk, Listed

router = APIRouter(include_in_schema=False)
_MOST = 100  # people of one name that are shown at once
_ID = re.compile(r"(?=.*\d)[\w-]{1,200}", re.ASCII)  # each of ours has a digit
Line = Mapping[str, Any]


@router.get("/console/people")
async def people(request: Request, pages: PagesDep, signed: PeopleDep, desk: DeskDep) -> Response:
    """Whoever is recorded under an address or a name; what is printed on a certificate or an
    invoice, and an id, lead to what they are of."""
    words = request.query_params.get("q", "").strip()[:254]
    found: Listed | None = None
    theirs: tuple[Line, ...] = ()
    silent: list[str] = []
    unsearched: list[str] = []
    if words and "@" not in words:
        theirs, silent, unsearched = await _known_by(desk, words)
        if len(theirs) == 1:
            return see(_page_of(theirs[0]), personal=True)
    if words and not theirs:
        try:
            found = await recorded(desk, words)
        except Away:
            return away(request, pages, signed, "people", "registration")
        if found.refused and not found.refused.searched:
            unsearched = list(dict.fromkeys(["registration", *unsearched]))
    return show(
        request,
        pages,
        signed,
        "people",
        "people.html",
        words=words,
        found=found.items if found else None,
        more=found.more if found else False,
        theirs=theirs,
        away=silent,
        unsearched=unsearched,
        erased=request.query_params.get("erased") == "1",
    )


async def recorded(desk: Desk, words: str) -> Listed:
    """Whoever has that address or name. Raises Away. Of what no owner would take for a name,
    nobody is found."""
    by = "email" if "@" in words else "name"
    path = f"/registration/v1/people?{by}={segment(words)}"
    return await desk.all_of("registration", path, _MOST)


async def _known_by(desk: Desk, words: str) -> tuple[tuple[Line, ...], list[str], list[str]]:
    """The registrations that an id, a number or a code is of, the owners that are away, and those
    that did not search.

    Paths stand in logs, where a name has no place: only what may be an id is asked for by one."""
    one = segment(words)
    calls = [
        ("certificates", f"/certificates/v1/certificates?printed={one}"),
        ("billing", f"/billing/v1/registrations?money={one}&limit=200"),
    ]
    if _ID.fullmatch(words):
        calls += [
            ("registration", f"/registration/v1/registrations/{one}"),
            ("certificates", f"/certificates/v1/certificates/{one}.json"),
        ]
    answers = await together(*(desk.ask(owner, path) for owner, path in calls))
    named = [(owner, said) for (owner, _), said in zip(calls, answers, strict=True)]
    silent = [owner for owner, said in named if said is None]
    unsearched = [owner for owner, said in named if said and not said.searched]
    printed, money, *itself = answers
    found = [*(line for said in itself for line in _itself(said)), *_items(printed), *_items(money)]
    by_registration = {str(each["registration_id"]): each for each in found}
    theirs = tuple(by_registration.values())
    return theirs, list(dict.fromkeys(silent)), list(dict.fromkeys(unsearched))


def _itself(said: Answer | None) -> list[Line]:
    return [said.body] if said and said.ok and said.body.get("registration_id") else []


def _items(said: Answer | None) -> list[Line]:
    items = said.body.get("items") if said and said.ok else None
    return [one for one in items or () if isinstance(one, Mapping) and one.get("registration_id")]


def _page_of(line: Line) -> str:
    return f"/console/registrations/{segment(str(line['registration_id']))}"
