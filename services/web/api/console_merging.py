"""Two ids that are one person: whose data stands afterwards is shown before; and it can be parted
again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import NO_REASON, Act, AskedDep, Deed, SentDep, perform, through
from services.web.api.console_finding import recorded
from services.web.api.console_paths import person_page, person_path
from services.web.domain.person_form import NAMES
from services.web.domain.register_form import Fault
from services.web.owners import Away

router = APIRouter(include_in_schema=False)
_PATH = "/console/people/{person_id}"
_NOBODY = Fault("into", "missing", "Choose who they are.")


@router.get(_PATH + "/merge")
async def ask(person_id: str, deed: AskedDep) -> Response:
    """Who is it that they are?"""
    query = deed.request.query_params
    return await _form(deed, person_id, query.get("q", "").strip()[:254], query.get("into", ""))


@router.post(_PATH + "/merge")
async def merge(person_id: str, deed: SentDep) -> Response:
    """Under whom both would stand; and once that was seen, the merge."""
    values = deed.values
    into, reason = values.get("into", ""), values.get("reason", "")
    look = (person_page(person_id), "the person")
    act = Act(f"{person_path(person_id)}/merge", {"into": into, "reason": reason}, look)

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _form(deed, person_id, values.get("q", ""), into, faults, status)

    async def review(told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        return await _review(deed, person_id, told)

    lacking = [*([] if into else [_NOBODY]), *([] if reason else [NO_REASON])]
    if lacking and "change" not in deed.form:
        return await form(lacking, 422)
    return await through(
        deed,
        act,
        form=form,
        review=review,
        done=lambda told: person_page(str(told.body.get("merged_into")), "merged"),
    )


@router.get(_PATH + "/part")
async def ask_part(person_id: str, deed: AskedDep) -> Response:
    """What parting them again would show."""
    return await _part(deed, person_id)


@router.post(_PATH + "/part")
async def part(person_id: str, deed: SentDep) -> Response:
    """Take the merge back."""

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _part(deed, person_id, faults, status)

    reason = deed.values.get("reason", "")
    if not reason:
        return await form([NO_REASON], 422)
    look = (person_page(person_id), "the person")
    act = Act(f"{person_path(person_id)}/unmerge", {"reason": reason}, look)
    return await perform(deed, act, form=form, done=lambda _: person_page(person_id, "parted"))


async def _form(
    deed: Deed,
    person_id: str,
    words: str,
    into: str,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    known = await deed.known(person_path(person_id))
    if known is None:
        return deed.away()
    if not known.ok:
        return deed.missing()
    found: list[Mapping[str, Any]] = []
    try:
        found = list((await recorded(deed.desk, words)).items) if words else []
    except Away:
        return deed.away()
    if into and into not in [one.get("person_id") for one in found]:
        one = await deed.known(person_path(into))
        found = [*([one.body] if one is not None and one.ok else []), *found]
    return deed.show(
        "person_merge.html",
        status,
        person=known.body,
        words=words,
        found=[one for one in found if _is_other(one, known.body)],
        into=into,
        typed=deed.values,
        faults=faults,
        review=None,
    )


def _is_other(one: Mapping[str, Any], person: Mapping[str, Any]) -> bool:
    """Nobody is merged into themselves, or into who was merged into them."""
    head = one.get("merged_into") or one.get("person_id")
    return head != person.get("person_id")


async def _review(deed: Deed, person_id: str, told: Mapping[str, Any]) -> Response:
    known = await deed.known(person_path(person_id))
    survivor = await deed.known(person_path(str(told.get("merged_into"))))
    if known is None or survivor is None:
        return deed.away()
    if not (known.ok and survivor.ok):
        return deed.missing()
    return deed.show(
        "person_merge.html",
        person=known.body,
        survivor=survivor.body,
        review=told,
        names=NAMES,
        key=new_key(),
    )


async def _part(
    deed: Deed, person_id: str, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    known = await deed.known(person_path(person_id))
    if known is None:
        return deed.away()
    if not known.ok or not known.body.get("merged_into"):
        return deed.missing()
    survivor = await deed.known(person_path(str(known.body["merged_into"])))
    if survivor is None:
        return deed.away()
    return deed.show(
        "person_part.html",
        status,
        person=known.body,
        survivor=survivor.body,
        names=NAMES,
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )
