"""The parts of `bench.webhooks`, each a process of its own: who is told, who tells, and bare httpx.

python -m bench.hooks sink                 says its port
python -m bench.hooks worker DATABASE_URL  delivers, until it is ended
python -m bench.hooks bare PORT COUNT      so many bodies of stdin's one line, by bare httpx
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from time import perf_counter, process_time

import httpx
import uvloop

from services.partners.app import build
from services.partners.domain.endpoints import SLOW
from services.partners.due import AT_ONCE
from services.partners.settings import Settings
from shared.runtime.outward import Outward

AT_ONCE_EACH = 4  # requests to one endpoint, as by its default
_OK = b"HTTP/1.1 204 No Content\r\n\r\n"
_SILENT = SLOW * 100  # seconds


async def sink() -> None:
    """Takes all but what is for `/dead`, which it never answers."""

    async def guest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                path = head.split(b" ", 2)[1]
                size = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(size))
                if path.startswith(b"/dead"):
                    await asyncio.sleep(_SILENT)
                    return
                writer.write(_OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(guest, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def worker(url: str) -> None:
    """The very loop of a worker that acts on the world outside."""
    settings = Settings(database_url=url, platform_secret="a secret of the benchmark")
    service = build(settings, Outward(here=True))
    await service.worker_db.open()
    print("ready", flush=True)
    await service.worker.outside.run()


async def bare(port: int, count: int) -> None:
    """As many at once as a worker has to all endpoints together, a client each as it has (one for
    all is less than half as fast), and nothing else."""
    body = sys.stdin.buffer.readline()
    headers = {"content-type": "application/cloudevents+json"}
    left = iter(range(count))
    async with AsyncExitStack() as open_:
        clients = [
            await open_.enter_async_context(httpx.AsyncClient(trust_env=False)) for _ in range(100)
        ]

        async def send() -> None:
            for n in left:
                url = f"http://127.0.0.1:{port}/well/{n % 100}"
                done = await clients[n % 100].post(url, content=body, headers=headers)
                done.raise_for_status()

        since, before = perf_counter(), process_time()
        await asyncio.gather(*(send() for _ in range(AT_ONCE * AT_ONCE_EACH)))
        took = {"seconds": perf_counter() - since, "cpu": process_time() - before}
    print(json.dumps(took))


def main() -> None:
    """See above."""
    match sys.argv[1:]:
        case ["sink"]:
            uvloop.run(sink())
        case ["worker", url]:
            uvloop.run(worker(url))
        case ["bare", port, count]:
            uvloop.run(bare(int(port), int(count)))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
