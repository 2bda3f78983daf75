"""A service as a process: its HTTP, from the first request until it is told to stop."""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import Any

import uvicorn

from shared.runtime import garbage, logs, tracing
from shared.runtime.service import Service

NOT_STARTED = 3  # what a process that could not listen ends with, as uvicorn has it


class Server(uvicorn.Server):
    """Tells the service that the end has come before it waits for requests: one that waits for
    something else would hold it up for as long as it may."""

    def __init__(self, service: Service, **settings: Any) -> None:
        super().__init__(uvicorn.Config(service.app, **settings))
        self._ending = service.ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending.set()
        await super().shutdown(sockets)


def run(service: Service) -> None:
    """Serve until SIGTERM or SIGINT, then stop gracefully."""
    logs.configure(service.name, service.settings.log_level)
    garbage.tune()
    server = Server(
        service,
        host=service.settings.host,
        port=service.settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the app has them read, by whom it trusts
        timeout_graceful_shutdown=20,
        loop="uvloop",
        http="httptools",
    )
    exports = tracing.exporting(service.name, service.settings.otel_exporter_otlp_endpoint)
    with exports, contextlib.suppress(KeyboardInterrupt):  # it was told so, and has stopped
        server.run()
    if not server.started:
        sys.exit(NOT_STARTED)
