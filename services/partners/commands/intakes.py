"""How what a partner sends in is to be: whether signed, by which secret, and how much of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.partners.domain.overlap import Versions
from services.partners.domain.quota import Day, Limits
from services.partners.models import Intake, Partner
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Wanted, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


class NoSecretYet(Conflict):
    """Whoever has no secret cannot sign."""

    slug = "inbound-secret-missing"


@dataclass(frozen=True, slots=True)
class Configure:
    """What is not named stays as it is; `what` by the names of columns."""

    partner_id: str
    what: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rotate:
    partner_id: str


def _of_partner(c: Configure | Rotate) -> Sequence[Wanted]:
    return [(Partner, c.partner_id), (Intake, c.partner_id)]


def intake_of(work: Work, partner_id: str) -> Intake:
    """As it was said, or as it is where nobody said anything. Raises NotFound."""
    if work.get(Partner, partner_id) is None:
        raise NotFound("partner-unknown", "There is no partner with this id.")
    return work.get(Intake, partner_id) or Intake(partner_id=partner_id)


@needs(_of_partner)
async def configure(work: Work, c: Configure) -> Intake:
    """As described from the next request on. Raises NoSecretYet where nobody could sign."""
    known = intake_of(work, c.partner_id)
    row = replace(known, **c.what)
    if row.signed and not row.secret_version:
        raise NoSecretYet("Make its secret first, and let the partner put it in place.")
    return known if row == known else changed(work, row, "inbound.changed")


@needs(_of_partner)
async def rotate_secret(work: Work, c: Rotate) -> Intake:
    """The first secret, or a new one beside which the former is good for a day."""
    known = intake_of(work, c.partner_id)
    made = versions_of(known).replaced(work.now)
    row = replace(
        known, secret_version=made.version, former_version=made.former, former_until=made.until
    )
    return changed(work, row, "inbound.rotated")


def versions_of(row: Intake) -> Versions:
    """Which secrets there are."""
    return Versions(row.secret_version, row.former_version, row.former_until)


def limits_of(row: Intake, usual: Limits) -> Limits:
    """How much it may send in; `usual` is what holds where nothing was said of it."""
    return Limits(
        row.items_a_day or usual.items_a_day, row.requests_a_minute or usual.requests_a_minute
    )


def counted(row: Intake) -> Day | None:
    """How many lines came on the last day on which any came."""
    return Day(row.counted_since, row.counted) if row.counted_since else None


def changed(work: Work, row: Intake, act: str) -> Intake:
    """It is kept, under a higher version, and who did it is audited."""
    row = replace(row, version=row.version + 1, updated_at=work.now)
    work.put(row)
    work.audit(act, row.partner_id, str(row.version))
    return row
