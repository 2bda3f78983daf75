"""The other side of `bench.delay`, in processes of their own: who hears, and who relays.

    python -m bench.hearing worker|bare DATABASE_URL BOOTSTRAP TOPIC WARM COUNT
    python -m bench.hearing relay DATABASE_URL BOOTSTRAP

`worker` is billing's consumer, `bare` aiokafka and the same SQL (`bench/bare.py`). They say `warm`
once WARM are committed, and end when COUNT are, with {registration: `monotonic()` of its commit}
as JSON: that clock is the machine's, the same in all processes. `relay` is registration's, until it
is ended.
"""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import Iterable
from time import monotonic
from typing import Any

import uvloop

from bench.bare import bare
from bench.pipeline import worker
from shared.runtime import garbage, logs
from shared.runtime.relay import Relay


class Heard:
    """When each was committed; what comes again keeps its first."""

    def __init__(self, warm: int, total: int) -> None:
        self._warm, self._total = warm, total
        self.at: dict[str, float] = {}
        self.done = asyncio.Event()

    def __call__(self, records: Iterable[Any]) -> None:
        """These are committed."""
        now, before = monotonic(), len(self.at)
        for record in records:
            self.at.setdefault(record.key.decode(), now)
        if before < self._warm <= len(self.at):
            print("warm", flush=True)
        if len(self.at) >= self._total:
            self.done.set()


async def hear(kind: str, url: str, bootstrap: str, topic: str, heard: Heard) -> None:
    """Until all is heard."""
    group = f"bench-{uuid.uuid4().hex[:12]}"
    await {"worker": worker, "bare": bare}[kind](url, bootstrap, topic, group, heard)
    print(json.dumps(heard.at), flush=True)


def main() -> None:
    """See above."""
    logs.configure("billing", "WARNING")
    garbage.tune()
    match sys.argv[1:]:
        case ["relay", url, bootstrap]:
            uvloop.run(Relay(url, bootstrap, "registration").run())
        case [("worker" | "bare") as kind, url, bootstrap, topic, warm, count]:
            uvloop.run(hear(kind, url, bootstrap, topic, Heard(int(warm), int(count))))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
