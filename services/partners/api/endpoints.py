"""Endpoints of a partner: where it wants to be told. The partner and operators see the same."""

from __future__ import annotations

from time import monotonic
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from services.partners.commands import endpoints as commands
from services.partners.commands.visible import VISIBLE
from services.partners.domain.visibility import unknown_types
from services.partners.models import Delivery, Endpoint
from services.partners.secrets import WebhookSecrets
from shared.dates import rfc3339
from shared.errors import Forbidden, Invalid, NotFound, TooMany, fault
from shared.runtime.addresses import NotPublic
from shared.runtime.asking import PartnerDep, PathId
from shared.runtime.caller import Caller
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, ReaderDep
from shared.runtime.idempotency import is_answered
from shared.runtime.outward import Outward
from shared.runtime.problems import problems
from shared.runtime.rate_limit import RateLimit
from shared.runtime.rows import where

router = APIRouter(prefix="/partners/v1/partners/{partner_id}/endpoints", route_class=Direct)
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00]*$")]
Names = Annotated[list[Name], Field(max_length=200)]
AtOnce = Annotated[int, Field(ge=1, le=16)]


class EndpointBody(BaseModel):
    """Where to tell, and of what: empty lists leave nothing out of what the partner may see.

    With `ordered`, of one subject nothing is sent while an earlier event waits. `concurrency`: how
    many requests there are at once at most.
    """

    url: Url
    types: Names = []
    courses: Names = []
    ordered: bool = False
    concurrency: AtOnce = 4


class EndpointChange(BaseModel):
    """What is not named stays as it is."""

    url: Url | None = None
    types: Names | None = None
    courses: Names | None = None
    ordered: bool | None = None
    concurrency: AtOnce | None = None


async def own(partner_id: PathId, caller: PartnerDep) -> Caller:
    """FastAPI dependency: an operator, or the partner itself."""
    if not caller.may(f"partner:{partner_id}"):
        raise Forbidden("partner-another", "This key belongs to another partner.")
    return caller


async def way_of(request: Request) -> Outward:
    """FastAPI dependency."""
    way: Outward = request.app.state.way
    return way


async def secrets_of(request: Request) -> WebhookSecrets:
    """FastAPI dependency."""
    secrets: WebhookSecrets = request.app.state.webhook_secrets
    return secrets


OwnDep = Annotated[Caller, Depends(own)]
WayDep = Annotated[Outward, Depends(way_of)]
SecretsDep = Annotated[WebhookSecrets, Depends(secrets_of)]


@router.post("", status_code=201, responses=problems(401, 403, 404, 409))
async def open_endpoint(
    partner_id: PathId,
    body: EndpointBody,
    _caller: OwnDep,
    edge: EdgeDep,
    reader: ReaderDep,
    once: OptionalOnce,
    way: WayDep,
    secrets: SecretsDep,
) -> Response:
    """201 with the secret, shown once. It is told of what happens from now on."""
    _check_types(body.types)
    if once is None or not await is_answered(reader, once):
        await _check_url(way, body.url)
    command = commands.Open(
        partner_id,
        body.url,
        tuple(dict.fromkeys(body.types)),
        tuple(dict.fromkeys(body.courses)),
        body.ordered,
        body.concurrency,
    )
    made = await edge.run(
        commands.open_endpoint, command, once=once, answer=lambda row: (201, shown(row))
    )
    return secrets.shown(made)


@router.get("", responses=problems(401, 403))
async def list_endpoints(partner_id: PathId, _caller: OwnDep, reader: ReaderDep) -> dict[str, Any]:
    """All of them, each with how it fares; never their secrets."""
    rows = await reader.find(where(Endpoint, partner_id=partner_id))
    return {"items": [shown(row) for row in rows if row.state != "removed"], "next": None}


@router.get("/{endpoint_id}", responses=problems(401, 403, 404))
async def show_endpoint(
    partner_id: PathId, endpoint_id: PathId, _caller: OwnDep, reader: ReaderDep
) -> dict[str, Any]:
    """One of them."""
    row = await reader.get(Endpoint, endpoint_id)
    if row is None or row.partner_id != partner_id or row.state == "removed":
        raise NotFound("endpoint-unknown", "There is no endpoint with this id.")
    return shown(row)


@router.patch("/{endpoint_id}", responses=problems(401, 403, 404, 409))
async def change_endpoint(
    partner_id: PathId,
    endpoint_id: PathId,
    body: EndpointChange,
    _caller: OwnDep,
    edge: EdgeDep,
    way: WayDep,
) -> Response:
    """As described from now on."""
    what = body.model_dump(exclude_none=True)
    _check_types(what.get("types", []))
    if "url" in what:
        await _check_url(way, what["url"])
    command = commands.Change(partner_id, endpoint_id, what)
    return await edge.run(commands.change_endpoint, command, answer=lambda row: (200, shown(row)))


@router.delete("/{endpoint_id}", responses=problems(401, 403, 404, 409))
async def remove_endpoint(
    partner_id: PathId, endpoint_id: PathId, _caller: OwnDep, edge: EdgeDep
) -> Response:
    """Nothing is sent to it any more."""
    command = commands.Act(partner_id, endpoint_id)
    return await edge.run(commands.remove_endpoint, command, answer=lambda row: (200, shown(row)))


@router.post("/{endpoint_id}/rotate", responses=problems(401, 403, 404, 409))
async def rotate(
    partner_id: PathId,
    endpoint_id: PathId,
    _caller: OwnDep,
    edge: EdgeDep,
    once: OptionalOnce,
    secrets: SecretsDep,
) -> Response:
    """A new secret, shown once; the former one stays good for 24 hours beside it."""
    command = commands.Act(partner_id, endpoint_id)
    made = await edge.run(
        commands.rotate_secret, command, once=once, answer=lambda row: (200, shown(row))
    )
    return secrets.shown(made)


@router.post("/{endpoint_id}/enable", responses=problems(401, 403, 404, 409))
async def enable(
    partner_id: PathId, endpoint_id: PathId, _caller: OwnDep, edge: EdgeDep, once: OptionalOnce
) -> Response:
    """It is told again, from where it stood."""
    command = commands.Act(partner_id, endpoint_id)
    return await edge.run(
        commands.enable_endpoint, command, once=once, answer=lambda row: (200, shown(row))
    )


@router.post("/{endpoint_id}/test", status_code=202, responses=problems(401, 403, 404, 409, 429))
async def test(
    request: Request,
    partner_id: PathId,
    endpoint_id: PathId,
    _caller: OwnDep,
    edge: EdgeDep,
    once: OptionalOnce,
) -> Response:
    """`endpoint.tested.v1` is sent there; what came of it stands among its deliveries. Ten a
    minute: it goes out before all that waits, and whoever presses on is no load for others."""
    pace: RateLimit = request.app.state.tests_pace
    if not pace.allows(f"{partner_id}/{endpoint_id}", monotonic()):
        raise TooMany("endpoint-tests-too-many", "Ten tests a minute are enough.", retry_after=60)
    command = commands.Act(partner_id, endpoint_id)
    return await edge.run(
        commands.test_endpoint, command, once=once, answer=lambda row: (202, _sent(row))
    )


def _check_types(types: list[str]) -> None:
    faults = [
        fault(f"/types/{place}", "There is no such type that a partner could see.")
        for place in unknown_types(types, VISIBLE)
    ]
    if faults:
        raise Invalid("types-unknown", "Not all of these are types of events.", errors=faults)


async def _check_url(way: Outward, url: str) -> None:
    try:
        await way.check(url)
    except NotPublic as why:
        faults = [fault("/url", str(why))]
        raise Invalid("target-not-public", "Nothing can be sent there.", errors=faults) from why


def _sent(row: Delivery) -> dict[str, Any]:
    return {"endpoint_id": row.endpoint_id, "event_id": row.event_id, "status": row.status}


def shown(row: Endpoint) -> dict[str, Any]:
    """An endpoint as its partner and operators see it."""
    circuit = "closed" if not row.pause else "open"
    return {
        "endpoint_id": row.endpoint_id,
        "partner_id": row.partner_id,
        "url": row.url,
        "types": row.types,
        "courses": row.courses,
        "ordered": row.ordered,
        "concurrency": row.concurrency,
        "state": row.state,
        "reason": row.reason or None,
        "circuit": circuit,
        "failures": row.failures,
        "failing_since": rfc3339(row.failing_since) if row.failing_since else None,
        "held_until": rfc3339(row.held_until) if row.held_until else None,
        "last_success_at": rfc3339(row.last_success_at) if row.last_success_at else None,
        "secret_version": row.secret_version,
        "former_secret_until": rfc3339(row.former_until) if row.former_until else None,
        "version": row.version,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }
