"""What a figure depends on besides the code: how busy the machine is, of which commit, by what."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Machine:
    """As it was when the benchmark began. Loads are the averages of one minute."""

    command: str
    load_before: float
    processors: int
    commit: str
    date: str  # UTC

    def load_now(self) -> float:
        """Of the last minute; what was measured is a part of it."""
        return round(os.getloadavg()[0], 2)


def machine(arguments: Sequence[str] | None = None) -> Machine:
    """This one, now."""
    return Machine(
        command=_command(sys.argv[1:] if arguments is None else arguments),
        load_before=round(os.getloadavg()[0], 2),
        processors=_processors(),
        commit=commit(),
        date=datetime.now(UTC).date().isoformat(),
    )


def commit() -> str:
    """Short; with a `+` where files differ from it; "" where there is no git, or no repository."""
    if shutil.which("git") is None:
        return ""
    told = [
        subprocess.run(
            ("git", *words), cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()
        for words in (
            ("rev-parse", "--short=10", "HEAD"),
            ("status", "--porcelain", "--untracked-files=no"),
        )
    ]
    return told[0] + ("+" if told[0] and told[1] else "")


def _processors() -> int:
    """That this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on a Mac
        return os.cpu_count() or 1


def _command(arguments: Sequence[str]) -> str:
    """As it can be typed again: without where its figures went."""
    said, rest = [], iter(arguments)
    for one in rest:
        if one == "--figures":
            next(rest, None)
        elif not one.startswith("--figures="):
            said.append(one)
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return shlex.join(["python", "-m", getattr(spec, "name", "bench"), *said])
