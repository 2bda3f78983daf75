"""The sandbox's clock: business time that people can move forward, and that ticks on from there.

`GET /` → `{"now": "…Z", "set": bool, "revision": n}`; `POST /set {"now": "…Z"}` → the same, 409
when that would go back (the first time may go anywhere: interfaces.md §10). Until then it shows
the wall clock. The state is one small file, so that a restart goes on where it was.
"""

import json
import threading
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel

from stack.settings import ClockSettings


class Backwards(Exception):
    """A clock that was set goes forward only."""


class Wanted(BaseModel):
    now: AwareDatetime


@dataclass(frozen=True)
class State:
    """`now = wall clock + offset_seconds`; `reached` is the latest instant that was ever shown."""

    offset_seconds: float = 0.0
    set: bool = False
    revision: int = 0
    reached: float = 0.0


class Clock:
    """One clock in one file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.Lock()
        known = json.loads(path.read_text()) if path.exists() else {}
        self._state = State(**known)
        self._saved = self._state.reached

    def show(self) -> dict[str, Any]:
        """The time, whether people set it, and how often they did."""
        with self._lock:
            now = self._now()
            return {
                "now": written(now),
                "set": self._state.set,
                "revision": self._state.revision,
            }

    def move(self, wanted: datetime) -> dict[str, Any]:
        """Set it. Raises `Backwards` where that would be earlier than what it shows."""
        with self._lock:
            if self._state.set and wanted.timestamp() < self._now():
                raise Backwards(written(self._now()))
            self._state = State(
                offset_seconds=wanted.timestamp() - time.time(),
                set=True,
                revision=self._state.revision + 1,
                reached=wanted.timestamp(),
            )
            self._save()
        return self.show()

    def _now(self) -> float:
        now = time.time() + self._state.offset_seconds
        if self._state.set and now < self._state.reached:
            # The machine's own clock went back: ours stands still until it has caught up.
            return self._state.reached
        self._state = replace(self._state, reached=now)
        if self._state.set and now - self._saved > 1:
            self._save()
        return now

    def _save(self) -> None:
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self._state)))
        part.replace(self._path)
        self._saved = self._state.reached


def written(stamp: float) -> str:
    """RFC 3339 in UTC with microseconds."""
    return datetime.fromtimestamp(stamp, UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def build(path: Path) -> FastAPI:
    """The clock's HTTP."""
    app = FastAPI(title="Sandbox clock")
    clock = Clock(path)

    @app.get("/")
    async def show() -> dict[str, Any]:
        return clock.show()

    @app.post("/set")
    async def move(body: Wanted) -> Response:
        try:
            return JSONResponse(clock.move(body.now))
        except Backwards as why:
            detail = f"The sandbox clock only goes forward, and it is {why}."
            return JSONResponse({"code": "backwards", "detail": detail}, 409)

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    return app


def main() -> None:
    """Run it as the environment says: `SANDBOX_CLOCK_*`."""
    told = ClockSettings()
    app = build(told.file)
    uvicorn.run(app, host=told.host, port=told.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
