"""The simulator as one process: the shop's API under `/v1`, the learner's page under `/pay`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from stack.paysim import api, page, trials
from stack.paysim.deps import Settings, StoreDep
from stack.paysim.hostile import Hostile
from stack.paysim.rules import Refused
from stack.paysim.store import Object, Store
from stack.paysim.webhooks import deliver_for_ever
from stack.settings import PaysimSettings


def build(settings: Settings) -> FastAPI:
    """The application; it delivers webhooks as long as it runs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.store = Store(settings.data / "paysim.sqlite")
        sending = asyncio.create_task(
            deliver_for_ever(app.state.store, settings.webhook_url, settings.webhook_secret)
        )
        yield
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        app.state.store.close()

    app = FastAPI(title="Payment simulator", lifespan=lifespan)
    app.state.settings = settings
    app.include_router(api.router)
    app.include_router(trials.router)
    app.include_router(page.router)
    app.add_middleware(Hostile)
    app.add_api_route("/health/live", live)
    app.add_api_route("/quiet", quiet)
    app.add_exception_handler(Refused, _refused)
    return app


def live() -> Object:
    return {"status": "live"}


def quiet(store: StoreDep) -> Object:
    """How much it still has to say: webhooks not yet taken, what is still to happen."""
    return {"pending_webhooks": store.pending()}


def _refused(request: Request, why: Exception) -> Response:
    if not isinstance(why, Refused):
        raise why
    if request.url.path.startswith("/pay/"):
        return page.refused(request.app.state.store, request.path_params["identity"])
    return JSONResponse({"code": why.code, "detail": why.detail}, why.status)


def main() -> None:
    """Run it as the environment says: `PAYSIM_*`."""
    told = PaysimSettings()
    settings = Settings(
        data=told.data_dir,
        public_url=(told.public_url or f"http://127.0.0.1:{told.port}").rstrip("/"),
        webhook_url=told.webhook_url,
        webhook_secret=told.webhook_secret,
        api_key=told.api_key,
    )
    app = build(settings)
    uvicorn.run(app, host=told.host, port=told.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
