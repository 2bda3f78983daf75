"""A Prometheus, asked over a span as Grafana asks it."""

from __future__ import annotations

import time
from typing import Any

import httpx


class Source:
    """A Prometheus, over a span of its last minutes."""

    def __init__(self, url: str, minutes: float) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)
        self.until = time.time()
        self.since = self.until - 60 * minutes
        self.step = max(2.0, minutes * 60 / 240)
        self._ranges = {"$__rate_interval": f"{max(15, int(self.step * 4))}s",
                        "$__range": f"{int(minutes * 60)}s"}  # fmt: skip

    def _asked(self, expr: str) -> str:
        for name, seconds in self._ranges.items():
            expr = expr.replace(name, seconds)
        return expr

    def over_time(self, expr: str) -> list[dict[str, Any]]:
        asked = {"query": self._asked(expr), "start": self.since, "end": self.until}
        got = self._http.get("/api/v1/query_range", params=asked | {"step": self.step})
        return list(got.raise_for_status().json()["data"]["result"])

    def now(self, expr: str) -> list[dict[str, Any]]:
        asked = {"query": self._asked(expr), "time": self.until}
        got = self._http.get("/api/v1/query", params=asked).raise_for_status()
        return list(got.json()["data"]["result"])
