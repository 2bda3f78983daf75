"""A small disk for Postgres alone: a tmpfs in a name space of mounts of the run's own, which is gone
with the run's last process. Only root may make one; elsewhere there is none."""

import os
import subprocess
import sys
from pathlib import Path

SIZE_MIB = 1_000
_INSIDE = "CHAOS_OWN_MOUNTS"


def enter(arguments: list[str]) -> None:
    """Begin this program anew in a name space of its own, where that is allowed."""
    if os.environ.get(_INSIDE) or os.geteuid() != 0:
        return
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    if tried.returncode == 0:
        whole = ["unshare", "--mount", sys.executable, "-m", "tests.chaos", *arguments]
        os.execvpe("unshare", whole, os.environ | {_INSIDE: "1"})


def make(place: Path) -> bool:
    """Whether there is one now at that directory."""
    if not os.environ.get(_INSIDE):
        return False
    place.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m,mode=755", "chaos", str(place)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def drop(place: Path) -> None:
    if is_one(place):
        subprocess.run(["umount", "--lazy", str(place)], check=False)


def is_one(place: Path) -> bool:
    """Whether that directory is a small disk of its own. Never anybody else's is filled."""
    return bool(os.environ.get(_INSIDE)) and os.path.ismount(place)


def fill(file: Path) -> int:
    """Take what is left, to the last byte; how much that was."""
    taken = 0
    with file.open("ab", buffering=0) as out:
        for piece in (2**20, 4096, 1):
            try:
                while True:
                    taken += out.write(b"\0" * piece)
            except OSError:
                continue
    return taken
