"""How a client that waits talks to an app that lives in the loop of the test."""

from __future__ import annotations

import asyncio

import httpx

from tests.stage import Stage


class Bridge(httpx.BaseTransport):
    """From a thread to the service's app, which lives in the loop of the test."""

    def __init__(self, stage: Stage) -> None:
        self._loop = asyncio.get_running_loop()
        self._to = httpx.ASGITransport(stage.service.app, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(self._asked(request), self._loop).result(60)

    async def _asked(self, request: httpx.Request) -> httpx.Response:
        answer = await self._to.handle_async_request(request)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)
