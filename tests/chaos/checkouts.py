"""Other versions of this repository, beside this one."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from stack.profile import ROOT


@contextmanager
def checkout(commit: str) -> Iterator[str]:
    """A version of this repository, for as long as it is needed; empty for none."""
    if not commit:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="holdfast-previous-") as made:
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", f"{made}/it", commit], check=True)
        try:
            yield f"{made}/it"
        finally:
            subprocess.run([*git, "remove", "--force", f"{made}/it"], check=True)


def last_release() -> str:
    """The newest tag that this commit comes from. Raises `SystemExit` where there is none."""
    asked = ["git", "-C", str(ROOT), "describe", "--tags", "--abbrev=0", "--match", "v*"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    if told.returncode:
        raise SystemExit("There is no release yet. Name a commit: make upgrade PREVIOUS=<commit>")
    return told.stdout.strip()
