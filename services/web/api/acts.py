"""What a learner does about a registration: pay, take an offered seat, accept, choose.

Each is one call of its owner, with the key the form was shown with; then back to the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.web.api.common import (
    FormDep,
    OwnersDep,
    PagesDep,
    key_of,
    registration_of,
    see,
)
from services.web.api.failing import once_more
from services.web.api.mine import Refused, shown
from services.web.api.missing import missing
from services.web.domain import mine
from services.web.domain.register_form import MOST_COMPLAINT, MOST_NEEDS, texts_of
from services.web.owners import Answer, Owners, or_none, segment
from services.web.render import Pages
from services.web.staff import REUSED
from shared.runtime.asking import PlatformSecretDep
from shared.runtime.database import Reader
from shared.runtime.edge import Edge, EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)
PAYING = 15 * 60  # seconds after the way to the checkout in which a payment is looked out for


@dataclass(frozen=True, slots=True)
class Act:
    """What a learner sent; no registration where the link is none of ours."""

    token: str
    registration_id: str | None
    request: Request
    form: dict[str, str]
    pages: Pages
    owners: Owners
    reader: Reader
    edge: Edge
    secret: str = field(repr=False)

    def missing(self) -> Response:
        """The page of a link that leads nowhere."""
        return missing(self.request, self.pages, "link")

    def once_more(self) -> Response:
        """The same again, under the same key: nobody knows whether it was done, or it is being
        done. A fresh page would say what was, and send another request."""
        look = f"/r/{segment(self.token)}"
        return once_more(self.request, self.pages, self.form, unheard=True, look=look)

    async def refused(self, notice: str, field: str, status: int) -> Response:
        """The page again, with all that they typed, and what is wrong beside its field."""
        said = Refused(notice, field, self.form, status)
        return await shown(
            self.request, self.pages, self.owners, self.reader, self.edge, self.secret,
            self.token, said,
        )  # fmt: skip

    async def ask(
        self, owner: str, path: str, body: Mapping[str, object], of: str
    ) -> Answer | None:
        """One call of the owner, with the key that the form was shown with."""
        whole = f"/{owner}/v1/registrations/{segment(of)}/{path}"
        return await or_none(
            self.owners.act(owner, whole, body, key=key_of(self.form), token=self.token)
        )


def is_unheard(answer: Answer | None) -> bool:
    """Whether nobody knows yet what came of it."""
    return answer is None or answer.slug == "idempotency-key-in-use"


async def act_of(
    token: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    edge: EdgeDep,
    secret: PlatformSecretDep,
) -> Act:
    """FastAPI dependency."""
    known = registration_of(secret, token)
    return Act(token, known, request, form, pages, owners, reader, edge, secret)


@router.post("/r/{token}/pay")
async def pay(act: Annotated[Act, Depends(act_of)]) -> Response:
    """On to the checkout; the payment is seen when the learner comes back."""
    if act.registration_id is None:
        return act.missing()
    answer = await act.ask("billing", "checkout", {}, act.registration_id)
    if answer is not None and is_unheard(answer):
        return act.once_more()
    if answer is None or not answer.ok or not answer.body.get("checkout_url"):
        behind = answer is not None and answer.status in (404, 425)
        notice = "pay-soon" if behind else "pay-away" if answer is None else "pay-refused"
        return see(f"/r/{segment(act.token)}?n={notice}", personal=True)
    onward = see(str(answer.body["checkout_url"]), personal=True)
    onward.set_cookie(
        "paying", act.registration_id, max_age=PAYING, path="/r/", httponly=True, samesite="lax"
    )
    return onward


@router.post("/r/{token}/accept")
async def accept_offer(act: Annotated[Act, Depends(act_of)]) -> Response:
    """Take the seat that was kept, at the terms that the page showed."""
    return await _act(act, "accept-offer", mine.taking(act.form))


@router.post("/r/{token}/disclosure")
async def accept_disclosure(act: Annotated[Act, Depends(act_of)]) -> Response:
    """The disclosure as it is now was read."""
    body = {"disclosure_version": act.form.get("disclosure_version", "")}
    return await _act(act, "disclosure", body)


@router.post("/r/{token}/prefer")
async def prefer(act: Annotated[Act, Depends(act_of)]) -> Response:
    """What to do with the money for what the provider cancelled."""
    body = {"outcome": act.form.get("outcome", "")}
    if act.form.get("session_id"):
        body["session_id"] = act.form["session_id"]
    return await _act(act, "prefer", body)


@dataclass(frozen=True, slots=True)
class _Words:
    """What somebody writes to staff: the field, what registration calls it and takes of it, where,
    the part of the page that shows it, and what is said when it was kept, when it says nothing or
    too much, and when what it is about has ended."""

    field: str
    name: str
    most: int
    path: str
    part: str
    kept: str
    too_long: str
    ended: str


_BEFORE = "words-before"  # other words came from that page, and were answered
_NEEDS = _Words(
    "accommodation", "request", MOST_NEEDS, "accommodation", "needs",
    "needs-asked", "needs-refused", "needs-ended",
)  # fmt: skip
_COMPLAINT = _Words(
    "complaint", "complaint", MOST_COMPLAINT, "complaints", "complaints",
    "complaint-made", "complaint-refused", "words-refused",
)  # fmt: skip


@router.post("/r/{token}/accommodation")
async def ask_for(act: Annotated[Act, Depends(act_of)]) -> Response:
    """What somebody needs to take part; what they wrote is never lost."""
    return await _write(act, _NEEDS)


@router.post("/r/{token}/complaint")
async def complain(act: Annotated[Act, Depends(act_of)]) -> Response:
    """A complaint; what they wrote is never lost."""
    return await _write(act, _COMPLAINT)


async def _write(act: Act, what: _Words) -> Response:
    if act.registration_id is None:
        return act.missing()
    words = act.form.get(what.field, "").replace("\x00", "").replace("\r\n", "\n").strip()
    if not words or len(words) > what.most:
        return await act.refused(what.too_long, what.field, 422)
    answer = await act.ask("registration", what.path, {what.name: words}, act.registration_id)
    if answer is None or is_unheard(answer):
        return act.once_more()
    if not answer.ok:
        notices = {"registration-ended": what.ended, "invalid": what.too_long, REUSED: _BEFORE}
        notice = notices.get(answer.slug, "words-refused")
        return await act.refused(notice, what.field, answer.status)
    return see(f"/r/{segment(act.token)}?n={what.kept}#{what.part}", personal=True)


@router.post("/r/{token}/texts")
async def choose_texts(act: Annotated[Act, Depends(act_of)]) -> Response:
    """Texts to a number, with the wording that the page showed; without one, none any more."""
    if act.registration_id is None:
        return act.missing()
    body = texts_of(act.form) or {"sms_consent": ""}
    if not body["sms_consent"] and (act.form.get("phone") or act.form.get("sms")):
        return await act.refused("texts-refused", "phone" if act.form.get("sms") else "sms", 422)
    path = f"/registration/v1/registrations/{segment(act.registration_id)}/attendee"
    answer = await or_none(
        act.owners.act("registration", path, body, token=act.token, method="PUT")
    )
    if answer is None or is_unheard(answer):
        return act.once_more()
    if not answer.ok and not body["sms_consent"]:  # they were to end: there is no field of it
        later = answer.status in (401, 403, 425, 429)
        return await act.refused("act-later" if later else "texts-not-ended", "", answer.status)
    if not answer.ok:
        return await act.refused("texts-refused", "phone", answer.status)
    return see(f"/r/{segment(act.token)}", personal=True)


async def _act(act: Act, verb: str, body: Mapping[str, object]) -> Response:
    if act.registration_id is None:
        return act.missing()
    answer = await act.ask("registration", verb, body, act.registration_id)
    if answer is None or is_unheard(answer):
        return act.once_more()
    page = f"/r/{segment(act.token)}"
    why = mine.NOTICES.get(answer.slug, f"{verb}-refused")
    return see(page if answer.ok else f"{page}?n={why}", personal=True)
