"""A sink of mails in a process of its own, and what it has."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiosmtplib import SMTP

from bench import ground


@asynccontextmanager
async def sink(ms: float, file: Path | None = None) -> AsyncIterator[int]:
    """The port of one that listens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.sink", str(ms), *([str(file)] if file else [])),
        cwd=ground.ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield int(await process.stdout.readline())
    finally:
        with suppress(ProcessLookupError):  # whoever interrupts us may have ended it, too
            process.terminate()
        await process.wait()


async def taken(port: int) -> dict[str, Any]:
    """What a sink has by now."""
    client = SMTP(hostname="127.0.0.1", port=port)
    await client.connect()
    found: dict[str, Any] = json.loads((await client.execute_command(b"XSTAT")).message)
    client.close()
    return found
