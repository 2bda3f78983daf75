"""A credit handed on to somebody else, or to an organisation: what they would have is shown before.

A person is named by their mail address here, and found before anything is done; whoever was found
is who gets it, though the address be another's by then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Response

from services.web.api.console_deed import (
    Act,
    Deed,
    MoneyAskedDep,
    MoneySentDep,
    not_known,
    through,
)
from services.web.api.console_finding import recorded
from services.web.api.console_goodwill import Theirs, page, theirs
from services.web.api.console_paths import page_of, person_path
from services.web.domain.register_form import Fault
from services.web.owners import Away, segment
from services.web.staff import Listed

router = APIRouter(include_in_schema=False)
_PATH = "/console/registrations/{registration_id}/credits/{credit_id}/hand-on"
_TEMPLATE = "credit_hand_on.html"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@router.get(_PATH)
async def ask(registration_id: str, credit_id: str, deed: MoneyAskedDep) -> Response:
    """To whom?"""
    return await _page(deed, await theirs(deed, registration_id), credit_id)


@router.post(_PATH)
async def hand_on(registration_id: str, credit_id: str, deed: MoneySentDep) -> Response:
    """What the new holder would have; and once that was seen, the act."""
    known = await theirs(deed, registration_id)
    one = _credit_in(known, credit_id)
    look = (page_of(registration_id), "the registration")
    code = str((one or {}).get("code") or "")
    path = f"/billing/v1/credits/{segment(code)}/transfer"
    if known.away:
        return not_known(deed, Act(path, {}, look, owner=known.away))
    if one is None or not code:
        return deed.missing()
    to = named = ""
    faults: list[Fault] = []
    if "change" not in deed.form:
        try:
            to, named, faults = await _whom(deed)
        except Away:
            return not_known(deed, Act(path, {}, look))
    kind = _kind(deed)
    act = Act(path, {"to": {"kind": kind, "id": to}}, look, owner="billing")
    seen = replace(deed, values={**deed.values, "to_id": to}) if kind == "person" else deed

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _page(deed, known, credit_id, faults, status)

    async def review(told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        return await _page(seen, known, credit_id, told=told, named=named)

    if faults:
        return await form(faults, 422)
    done = page_of(registration_id, "handed-on")
    return await through(deed, act, form=form, review=review, done=lambda _: done)


def _kind(deed: Deed) -> str:
    return "organisation" if deed.values.get("kind") == "organisation" else "person"


async def _whom(deed: Deed) -> tuple[str, str, list[Fault]]:
    """The new holder's id and who that is, or an organisation's name; or what is wrong. Who was
    merged is whom they were found to be. Raises Away, as where registration did not search."""
    to = deed.values.get("to", "")
    if not to:
        return "", "", [Fault("to", "missing", "Say who gets it.")]
    if _kind(deed) == "organisation":
        said = "An organisation is named by its name, not by an address."
        return to, "", [Fault("to", "owner", said)] if "@" in to else []
    if deed.sure and _ID.fullmatch(deed.values.get("to_id", "")):
        return deed.values["to_id"], "", []  # who was found and seen
    return await (_by_id if _ID.fullmatch(to) else _by_address)(deed, to)


async def _by_id(deed: Deed, to: str) -> tuple[str, str, list[Fault]]:
    known = await deed.desk.ask("registration", person_path(to))
    if not known.searched:
        raise Away("registration")
    if not known.ok:
        return "", "", [Fault("to", "owner", "Nobody here has that id.")]
    return str(known.body.get("merged_into") or to), _name_of(known.body), []


async def _by_address(deed: Deed, to: str) -> tuple[str, str, list[Fault]]:
    found = await recorded(deed.desk, to) if "@" in to else Listed((), False)
    if found.refused and not found.refused.searched:
        raise Away("registration")
    people = {
        str(one.get("merged_into") or one["person_id"]): _name_of(one)
        for one in found.items
        if str(one.get("email", "")).casefold() == to.casefold()
    }
    if len(people) == 1:
        return *people.popitem(), []
    if people:
        said = "More than one person here has that address. Give the id of one, from their page."
    else:
        said = "Nobody here has that mail address. Only who registered before can hold a credit."
    return "", "", [Fault("to", "owner", said)]


def _name_of(person: Mapping[str, Any]) -> str:
    """By what they are known: their name and their address."""
    known = person.get("known_as") or person
    return ", ".join(str(known[name]) for name in ("name", "email") if known.get(name))


def _credit_in(known: Theirs, credit_id: str) -> Mapping[str, Any] | None:
    credits_ = (known.bill.body.get("credits") if known.bill else None) or ()
    return next((one for one in credits_ if one.get("credit_id") == credit_id), None)


async def _page(
    deed: Deed,
    known: Theirs,
    credit_id: str,
    faults: Sequence[Fault] = (),
    status: int = 200,
    *,
    told: Mapping[str, Any] | None = None,
    named: str = "",
) -> Response:
    one = _credit_in(known, credit_id)
    if one is None and not known.away:
        return deed.missing()
    return await page(deed, known, _TEMPLATE, faults, status, told=told, credit=one, named=named)
