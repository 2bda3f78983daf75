"""Take what a partner sends in: each line on its own, once by the partner's id of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from services.partners.domain import inbound as rules
from services.partners.models import InboundItem, Partner
from shared.contracts.partners import PartnerAttendanceReported, PartnerRegistrationSubmitted
from shared.errors import NotFound
from shared.runtime.envelope import TooLargeError
from shared.runtime.plans import alone, needs
from shared.runtime.work import Work

Submitted = PartnerRegistrationSubmitted | PartnerAttendanceReported


@dataclass(frozen=True, slots=True)
class Submit:
    partner_id: str
    items: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """The answer to one line: accepted, duplicate or refused, and why."""

    id: str | int | None
    status: str
    detail: str = ""


def _submit_needs(c: Submit) -> Sequence[tuple[type[Any], Any]]:
    # Only what can be an id: the database takes no other, and all lines would fall with it.
    ids = dict.fromkeys(i["id"] for i in c.items if not rules.id_fault(i.get("id")))
    return [(Partner, c.partner_id), *((InboundItem, (c.partner_id, item_id)) for item_id in ids)]


@alone
@needs(_submit_needs)
async def submit(work: Work, c: Submit) -> list[Line]:
    """One answer a line, in order; what is accepted is said as a `partner.*` event.

    Refused as a whole: a partner that is not known here.
    """
    partner = work.get(Partner, c.partner_id)
    if partner is None:
        raise NotFound("partner-unknown", "There is no partner with this id.")
    courses = frozenset(partner.courses)
    return [_take(work, c.partner_id, item, courses) for item in c.items]


def _take(work: Work, partner_id: str, item: Mapping[str, Any], courses: frozenset[str]) -> Line:
    fault = rules.fault_of(item, courses)
    if fault:
        return Line(rules.shown_id(item.get("id")), "refused", fault)
    item_id = str(item["id"])
    fingerprint = rules.fingerprint_of(item)
    known = work.get(InboundItem, (partner_id, item_id))
    if known is not None:
        other = "" if known.fingerprint == fingerprint else "The first one under this id stands."
        return Line(item_id, "duplicate", other)
    try:
        event = _event(work, partner_id, item)
    except ValidationError as why:
        return Line(item_id, "refused", _in_words(why))
    if isinstance(event, PartnerAttendanceReported):
        fault = rules.times_fault(event.joined_at, event.left_at, work.now)
        if fault:
            return Line(item_id, "refused", fault)
    try:
        work.emit(event)
    except TooLargeError:
        return Line(item_id, "refused", "It is too large for one line.")
    work.put(
        InboundItem(
            partner_id=partner_id,
            item_id=item_id,
            type=str(item["type"]),
            fingerprint=fingerprint,
            received_at=work.now,
        )
    )
    return Line(item_id, "accepted")


def _event(work: Work, partner_id: str, item: Mapping[str, Any]) -> Submitted:
    made = {
        **item,
        "partner_id": partner_id,
        "item_id": item["id"],
        "submitted_at": work.now,
    }
    if item["type"] == "registration":
        return PartnerRegistrationSubmitted.model_validate(made)
    return PartnerAttendanceReported.model_validate(made)


def _in_words(why: ValidationError) -> str:
    """The places and what is wrong there; never what stood there, for it may be a name."""
    return " ".join(
        f"{'/'.join(str(part) for part in error['loc'])}: {error['msg']}."
        for error in why.errors(include_input=False, include_url=False)[:5]
    )
