"""`POST /billing/v1/webhooks/{gateway}`: 2xx only after it is stored."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.billing.commands.look_up import Heard, store_hint
from services.billing.gateway import Gateway
from shared.errors import NotFound
from shared.runtime.asking import PathId
from shared.runtime.clock import wall
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep
from shared.runtime.problems import problems

router = APIRouter(tags=["webhooks"], route_class=Direct)


@router.post("/billing/v1/webhooks/{gateway}", responses=problems(401, 404))
async def webhook(gateway: PathId, request: Request, edge: EdgeDep) -> Response:
    """Signed by the gateway. A hint only: what it names is looked up at the gateway."""
    adapter: Gateway | None = request.app.state.gateways.get(gateway)
    if adapter is None:
        raise NotFound("gateway-unknown", "There is no such gateway.")
    hint = adapter.read(request.headers, await request.body(), wall())
    if hint is None:
        return JSONResponse({"received": True})
    return await edge.run(
        store_hint, Heard(gateway, hint), answer=lambda _stored: (200, {"received": True})
    )
