"""Addresses that are not written to any more, known by their hash, and writing to one again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, new_key, see
from services.web.api.console_deed import Act, AskedDep, Deed, SentDep, perform
from services.web.api.console_page import DeskDep, PeopleDep, away, show, whole_sheet
from services.web.domain.register_form import Fault
from services.web.domain.tables import Column, table, view_of
from services.web.owners import Away, or_none, segment

router = APIRouter(include_in_schema=False)
_LIST = "/console/messages/refused"
_OWN = "/notifications/v1/suppressions"
ADDRESSES = (
    Column("since", "Since, UTC"),
    Column("reason", "Why"),
    Column("code", "Answer", number=True),
    Column("waiting", "Mails that wait", number=True),
    Column("address_hash", "Address, as a hash"),
)
_NO_ADDRESS = Fault("address", "missing", "Type an address. Nothing was looked up.")
_NOT_REFUSED = Fault("address", "unknown", "Nothing keeps mails from this address.")
_NO_REASON = Fault("reason", "missing", "Say why, please.")


@router.get(_LIST)
async def refused(request: Request, pages: PagesDep, signed: PeopleDep, desk: DeskDep) -> Response:
    """The latest first; a thousand at most, all of them as CSV."""
    query = request.query_params
    try:
        if query.get("format") == "csv":
            pages_of = desk.pages_of("notifications", _OWN)
            file = await whole_sheet(pages_of, _row, ADDRESSES, query, "refused-addresses")
            if isinstance(file, Response):
                return file
            raise Away("notifications")  # a list that was refused is no empty one
        listed = await desk.all_of("notifications", _OWN, most=1_000)
        if listed.refused:
            raise Away("notifications")
    except Away:
        return away(request, pages, signed, "messages", "notifications")
    rows = [_row(item) for item in listed.items]
    shown = table(rows, ADDRESSES, view_of(query, []), listed.more)
    told = query.get("done") == "lifted"
    return show(
        request,
        pages,
        signed,
        "messages",
        "refused_list.html",
        table=shown,
        lifted=told,
        faults=[],
        typed={},
    )


@router.post(f"{_LIST}/look-up")
async def look_up(deed: SentDep) -> Response:
    """On to what keeps mails from one address. By POST, so that it stands in no log."""
    here, address = _of_messages(deed), deed.values.get("address", "")
    if not address:
        return _asked_again(here, _NO_ADDRESS, 422)
    found = await or_none(deed.desk.act("notifications", f"{_OWN}:lookup", {"address": address}))
    if found is None:
        return here.away("notifications")
    if not found.ok:
        known = _NOT_REFUSED if found.status == 404 else Fault("address", "refused", found.detail)
        return _asked_again(here, known, found.status)
    return see(f"{_LIST}/{segment(str(found.body['address_hash']))}", personal=True)


@router.get(f"{_LIST}/{{address_hash}}")
async def ask(address_hash: str, deed: AskedDep) -> Response:
    """Why it is not written to, and what writing to it again means."""
    return await _page(_of_messages(deed), address_hash)


@router.post(f"{_LIST}/{{address_hash}}")
async def lift(address_hash: str, deed: SentDep) -> Response:
    """Write to it again."""
    here = _of_messages(deed)

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _page(here, address_hash, faults, status)

    reason = deed.values.get("reason", "")
    if not reason:
        return await form([_NO_REASON], 422)
    path, look = f"{_OWN}/{segment(address_hash)}/lift", (_LIST, "the refused addresses")
    act = Act(path, {"reason": reason}, look, owner="notifications")
    return await perform(here, act, form=form, done=lambda _: f"{_LIST}?done=lifted")


def _of_messages(deed: Deed) -> Deed:
    return replace(deed, here="messages")


def _asked_again(deed: Deed, fault: Fault, status: int) -> Response:
    return deed.show("refused_look_up.html", status, typed=deed.values, faults=[fault])


async def _page(
    deed: Deed, address_hash: str, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    known = await or_none(deed.desk.ask("notifications", f"{_OWN}/{segment(address_hash)}"))
    if known is None:
        return deed.away("notifications")
    if not known.ok:
        return deed.missing()
    return deed.show(
        "refused_address.html",
        status,
        one=known.body,
        why=said_of(known.body),
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )


def said_of(one: Mapping[str, Any]) -> str:
    """Why an address is not written to, in words."""
    return str(one["reason"]).replace("-", " ").replace("_", " ").capitalize()


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "address_hash": item["address_hash"],
        "reason": said_of(item),
        "code": item["code"],
        "since": str(item["at"])[:16].replace("T", " "),
        "waiting": item["waiting"],
    }
