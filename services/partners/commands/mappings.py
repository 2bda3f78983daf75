"""A partner's mapping: put, taken away, and what its items would become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.partners.commands.inbound import Sent, Submitted, event_of, first_faults, lines_of
from services.partners.commands.intakes import changed, intake_of
from services.partners.domain.mapping_document import read_mapping
from services.partners.domain.places import Fault
from services.partners.models import Intake, MappingVersion, Partner
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Put:
    """`document` as it was sent; None takes the mapping away."""

    partner_id: str
    document: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Standing:
    """`mapping` is None where lines are taken as they come."""

    intake: Intake
    mapping: MappingVersion | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What an item would become, or why it would be refused."""

    line: Mapping[str, Any] | None
    faults: tuple[Fault, ...]


def _put_needs(c: Put) -> Plan:
    [intake] = yield [(Intake, c.partner_id)]
    last = intake.mapping_version if intake is not None else 0
    versions = [(MappingVersion, (c.partner_id, last + more)) for more in (0, 1)]
    return [(Partner, c.partner_id), (Intake, c.partner_id), *versions]


@needs(_put_needs)
async def put_mapping(work: Work, c: Put) -> Standing:
    """Lines are read by it from the next request on; the same once more changes nothing. Raises
    MappingInvalid."""
    intake = intake_of(work, c.partner_id)
    if c.document is None:
        if not intake.mapped:
            return Standing(intake, None)
        return Standing(changed(work, replace(intake, mapped=False), "inbound.unmapped"), None)
    read_mapping(c.document)
    known = work.get(MappingVersion, (c.partner_id, intake.mapping_version))
    if known is not None and known.document == c.document:
        if intake.mapped:
            return Standing(intake, known)
        return Standing(changed(work, replace(intake, mapped=True), "inbound.mapped"), known)
    made = MappingVersion(
        partner_id=c.partner_id,
        version=intake.mapping_version + 1,
        document=dict(c.document),
        created_at=work.now,
    )
    work.put(made)
    row = replace(intake, mapped=True, mapping_version=made.version)
    return Standing(changed(work, row, "inbound.mapped"), made)


def try_items(
    partner: Partner,
    items: Sequence[Mapping[str, Any]],
    document: Mapping[str, Any] | None,
    now: datetime,
) -> list[Trial]:
    """What would become of each, without that anything comes of it. Takes a while. Raises
    MappingInvalid."""
    courses = frozenset(partner.courses)
    found = []
    for sent in lines_of(items, document):
        event, faults = None, first_faults(sent, courses)
        if not faults:
            event, faults = event_of(partner.partner_id, sent, now)
        found.append(Trial(_as_line(sent, event) if event else None, faults))
    return found


def _as_line(sent: Sent, event: Submitted) -> dict[str, Any]:
    """Only what is read of it, as it is read."""
    told = event.model_dump(mode="json", exclude={"partner_id", "item_id", "submitted_at"})
    return {"id": event.item_id, "type": sent.line["type"], **told}
