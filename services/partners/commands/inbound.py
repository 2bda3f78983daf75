"""Take what a partner sends in: each line on its own, once by the partner's id of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from services.partners.commands.intakes import counted
from services.partners.domain import inbound as rules
from services.partners.domain.mapping import Mapped, mapped
from services.partners.domain.mapping_document import read_mapping
from services.partners.domain.places import Fault, pointer_of, worded
from services.partners.domain.quota import with_more
from services.partners.models import InboundItem, Intake, Partner
from shared.contracts.partners import PartnerAttendanceReported, PartnerRegistrationSubmitted
from shared.errors import NotFound
from shared.runtime.envelope import TooLargeError
from shared.runtime.plans import alone, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

Submitted = PartnerRegistrationSubmitted | PartnerAttendanceReported
TOO_LARGE = Fault("", "It is too large for one line.")
_MOST_FAULTS = 5  # of one line's shape


@dataclass(frozen=True, slots=True)
class Sent:
    """A line as it was sent, and as a line of ours, of which the mapping may have found faults."""

    item: Mapping[str, Any]
    line: Mapping[str, Any]
    mapped: Mapped | None = None

    def theirs(self, faults: Sequence[Fault]) -> tuple[Fault, ...]:
        """What is wrong with the line of ours, said of what was sent."""
        return tuple(self.mapped.theirs(one) if self.mapped else one for one in faults)


@dataclass(frozen=True, slots=True)
class Quota:
    """How many lines it may be today; `now` is the wall clock's, in UTC."""

    items_a_day: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Submit:
    """Without a `quota` nothing is counted: an operator sends it."""

    partner_id: str
    lines: Sequence[Sent]
    quota: Quota | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The answer to one line: accepted, duplicate or refused, and why."""

    id: str | int | None
    status: str
    detail: str = ""
    faults: tuple[Fault, ...] = ()


def lines_of(items: Sequence[Mapping[str, Any]], document: Mapping[str, Any] | None) -> list[Sent]:
    """The items as lines of ours, by the document of a mapping where there is one; then it takes a
    while. Raises MappingInvalid."""
    if document is None:
        return [Sent(item, item) for item in items]
    mapping = read_mapping(document)
    found = [mapped(mapping, item) for item in items]
    return [Sent(item, one.line, one) for item, one in zip(items, found, strict=True)]


def _submit_needs(c: Submit) -> Sequence[tuple[type[Any], Any]]:
    # Only what can be an id: the database takes no other, and all lines would fall with it.
    given = (sent.line.get("id") for sent in c.lines)
    ids = dict.fromkeys(each for each in given if not rules.id_fault(each))
    of_partner = [(Partner, c.partner_id), (Intake, c.partner_id)]
    return [*of_partner, *((InboundItem, (c.partner_id, item_id)) for item_id in ids)]


@alone
@needs(_submit_needs)
async def submit(work: Work, c: Submit) -> list[Line]:
    """One answer a line, in order; what is accepted is said as a `partner.*` event.

    Refused as a whole: a partner that is not known here, and more lines than it may send today.
    """
    partner = work.get(Partner, c.partner_id)
    if partner is None:
        raise NotFound("partner-unknown", "There is no partner with this id.")
    if c.quota is not None:
        _count(work, c.partner_id, len(c.lines), c.quota)
    courses = frozenset(partner.courses)
    return [_take(work, c.partner_id, sent, courses) for sent in c.lines]


def _count(work: Work, partner_id: str, lines: int, quota: Quota) -> None:
    """All that were sent: also to find that a line is a duplicate costs something."""
    intake = work.get(Intake, partner_id) or Intake(partner_id=partner_id)
    day = with_more(counted(intake), lines, quota.items_a_day, quota.now)
    work.put(replace(intake, counted=day.items, counted_since=day.began))


def _take(work: Work, partner_id: str, sent: Sent, courses: frozenset[str]) -> Line:
    # Before all else: one that is in would otherwise be said not to be, once its course is
    # another's or its mapping reads it no more, and be sent again under another id.
    known = _known(work, partner_id, sent)
    if known is not None:
        same = known.fingerprint == rules.fingerprint_of(sent.item)
        return Line(
            known.item_id, "duplicate", "" if same else "The first one under this id stands."
        )
    faults = first_faults(sent, courses)
    if faults:
        return _refused(sent, faults)
    item_id = str(sent.line["id"])
    event, faults = event_of(partner_id, sent, work.now)
    if event is None:
        return _refused(sent, faults)
    try:
        work.emit(event)
    except TooLargeError:
        return _refused(sent, (TOO_LARGE,))
    work.put(
        InboundItem(
            partner_id=partner_id,
            item_id=item_id,
            type=str(sent.line["type"]),
            fingerprint=rules.fingerprint_of(sent.item),
            received_at=work.now,
        )
    )
    return Line(item_id, "accepted")


def _known(work: Work, partner_id: str, sent: Sent) -> InboundItem | None:
    item_id = sent.line.get("id")
    return None if rules.id_fault(item_id) else work.get(InboundItem, (partner_id, str(item_id)))


def _refused(sent: Sent, faults: tuple[Fault, ...]) -> Line:
    return Line(rules.shown_id(sent.line.get("id")), "refused", worded(faults), faults)


def first_faults(sent: Sent, courses: frozenset[str]) -> tuple[Fault, ...]:
    """What the mapping found, or else what is wrong with rights and sense."""
    if sent.mapped is not None and sent.mapped.faults:
        return sent.mapped.faults
    fault = rules.fault_of(sent.line, courses)
    return sent.theirs([fault]) if fault else ()


def event_of(
    partner_id: str, sent: Sent, now: datetime
) -> tuple[Submitted | None, tuple[Fault, ...]]:
    """What is said of a line; None with what is wrong with its shape or its times."""
    made = {**sent.line, "partner_id": partner_id, "item_id": sent.line["id"], "submitted_at": now}
    try:
        if sent.line["type"] == "registration":
            return PartnerRegistrationSubmitted.model_validate(made), ()
        event = PartnerAttendanceReported.model_validate(made)
    except ValidationError as why:
        return None, sent.theirs(_faults_in(why))
    fault = rules.times_fault(event.joined_at, event.left_at, now)
    return (None, sent.theirs([fault])) if fault else (event, ())


def _faults_in(why: ValidationError) -> list[Fault]:
    """The places and what is wrong there; never what stood there, for it may be a name."""
    return [
        Fault(pointer_of(error["loc"]), f"{error['msg']}.")
        for error in why.errors(include_input=False, include_url=False)[:_MOST_FAULTS]
    ]
