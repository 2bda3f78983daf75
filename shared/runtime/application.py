"""What a service answers over HTTP: its own routers, what every service has, and what they use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from shared.runtime import health, letter_list, problems, process_list, shortcut, task_list, web
from shared.runtime.auth import Doorkeeper
from shared.runtime.database import Reader
from shared.runtime.openapi import Api

if TYPE_CHECKING:
    from shared.runtime.service import Service

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def application(
    service: Service,
    routers: Sequence[APIRouter],
    lifespan: Lifespan,
    state: Mapping[str, Any],
    asyncapi: Mapping[str, Any] | None,
) -> FastAPI:
    """The application of a process. `state` is put on `app.state`, beside what every service has;
    a worker has its health only."""
    name, settings = service.name, service.settings
    app = Api(
        title=f"Holdfast {name}",
        version="1",
        lifespan=lifespan,
        openapi_url=f"/{name}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    reader = Reader(service.api_db)
    app.state.service = service
    app.state.platform_secret = settings.platform_secret
    app.state.public_url = settings.public_url.rstrip("/")
    app.state.edge = service.edge
    app.state.reader = reader
    app.state.fresh = service.fresh
    app.state.clock = service.clock
    app.state.doorkeeper = Doorkeeper(
        reader, settings.operator_key_hash, settings.platform_secret, service.clock
    )
    for key, value in state.items():
        setattr(app.state, key, value)
    problems.install(app)
    app.include_router(health.router(name))
    if settings.role != "worker":
        app.include_router(task_list.router(name, service.answers))
        app.include_router(letter_list.router(name))
        app.include_router(process_list.router(name, service.runs, settings.role))
    for router in routers:
        app.include_router(router)
    if asyncapi is not None:
        app.add_api_route(f"/{name}/asyncapi.json", lambda: asyncapi, include_in_schema=False)
    app.add_middleware(shortcut.Shortcut, doors=shortcut.doors_of(app.routes))
    app.add_middleware(web.Requests, new_id=service.new_id)
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)
    return app
