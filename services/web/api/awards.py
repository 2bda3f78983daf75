"""What a learner does about credit: claim it, decline a board, ask for a certificate or a copy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Response

from services.web.api.acts import Act, act_of, is_unheard
from services.web.api.common import key_of, see
from services.web.owners import Answer, or_none, segment

router = APIRouter(include_in_schema=False)
_PLACE = "#certificates"
_ID = re.compile(r"[\w-]{1,100}", re.ASCII)
_LONGEST = 200
# What a refusal is told as, beside the page as it is then; others by what was asked.
_NOTICES = {
    "already-claimed": "claimed-before",
    "not-claimable": "claim-waiting",
    "certificate-issued": "decline-late",
    "course-not-heard": "act-later",
}


@router.post("/r/{token}/claims")
async def claim(act: Annotated[Act, Depends(act_of)]) -> Response:
    """Claim credit of a board that leaves its extent to the learner."""
    board, typed = act.form.get("board", ""), act.form.get("credits", "").strip()
    body = {"board": board, "credits": typed.replace(",", ".")}
    if act.registration_id is None:
        return act.missing()
    answer = await act.ask("certificates", "claims", body, act.registration_id)
    again = {"board": board[:_LONGEST], "credits": typed[:_LONGEST]}
    return _back(act, answer, "claim-refused", again=again)


@router.post("/r/{token}/declines")
async def decline(act: Annotated[Act, Depends(act_of)]) -> Response:
    """Want no credit of a board, or want it after all."""
    declined = act.form.get("declined") != "no"
    body = {"board": act.form.get("board", ""), "declined": declined}
    return await _act(act, "declines", body, "decline-refused")


@router.post("/r/{token}/participation")
async def participation(act: Annotated[Act, Depends(act_of)]) -> Response:
    """A certificate that somebody took part, without credit."""
    return await _act(act, "participation", {}, "participation-refused", done="participation")


@router.post("/r/{token}/duplicates")
async def duplicate(act: Annotated[Act, Depends(act_of)]) -> Response:
    """A copy of a certificate, made anew."""
    if act.registration_id is None:
        return act.missing()
    certificate_id = act.form.get("certificate_id", "")
    if not _ID.fullmatch(certificate_id):
        return see(f"/r/{segment(act.token)}?n=duplicate-refused{_PLACE}", personal=True)
    path = f"/certificates/v1/certificates/{certificate_id}/duplicate"
    answer = await or_none(
        act.owners.act("certificates", path, {}, key=key_of(act.form), token=act.token)
    )
    own = answer is not None and answer.ok and not answer.body.get("duplicate_id")
    return _back(act, answer, "duplicate-refused", "duplicate-same" if own else "duplicate")


async def _act(
    act: Act, verb: str, body: Mapping[str, object], refused: str, done: str = ""
) -> Response:
    if act.registration_id is None:
        return act.missing()
    answer = await act.ask("certificates", verb, body, act.registration_id)
    return _back(act, answer, refused, done)


def _back(
    act: Act,
    answer: Answer | None,
    refused: str,
    done: str = "",
    again: Mapping[str, str] | None = None,
) -> Response:
    """To one's own page, where the certificates stand, with what happened; `again` is what was
    typed, where it was refused. What nobody knows the outcome of is kept, to be sent again."""
    if answer is None or is_unheard(answer):
        return act.once_more()
    notice = done if answer.ok else _NOTICES.get(answer.slug, refused)
    query = {"n": notice} if notice else {}
    if again and notice == refused:
        query |= again
    page = f"/r/{segment(act.token)}{'?' + urlencode(query) if query else ''}{_PLACE}"
    return see(page, personal=True)
