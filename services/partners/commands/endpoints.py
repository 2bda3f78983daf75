"""Endpoints as partners describe them: where they want to be told, and of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.partners.commands.endings import DISABLED
from services.partners.commands.forgetting import plan_forgetting
from services.partners.commands.pumps import drop_pump, plan_pump
from services.partners.commands.reading import head_of
from services.partners.domain.overlap import Versions
from services.partners.domain.rounds import TESTED
from services.partners.models import Delivery, Endpoint, Partner
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan, Wanted, alone, needs
from shared.runtime.rows import replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

MOST = 20  # endpoints of one partner
REMOVED = "endpoint-removed"
_PARK = """
UPDATE deliveries SET status = 'parked', next_at = NULL, reason = $2, last_at = $3
WHERE endpoint_id = $1 AND status = 'waiting'
"""


class TooManyEndpoints(Conflict):
    """A partner has only so many."""

    slug = "endpoints-too-many"


class EndpointUnknown(NotFound):
    """There is none with this id, or it is another partner's."""

    slug = "endpoint-unknown"


class EndpointDisabled(Conflict):
    """Nothing is sent there; it has to be enabled first."""

    slug = "endpoint-disabled"


@dataclass(frozen=True, slots=True)
class Open:
    """`url` was checked already (`targets.py`)."""

    partner_id: str
    url: str
    types: tuple[str, ...]
    courses: tuple[str, ...]
    ordered: bool
    concurrency: int


@dataclass(frozen=True, slots=True)
class Change:
    """What is not named stays as it is; `what` by the names of columns."""

    partner_id: str
    endpoint_id: str
    what: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """Something is to be done with one endpoint of a partner."""

    partner_id: str
    endpoint_id: str


def _of_partner(c: Open) -> Sequence[Wanted]:
    return [(Partner, c.partner_id), where(Endpoint, partner_id=c.partner_id)]


@needs(_of_partner)
async def open_endpoint(work: Work, c: Open) -> Endpoint:
    """It is told of everything from now on; what was before, it can ask for (`replaying.py`)."""
    if work.get(Partner, c.partner_id) is None:
        raise NotFound("partner-unknown", "There is no partner with this id.")
    known = work.find(where(Endpoint, partner_id=c.partner_id))
    if sum(1 for one in known if one.state != "removed") >= MOST:
        raise TooManyEndpoints(f"A partner has at most {MOST} endpoints.")
    row = Endpoint(
        endpoint_id=work.new_id("endpoint"),
        partner_id=c.partner_id,
        url=c.url,
        types=list(c.types),
        courses=list(c.courses),
        ordered=c.ordered,
        concurrency=c.concurrency,
        position=(await head_of(work.con.fetch)).position,
        created_at=work.now,
        updated_at=work.now,
    )
    work.put(row)
    work.audit("endpoint.opened", row.endpoint_id, c.partner_id)
    plan_pump(work, row, work.now, -row.version)
    plan_forgetting(work)
    return row


def _of_endpoint(c: Act | Change) -> Plan:
    yield from ()
    return [(Endpoint, c.endpoint_id), task_key(DISABLED, c.endpoint_id)]


def endpoint_of(work: Work, c: Act | Change) -> Endpoint:
    """The endpoint, if it is this partner's. Raises EndpointUnknown."""
    row = work.get(Endpoint, c.endpoint_id)
    if row is None or row.partner_id != c.partner_id or row.state == "removed":
        raise EndpointUnknown("There is no endpoint with this id.")
    return row


@needs(_of_endpoint)
async def change_endpoint(work: Work, c: Change) -> Endpoint:
    """As described from now on, for what waits, too. Another address is well until it fails."""
    known = endpoint_of(work, c)
    row = replace(known, **c.what)
    if row == known:
        return known
    if row.url != known.url:
        row = _well(row, work.now)
    return _changed(work, row, "endpoint.changed")


@needs(_of_endpoint)
async def enable_endpoint(work: Work, c: Act) -> Endpoint:
    """It is told again, from where it stood: what waits, and then all that came since."""
    known = endpoint_of(work, c)
    if known.state == "active" and not known.failures:
        return known
    work.close_task(DISABLED, known.endpoint_id, "enabled")
    return _changed(
        work, replace(_well(known, work.now), state="active", reason=""), "endpoint.enabled"
    )


@needs(_of_endpoint)
async def rotate_secret(work: Work, c: Act) -> Endpoint:
    """A new secret; for a day all is signed with the former one, too (`domain/overlap.py`)."""
    known = endpoint_of(work, c)
    made = _versions(known).replaced(work.now)
    row = replace(
        known, secret_version=made.version, former_version=made.former, former_until=made.until
    )
    return _changed(work, row, "endpoint.rotated")


def signed_with(endpoint: Endpoint, now: datetime) -> tuple[int, ...]:
    """The versions of the secrets that are good at that moment, the newest first."""
    return _versions(endpoint).good(now)


def _versions(row: Endpoint) -> Versions:
    return Versions(row.secret_version, row.former_version, row.former_until)


@alone
@needs(_of_endpoint)
async def remove_endpoint(work: Work, c: Act) -> Endpoint:
    """Nothing is sent to it any more, and what waited is parked. Its log stays for a while."""
    row = replace(endpoint_of(work, c), state="removed", updated_at=work.now, reason=REMOVED)
    drop_pump(work, row)
    work.close_task(DISABLED, row.endpoint_id, "removed")
    work.put(row)
    work.audit("endpoint.removed", row.endpoint_id, row.partner_id)
    await work.con.execute(_PARK, row.endpoint_id, REMOVED, work.now)
    return row


@needs(_of_endpoint)
async def test_endpoint(work: Work, c: Act) -> Delivery:
    """An event of no meaning is on its way, whatever was to go out; tried once. Raises
    EndpointDisabled."""
    known = endpoint_of(work, c)
    if known.state != "active":
        raise EndpointDisabled("Nothing is sent to this endpoint; enable it first.")
    row = replace(known, tests=known.tests + 1, version=known.version + 1)
    sent = Delivery(
        endpoint_id=row.endpoint_id,
        position=-row.tests,
        partner_id=row.partner_id,
        event_id=work.new_id(f"test/{row.tests}"),
        type=TESTED,
        course_id="",
        subject=row.endpoint_id,
        status="waiting",
        next_at=known.created_at,  # before all that waits, however much that is
        first_at=work.now,
        last_at=work.now,
    )
    work.put(row)
    work.put(sent)
    plan_pump(work, replace(row, held_until=None), work.now, -row.version)
    return sent


def _well(row: Endpoint, now: datetime) -> Endpoint:
    """It stays apart until it has answered well: a round may be under way there, and a second one
    beside it, under the other kind, would send all of it twice and in no order."""
    return replace(row, failures=0, failing_since=None, held_until=None, pause=0, recovered_at=now)


def _changed(work: Work, row: Endpoint, act: str) -> Endpoint:
    row = replace(row, version=row.version + 1, updated_at=work.now)
    work.put(row)
    work.audit(act, row.endpoint_id, f"{row.partner_id} {row.version}")
    if row.state == "active":
        plan_pump(work, row, work.now, -row.version)
    return row
