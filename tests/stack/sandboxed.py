"""A sandbox of a test's own: a whole stack on free ports, its data in memory where there is room."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stack import ports
from stack.profile import Ports
from tests.conftest import ROOT, own_directory


@contextmanager
def sandboxed() -> Iterator[dict[str, str]]:
    """The environment in which its commands are typed."""
    cache = ROOT / ".holdfast" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    others = ("HOLDFAST_", "KAFKA_", "NOTIFICATIONS_", "SANDBOX", "PUBLIC_URL")
    env = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    with own_directory() as home:
        (home / "cache").symlink_to(cache.resolve())
        env |= {"HOLDFAST_HOME": str(home), "HOLDFAST_PORT_OFFSET": str(_free()), "NO_COLOR": "1"}
        try:
            started = holdfast(env, "up", "--detach", "--sandbox")
            assert started.returncode == 0, started.stderr
            yield env
        finally:
            holdfast(env, "down")


def _free() -> int:
    """An offset at which no port of a stack is taken."""
    for offset in range(2_050, 20_000, 150):  # browsers refuse port 10080
        if not any(ports.taken(port) for port in Ports(offset).all().values()):
            return offset
    raise AssertionError("no ports")


def holdfast(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """A command, whatever comes of it."""
    return subprocess.run(
        [ROOT / "bin" / "holdfast", *words],
        env=env, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def asked(env: dict[str, str], *words: str) -> Any:
    """What a command says as JSON; it has to succeed."""
    told = holdfast(env, *words, "--json")
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)
