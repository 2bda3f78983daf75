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
    to = ""
    faults: list[Fault] = []
    if "change" not in deed.form:
        try:
            to, faults = await _whom(deed)
        except Away:
            return not_known(deed, Act(path, {}, look))
    kind = _kind(deed)
    act = Act(path, {"to": {"kind": kind, "id": to}}, look, owner="billing")
    seen = replace(deed, values={**deed.values, "to_id": to}) if kind == "person" else deed

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _page(deed, known, credit_id, faults, status)

    async def review(told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        return await _page(seen, known, credit_id, told=told)

    if faults:
        return await form(faults, 422)
    done = page_of(registration_id, "handed-on")
    return await through(deed, act, form=form, review=review, done=lambda _: done)


def _kind(deed: Deed) -> str:
    return "organisation" if deed.values.get("kind") == "organisation" else "person"


async def _whom(deed: Deed) -> tuple[str, list[Fault]]:
    """The new holder's id, or an organisation's name; or what is wrong. Raises Away."""
    to = deed.values.get("to", "")
    if not to:
        return "", [Fault("to", "missing", "Say who gets it.")]
    if _kind(deed) == "organisation":
        said = "An organisation is named by its name, not by an address."
        return to, [Fault("to", "owner", said)] if "@" in to else []
    if deed.sure and _ID.fullmatch(deed.values.get("to_id", "")):
        return deed.values["to_id"], []  # who was found and seen
    if _ID.fullmatch(to):
        known = await deed.desk.ask("registration", person_path(to))
        return to, [] if known.ok else [Fault("to", "owner", "Nobody here has that id.")]
    found = (await recorded(deed.desk, to)).items if "@" in to else ()
    ids = {
        str(one.get("merged_into") or one["person_id"])
        for one in found
        if str(one.get("email", "")).casefold() == to.casefold()
    }
    if len(ids) == 1:
        return ids.pop(), []
    if ids:
        said = "More than one person here has that address. Give the id of one, from their page."
    else:
        said = "Nobody here has that mail address. Only who registered before can hold a credit."
    return "", [Fault("to", "owner", said)]


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
) -> Response:
    one = _credit_in(known, credit_id)
    if one is None and not known.away:
        return deed.missing()
    return await page(deed, known, _TEMPLATE, faults, status, told=told, credit=one)
